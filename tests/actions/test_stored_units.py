"""Values in the unit that a user states become values in the unit that the platform stores."""

from decimal import Decimal

from homeassistant.exceptions import ServiceValidationError
from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.actions.stored_units import converted, stored_unit


@pytest.mark.parametrize(
    ("value", "unit", "to_unit", "expected"),
    [
        (2.3, "kWh", "Wh", 2300.0),
        (1.5, "MWh", "Wh", 1_500_000.0),
        (237.0, "Wh", "kWh", 0.237),
        (3.6, "MJ", "kWh", 1.0),
        (1.1, "kvarh", "VArh", 1100.0),
        (1.1, "kVArh", "varh", 1100.0),
        (0.4, "kV", "V", 400.0),
        (16.0, "A", "A", 16.0),
        (2.5, "m3", "L", 2500.0),
        (2.5, "m³", "l", 2500.0),
        (7.25, "kW", "W", 7250.0),
        (7.25, "pulses", "pulses", 7.25),
    ],
)
def test_known_units(value: float, unit: str, to_unit: str, expected: float) -> None:
    assert converted(value, unit, to_unit) == expected


@given(st.decimals(0, 10**9, places=3))
def test_a_thousandth_is_exact(value: Decimal) -> None:
    """Fifteen digits are what a double keeps, and what a meter's register has at most."""
    assert Decimal(repr(converted(float(value), "kWh", "Wh"))) == value * 1000


@pytest.mark.parametrize(
    ("unit", "to_unit"),
    [("kWh", "VArh"), ("pulses", "Wh"), ("kWh", "pulses"), ("KWH", "Wh"), ("Mvarh", "VArh"), ("V", "A"), ("", "Wh")],
)
def test_other_units_are_refused(unit: str, to_unit: str) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        converted(1.0, unit, to_unit)
    assert raised.value.translation_key == "unit_not_convertible"
    assert raised.value.translation_placeholders == {"unit": unit, "stored_unit": to_unit}


@pytest.mark.parametrize(
    ("definition", "unit"),
    [
        ("activeEnergy", "Wh"),
        ("reactiveEnergy", "VArh"),
        ("inductiveReactiveEnergy", "VArh"),
        ("capacitiveEnergy", "VArh"),
        ("voltage", "V"),
        ("current", "A"),
    ],
)
def test_stored_units_of_the_documents_definitions(definition: str, unit: str) -> None:
    assert stored_unit(definition, None) == unit
    assert stored_unit(definition, "other") == "other"


@pytest.mark.parametrize("definition", ["activePower", "water", "steam"])
def test_what_is_not_known_has_to_be_stated(definition: str) -> None:
    assert stored_unit(definition, "m3") == "m3"
    with pytest.raises(ServiceValidationError) as raised:
        stored_unit(definition, None)
    assert raised.value.translation_key == "stored_unit_required"
    assert raised.value.translation_placeholders == {"definition": definition}
