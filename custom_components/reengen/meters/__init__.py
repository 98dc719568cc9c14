"""What meters say themselves: registers and phases."""

from .coordinator import MetersCoordinator
from .poll import MeterData
from .sensor import meter_keys, meter_rows
