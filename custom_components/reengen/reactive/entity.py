"""Entities of the reactive energy watch: the ratio to active energy, what is left before the limit, whether it is passed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfReactiveEnergy
from homeassistant.helpers.entity import EntityDescription

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.points import PointRow, ReengenRowBinarySensor, SensorKeys
from custom_components.reengen.readings import Readings, Window

from .balance import ACTIVE_KEY, SIDES, Balance, ReactiveSide, balance, is_measured


class ReengenOverLimit(ReengenRowBinarySensor):
    """On while the month so far is over the limit; the attributes say how far it is from it.

    `ratio_percent` and `limit_percent` are shares of the active import, `left_kvarh` is below zero beyond the limit.
    """

    # Ratio and energy left have sensors, which keep their history.
    _unrecorded_attributes = frozenset({"ratio_percent", "limit_percent", "left_kvarh"})


def reactive_sensor_rows(options: AccountOptions) -> Iterator[PointRow[Readings]]:
    """Yield the sensors of a point that measures active and reactive energy."""
    for side in SIDES:
        yield _row(options, side, _ratio(side), lambda balance: balance.ratio_percent)
        yield _row(options, side, _left(side), lambda balance: balance.left_kvarh)


def over_limit_rows(options: AccountOptions) -> Iterator[PointRow[Readings]]:
    """Yield the warnings of a point that measures active and reactive energy."""
    for side in SIDES:
        yield _row(options, side, _over_limit(side), lambda balance: balance.is_over_limit, _attributes)


def reactive_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of these entities: wanted are those of the sides whose series are all chosen."""
    chosen = {row.key for row in options.measurements}
    sides = tuple(side.key for side in SIDES if ACTIVE_KEY in chosen and chosen & {*side.source_keys})
    known = frozenset(row.key for row in (*reactive_sensor_rows(options), *over_limit_rows(options)))
    return SensorKeys(known=known, wanted=frozenset(key for key in known if key.startswith(sides)))


def _row(
    options: AccountOptions,
    side: ReactiveSide,
    description: EntityDescription,
    figure: Callable[[Balance], float | bool],
    attributes: Callable[[Balance], Mapping[str, Any]] | None = None,
) -> PointRow[Readings]:
    limit_percent = side.limit_percent(options)

    def balance_of(readings: Readings, point_id: int) -> Balance | None:
        return balance(readings.samples, point_id, side, limit_percent)

    def is_refused(readings: Readings, point_id: int) -> bool:
        asked = ((point_id, key, Window.THIS_MONTH) for key in (ACTIVE_KEY, *side.source_keys))
        return balance_of(readings, point_id) is None and not readings.refused.isdisjoint(asked)

    def of_balance[T](read: Callable[[Balance], T]) -> Callable[[Readings, int], T | None]:
        def value(readings: Readings, point_id: int) -> T | None:
            return None if (found := balance_of(readings, point_id)) is None else read(found)

        return value

    return PointRow(
        description=description,
        value_fn=of_balance(figure),
        appears_fn=lambda readings, point_id: is_measured(readings.samples, point_id, side),
        refused_fn=is_refused,
        attributes_fn=None if attributes is None else of_balance(attributes),
    )


def _attributes(balance: Balance) -> Mapping[str, Any]:
    return {
        "ratio_percent": balance.ratio_percent,
        "limit_percent": balance.limit_percent,
        "left_kvarh": balance.left_kvarh,
    }


def _ratio(side: ReactiveSide) -> SensorEntityDescription:
    key = f"{side.key}_ratio_this_month"
    return SensorEntityDescription(
        key=key,
        translation_key=key,
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
    )


def _over_limit(side: ReactiveSide) -> BinarySensorEntityDescription:
    key = f"{side.key}_over_limit"
    return BinarySensorEntityDescription(key=key, translation_key=key, device_class=BinarySensorDeviceClass.PROBLEM)
