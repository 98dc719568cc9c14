"""Entities of each point's freshness: when its newest data ends, and whether it is late."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription
from homeassistant.const import EntityCategory

from custom_components.reengen.points import PointRow, Rank, ReengenRowBinarySensor, ReengenRowSensor, SensorKeys

from .track import PointFreshness

ATTR_USUAL_DELAY_MINUTES: Final = "usual_delay_minutes"
ATTR_LATE_SERIES: Final = "late_series"

type FreshnessData = Mapping[int, PointFreshness]


class ReengenLastData(ReengenRowSensor):
    """The end of the newest hour or quarter hour with a value; unknown where there never was one."""

    # What changes once a day at most, for each series, is no history of this sensor.
    _unrecorded_attributes = frozenset({ATTR_USUAL_DELAY_MINUTES})


class ReengenDataLate(ReengenRowBinarySensor):
    """On while the platform has less of a series than usual; unknown until that was looked at."""

    _unrecorded_attributes = frozenset({ATTR_LATE_SERIES})


def _of[T](read: Callable[[PointFreshness], T]) -> Callable[[FreshnessData, int], T | None]:
    def value(data: FreshnessData, point_id: int) -> T | None:
        return None if (found := data.get(point_id)) is None else read(found)

    return value


def _usual_delays(data: FreshnessData, point_id: int) -> dict[str, Any]:
    return {ATTR_USUAL_DELAY_MINUTES: data[point_id].usual_delay_minutes if point_id in data else {}}


def _late_series(data: FreshnessData, point_id: int) -> dict[str, Any]:
    return {ATTR_LATE_SERIES: list(data[point_id].late_series or ()) if point_id in data else []}


LAST_DATA: Final = PointRow[FreshnessData](
    description=SensorEntityDescription(
        key="last_data",
        translation_key="last_data",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    value_fn=_of(lambda found: found.last_data),
    attributes_fn=_usual_delays,
    rank=Rank.DIAGNOSTIC,
)

DATA_LATE: Final = PointRow[FreshnessData](
    description=BinarySensorEntityDescription(
        key="data_late",
        translation_key="data_late",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    value_fn=_of(lambda found: found.is_late),
    attributes_fn=_late_series,
    rank=Rank.DIAGNOSTIC,
)

_KEYS: Final = frozenset({LAST_DATA.key, DATA_LATE.key})

# Every point has both.
FRESHNESS_KEYS: Final = SensorKeys(known=_KEYS, wanted=_KEYS)
