"""Units: the platform's, Home Assistant's and those in which the platform stores values; figures in sentences; pure."""

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

# The API document shows that active energy is stored in Wh, and asks for the others in these units. It tells nothing
# of the rest: power may as well be stored in kW.
STORED_UNITS: Final = {
    "activeEnergy": "Wh",
    "reactiveEnergy": "VArh",
    "inductiveReactiveEnergy": "VArh",
    "capacitiveEnergy": "VArh",
    "voltage": "V",
    "current": "A",
}

# Powers of ten. Only these prefixes are met with; case counts, as "m" and "M" differ by nine of them.
_PREFIXES: Final = {"m": -3, "": 0, "k": 3, "K": 3, "M": 6, "G": 9}

# Without prefix, in small letters: the platform writes "VArh" and "kvarh" of one quantity.
_BASES: Final = ("varh", "wh", "var", "va", "w", "v", "a")

# What a double keeps of a decimal number; beyond it a factor leaves only noise.
_DIGITS: Final = 15

# Of the languages that the integration's texts are in.
_WITH_DECIMAL_COMMA: Final = frozenset({"tr"})


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


def converted(value: float, unit: str | None, wanted: str) -> float | None:
    """Return the value in the wanted unit, None where the units are unknown or of different quantities."""
    given_unit, wanted_unit = _taken_apart(unit or ""), _taken_apart(wanted)
    if given_unit is None or wanted_unit is None or given_unit[1] != wanted_unit[1]:
        return _by_home_assistant(value, home_unit(unit or ""), wanted)
    exponent = given_unit[0] - wanted_unit[0]
    return _rounded(value * 10.0**exponent if exponent >= 0 else value / 10.0**-exponent)


def _by_home_assistant(value: float, unit: str, wanted: str) -> float | None:
    if unit == wanted:
        return value if unit else None
    converter = unit_converter(wanted)
    if converter is None or unit not in converter.VALID_UNITS:
        return None
    return _rounded(converter.convert(value, unit, wanted))


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _taken_apart(unit: str) -> tuple[int, str] | None:
    for base in _BASES:
        if unit.lower().endswith(base):
            exponent = _PREFIXES.get(unit[: -len(base)])
            return None if exponent is None else (exponent, base)
    return None


def written(figure: str, language: str) -> str:
    """Return a figure that Python has written, such as "22.97", as the language of the sentence around it writes it."""
    return figure.replace(".", ",") if language in _WITH_DECIMAL_COMMA else figure
