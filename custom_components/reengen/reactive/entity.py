"""Entities of the reactive energy watch: the ratio to active energy, what is left before the limit, whether it is passed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfReactiveEnergy
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.points import PointRow, ReengenRowBinarySensor, SensorKeys
from custom_components.reengen.readings import Readings, Window

from .balance import ACTIVE_KEY, COST_KEY, SIDES, Balance, ReactiveSide, balance, is_measured, month_costs


class ReengenOverLimit(ReengenRowBinarySensor):
    """On while the month so far is over the limit; the attributes say how far it is from it.

    `ratio_percent` and `limit_percent` are shares of the active import, `left_kvarh` is below zero beyond the limit.
    Where the reactive cost is read, `cost_so_far` and `expected_cost` say what the platform charges this month while the
    limit is exceeded.
    """

    # Ratio and energy left have sensors, which keep their history.
    _unrecorded_attributes = frozenset({"ratio_percent", "limit_percent", "left_kvarh", "cost_so_far", "expected_cost"})


class _Watch:
    """One side of an account: how each point stands, worked out once for each poll."""

    def __init__(self, options: AccountOptions, side: ReactiveSide) -> None:
        self.side = side
        self._limit_percent = side.limit_percent(options)
        self._readings: Readings | None = None
        self._balances: dict[int, Balance | None] = {}

    def balance(self, readings: Readings, point_id: int) -> Balance | None:
        """Return the balance of a point, None where it is not known."""
        if readings is not self._readings:
            self._readings, self._balances = readings, {}
        if point_id not in self._balances:
            self._balances[point_id] = balance(readings.samples, point_id, self.side, self._limit_percent)
        return self._balances[point_id]


def reactive_sensor_rows(options: AccountOptions) -> Iterator[PointRow[Readings]]:
    """Yield the sensors of a point that measures active and reactive energy."""
    for side in SIDES:
        watch = _Watch(options, side)
        yield replace(_row(watch, _ratio(side), lambda balance: balance.ratio_percent), is_for_top=True)
        yield _row(watch, _left(side), lambda balance: balance.left_kvarh)


def over_limit_rows(options: AccountOptions) -> Iterator[PointRow[Readings]]:
    """Yield the warnings of a point that measures active and reactive energy."""
    for side in SIDES:
        watch = _Watch(options, side)
        row = _row(watch, _over_limit(side), lambda balance: balance.is_over_limit)
        yield replace(row, attributes_fn=partial(_attributes, options, watch), is_for_top=True)


def reactive_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of these entities: wanted are those of the sides whose series are all chosen."""
    chosen = {row.key for row in options.measurements}
    sides = tuple(side.key for side in SIDES if ACTIVE_KEY in chosen and chosen & {*side.source_keys})
    known = frozenset(row.key for row in (*reactive_sensor_rows(options), *over_limit_rows(options)))
    return SensorKeys(known=known, wanted=frozenset(key for key in known if key.startswith(sides)))


def _row(
    watch: _Watch, description: EntityDescription, figure: Callable[[Balance], float | bool]
) -> PointRow[Readings]:
    asked = (ACTIVE_KEY, *watch.side.source_keys)

    def value(readings: Readings, point_id: int) -> float | bool | None:
        return None if (found := watch.balance(readings, point_id)) is None else figure(found)

    def is_refused(readings: Readings, point_id: int) -> bool:
        is_any_refused = any((point_id, key, Window.THIS_MONTH) in readings.refused for key in asked)
        return is_any_refused and watch.balance(readings, point_id) is None

    return PointRow(
        description=description,
        value_fn=value,
        appears_fn=lambda readings, point_id: is_measured(readings.samples, point_id, watch.side),
        refused_fn=is_refused,
    )


def _attributes(options: AccountOptions, watch: _Watch, readings: Readings, point_id: int) -> Mapping[str, Any] | None:
    if (balance := watch.balance(readings, point_id)) is None:
        return None
    attributes = {
        "ratio_percent": balance.ratio_percent,
        "limit_percent": balance.limit_percent,
        "left_kvarh": balance.left_kvarh,
    }
    if COST_KEY not in options.costs:
        return attributes
    zone = dt_util.get_time_zone(options.time_zone)
    costs = month_costs(readings.samples, point_id, zone, dt_util.utcnow()) if balance.is_over_limit and zone else None
    so_far, expected = costs or (None, None)
    return attributes | {"cost_so_far": so_far, "expected_cost": expected}


def _ratio(side: ReactiveSide) -> SensorEntityDescription:
    return SensorEntityDescription(
        key=side.ratio_key,
        translation_key=side.ratio_key,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
    )


def _left(side: ReactiveSide) -> SensorEntityDescription:
    key = f"{side.key}_left_this_month"
    return SensorEntityDescription(
        key=key,
        translation_key=key,
        # Without a state class: what is left rises and falls within the month, and is no consumption.
        device_class=SensorDeviceClass.REACTIVE_ENERGY,
        native_unit_of_measurement=UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        suggested_display_precision=1,
        # The warning has it as an attribute.
        entity_registry_enabled_default=False,
    )


def _over_limit(side: ReactiveSide) -> BinarySensorEntityDescription:
    key = f"{side.key}_over_limit"
    return BinarySensorEntityDescription(key=key, translation_key=key, device_class=BinarySensorDeviceClass.PROBLEM)
