"""The sensors of forecasts and base loads."""

from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import UnitOfEnergy, UnitOfPower

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.points import PointRow, ReengenRowSensor, SensorKeys

from .coordinator import BASE_LOAD, COST_KEY, ENERGY_KEY, FORECASTS, Figures


class ReengenForecast(ReengenRowSensor):
    """A forecast or a base load; the attributes say what it was made of."""

    # The figures of the attributes change each hour and are worth nothing later.
    _unrecorded_attributes = frozenset({"measured", "measured_until", "hours_measured", "hours_forecast", "weeks"})


def forecast_rows(options: AccountOptions) -> Iterator[PointRow[Figures]]:
    """Yield the sensors that a point may have under the options of an entry; forecasts are for the topmost points."""
    has_energy = any(row.key == ENERGY_KEY for row in options.measurements)
    # A forecast rises and falls, so it is no consumption and has no state class.
    if has_energy:
        yield _row(FORECASTS[ENERGY_KEY], SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR)
    if COST_KEY in options.costs:
        yield _row(FORECASTS[COST_KEY], SensorDeviceClass.MONETARY, options.currency)
    if has_energy:
        yield _row(BASE_LOAD, SensorDeviceClass.POWER, UnitOfPower.KILO_WATT, SensorStateClass.MEASUREMENT, decimals=1)


def forecast_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of these sensors."""
    known = frozenset({*FORECASTS.values(), BASE_LOAD})
    return SensorKeys(known=known, wanted=frozenset(row.key for row in forecast_rows(options)))


def _row(
    key: str,
    device_class: SensorDeviceClass,
    unit: str,
    state_class: SensorStateClass | None = None,
    *,
    decimals: int = 0,
) -> PointRow[Figures]:
    def value(figures: Figures, point_id: int) -> float | None:
        return None if (figure := figures.get((point_id, key))) is None else figure.value

    def attributes(figures: Figures, point_id: int) -> Mapping[str, Any] | None:
        return None if (figure := figures.get((point_id, key))) is None else figure.attributes

    description = SensorEntityDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        state_class=state_class,
        native_unit_of_measurement=unit,
        suggested_display_precision=decimals,
        entity_registry_enabled_default=False,
    )
    return PointRow(
        description=description,
        value_fn=value,
        appears_fn=lambda figures, point_id: (point_id, key) in figures,
        attributes_fn=attributes,
    )
