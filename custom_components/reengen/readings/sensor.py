"""The sensors of what is polled: totals of today and this month with their costs, power, and the latest levels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy
from homeassistant.helpers.typing import UNDEFINED
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.measurements import COSTS, Kind, Measurement
from custom_components.reengen.points import SENSOR_ENDINGS, PointRow, Rank, ReengenRowSensor, SensorKeys

from .power import ACTIVE_POWER, HOUR, POWER_FACTOR, POWERS, REACTIVE_ENERGIES, powers_of, reactive_of
from .samples import Readings, Window

_MEAN_OVER_PHASES: Final = "active_power_phase"

# What the ratios of reactive energy are worked out with.
_DRAWN: Final = "active_energy_import"

# What is looked at by the month: off for today in a new account.
_BY_THE_MONTH: Final = frozenset({"active_energy_export", "reactive_energy_cost"})

_PERIODS: Final = {Window.TODAY: timedelta(days=1), Window.THIS_MONTH: timedelta(days=30)}

# From here on people say megawatt hours, and no decimals.
_MANY_KWH: Final = 10_000.0
_WHOLE_NUMBERS: Final = 1_000.0


class ReengenReadingSensor(ReengenRowSensor):
    """A sensor of what is polled, in the unit and with the decimals that fit the size of its value.

    The unit is chosen once: Home Assistant keeps it with the entity.
    """

    @property
    def _size(self) -> float:
        """Return what the value comes to by the end of its period, in the unit of the platform."""
        size, start = abs(float(self.value or 0)), self.last_reset
        if start is None:
            return size
        period = next(length for window, length in _PERIODS.items() if self.row.key.endswith(window))
        return size * max(1.0, period / max(dt_util.utcnow() - start, HOUR))

    @property
    @override
    def suggested_unit_of_measurement(self) -> str | None:
        if self.registry_entry is not None:
            stored: Mapping[str, Any] = self.registry_entry.options.get("sensor.private") or {}
            return stored.get("suggested_unit_of_measurement")
        is_much = self.native_unit_of_measurement == UnitOfEnergy.KILO_WATT_HOUR and self._size >= _MANY_KWH
        return UnitOfEnergy.MEGA_WATT_HOUR if is_much else None

    @property
    @override
    def suggested_display_precision(self) -> int | None:
        usual = self.entity_description.suggested_display_precision
        if self.last_reset is None:
            return usual
        shown = self._size / (1_000 if self.suggested_unit_of_measurement == UnitOfEnergy.MEGA_WATT_HOUR else 1)
        return 0 if shown >= _WHOLE_NUMBERS else usual


def reading_rows(options: AccountOptions) -> Iterator[PointRow[Readings]]:
    """Yield the sensors that a point may have under the options of an entry; most points have few of them."""
    has_ratios = any(row.key == _DRAWN for row in options.measurements)
    for measurement in options.measurements:
        if measurement.kind is Kind.LEVEL:
            yield _row(measurement.key, Window.LATEST, _level(measurement), measurement.placeholders)
            continue
        for window in (Window.TODAY, Window.THIS_MONTH):
            is_on = _is_on(measurement, window, has_ratios=has_ratios)
            description = measurement.description(
                f"{measurement.key}_{window}", f"custom_{window}", entity_registry_enabled_default=is_on
            )
            yield _row(measurement.key, window, description, measurement.placeholders, Rank.ENERGY)
    yield from map(_power_row, powers_of(options))
    if reactive := reactive_of(options):
        yield _power_factor_row(reactive)
    for key in options.costs:
        for window in (Window.TODAY, Window.THIS_MONTH):
            yield _row(key, window, _cost(key, window, options.currency))


def reading_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of these sensors; all that may stand behind the key of a measurement or cost is known."""
    measured = {f"{key}{ending}" for key in (*options.catalogue, *COSTS) for ending in SENSOR_ENDINGS}
    return SensorKeys(
        known=frozenset({*measured, *POWERS, POWER_FACTOR}), wanted=frozenset(row.key for row in reading_rows(options))
    )


