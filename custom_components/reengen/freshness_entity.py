"""Entities of each point's freshness: when its newest data ends, and whether it is late."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Point
from .entity import ReengenPointEntity, async_add_as_they_appear
from .entity_queue import Rank
from .freshness import PointFreshness
from .freshness_watch import FreshnessCoordinator
from .runtime import ReengenConfigEntry

ATTR_USUAL_DELAY_MINUTES: Final = "usual_delay_minutes"
ATTR_LATE_SERIES: Final = "late_series"


class ReengenFreshnessEntity(ReengenPointEntity[FreshnessCoordinator]):
    """One fact of a point's freshness; known also while the platform cannot be reached."""

    key: str
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, entry: ReengenConfigEntry, point: Point) -> None:
        """Show the point."""
        super().__init__(entry, entry.runtime_data.freshness, point, self.key)
        self._attr_translation_key = self.key

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # A point that comes or goes is no news of its data, so the coordinator would not tell.
        self.async_on_remove(self._points.async_add_listener(self._handle_coordinator_update))

    @property
    def freshness(self) -> PointFreshness | None:
        """Return what is known, None where the point never had data."""
        return self.coordinator.data.get(self.point.id)


class ReengenLastData(ReengenFreshnessEntity, SensorEntity):
    """The end of the newest hour or quarter hour with a value; unknown where there never was one."""

    key = "last_data"
    _attr_device_class = SensorDeviceClass.TIMESTAMP
    # What changes once a day at most, for each series, is no history of this sensor.
    _unrecorded_attributes = frozenset({ATTR_USUAL_DELAY_MINUTES})

    @property
    @override
    def native_value(self) -> datetime | None:
        return None if self.freshness is None else self.freshness.last_data

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return {ATTR_USUAL_DELAY_MINUTES: {} if self.freshness is None else self.freshness.usual_delay_minutes}


class ReengenDataLate(ReengenFreshnessEntity, BinarySensorEntity):
    """On while the platform has less of a series than usual; unknown until that was looked at."""

    key = "data_late"
    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _unrecorded_attributes = frozenset({ATTR_LATE_SERIES})

    @property
    @override
    def is_on(self) -> bool | None:
        return None if self.freshness is None else self.freshness.is_late

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return {ATTR_LATE_SERIES: [] if self.freshness is None else list(self.freshness.late_series or ())}


@callback
def async_add_freshness(
    entry: ReengenConfigEntry,
    entity_class: type[ReengenFreshnessEntity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the entity of each chosen point, now and as they appear."""
    points = entry.runtime_data.points

    def current() -> Iterator[tuple[int, Callable[[], ReengenFreshnessEntity]]]:
        for point in points.data.chosen:
            yield point.id, partial(entity_class, entry, point)

    async_add_as_they_appear(entry, points, current, async_add_entities, Rank.DIAGNOSTIC)
