"""Buttons run commands that take nothing."""

from homeassistant.const import ATTR_FRIENDLY_NAME, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator

from .command_samples import BUTTON, POINT_ID, parameters_run
from .registries import point_device


@pytest.fixture(autouse=True)
def _button(simulator: Simulator) -> None:
    BUTTON.add(simulator)


async def test_what_a_user_finds(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    registered = er.async_get(hass).async_get(BUTTON.entity_id(hass, loaded_entry))
    device = point_device(hass, loaded_entry, POINT_ID)
    assert registered is not None
    assert device is not None
    assert registered.unique_id == f"{loaded_entry.entry_id}_12768_command_generator-test"
    assert registered.device_id == device.id
    state = hass.states.get(registered.entity_id)
    assert state is not None
    assert state.state == STATE_UNKNOWN
    assert state.attributes[ATTR_FRIENDLY_NAME] == "Transformer 6 Generator Test"


async def test_the_request_has_no_parameter(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await BUTTON.call(hass, loaded_entry)
    await BUTTON.call(hass, loaded_entry)
    requests = [record.body for record in simulator.requests if record.method == "ExecuteCommand"]
    # API document: ExecuteCommand; without a parameter for a command that takes none.
    printed = {"$": "ExecuteCommand", "properties": {"point": "xFabrikaTrafo6", "command": "generator-test"}}
    assert requests == [printed, printed]
    assert parameters_run(simulator, BUTTON) == [None, None]
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_reload_presses_nothing_and_keeps_the_time_of_the_press(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await BUTTON.call(hass, loaded_entry)
    pressed_at = BUTTON.state_in(hass, loaded_entry)
    assert pressed_at == "2026-07-15T11:20:00+00:00"
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert BUTTON.state_in(hass, loaded_entry) == pressed_at
    assert parameters_run(simulator, BUTTON) == [None]
