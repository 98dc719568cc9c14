"""What a loaded config entry holds while it runs."""

from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.recorder import DATA_INSTANCE

from .account import AccountOptions, async_forget_kept
from .api import ReengenClient
from .commands import CommandsCoordinator
from .data_values import DataValuesCoordinator, async_remove_changed
from .demand import DemandCoordinator, demand_keys
from .forecast import ForecastCoordinator, forecast_keys
from .freshness import FRESHNESS_KEYS, FreshnessCoordinator
from .history import HistoryImporter
from .meters import MetersCoordinator, meter_keys
from .platform_check import PlatformChecker, async_last_check
from .points import (
    EntityAdder,
    EntityQueue,
    OddityLog,
    PointsCoordinator,
    PointsData,
    SensorKeys,
    account_store,
    async_remove_taken_out,
)
from .reactive import reactive_keys
from .readings import ClockCoordinator, ReadingsCoordinator, reading_keys


@dataclass(frozen=True, kw_only=True)
class ReengenRuntimeData:
    """One account: its client, what its responses hold that cannot be used, its coordinators, its entities, and its statistics.

    `meters` is None where neither registers nor phases are wanted, `history` and `forecast` without a recorder.
    """

    options: AccountOptions
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
    async def async_of(cls, hass: HomeAssistant, entry: ConfigEntry[Any], client: ReengenClient) -> Self:
        """Make all that an account consists of, for the platform as the last check found it; nothing is asked yet."""
        check = await async_last_check(hass, entry.entry_id)
        if check is not None:
            client = client.with_adaptations(check.adaptations)
        options, oddities = AccountOptions.of(entry), OddityLog(hass, entry)
        points = PointsCoordinator(hass, entry, client, oddities)
        readings = ReadingsCoordinator(points)
        # Without a recorder there are no statistics to keep.
        is_outdated = check is not None and check.has_outdated_history
        history = HistoryImporter(points, anew=is_outdated) if DATA_INSTANCE in hass.data else None
        return cls(
            options=options,
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
            platform_check=PlatformChecker(readings, history, check),
            entities=EntityQueue(hass, entry),
        )

    def adder(self, platform: Platform, add: AddConfigEntryEntitiesCallback) -> EntityAdder:
        """Return what adds entities to a platform, in their turn among those of the account."""
        return EntityAdder(queue=self.entities, platform=platform, add=add)


def sensor_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of the sensors and binary sensors of points, of all features."""
    of_readings = (reading_keys(options), reactive_keys(options), demand_keys(options), FRESHNESS_KEYS)
    of_features = (*of_readings, meter_keys(options), forecast_keys(options))
    return SensorKeys(
        known=frozenset().union(*(keys.known for keys in of_features)),
        wanted=frozenset().union(*(keys.wanted for keys in of_features)),
    )


async def async_remove_unwanted(hass: HomeAssistant, entry: ConfigEntry[Any], points: PointsData) -> None:
    """Remove from the registries what the options no longer ask for; the tree has been read."""
    async_remove_changed(hass, entry)
    await async_remove_taken_out(hass, entry, points, sensor_keys(AccountOptions.of(entry)))


async def async_forget_found(hass: HomeAssistant, entry_id: str) -> None:
    """Forget what was found out for an account that is removed: what was listed, learned, read, checked and added."""
    async_forget_kept(hass, entry_id)
    for name in ("points", "freshness", "demand", "platform_check", "energy_dashboard"):
        await account_store(hass, entry_id, name).async_remove()


type ReengenConfigEntry = ConfigEntry[ReengenRuntimeData]
