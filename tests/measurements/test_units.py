"""Units as the platform spells them, and what Home Assistant allows and converts."""

from homeassistant.components.recorder.statistics import STATISTIC_UNIT_TO_UNIT_CONVERTER
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.components.sensor.const import DEVICE_CLASS_UNITS
import pytest

from custom_components.reengen.measurements.units import _SPELLINGS, device_classes, home_unit, unit_class

HOME_UNITS = {unit for units in DEVICE_CLASS_UNITS.values() for unit in units if unit}


@pytest.mark.parametrize("unit", ["kWh", "Wh", "V", "A", "kvarh", "VArh"])
def test_units_of_the_api_document_are_units_of_home_assistant(unit: str) -> None:
    assert home_unit(unit) in HOME_UNITS
    assert home_unit(unit).casefold() == unit.casefold()


@pytest.mark.parametrize("spelled", _SPELLINGS)
def test_every_other_spelling_leads_to_a_unit_of_home_assistant(spelled: str) -> None:
    assert home_unit(spelled) in HOME_UNITS
    assert spelled not in HOME_UNITS


@pytest.mark.parametrize("unit", ["m³", "°C", "mW", "MW", "Nm3", "M3", "ML", "adet"])
def test_what_is_known_or_means_something_else_stays(unit: str) -> None:
    assert home_unit(unit) == unit


@pytest.mark.parametrize(
    ("unit", "quantity"),
    [
        ("kWh", "energy"),
        ("GJ", "energy"),
        ("kvarh", "reactive_energy"),
        ("m³", "volume"),
        ("L", "volume"),
        ("°C", "temperature"),
        ("W", "power"),
        ("V", "voltage"),
        ("A", "electric_current"),
        ("adet", None),
    ],
)
def test_quantities(unit: str, quantity: str | None) -> None:
    assert unit_class(unit) == quantity


@pytest.mark.parametrize("state_class", [SensorStateClass.TOTAL, SensorStateClass.MEASUREMENT])
@pytest.mark.parametrize(
    ("unit", "sums", "levels"),
    [
        ("m³", {"gas", "volume", "water"}, {"volume_storage"}),
        ("kWh", {"energy"}, {"energy_storage"}),
        ("°C", set(), {"temperature", "temperature_delta"}),
        ("%", set(), {"battery", "humidity", "moisture", "power_factor"}),
        ("°", set(), set()),
        ("adet", set(), set()),
    ],
)
def test_device_classes_are_those_of_unit_and_state_class(
    state_class: SensorStateClass, unit: str, sums: set[str], levels: set[str]
) -> None:
    expected = sums if state_class is SensorStateClass.TOTAL else levels
    found = device_classes(unit, state_class)
    assert set(found) == expected
    assert all(isinstance(each, SensorDeviceClass) for each in found)


def test_every_unit_of_a_statistic_has_the_converter_of_the_recorder() -> None:
    assert all(
        unit_class(unit) == converter.UNIT_CLASS for unit, converter in STATISTIC_UNIT_TO_UNIT_CONVERTER.items() if unit
    )
