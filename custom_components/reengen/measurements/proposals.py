"""What a person calls a measurement that is not built in, and the series by which a platform may have it; pure.

The API document names definitions of electricity alone, and the platform lists none: these are tried one after another.
"""

from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass

from custom_components.reengen.api import Aggregation, MeasurementSeries


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The series that a measurement may be, the likeliest first; the selector `measurements` has its name by the key."""

    key: str
    series: tuple[MeasurementSeries, ...]
    device_class: SensorDeviceClass | None
    display_precision: int


def _drawn(key: str, unit: str, device_class: SensorDeviceClass | None, *definitions: str) -> Proposal:
    return Proposal(
        key=key,
        series=tuple(
            MeasurementSeries(definition=each, variant="import", function=Aggregation.SUM, unit=unit)
            for each in definitions
        ),
        device_class=device_class,
        display_precision=2,
    )


# What a meter draws, and is looked for when an account is added.
UTILITIES: Final = {
    each.key: each
    for each in (
        _drawn("water", "m3", SensorDeviceClass.WATER, "water"),
        _drawn("natural_gas", "m3", SensorDeviceClass.GAS, "naturalGas", "gas"),
        _drawn("medical_gas", "m3", SensorDeviceClass.GAS, "medicalGas"),
        _drawn("heat", "kWh", SensorDeviceClass.ENERGY, "heat", "thermalEnergy"),
        _drawn("steam", "kg", None, "steam"),
    )
}

TEMPERATURE: Final = Proposal(
    key="temperature",
    series=tuple(
        MeasurementSeries(definition="temperature", variant=variant, function=Aggregation.AVG, unit="degC")
        for variant in ("indoor", "outdoor")
    ),
    device_class=SensorDeviceClass.TEMPERATURE,
    display_precision=1,
)
