"""What can be measured: definition and variant -> key, units, device class, summed or level."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import (
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfReactiveEnergy,
)

from .api import Aggregation, CostGroup, MeasurementSeries


class Kind(Enum):
    """Whether the values of parts add up to the value of the whole."""

    SUM = auto()
    LEVEL = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """One row of the catalogue; `series.unit` is the platform's spelling, `unit` Home Assistant's."""

    key: str
    series: MeasurementSeries
    unit: str
    device_class: SensorDeviceClass
    display_precision: int

    @property
    def kind(self) -> Kind:
        """Return how values of the series combine: the platform sums what adds up."""
        return Kind.SUM if self.series.function is Aggregation.SUM else Kind.LEVEL


_KWH: Final = (UnitOfEnergy.KILO_WATT_HOUR, SensorDeviceClass.ENERGY)
_KVARH: Final = (UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR, SensorDeviceClass.REACTIVE_ENERGY)


def _summed(key: str, definition: str, variant: str, unit_and_class: tuple[str, SensorDeviceClass]) -> Measurement:
    unit, device_class = unit_and_class
    return Measurement(
        key=key,
        series=MeasurementSeries(definition=definition, variant=variant, function=Aggregation.SUM, unit=unit),
        unit=unit,
        device_class=device_class,
        display_precision=2,
    )


# GetData cannot tell phases apart: a level is the mean over the phases and over the quarter hour.
def _level(key: str, definition: str, unit: str, device_class: SensorDeviceClass) -> Measurement:
    return Measurement(
        key=key,
        series=MeasurementSeries(definition=definition, variant="phase", function=Aggregation.AVG, unit=unit),
        unit=unit,
        device_class=device_class,
        display_precision=1,
    )


MEASUREMENTS: Final = {
    measurement.key: measurement
    for measurement in (
        _summed("active_energy_import", "activeEnergy", "import", _KWH),
        _summed("active_energy_export", "activeEnergy", "export", _KWH),
        _summed("active_energy_produced", "activeEnergy", "produced", _KWH),
        _summed("reactive_energy_import", "reactiveEnergy", "import", _KVARH),
        _summed("reactive_energy_export", "reactiveEnergy", "export", _KVARH),
        _summed("inductive_reactive_energy_import", "inductiveReactiveEnergy", "import", _KVARH),
        _summed("capacitive_energy_export", "capacitiveEnergy", "export", _KVARH),
        _level("active_power_phase", "activePower", UnitOfPower.WATT, SensorDeviceClass.POWER),
        _level("voltage_phase", "voltage", UnitOfElectricPotential.VOLT, SensorDeviceClass.VOLTAGE),
        _level("current_phase", "current", UnitOfElectricCurrent.AMPERE, SensorDeviceClass.CURRENT),
    )
}

COSTS: Final = {
    "active_energy_cost": CostGroup.ACTIVE_ENERGY,
    "reactive_energy_cost": CostGroup.REACTIVE_ENERGY,
    "water_cost": CostGroup.WATER,
    "gas_cost": CostGroup.GAS,
    "medical_gas_cost": CostGroup.MEDICAL_GAS,
}
