"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import ReengenClient
from .coordinator import CommandsCoordinator, MetersCoordinator, PointsCoordinator, ReadingsCoordinator
from .history import HistoryImporter


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client, its coordinators, and its statistics.

    `meters` is None where neither registers nor phases are wanted, `history` without a recorder.
    """

    client: ReengenClient
    points: PointsCoordinator
    readings: ReadingsCoordinator
    meters: MetersCoordinator | None
    commands: CommandsCoordinator
    history: HistoryImporter | None


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
