"""Sensors of what meters say themselves: registers and phases."""

from collections.abc import Iterator
from itertools import product

from homeassistant.components.sensor import SensorStateClass

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

    return PointRow(
        description=measurement.description(
            f"{measurement.key}_reading",
            "custom_reading",
            # A fall is a new meter or a register that began anew: Home Assistant counts on from there.
            state_class=SensorStateClass.TOTAL_INCREASING,
        ),
        value_fn=value,
        appears_fn=lambda data, point_id: (point_id, measurement.key) in data.registers,
        refused_fn=lambda data, point_id: (point_id, measurement.key) in data.refused,
        placeholders=measurement.placeholders,
        rank=Rank.ENERGY,
    )


def _phase(measurement: Measurement, phase: int) -> PointRow[MeterData]:
    return PointRow(
        description=measurement.description(f"{measurement.key}_l{phase}", f"custom_l{phase}"),
        value_fn=lambda data, point_id: data.phases.get((point_id, measurement.key, phase)),
        appears_fn=lambda data, point_id: (point_id, measurement.key, phase) in data.phases,
        refused_fn=lambda data, point_id: (point_id, measurement.key) in data.refused,
        placeholders=measurement.placeholders,
    )
