"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import ReengenClient
from .coordinator import CommandsCoordinator, MetersCoordinator, PointsCoordinator, ReadingsCoordinator


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client and its coordinators; `meters` is None where neither registers nor phases are wanted."""

    client: ReengenClient
    points: PointsCoordinator
    readings: ReadingsCoordinator
    meters: MetersCoordinator | None
    commands: CommandsCoordinator


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
