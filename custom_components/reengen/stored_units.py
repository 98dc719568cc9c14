"""From the unit in which the platform stores a value to the catalogue's."""

from typing import Final

# Powers of ten. Only these prefixes are met with; case counts, as "m" and "M" differ by nine of them.
_PREFIXES: Final = {"m": -3, "": 0, "k": 3, "K": 3, "M": 6, "G": 9}

# Without prefix, in small letters: the platform writes "VArh" and "kvarh" of one quantity.
_BASES: Final = ("varh", "wh", "var", "va", "w", "v", "a")


def converted(value: float, unit: str | None, wanted: str) -> float | None:
    """Return the value in the wanted unit, None where the units are unknown or of different quantities."""
    given_unit, wanted_unit = _taken_apart(unit or ""), _taken_apart(wanted)
    if given_unit is None or wanted_unit is None or given_unit[1] != wanted_unit[1]:
        return None
    exponent = given_unit[0] - wanted_unit[0]
    # Division by a power of ten rounds once; multiplication with its inverse would round twice.
    return value * 10.0**exponent if exponent >= 0 else value / 10.0**-exponent


def _taken_apart(unit: str) -> tuple[int, str] | None:
    for base in _BASES:
        if unit.lower().endswith(base):
            exponent = _PREFIXES.get(unit[: -len(base)])
            return None if exponent is None else (exponent, base)
    return None
