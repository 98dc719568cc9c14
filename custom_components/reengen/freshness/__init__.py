"""How fresh the data of each point is."""

from .coordinator import FreshnessCoordinator
from .entity import DATA_LATE, FRESHNESS_KEYS, LAST_DATA, ReengenDataLate, ReengenLastData, ReengenLatePoints
from .track import PointFreshness
