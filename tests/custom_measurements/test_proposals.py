"""What is chosen by a word has its fields filled in, with a series that the platform has."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.custom_measurements.samples import GAS, TEMPERATURE, WATER, Stored
from tests.forms import asked, assert_form, held, submit_option

from .test_options_steps import open_fields, typed


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a water meter, a gas meter, a room with a thermometer and a transformer."""
    return entry_options | {
        "points": ["xFabrikaSuSayaci", "xFabrikaGazSayaci", "xFabrikaSunucuOdasi", "xFabrikaTrafo6"]
    }


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("custom_water", WATER | {"decimals": 2}),
        # The platform knows no naturalGas, and one of the points measures gas.
        ("custom_natural_gas", GAS | {"decimals": 2}),
        ("custom_temperature", TEMPERATURE | {"name": "Temperature"}),
    ],
)
async def test_what_is_proposed_works(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, kind: str, stored: Stored
) -> None:
    result = await open_fields(hass, loaded_entry, kind)
    assert_form(result, "custom_fields", of="options")
    assert held(result) == typed(stored)
    result = await submit_option(hass, result, held(result))
    result = await submit_option(hass, result, held(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options["custom_measurements"] == [stored]


@pytest.mark.parametrize("is_away", [False, True])
async def test_what_the_points_do_not_measure_is_proposed_by_its_likeliest_name(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, is_away: bool
) -> None:
    """Heat is none of the simulator's definitions; a platform that is away is not asked for one after another."""
    hass.config.language = "tr"
    before = simulator.count()
    if is_away:
        simulator.fail_next("http_500_html", method="GetData", times=9)
    result = await open_fields(hass, loaded_entry, "custom_heat")
    fields = {"name": "Isı", "definition": "heat", "variant": "import", "function": "sum", "unit": "kWh"}
    assert held(result) == fields | {"decimals": 2}
    # Two names of heat, one of steam; the first refusal in these words is asked once more, with a new login.
    assert len([each for each in asked(simulator, before) if each == "GetData"]) == 3 + 1 or is_away
    simulator.clear_faults()
    result = await submit_option(hass, result, held(result))
    assert result["errors"] == {"base": "measurement_refused"}
