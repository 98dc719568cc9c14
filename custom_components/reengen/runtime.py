"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import ReengenClient
from .commands import CommandsCoordinator
from .data_values import DataValuesCoordinator
from .freshness import FreshnessCoordinator
from .history import HistoryImporter
from .meters import MetersCoordinator
from .platform_check import PlatformChecker
from .points import EntityQueue, OddityLog, PointsCoordinator
from .readings import ClockCoordinator, ReadingsCoordinator


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client, what its responses hold that cannot be used, its coordinators, its entities, and its statistics.

    `meters` is None where neither registers nor phases are wanted, `history` without a recorder.
    """

    client: ReengenClient
    oddities: OddityLog
    points: PointsCoordinator
    readings: ReadingsCoordinator
    meters: MetersCoordinator | None
    commands: CommandsCoordinator
    data_values: DataValuesCoordinator
    clock: ClockCoordinator
    history: HistoryImporter | None
    freshness: FreshnessCoordinator
    platform_check: PlatformChecker
    entities: EntityQueue


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
