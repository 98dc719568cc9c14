"""Units of the platform in Home Assistant's spelling, and what Home Assistant makes of them; pure."""

from typing import Final

from homeassistant.components.recorder.statistics import STATISTIC_UNIT_TO_UNIT_CONVERTER
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.components.sensor.const import DEVICE_CLASS_STATE_CLASSES, DEVICE_CLASS_UNITS
from homeassistant.util.unit_conversion import BaseUnitConverter

# What means the same in another spelling. Only capitals that change no meaning: m is not M. A normal cubic metre of gas
# (Nm3) is not one at the meter.
_SPELLINGS: Final = {
    "VArh": "varh",
    "Varh": "varh",
    "kVArh": "kvarh",
    "kVarh": "kvarh",
    "VAr": "var",
    "kVAr": "kvar",
    "m2": "m²",
    "m3": "m³",
    "m3/h": "m³/h",
    "m3/min": "m³/min",
    "m3/s": "m³/s",
    "ft3": "ft³",
    "l": "L",
    "l/h": "L/h",
    "l/min": "L/min",
    "l/s": "L/s",
    "ml": "mL",
    "degC": "°C",
    "℃": "°C",
    "ºC": "°C",
    "degF": "°F",
    "lux": "lx",
    "W/m2": "W/m²",
    "g/m3": "g/m³",
    "mg/m3": "mg/m³",
    "ug/m3": "μg/m³",
    "µg/m3": "μg/m³",
    "µg/m³": "μg/m³",
}


def home_unit(unit: str) -> str:
    """Return Home Assistant's spelling of a unit; one that it does not know stays as it is."""
    return _SPELLINGS.get(unit, unit)


def unit_converter(unit: str) -> type[BaseUnitConverter] | None:
    """Return what converts statistics of a unit in Home Assistant's spelling, None where nothing does."""
    return STATISTIC_UNIT_TO_UNIT_CONVERTER.get(unit)


def unit_class(unit: str) -> str | None:
    """Return what the recorder calls the quantity of a unit; without it the Energy dashboard offers no statistic."""
    converter = unit_converter(unit)
    return None if converter is None else converter.UNIT_CLASS


def device_classes(unit: str, state_class: SensorStateClass) -> tuple[SensorDeviceClass, ...]:
    """Return the device classes that Home Assistant allows a sensor of this unit and state class."""
    return tuple(
        sorted(
            device_class
            for device_class, units in DEVICE_CLASS_UNITS.items()
            if unit in units and state_class in DEVICE_CLASS_STATE_CLASSES[device_class]
        )
    )
