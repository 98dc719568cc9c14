"""Entities of each point's freshness: when its newest data ends, and whether it is late; of the account, how many are."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from custom_components.reengen.points import (
    PointRow,
    Rank,
    ReengenAccountEntity,
    ReengenRowBinarySensor,
    ReengenRowSensor,
    SensorKeys,
)

from .coordinator import FreshnessCoordinator
from .track import PointFreshness

type FreshnessData = Mapping[int, PointFreshness]


class ReengenLastData(ReengenRowSensor):
    """The end of the newest hour or quarter hour with a value; unknown where there never was one."""

    # What changes once a day at most, for each series, is no history of this sensor.
    _unrecorded_attributes = frozenset({"usual_delay_minutes"})


class ReengenDataLate(ReengenRowBinarySensor):
    """On while the platform has less of a series than usual; unknown until that was looked at."""

    _unrecorded_attributes = frozenset({"last_data", "late_series"})


class ReengenLatePoints(CoordinatorEntity[FreshnessCoordinator], ReengenAccountEntity, SensorEntity):
    """How many points of the account have late data, and their names; unknown until any was looked at."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    # A number without a state class fills the activity of the day.
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_suggested_display_precision = 0
    _unrecorded_attributes = frozenset({"points"})

    def __init__(self, coordinator: FreshnessCoordinator) -> None:
        """Count the points of the coordinator."""
        super().__init__(coordinator)
        ReengenAccountEntity.__init__(self, coordinator.config_entry, "late_points")

    @property
    @override
    def native_value(self) -> int | None:
        judged = [found.is_late for found in self.coordinator.data.values() if found.is_late is not None]
        return sum(judged) if judged else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        data, chosen = self.coordinator.data, self.coordinator.points.data.chosen
        return {"points": [point.name for point in chosen if data.get(point.id, _NOTHING).is_late]}


# Of a point that never had data.
_NOTHING: Final = PointFreshness()


def _what_is_late(data: FreshnessData, point_id: int) -> dict[str, Any]:
    found = data.get(point_id, _NOTHING)
    return {"last_data": found.last_data, "late_series": list(found.late_series or ())}


LAST_DATA: Final = PointRow[FreshnessData](
    description=SensorEntityDescription(
        key="last_data",
        translation_key="last_data",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        # Each new instant is a line in Home Assistant's activity.
        entity_registry_enabled_default=False,
    ),
    value_fn=lambda data, point_id: data.get(point_id, _NOTHING).last_data,
    attributes_fn=lambda data, point_id: {"usual_delay_minutes": data.get(point_id, _NOTHING).usual_delay_minutes},
    rank=Rank.DIAGNOSTIC,
)

DATA_LATE: Final = PointRow[FreshnessData](
    description=BinarySensorEntityDescription(
        key="data_late",
        translation_key="data_late",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    value_fn=lambda data, point_id: data.get(point_id, _NOTHING).is_late,
    # Before that it would be unknown, and its first state a line in Home Assistant's activity.
    appears_fn=lambda data, point_id: data.get(point_id, _NOTHING).is_late is not None,
    attributes_fn=_what_is_late,
    rank=Rank.DIAGNOSTIC,
)

_KEYS: Final = frozenset({LAST_DATA.key, DATA_LATE.key})

# Every point may have both.
FRESHNESS_KEYS: Final = SensorKeys(known=_KEYS, wanted=_KEYS)
