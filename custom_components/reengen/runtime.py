"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import ReengenClient
from .clock_check import ClockCoordinator
from .coordinator import CommandsCoordinator, PointsCoordinator, ReadingsCoordinator
from .data_values import DataValuesCoordinator
from .requests_today import RequestCount


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client, what it has asked, and its coordinators."""

    client: ReengenClient
    requests: RequestCount
    points: PointsCoordinator
    readings: ReadingsCoordinator
    commands: CommandsCoordinator
    data_values: DataValuesCoordinator
    clock: ClockCoordinator


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
