"""From the unit in which the platform stores a value to the catalogue's."""

from typing import Final

from .measured_units import home_unit, unit_converter

# Powers of ten. Only these prefixes are met with; case counts, as "m" and "M" differ by nine of them.
_PREFIXES: Final = {"m": -3, "": 0, "k": 3, "K": 3, "M": 6, "G": 9}

# Without prefix, in small letters: the platform writes "VArh" and "kvarh" of one quantity.
_BASES: Final = ("varh", "wh", "var", "va", "w", "v", "a")


# What a double keeps of a decimal number; beyond it a factor leaves only noise.
_DIGITS: Final = 15


def converted(value: float, unit: str | None, wanted: str) -> float | None:
    """Return the value in the wanted unit, None where the units are unknown or of different quantities."""
    given_unit, wanted_unit = _taken_apart(unit or ""), _taken_apart(wanted)
    if given_unit is None or wanted_unit is None or given_unit[1] != wanted_unit[1]:
        return _by_home_assistant(value, home_unit(unit or ""), wanted)
    exponent = given_unit[0] - wanted_unit[0]
    # Division by a power of ten rounds once; multiplication with its inverse would round twice.
    return value * 10.0**exponent if exponent >= 0 else value / 10.0**-exponent


def _by_home_assistant(value: float, unit: str, wanted: str) -> float | None:
    if unit == wanted:
        return value if unit else None
    converter = unit_converter(wanted)
    if converter is None or unit not in converter.VALID_UNITS:
        return None
    return float(f"{converter.convert(value, unit, wanted):.{_DIGITS}g}")


def _taken_apart(unit: str) -> tuple[int, str] | None:
    for base in _BASES:
        if unit.lower().endswith(base):
            exponent = _PREFIXES.get(unit[: -len(base)])
            return None if exponent is None else (exponent, base)
    return None
