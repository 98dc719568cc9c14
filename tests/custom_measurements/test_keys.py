"""Keys of added measurements, suggested device classes, and the trial before one is accepted."""

from dataclasses import replace
import re

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import Aggregation, MeasurementSeries
from custom_components.reengen.custom_measurements.keys import custom_key, suggested_device_class
from custom_components.reengen.measurements.catalogue import COSTS, MEASUREMENTS, custom_measurement
from tests.custom_measurements.samples import WATER, Stored

SERIES = MeasurementSeries(definition="water", variant="import", function=Aggregation.SUM, unit="m3")


@pytest.mark.parametrize(
    ("definition", "variant", "key"),
    [
        ("water", "import", "water_import"),
        ("coldWater", "import", "cold_water_import"),
        ("activePower", "phase", "active_power_phase_sum"),
        ("activePower", "export", "active_power_export_sum"),
        ("powerFactor", "", "power_factor_sum"),
        ("activeEnergy", "import", "active_energy_import_sum"),
        ("su tüketimi", "giriş", "su_tuketimi_giris"),
        ("water", "today", "water_today_sum"),
        ("gas", "cost", "measured_gas_cost"),
        ("3phase", "mean", "measured_3phase_mean"),
    ],
)
def test_the_key_is_definition_and_variant(definition: str, variant: str, key: str) -> None:
    assert custom_key(replace(SERIES, definition=definition, variant=variant), set()) == key


WORDS = st.one_of(
    st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip())),
    st.sampled_from(["activeEnergy", "water", "gas", "cost", "import", "today", "this_month", "reading", "flow", "l1"]),
)
ADDED = st.lists(
    st.builds(
        MeasurementSeries,
        definition=WORDS,
        variant=WORDS,
        function=st.sampled_from(Aggregation),
        unit=st.sampled_from(["m3", "m³", "L", "%", "kWh"]),
    ),
    max_size=12,
)


@given(added=ADDED)
def test_keys_are_never_taken_for_anything_else(added: list[MeasurementSeries]) -> None:
    keys: list[str] = []
    for series in added:
        keys.append(custom_key(series, keys))
    assert len(set(keys)) == len(keys)
    assert not set(keys) & (MEASUREMENTS.keys() | COSTS.keys())
    sensors = [f"{key}{ending}" for key in keys for ending in ("", "_today", "_this_month", "_reading", "_flow", "_l1")]
    assert len(set(sensors)) == len(sensors)
    # What begins with a letter cannot run into the id of a point before it.
    assert all(re.fullmatch(r"[a-z]\w*", key) for key in keys)


@pytest.mark.parametrize(
    ("changed", "device_class"),
    [
        pytest.param({}, "water", id="water"),
        pytest.param({"definition": "coldWater"}, "water", id="cold water"),
        pytest.param({"definition": "naturalGas"}, "gas", id="gas"),
        pytest.param({"definition": "medicalGas"}, None, id="medical gas is not the dashboard's"),
        pytest.param({"definition": "steam"}, None, id="one of several"),
        pytest.param({"definition": "heat", "unit": "kWh"}, "energy", id="the only one of a sum"),
        pytest.param({"unit": "kWh", "function": "avg"}, None, id="a level is not stored energy"),
        pytest.param({"definition": "indoorTemperature", "unit": "degC", "function": "avg"}, "temperature", id="degC"),
        pytest.param({"definition": "waterflow", "unit": "m3/h", "function": "avg"}, None, id="a part of a word"),
    ],
)
def test_the_device_class_that_is_suggested(changed: Stored, device_class: str | None) -> None:
    assert suggested_device_class(custom_measurement(WATER | changed)) == device_class
