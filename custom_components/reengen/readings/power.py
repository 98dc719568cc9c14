"""Power and flow: what a meter measured in its newest interval, divided by the interval's length; the power factor; pure.

GetData sums the energy of each quarter hour, and a meter that reports by the hour has all of the hour's energy in the
quarter hour in which the hour ends.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import hypot
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import UnitOfPower, UnitOfVolume, UnitOfVolumeFlowRate

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import QUARTER_HOUR
from custom_components.reengen.measurements import Kind, Measurement, utility_of
from custom_components.reengen.points import catalogue_key

ACTIVE_POWER: Final = "active_power"

# Key of the power -> key of the energy in the catalogue.
POWERS: Final = {
    ACTIVE_POWER: "active_energy_import",
    "active_power_export": "active_energy_export",
    "active_power_produced": "active_energy_produced",
}

# Of an account that reads active import and one of these: the first that a point has a value of counts.
POWER_FACTOR: Final = "power_factor"
REACTIVE_ENERGIES: Final = ("inductive_reactive_energy_import", "reactive_energy_import")

HOUR: Final = timedelta(hours=1)

# What stands behind the key of a volume of water or gas in that of its flow, and the unit of the flow by that of the volume.
_FLOW: Final = "_flow"
_FLOW_UNITS: Final[Mapping[str, str]] = {
    UnitOfVolume.CUBIC_METERS: UnitOfVolumeFlowRate.CUBIC_METERS_PER_HOUR,
    UnitOfVolume.LITERS: UnitOfVolumeFlowRate.LITERS_PER_HOUR,
}


def powers_of(options: AccountOptions) -> tuple[Measurement, ...]:
    """Return the powers of the energies that are read, in kW, and the flows of water and gas.

    Each has the series of what it is made of. A measurement of the user's own that had the key first keeps it.
    """
    chosen = {row.key: row for row in options.measurements}
    kilowatts = partial(replace, unit=UnitOfPower.KILO_WATT, device_class=SensorDeviceClass.POWER, display_precision=1)
    powers = (kilowatts(chosen[energy], key=key) for key, energy in POWERS.items() if energy in chosen)
    flow = partial(replace, device_class=SensorDeviceClass.VOLUME_FLOW_RATE)
    flows = (
        flow(row, key=f"{row.key}{_FLOW}", unit=_FLOW_UNITS[row.unit])
        for row in options.custom_measurements
        if row.kind is Kind.SUM and utility_of(row) is not None and row.unit in _FLOW_UNITS
    )
    return tuple(row for row in (*powers, *flows) if row.key not in options.catalogue)


def measured_key(power_key: str) -> str:
    """Return the key of the energy or volume that a power or flow is made of."""
    return POWERS.get(power_key) or catalogue_key(power_key)


def reactive_of(options: AccountOptions) -> tuple[Measurement, ...]:
    """Return the reactive energies that a power factor is made of, under keys of their quarter hours; none without power.

    A measurement of the user's own that had the key of the power factor first keeps it.
    """
    if ACTIVE_POWER not in {row.key for row in powers_of(options)} or POWER_FACTOR in options.catalogue:
        return ()
    chosen = {row.key: row for row in options.measurements}
    return tuple(replace(chosen[key], key=f"{key}_quarter_hour") for key in REACTIVE_ENERGIES if key in chosen)


def power_factor(active: float, reactive: float) -> float | None:
    """Return the cosine of phi of the energies (kWh and kvarh) of one interval; None where both are zero."""
    apparent = hypot(active, reactive)
    return None if apparent == 0 else active / apparent


def interval_length(starts: Collection[datetime]) -> timedelta | None:
    """Return how long the intervals are that end in quarter hours with these starts: a quarter hour or an hour.

    They are hours if all that is there is whole hours apart. One alone does not tell: None.
    """
    if len(starts) <= 1:
        return None
    last = max(starts)
    return HOUR if all((last - start) % HOUR == timedelta(0) for start in starts) else QUARTER_HOUR


def mean_power(energy: float, length: timedelta) -> float:
    """Return the mean power in kW of an energy in kWh, or the mean flow per hour of a volume."""
    return energy * (HOUR / length)
