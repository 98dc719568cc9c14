"""Rows of the catalogue: built in and the user's own, and which utility charges for them."""

from homeassistant.components.sensor import SensorStateClass
import pytest

from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.api import Aggregation, CostGroup, MeasurementSeries
from custom_components.reengen.measurements.catalogue import COSTS, MEASUREMENTS, Kind, custom_measurement, utility_of
from custom_components.reengen.measurements.units import device_classes
from tests.custom_measurements.samples import GAS, POWER_FACTOR, TEMPERATURE, WATER, Stored


@pytest.mark.parametrize("key", MEASUREMENTS)
def test_what_is_built_in_is_valid_in_home_assistant(key: str) -> None:
    row = MEASUREMENTS[key]
    assert row.device_class in device_classes(row.unit, row.state_class)
    assert row.name is None


def test_a_row_from_the_options() -> None:
    row = custom_measurement(WATER)
    assert row.series == MeasurementSeries(
        definition="water", variant="import", function=Aggregation.SUM, unit="m3", decimal_points=6
    )
    assert (row.key, row.name, row.unit, row.device_class, row.display_precision) == (
        "water_import",
        "Water",
        "m³",
        "water",
        3,
    )
    assert (row.kind, row.state_class) == (Kind.SUM, SensorStateClass.TOTAL)


@pytest.mark.parametrize("function", ["avg", "min", "max"])
def test_other_functions_are_levels(function: str) -> None:
    row = custom_measurement(TEMPERATURE | {"function": function})
    assert (row.kind, row.state_class, row.unit) == (Kind.LEVEL, SensorStateClass.MEASUREMENT, "°C")


def test_what_an_entry_has_and_what_it_reads() -> None:
    options = {"measurements": ["voltage_phase", "gone"], "custom_measurements": [WATER, TEMPERATURE]}
    read = AccountOptions.read(options)
    assert [row.key for row in read.measurements] == ["voltage_phase", "water_import", "temperature_indoor"]
    assert read.catalogue.keys() == MEASUREMENTS.keys() | {"water_import", "temperature_indoor"}
    assert AccountOptions.read({}).catalogue == MEASUREMENTS


def test_no_cost_has_the_key_of_a_measurement() -> None:
    assert not MEASUREMENTS.keys() & COSTS.keys()


@pytest.mark.parametrize(
    ("stored", "utility"),
    [
        pytest.param(WATER, CostGroup.WATER, id="water"),
        pytest.param(GAS, CostGroup.GAS, id="gas"),
        pytest.param(GAS | {"definition": "medicalGas"}, CostGroup.MEDICAL_GAS, id="medical gas"),
        pytest.param(GAS | {"unit": "kWh", "device_class": "energy"}, CostGroup.GAS, id="gas as energy"),
        pytest.param(WATER | {"variant": "export"}, None, id="what leaves"),
        pytest.param(TEMPERATURE, None, id="temperature"),
        pytest.param(POWER_FACTOR, None, id="without device class"),
    ],
)
def test_what_is_charged_for(stored: Stored, utility: CostGroup | None) -> None:
    assert utility_of(custom_measurement(stored)) is utility


def test_nothing_built_in_is_charged_for_as_gas_or_water() -> None:
    assert {utility_of(row) for row in MEASUREMENTS.values()} == {None}
