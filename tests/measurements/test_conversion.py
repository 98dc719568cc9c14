"""Stored units become the catalogue's, or nothing."""

from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.measurements.units import converted

KILO = Decimal(1000)


@pytest.mark.parametrize(
    ("unit", "wanted", "factor"),
    [
        ("Wh", "kWh", 1 / KILO),
        ("kWh", "kWh", Decimal(1)),
        ("KWH", "kWh", Decimal(1)),
        ("MWh", "kWh", KILO),
        ("GWh", "kWh", KILO**2),
        ("VArh", "kvarh", 1 / KILO),
        ("varh", "kvarh", 1 / KILO),
        ("kVArh", "kvarh", Decimal(1)),
        ("W", "W", Decimal(1)),
        ("kW", "W", KILO),
        ("mV", "V", 1 / KILO),
        ("kV", "V", KILO),
        ("mA", "A", 1 / KILO),
        ("degC", "°C", Decimal(1)),
        ("m3", "m³", Decimal(1)),
    ],
)
@given(value=st.integers(min_value=0, max_value=10**12))
def test_known_units(unit: str, wanted: str, factor: Decimal, value: int) -> None:
    assert converted(value, unit, wanted) == float(value * factor)


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        (None, "kWh"),
        ("", "kWh"),
        ("", ""),
        ("kWh", ""),
        ("kilowatthour", "kWh"),
        ("mm", "kWh"),
        ("L", "kWh"),
        ("varh", "kWh"),
        ("Wh", "kvarh"),
        ("W", "kWh"),
        ("VA", "V"),
        ("VA", "A"),
        ("var", "A"),
    ],
)
def test_other_units_give_nothing(unit: str | None, wanted: str) -> None:
    assert converted(1.0, unit, wanted) is None
