"""Numbers run commands that take one, whole or not."""

import math
from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_STEP
from homeassistant.const import ATTR_ASSUMED_STATE, ATTR_FRIENDLY_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er, restore_state
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, mock_restore_cache_with_extra_data

from custom_components.reengen.const import DOMAIN
from simulator import Simulator

from .command_samples import INTEGER, NUMBER, POINT_ID, Sample, add_missing, parameters_run


@pytest.fixture(autouse=True)
def _samples(simulator: Simulator) -> None:
    add_missing(simulator)


async def _set(hass: HomeAssistant, entry: MockConfigEntry, sample: Sample, value: float) -> None:
    target = {"entity_id": sample.entity_id(hass, entry)}
    try:
        await hass.services.async_call("number", "set_value", {"value": value, **target}, blocking=True)
    finally:
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(("sample", "step"), [(NUMBER, 0.01), (INTEGER, 1.0)], ids=["double", "integer"])
async def test_what_a_user_finds(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, sample: Sample, step: float
) -> None:
    registered = er.async_get(hass).async_get(sample.entity_id(hass, loaded_entry))
    assert registered is not None
    assert registered.unique_id == f"{loaded_entry.entry_id}_12768_command_{sample.code}"
    state = hass.states.get(registered.entity_id)
    assert state is not None
    assert state.state == STATE_UNKNOWN
    assert state.attributes[ATTR_ASSUMED_STATE] is True
    assert state.attributes[ATTR_FRIENDLY_NAME] == f"Transformer 6 {sample.name}"
    # The whole numbers that a double tells apart: 53 bits of them.
    assert (state.attributes[ATTR_MIN], state.attributes[ATTR_MAX]) == (-(2**53 - 1), 2**53 - 1)
    assert state.attributes[ATTR_STEP] == step
    assert state.attributes["mode"] == "box"


async def test_numbers_are_sent_as_they_are_and_in_order(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    calls = [21.5, 21.5, -3.25, 0.0, 1e-9]
    for value in calls:
        await _set(hass, loaded_entry, NUMBER, value)
        assert float(NUMBER.state_in(hass, loaded_entry)) == value
    assert parameters_run(simulator, NUMBER) == calls


@pytest.mark.parametrize("value", [3, 0, -40, 2**53 - 1])
async def test_a_whole_number_is_sent_as_one(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, value: int
) -> None:
    await _set(hass, loaded_entry, INTEGER, value)
    (ran,) = parameters_run(simulator, INTEGER)
    assert (ran, type(ran)) == (value, int)
    assert INTEGER.state_in(hass, loaded_entry) == str(value)


@pytest.mark.parametrize(
    ("sample", "value", "key"),
    [
        pytest.param(INTEGER, 2.5, "request_invalid", id="half for a whole number"),
        pytest.param(INTEGER, math.nan, "request_invalid", id="no number for a whole number"),
        pytest.param(NUMBER, math.nan, "request_invalid", id="no number"),
        pytest.param(NUMBER, math.inf, "out_of_range", id="infinite"),
        pytest.param(NUMBER, 2.0**53, "out_of_range", id="too large"),
        pytest.param(INTEGER, -(2.0**53), "out_of_range", id="too small"),
    ],
)
async def test_what_is_no_such_number_is_not_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    *,
    sample: Sample,
    value: float,
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await _set(hass, loaded_entry, sample, value)
    assert raised.value.translation_key == key
    assert simulator.count("ExecuteCommand") == 0
    assert sample.state_in(hass, loaded_entry) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("stored_state", "extra", "expected"),
    [
        pytest.param("21.5", {"accepted": 21.5}, "21.5", id="as it was"),
        pytest.param("0", {"accepted": 0}, "0", id="zero"),
        pytest.param(STATE_UNAVAILABLE, {"accepted": -2}, "-2", id="unavailable when Home Assistant stopped"),
        pytest.param("21.5", {}, STATE_UNKNOWN, id="nothing of ours stored"),
        pytest.param("1", {"accepted": True}, STATE_UNKNOWN, id="a switch stored"),
        pytest.param("21.5", {"accepted": "21.5"}, STATE_UNKNOWN, id="a text stored"),
    ],
)
async def test_restored_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, stored_state: str, extra: dict[str, Any], expected: str
) -> None:
    registered = er.async_get(hass).async_get_or_create(
        "number", DOMAIN, f"{entry.entry_id}_{POINT_ID}_{NUMBER.key}", config_entry=entry
    )
    mock_restore_cache_with_extra_data(hass, [(State(registered.entity_id, stored_state), extra)])
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert NUMBER.state_in(hass, entry) == expected


async def test_a_reload_keeps_the_state_and_sends_nothing(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await _set(hass, loaded_entry, NUMBER, 21.5)
    stored = {each.state.entity_id: each.as_dict() for each in restore_state.async_get(hass).async_get_stored_states()}
    assert stored[NUMBER.entity_id(hass, loaded_entry)]["extra_data"] == {"accepted": 21.5}
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert NUMBER.state_in(hass, loaded_entry) == "21.5"
    assert parameters_run(simulator, NUMBER) == [21.5]
