"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import DATA_INSTANCE

from .account import AccountOptions
from .api import ReengenClient
from .commands import CommandsCoordinator
from .data_values import DataValuesCoordinator
from .demand import DemandCoordinator, demand_keys
from .forecast import ForecastCoordinator, forecast_keys
from .freshness import FRESHNESS_KEYS, FreshnessCoordinator
from .history import HistoryImporter
from .meters import MetersCoordinator, meter_keys
from .platform_check import PlatformChecker
from .points import EntityQueue, OddityLog, PointsCoordinator, SensorKeys
from .reactive import reactive_keys
from .readings import ClockCoordinator, ReadingsCoordinator, reading_keys


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client, what its responses hold that cannot be used, its coordinators, its entities, and its statistics.

    `meters` is None where neither registers nor phases are wanted, `history` and `forecast` without a recorder.
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
    forecast: ForecastCoordinator | None
    freshness: FreshnessCoordinator
    demand: DemandCoordinator
    platform_check: PlatformChecker
    entities: EntityQueue

    @classmethod
    def of(cls, hass: HomeAssistant, entry: ConfigEntry[Any], client: ReengenClient) -> Self:
        """Make all that an account consists of; nothing is asked of the platform yet."""
        options, oddities = AccountOptions.of(entry), OddityLog(hass, entry)
        points = PointsCoordinator(hass, entry, client, oddities)
        readings = ReadingsCoordinator(points)
        # Without a recorder there are no statistics to keep.
        history = HistoryImporter(points) if DATA_INSTANCE in hass.data else None
        return cls(
            client=client,
            oddities=oddities,
            points=points,
            readings=readings,
            meters=MetersCoordinator(points) if options.meter_readings or options.phases else None,
            commands=CommandsCoordinator(readings),
            data_values=DataValuesCoordinator(points),
            clock=ClockCoordinator(points),
            history=history,
            forecast=None if history is None else ForecastCoordinator(points, history),
            freshness=FreshnessCoordinator(readings, history),
            demand=DemandCoordinator(readings),
            platform_check=PlatformChecker(points, lambda: readings.data.told, history),
            entities=EntityQueue(hass, entry),
        )


def sensor_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of the sensors and binary sensors of points, of all features."""
    of_readings = (reading_keys(options), reactive_keys(options), demand_keys(options), FRESHNESS_KEYS)
    of_features = (*of_readings, meter_keys(options), forecast_keys(options))
    return SensorKeys(
        known=frozenset().union(*(keys.known for keys in of_features)),
        wanted=frozenset().union(*(keys.wanted for keys in of_features)),
    )


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