def _row(
    catalogue_key: str,
    window: Window,
    description: SensorEntityDescription,
    placeholders: Mapping[str, str] = MappingProxyType({}),
    rank: Rank = Rank.VALUE,
) -> PointRow[Readings]:
    def value(readings: Readings, point_id: int) -> float | None:
        sample = readings.samples.get((point_id, catalogue_key, window))
        return None if sample is None else sample.value

    def start(readings: Readings, point_id: int) -> datetime | None:
        sample = readings.samples.get((point_id, catalogue_key, window))
        return None if sample is None else sample.start

    return PointRow(
        description=description,
        value_fn=value,
        appears_fn=lambda readings, point_id: (point_id, catalogue_key) in readings.told,
        refused_fn=lambda readings, point_id: (point_id, catalogue_key, window) in readings.refused,
        last_reset_fn=start if description.state_class is SensorStateClass.TOTAL else None,
        placeholders=placeholders,
        rank=rank,
    )


def _power_row(power: Measurement) -> PointRow[Readings]:
    """Return the power of an energy, at each point that has the energy: also while the newest is too old.

    A flow is at points whose water or gas is seen to be measured by the quarter hour or hour: many report once a day.
    """
    energy_key, sample_key = POWERS.get(power.key), (power.key, Window.LATEST)

    def minutes(readings: Readings, point_id: int) -> Mapping[str, Any]:
        sample = readings.samples.get((point_id, *sample_key))
        length = None if sample is None else sample.length
        return {"interval_minutes": None if length is None else length // timedelta(minutes=1)}

    def appears(readings: Readings, point_id: int) -> bool:
        sample = readings.samples.get((point_id, *sample_key))
        if power.name is not None:
            return sample is not None and sample.value is not None
        return sample is not None or (point_id, energy_key) in readings.told

    description = power.description(power.key, "custom_flow", state_class=SensorStateClass.MEASUREMENT)
    row = _row(power.key, Window.LATEST, description, power.placeholders)
    return replace(row, appears_fn=appears, attributes_fn=minutes)


def _is_on(measurement: Measurement, window: Window, *, has_ratios: bool) -> bool:
    """Return whether the sensor is on in a new account; the ratios say of reactive energy what matters."""
    if measurement.device_class is SensorDeviceClass.REACTIVE_ENERGY and measurement.name is None:
        return window is Window.THIS_MONTH and not has_ratios
    return window is Window.THIS_MONTH or measurement.key not in _BY_THE_MONTH


def _power_factor_row(reactive: Sequence[Measurement]) -> PointRow[Readings]:
    """Return the power factor, at each point that has active and reactive energy."""

    def appears(readings: Readings, point_id: int) -> bool:
        has_reactive = any((point_id, key) in readings.told for key in REACTIVE_ENERGIES)
        return has_reactive and (point_id, POWERS[ACTIVE_POWER]) in readings.told

    def refused(readings: Readings, point_id: int) -> bool:
        is_refused = {key: (point_id, key, Window.LATEST) in readings.refused for key in (ACTIVE_POWER, *keys)}
        return is_refused[ACTIVE_POWER] or all(is_refused[key] for key in keys)

    keys = [row.key for row in reactive]
    return replace(_row(POWER_FACTOR, Window.LATEST, _POWER_FACTOR), appears_fn=appears, refused_fn=refused)


_POWER_FACTOR: Final = SensorEntityDescription(
    key=POWER_FACTOR,
    translation_key=POWER_FACTOR,
    device_class=SensorDeviceClass.POWER_FACTOR,
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=2,
    entity_registry_enabled_default=False,
)


def _cost(catalogue_key: str, window: Window, currency: str) -> SensorEntityDescription:
    key = f"{catalogue_key}_{window}"
    return SensorEntityDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=currency,
        suggested_display_precision=2,
        entity_registry_enabled_default=window is Window.THIS_MONTH or catalogue_key not in _BY_THE_MONTH,
    )


def _level(measurement: Measurement) -> SensorEntityDescription:
    return measurement.description(
        measurement.key,
        # What the user has named needs no translation.
        None,
        name=measurement.name or UNDEFINED,
        # A third of the power is taken for the power, and few need the others; what the user has added is wanted.
        entity_category=EntityCategory.DIAGNOSTIC if measurement.key == _MEAN_OVER_PHASES else None,
        entity_registry_enabled_default=measurement.name is not None,
    )
