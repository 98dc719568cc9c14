"""Texts run commands that take one."""

from typing import Any

from homeassistant.const import ATTR_ASSUMED_STATE, ATTR_FRIENDLY_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er, restore_state
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, mock_restore_cache_with_extra_data

from custom_components.reengen.const import DOMAIN
from simulator import Simulator

from .command_samples import POINT_ID, TEXT, add_missing, parameters_run


@pytest.fixture(autouse=True)
def _samples(simulator: Simulator) -> None:
    add_missing(simulator)


async def _set(hass: HomeAssistant, entry: MockConfigEntry, value: str) -> None:
    target = {"entity_id": TEXT.entity_id(hass, entry)}
    await hass.services.async_call("text", "set_value", {"value": value, **target}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_what_a_user_finds(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    registered = er.async_get(hass).async_get(TEXT.entity_id(hass, loaded_entry))
    assert registered is not None
    assert registered.unique_id == f"{loaded_entry.entry_id}_12768_command_display-text"
    state = hass.states.get(registered.entity_id)
    assert state is not None
    assert state.state == STATE_UNKNOWN
    assert state.attributes[ATTR_ASSUMED_STATE] is True
    assert state.attributes[ATTR_FRIENDLY_NAME] == "Transformer 6 Pano Yazısı"
    # Home Assistant stores no longer state than 255 characters.
    assert (state.attributes["min"], state.attributes["max"]) == (0, 255)


async def test_texts_are_sent_as_they_are_and_in_order(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    calls = ["007", "007", "true", "", 'Şube "İ"\n2', "x" * 255]
    for value in calls:
        await _set(hass, loaded_entry, value)
        assert TEXT.state_in(hass, loaded_entry) == value
    assert parameters_run(simulator, TEXT) == calls


async def test_a_text_that_no_state_can_hold_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    with pytest.raises(ValueError, match="too long"):
        await _set(hass, loaded_entry, "x" * 256)
    assert simulator.count("ExecuteCommand") == 0
    assert TEXT.state_in(hass, loaded_entry) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("stored_state", "extra", "expected"),
    [
        pytest.param("007", {"accepted": "007"}, "007", id="as it was"),
        pytest.param("", {"accepted": ""}, "", id="empty"),
        pytest.param(STATE_UNAVAILABLE, {"accepted": "on"}, "on", id="unavailable when Home Assistant stopped"),
        pytest.param("007", {}, STATE_UNKNOWN, id="nothing of ours stored"),
        pytest.param("7", {"accepted": 7}, STATE_UNKNOWN, id="a number stored"),
        pytest.param("x", {"accepted": "x" * 256}, STATE_UNKNOWN, id="too long for a state"),
    ],
)
async def test_restored_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, stored_state: str, extra: dict[str, Any], expected: str
) -> None:
    registered = er.async_get(hass).async_get_or_create(
        "text", DOMAIN, f"{entry.entry_id}_{POINT_ID}_{TEXT.key}", config_entry=entry
    )
    mock_restore_cache_with_extra_data(hass, [(State(registered.entity_id, stored_state), extra)])
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert TEXT.state_in(hass, entry) == expected


async def test_a_reload_keeps_the_state_and_sends_nothing(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await _set(hass, loaded_entry, "007")
    stored = {each.state.entity_id: each.as_dict() for each in restore_state.async_get(hass).async_get_stored_states()}
    assert stored[TEXT.entity_id(hass, loaded_entry)]["extra_data"] == {"accepted": "007"}
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert TEXT.state_in(hass, loaded_entry) == "007"
    assert parameters_run(simulator, TEXT) == ["007"]
