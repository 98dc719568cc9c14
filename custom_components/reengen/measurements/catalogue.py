"""What can be measured: definition and variant -> key, units, device class, summed or level.

Besides the rows that are built in, an account may have measurements of its own in its options.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    CONF_DEVICE_CLASS,
    CONF_NAME,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfReactiveEnergy,
)

from custom_components.reengen.api import Aggregation, CostGroup, MeasurementSeries
from custom_components.reengen.const import (
    CONF_DECIMALS,
    CONF_DEFINITION,
    CONF_FUNCTION,
    CONF_KEY,
    CONF_UNIT,
    CONF_VARIANT,
)

from .units import home_unit


class Kind(Enum):
    """Whether the values of parts add up to the value of the whole."""

    SUM = auto()
    LEVEL = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """One row of the catalogue; `series.unit` is the platform's spelling, `unit` Home Assistant's.

    `name` is what the user calls a measurement of their own; those that are built in are named by translations.
    """

    key: str
    series: MeasurementSeries
    unit: str
    device_class: SensorDeviceClass | None
    display_precision: int
    name: str | None = None

    @property
    def kind(self) -> Kind:
        """Return how values of the series combine: the platform sums what adds up."""
        return Kind.SUM if self.series.function is Aggregation.SUM else Kind.LEVEL

    @property
    def state_class(self) -> SensorStateClass:
        """Return what the values are to Home Assistant."""
        return SensorStateClass.TOTAL if self.kind is Kind.SUM else SensorStateClass.MEASUREMENT

    @property
    def placeholders(self) -> dict[str, str]:
        """Return what the translated name of a sensor quotes: what the user calls the measurement."""
        return {"name": self.name} if self.name else {}

    def description(self, key: str, custom: str | None, **other: Any) -> SensorEntityDescription:
        """Return what a sensor with this key is; its name has the key too, or is `custom` where the user has named it."""
        usual: dict[str, Any] = {
            "key": key,
            "translation_key": custom if self.name else key,
            "device_class": self.device_class,
            "state_class": self.state_class,
            "native_unit_of_measurement": self.unit,
            "suggested_display_precision": self.display_precision,
        }
        return SensorEntityDescription(**(usual | other))


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

# What stands in a definition of gas, in English or Turkish, and in one of oxygen and the like.
_GAS: Final = ("gas", "gaz")
_MEDICAL: Final = ("medical", "medikal")

# What leaves a site is not charged for.
_NOT_USED: Final = frozenset({"export", "produced"})


def custom_measurement(stored: Mapping[str, Any]) -> Measurement:
    """Return the row of a measurement of the user's own, as the options keep it."""
    device_class = stored.get(CONF_DEVICE_CLASS)
    return Measurement(
        key=stored[CONF_KEY],
        series=stored_series(stored),
        unit=home_unit(stored[CONF_UNIT]),
        device_class=None if device_class is None else SensorDeviceClass(device_class),
        display_precision=stored[CONF_DECIMALS],
        name=stored[CONF_NAME],
    )


def stored_series(stored: Mapping[str, Any]) -> MeasurementSeries:
    """Return what GetData is asked for, for a measurement of the user's own."""
    return MeasurementSeries(
        definition=stored[CONF_DEFINITION],
        variant=stored[CONF_VARIANT],
        function=Aggregation(stored[CONF_FUNCTION]),
        unit=stored[CONF_UNIT],
    )


def utility_of(measurement: Measurement) -> CostGroup | None:
    """Return which cost is charged for what the measurement sums up, None for what nothing is charged for by itself.

    Gas may be metered as a volume or as energy, which its definition alone tells from electricity.
    """
    definition = measurement.series.definition.casefold()
    if measurement.series.variant in _NOT_USED:
        return None
    match measurement.device_class:
        case SensorDeviceClass.WATER:
            return CostGroup.WATER
        case SensorDeviceClass.GAS:
            return CostGroup.MEDICAL_GAS if _has(definition, _MEDICAL) else CostGroup.GAS
        case SensorDeviceClass.ENERGY if _has(definition, _GAS) and not _has(definition, _MEDICAL):
            return CostGroup.GAS
        case _:
            return None


def _has(definition: str, words: tuple[str, ...]) -> bool:
    return any(word in definition for word in words)
