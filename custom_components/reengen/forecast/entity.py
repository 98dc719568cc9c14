"""The sensors of forecasts and base loads."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

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
    chosen = {*(row.key for row in options.measurements), *options.costs}
    for key, description in _descriptions(options.currency).items():
        if key in chosen:
            yield _row(description)
    if ENERGY_KEY in chosen:
        yield _row(_BASE_LOAD)


def forecast_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of these sensors."""
    known = frozenset({*FORECASTS.values(), BASE_LOAD})
    return SensorKeys(known=known, wanted=frozenset(row.key for row in forecast_rows(options)))


def _row(description: SensorEntityDescription) -> PointRow[Figures]:
    key = description.key

    def value(figures: Figures, point_id: int) -> float | None:
        figure = figures.found.get((point_id, key))
        return None if figure is None else figure.value

    def attributes(figures: Figures, point_id: int) -> Mapping[str, Any] | None:
        figure = figures.found.get((point_id, key))
        return None if figure is None else figure.attributes

    def appears(figures: Figures, point_id: int) -> bool:
        return (point_id, key) in figures.found

    return PointRow(description=description, value_fn=value, appears_fn=appears, attributes_fn=attributes)


def _descriptions(currency: str) -> dict[str, SensorEntityDescription]:
    """Return the forecasts by the key of what they forecast; a forecast rises and falls, so it is no consumption."""
    units = {
        ENERGY_KEY: (SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR),
        COST_KEY: (SensorDeviceClass.MONETARY, currency),
    }
    return {
        key: SensorEntityDescription(
            key=FORECASTS[key],
            translation_key=FORECASTS[key],
            device_class=device_class,
            native_unit_of_measurement=unit,
            suggested_display_precision=0,
            entity_registry_enabled_default=False,
        )
        for key, (device_class, unit) in units.items()
    }


_BASE_LOAD: Final = SensorEntityDescription(
    key=BASE_LOAD,
    translation_key=BASE_LOAD,
    device_class=SensorDeviceClass.POWER,
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfPower.KILO_WATT,
    suggested_display_precision=1,
    entity_registry_enabled_default=False,
)
