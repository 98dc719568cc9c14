"""Sensors of what meters say themselves: registers and phases."""

from collections.abc import Iterator
from itertools import product

from homeassistant.components.sensor import SensorEntityDescription, SensorStateClass

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.measurements import Measurement
from custom_components.reengen.points import PointRow, Rank, SensorKeys

from .poll import PHASES, MeterData, phases_of, registers_of


def meter_rows(options: AccountOptions) -> Iterator[PointRow[MeterData]]:
    """Yield the sensors of the registers and phases that a meter may have under the options of an entry."""
    yield from map(_register, registers_of(options))
    for measurement, phase in product(phases_of(options), PHASES):
        yield _phase(measurement, phase)


def meter_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of these sensors; those of what is not chosen now are known as keys of measurements."""
    keys = frozenset(row.key for row in meter_rows(options))
    return SensorKeys(known=keys, wanted=keys)


def _register(measurement: Measurement) -> PointRow[MeterData]:
    def value(data: MeterData, point_id: int) -> float | None:
        found = data.registers.get((point_id, measurement.key))
        return None if found is None else found.value

    # A fall is a new meter or a register that began anew: Home Assistant counts on from there.
    state_class = SensorStateClass.TOTAL_INCREASING
    return PointRow(
        description=_description(measurement, "reading", state_class),
        value_fn=value,
        appears_fn=lambda data, point_id: (point_id, measurement.key) in data.registers,
        refused_fn=lambda data, point_id: (point_id, measurement.key) in data.refused,
        placeholders=_placeholders(measurement),
        rank=Rank.ENERGY,
    )


def _phase(measurement: Measurement, phase: int) -> PointRow[MeterData]:
    return PointRow(
        description=_description(measurement, f"l{phase}", SensorStateClass.MEASUREMENT),
        value_fn=lambda data, point_id: data.phases.get((point_id, measurement.key, phase)),
        appears_fn=lambda data, point_id: (point_id, measurement.key, phase) in data.phases,
        refused_fn=lambda data, point_id: (point_id, measurement.key) in data.refused,
        placeholders=_placeholders(measurement),
    )


def _description(measurement: Measurement, ending: str, state_class: SensorStateClass) -> SensorEntityDescription:
    key = f"{measurement.key}_{ending}"
    return SensorEntityDescription(
        key=key,
        translation_key=f"custom_{ending}" if measurement.name else key,
        device_class=measurement.device_class,
        state_class=state_class,
        native_unit_of_measurement=measurement.unit,
        suggested_display_precision=measurement.display_precision,
    )


def _placeholders(measurement: Measurement) -> dict[str, str]:
    return {"name": measurement.name} if measurement.name else {}
