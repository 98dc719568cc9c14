"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import ReengenClient
from .coordinator import CommandsCoordinator, PointsCoordinator, ReadingsCoordinator
from .data_values import DataValuesCoordinator


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client and its coordinators."""

    client: ReengenClient
    points: PointsCoordinator
    readings: ReadingsCoordinator
    commands: CommandsCoordinator
    data_values: DataValuesCoordinator


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
