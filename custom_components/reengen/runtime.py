"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import ReengenClient
from .coordinator import CommandsCoordinator, PointsCoordinator, ReadingsCoordinator
from .history import HistoryImporter


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client, its coordinators, and its statistics (None without a recorder)."""

    client: ReengenClient
    points: PointsCoordinator
    readings: ReadingsCoordinator
    commands: CommandsCoordinator
    history: HistoryImporter | None


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
