"""Entities of the demand: the highest of this and the last month, and how it stands to the contracted power."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfPower
from homeassistant.helpers.entity import EntityDescription

from custom_components.reengen.points import PointRow, ReengenRowBinarySensor, ReengenRowSensor

from .contract import Contract
from .coordinator import PointDemand
from .keys import CONTRACT_KEYS, EXCEEDED, HIGHEST_LAST_MONTH, HIGHEST_THIS_MONTH, NEAR, SHARE
from .months import MonthDemand

type Demands = Mapping[int, PointDemand]


class ReengenHighestDemand(ReengenRowSensor):
    """The highest mean power of an interval; the attributes say when it began, and how much of the month is not known."""

    _unrecorded_attributes = frozenset({"interval_minutes", "unknown_quarter_hours"})


class ReengenContractWarning(ReengenRowBinarySensor):
    """How the month stands to the contracted power; unknown until all of the month has been read."""

    # Demand and power have sensors, which keep their history.
    _unrecorded_attributes = frozenset({"power_kw", "warning_kw", "contracted_kw"})


def demand_sensor_rows() -> Iterator[PointRow[Demands]]:
    """Yield the sensors: the highest demand of a watched point, and its share of the contract where there is one."""
    for key, name in ((HIGHEST_THIS_MONTH, "this_month"), (HIGHEST_LAST_MONTH, "last_month")):
        sensor, month_of = _sensor(key, UnitOfPower.KILO_WATT, SensorDeviceClass.POWER), attrgetter(name)
        yield _row(sensor, partial(_highest, month_of), attributes=partial(_instant, month_of))
    yield _row(_sensor(SHARE, PERCENTAGE), _against(Contract.share_percent))


def contract_rows() -> Iterator[PointRow[Demands]]:
    """Yield the warnings of a point with a contract."""
    exceeded = _against(lambda contract, demand: contract.excess(demand) > 0)
    yield _row(_warning(EXCEEDED), exceeded, attributes=_excess)
    yield _row(_warning(NEAR), _against(Contract.is_near), attributes=_near)


def _row(
    description: EntityDescription,
    value: Callable[[PointDemand], float | bool | None],
    *,
    attributes: Callable[[PointDemand], Mapping[str, Any]] | None = None,
) -> PointRow[Demands]:
    def of_point[T](read: Callable[[PointDemand], T]) -> Callable[[Demands, int], T | None]:
        return lambda demands, point_id: None if (found := demands.get(point_id)) is None else read(found)

    def appears(demands: Demands, point_id: int) -> bool:
        found = demands.get(point_id)
        return found is not None and (description.key not in CONTRACT_KEYS or found.contract is not None)

    return PointRow(
        description=description,
        value_fn=of_point(value),
        appears_fn=appears,
        refused_fn=lambda demands, point_id: point_id in demands and demands[point_id].is_refused,
        attributes_fn=None if attributes is None else of_point(attributes),
    )


def _highest(month_of: Callable[[PointDemand], MonthDemand | None], demand: PointDemand) -> float | None:
    return None if (month := month_of(demand)) is None else month.kilowatts


def _instant(month_of: Callable[[PointDemand], MonthDemand | None], demand: PointDemand) -> Mapping[str, Any]:
    if (month := month_of(demand)) is None:
        return {"at": None}
    unknown = month.unknown_quarter_hours
    return {
        "at": month.at,
        "interval_minutes": month.length // timedelta(minutes=1),
        **({"unknown_quarter_hours": unknown} if unknown else {}),
    }


def _against[T](read: Callable[[Contract, float], T]) -> Callable[[PointDemand], T | None]:
    """Return what compares the month's highest demand with the contract."""

    def value(demand: PointDemand) -> T | None:
        if demand.contract is None or demand.this_month is None:
            return None
        return read(demand.contract, demand.this_month.kilowatts)

    return value


def _excess(demand: PointDemand) -> Mapping[str, Any]:
    """Return when the highest demand of the month was, and by how much it is above the contract."""
    excess = _against(Contract.excess)(demand)
    return {
        "at": demand.this_month.at if demand.this_month and excess else None,
        "excess_kw": excess,
        "contracted_kw": demand.contract and demand.contract.kilowatts,
    }


def _near(demand: PointDemand) -> Mapping[str, Any]:
    """Return the power of the newest interval, and from where on it is near, for automations."""
    contract = demand.contract
    return {
        "power_kw": demand.power,
        "warning_kw": contract and contract.warning_kilowatts,
        "contracted_kw": contract and contract.kilowatts,
    }


def _sensor(key: str, unit: str, device_class: SensorDeviceClass | None = None) -> SensorEntityDescription:
    return SensorEntityDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=unit,
        suggested_display_precision=1,
        # One figure of demand is enough to begin with.
        entity_registry_enabled_default=key != HIGHEST_LAST_MONTH,
    )


def _warning(key: str) -> BinarySensorEntityDescription:
    return BinarySensorEntityDescription(key=key, translation_key=key, device_class=BinarySensorDeviceClass.PROBLEM)
