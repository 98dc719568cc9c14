"""Texts run commands that take a text, and show what was last accepted."""

from typing import Any

from homeassistant.const import ATTR_ASSUMED_STATE, ATTR_FRIENDLY_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er, restore_state
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from simulator import Simulator
from tests.commands.samples import POINT, POINT_ID, TEXT, parameters_run
from tests.registries import point_device


@pytest.fixture(autouse=True)
def _listed(simulator: Simulator) -> None:
    TEXT.add(simulator)


async def _set(hass: HomeAssistant, entry: MockConfigEntry, value: str) -> None:
    target = {"entity_id": TEXT.entity_id(hass, entry)}
    await hass.services.async_call("text", "set_value", {"value": value, **target}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


def _shown(hass: HomeAssistant, entry: MockConfigEntry) -> State:
    state = hass.states.get(TEXT.entity_id(hass, entry))
    assert state is not None
    return state


async def test_what_a_user_finds(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    registered = er.async_get(hass).async_get(TEXT.entity_id(hass, loaded_entry))
    device = point_device(hass, loaded_entry, POINT_ID)
    assert registered is not None
    assert device is not None
    assert registered.unique_id == f"{loaded_entry.entry_id}_12768_command_display-text"
    assert registered.device_id == device.id
    state = _shown(hass, loaded_entry)
    assert state.state == STATE_UNKNOWN
    assert state.attributes[ATTR_ASSUMED_STATE] is True
    assert state.attributes[ATTR_FRIENDLY_NAME] == "Transformer 6 Display Text"


async def test_texts_are_sent_as_they_are(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    texts = ["007", "Pano ışığı", "Pano ışığı", "true", "", " two  spaces ", "x" * 255]
    for text in texts:
        await _set(hass, loaded_entry, text)
        assert _shown(hass, loaded_entry).state == text
    assert parameters_run(simulator, TEXT) == texts
    requests = [record.body for record in simulator.requests if record.method == "ExecuteCommand"]
    assert requests[0] == {
        "$": "ExecuteCommand",
        "properties": {"point": "xFabrikaTrafo6", "command": "display-text", "parameter": "007"},
    }


async def test_what_no_state_can_hold(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> None:
    """The entity takes what it can show; the action takes more."""
    with pytest.raises((ValueError, ServiceValidationError), match="too long"):
        await _set(hass, loaded_entry, "x" * 256)
    assert simulator.count("ExecuteCommand") == 0
    await _set(hass, loaded_entry, "before")
    fields = {
        "config_entry_id": loaded_entry.entry_id,
        "point": POINT,
        "command": TEXT.code,
        "parameter": "x" * 256,
    }
    await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert parameters_run(simulator, TEXT) == ["before", "x" * 256]
    assert _shown(hass, loaded_entry).state == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("stored_state", "extra", "expected"),
    [
        pytest.param("007", {"accepted": "007"}, "007", id="as it was"),
        pytest.param("x", {"accepted": "x" * 256}, STATE_UNKNOWN, id="too long for a state"),
        pytest.param("x", {"accepted": "a\0b"}, STATE_UNKNOWN, id="what a database cannot hold"),
        pytest.param(STATE_UNAVAILABLE, {"accepted": "007"}, "007", id="unavailable at stop"),
        pytest.param("007", {}, STATE_UNKNOWN, id="nothing of ours stored"),
        pytest.param("007", {"accepted": 7}, STATE_UNKNOWN, id="a number"),
    ],
)
async def test_restored_after_a_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    stored_state: str,
    extra: dict[str, Any],
    expected: str,
) -> None:
    found = await TEXT.state_after_restart(hass, hass_storage, entry, stored_state=stored_state, extra=extra)
    assert found == expected


async def test_what_a_restart_would_restore(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    await _set(hass, loaded_entry, "007")
    stored = {each.state.entity_id: each.as_dict() for each in restore_state.async_get(hass).async_get_stored_states()}
    assert stored[TEXT.entity_id(hass, loaded_entry)]["extra_data"] == {"accepted": "007"}
