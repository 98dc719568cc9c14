"""Which numbers a command takes is said in the options, in the real flow against the simulated platform."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.exceptions import ServiceValidationError
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import FormError
from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.api import Command
from custom_components.reengen.commands.kinds import NumberLimits, limits_of
from custom_components.reengen.commands.limits_step import limits_from
from custom_components.reengen.const import CONF_NUMBER_LIMITS
from simulator import Simulator
from tests.commands.samples import NUMBER, POINT, add_samples
from tests.forms import assert_form, held, labels, open_option, submit_option
from tests.registries import state_of

KEY = f"12768/{NUMBER.code}"
WHOLE = "12768/fan-speed"
LIMITS = {"minimum": 5.0, "maximum": 30.0, "step": 0.5, "unit": "°C"}


@pytest.fixture(autouse=True)
def _samples(simulator: Simulator) -> None:
    add_samples(simulator)
    simulator.add_command(POINT, "fan-speed", command_type="SingleParameter", parameter_type="integer")


async def open_step(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    return await open_option(hass, entry, "number_limits")


async def open_limits(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> ConfigFlowResult:
    return await submit_option(hass, await open_step(hass, entry), {"command": key})


async def test_only_commands_that_take_a_number_are_offered(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before = simulator.count()
    result = await open_step(hass, loaded_entry)
    assert_form(result, "number_limits", of="options")
    assert labels(result, "command").keys() == {KEY, WHOLE}
    assert labels(result, "command")[KEY].endswith(": Set Temperature")
    assert simulator.count() == before


async def test_set_changed_and_taken_away(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    options = dict(loaded_entry.options)
    result = await open_limits(hass, loaded_entry, KEY)
    assert_form(result, "number_limit", of="options")
    assert held(result) == {}
    result = await submit_option(hass, result, {**LIMITS, "unit": " °C "})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options == {**options, CONF_NUMBER_LIMITS: {KEY: LIMITS}}
    assert loaded_entry.state is ConfigEntryState.LOADED
    shown = state_of(hass, "number", loaded_entry, 12768, NUMBER.key).attributes
    assert (shown["min"], shown["max"], shown["step"], shown["unit_of_measurement"]) == (5.0, 30.0, 0.5, "°C")
    with pytest.raises(ServiceValidationError):
        await set_number(hass, loaded_entry, 31)
    assert simulator.count("ExecuteCommand") == 0

    result = await open_step(hass, loaded_entry)
    assert [key for key, label in labels(result, "command").items() if label.startswith("✓ ")] == [KEY]
    result = await submit_option(hass, result, {"command": KEY})
    assert held(result) == LIMITS
    await submit_option(hass, result, {"maximum": 40.0})
    assert loaded_entry.options[CONF_NUMBER_LIMITS] == {KEY: {"maximum": 40.0}}
    await set_number(hass, loaded_entry, 31)
    assert simulator.count("ExecuteCommand") == 1

    await submit_option(hass, await open_limits(hass, loaded_entry, KEY), {})
    assert loaded_entry.options[CONF_NUMBER_LIMITS] == {}
    shown = state_of(hass, "number", loaded_entry, 12768, NUMBER.key).attributes
    assert (shown["min"], shown["max"], shown.get("unit_of_measurement")) == (-1e9, 1e9, None)


async def set_number(hass: HomeAssistant, entry: MockConfigEntry, value: float) -> None:
    target = {"entity_id": NUMBER.entity_id(hass, entry)}
    await hass.services.async_call("number", "set_value", {"value": value, **target}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    ("key", "typed", "errors"),
    [
        (KEY, {"minimum": 5.0, "maximum": 5.0}, {"maximum": "maximum_too_small"}),
        (KEY, {"minimum": 5.0, "maximum": 6.0, "step": 1.5}, {"step": "step_too_wide"}),
        (WHOLE, {"minimum": 0.5}, {"minimum": "whole_number_required"}),
        (WHOLE, {"minimum": 0.0, "maximum": 9.0, "step": 0.5}, {"step": "whole_number_required"}),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field_and_stays_typed(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, key: str, typed: dict[str, float], errors: dict[str, str]
) -> None:
    result = await submit_option(hass, await open_limits(hass, loaded_entry, key), typed)
    assert_form(result, "number_limit", errors, of="options")
    assert held(result) == typed
    await submit_option(hass, result, {"minimum": 1.0, "maximum": 9.0})
    assert loaded_entry.options[CONF_NUMBER_LIMITS] == {key: {"minimum": 1.0, "maximum": 9.0}}


@pytest.mark.parametrize("wrong", [{"step": 0}, {"step": -1}, {"minimum": -1e10}], ids=str)
async def test_what_the_form_does_not_take(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, wrong: dict[str, Any]
) -> None:
    result = await open_limits(hass, loaded_entry, KEY)
    with pytest.raises(InvalidData):
        await submit_option(hass, result, wrong)


async def test_what_is_no_number_sets_no_limit(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    await submit_option(hass, await open_limits(hass, loaded_entry, KEY), {"minimum": "nan", "maximum": 9.0})
    assert loaded_entry.options[CONF_NUMBER_LIMITS] == {KEY: {"maximum": 9.0}}


async def test_limits_of_a_command_that_is_gone_can_be_taken_away(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await submit_option(hass, await open_limits(hass, loaded_entry, WHOLE), {"maximum": 9.0})
    simulator.remove_command(POINT, "fan-speed")
    await loaded_entry.runtime_data.commands.async_list_anew()
    result = await open_step(hass, loaded_entry)
    assert labels(result, "command")[WHOLE] == f"✓ {WHOLE}"
    await submit_option(hass, await submit_option(hass, result, {"command": WHOLE}), {})
    assert loaded_entry.options[CONF_NUMBER_LIMITS] == {}


async def test_no_command_takes_a_number(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": ["xFabrikaFabrika"]})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await open_step(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_numbers")


async def test_an_account_that_does_not_run(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    result = await open_step(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


COMMAND = Command(code="level", name="Level", command_type="SingleParameter", parameter_type="double")
numbers = st.integers(-50, 50).map(lambda tenths: tenths / 10)


@given(
    st.fixed_dictionaries({}, optional={"minimum": numbers, "maximum": numbers, "step": st.just(0.1)}),
    st.lists(numbers | st.integers(-9, 9)),
)
def test_exactly_what_lies_beyond_what_is_stored_is_refused(limits: dict[str, float], sent: list[float]) -> None:
    """The form stores nothing that refuses every number."""
    try:
        stored = limits_from(limits, takes_whole=False)
    except FormError:
        assert limits.keys() >= {"minimum", "maximum"}
        assert limits["maximum"] - limits["minimum"] < 0.2
        return
    found = limits_of(AccountOptions.read({CONF_NUMBER_LIMITS: {"7/level": stored}}), 7, COMMAND)
    refused = []
    for number in sent:
        try:
            found.check(COMMAND, number, "en")
        except ServiceValidationError:
            refused.append(number)
    low, high = limits.get("minimum", -1e9), limits.get("maximum", 1e9)
    assert refused == [number for number in sent if number < low or number > high]
    assert limits_of(AccountOptions.read({CONF_NUMBER_LIMITS: {"7/level": stored}}), 8, COMMAND) == NumberLimits()
