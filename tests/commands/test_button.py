"""Buttons run commands that take nothing; the account's button lists points and commands anew."""

from typing import Any

from homeassistant.const import ATTR_FRIENDLY_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from simulator import Simulator
from tests.commands.samples import BUTTON, POINT, POINT_ID, SELECT, SWITCH, parameters_run
from tests.forms import assert_asks_for_password
from tests.registries import entity_id


@pytest.fixture(autouse=True)
def _button(simulator: Simulator) -> None:
    BUTTON.add(simulator)


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


def _reread_id(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    found = er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{entry.entry_id}_reread_commands")
    assert found is not None
    return found


async def _reread(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.services.async_call("button", "press", {"entity_id": _reread_id(hass, entry)}, blocking=True)


async def test_the_accounts_button(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    registered = er.async_get(hass).async_get(_reread_id(hass, loaded_entry))
    account = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, loaded_entry.entry_id), loaded_entry.entry_id)
    assert registered is not None
    assert account is not None
    assert registered.device_id == account.id
    assert registered.entity_category is EntityCategory.CONFIG
    state = hass.states.get(registered.entity_id)
    assert state is not None
    assert state.attributes[ATTR_FRIENDLY_NAME] == f"{loaded_entry.title} Re-read commands"


async def test_reading_anew_lists_the_tree_and_each_point_once(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before = len(simulator.requests)
    await _reread(hass, loaded_entry)
    asked = [(each.method, each.body.get("properties")) for each in simulator.requests[before:]]
    listings = [{"point": "xFabrikaFabrika"}, {"point": "xFabrikaTrafo6"}]
    assert asked[0] == ("GetPointHierarchy", None)
    assert sorted(asked[1:], key=str) == [("ListAvailableCommands", each) for each in listings]


async def test_new_and_removed_commands_are_there_and_gone_at_once(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.add_command(POINT, "new-one", name="New one", command_type="NoParameter")
    # The other spelling that the API document has for commands with options.
    options = (("eco", "Eco"), ("off", "Off"))
    simulator.add_command(POINT, "mode", name="Mode", command_type="MultiParameter", options=options)
    simulator.remove_command(POINT, SWITCH.code)
    await _reread(hass, loaded_entry)
    await hass.async_block_till_done(wait_background_tasks=True)

    new = entity_id(hass, "button", loaded_entry, POINT_ID, "command_new-one")
    mode = entity_id(hass, "select", loaded_entry, POINT_ID, "command_mode")
    assert new is not None
    assert mode is not None
    await hass.services.async_call("button", "press", {"entity_id": new}, blocking=True)
    await hass.services.async_call("select", "select_option", {"entity_id": mode, "option": "Eco"}, blocking=True)
    assert [(each.command, each.parameter) for each in simulator.executions] == [("new-one", None), ("mode", "eco")]
    assert SWITCH.state_in(hass, loaded_entry) == STATE_UNAVAILABLE
    assert SELECT.state_in(hass, loaded_entry) == STATE_UNKNOWN
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    ("fault", "options", "key"),
    [
        ("refused", {"message": "Bakımdayız"}, "refused"),
        ("http_503_html", {}, "http_error"),
        ("truncated_json", {}, "unexpected_response"),
    ],
)
async def test_a_tree_that_cannot_be_read_is_said(
    hass: HomeAssistant,
    simulator: Simulator,
    impatient_client: None,
    loaded_entry: MockConfigEntry,
    fault: str,
    options: dict[str, Any],
    key: str,
) -> None:
    before = simulator.count("ListAvailableCommands")
    simulator.fail_next(fault, method="GetPointHierarchy", times=5, **options)
    with pytest.raises(HomeAssistantError) as raised:
        await _reread(hass, loaded_entry)
    assert raised.value.translation_key == key
    assert options.get("message", "") in str(raised.value.translation_placeholders)
    assert simulator.count("ListAvailableCommands") == before


@pytest.mark.parametrize("fault", ["refused", "truncated_json"])
async def test_a_point_that_cannot_be_listed_is_said_and_keeps_its_commands(
    hass: HomeAssistant, simulator: Simulator, impatient_client: None, loaded_entry: MockConfigEntry, fault: str
) -> None:
    simulator.remove_command(POINT, SWITCH.code)
    simulator.fail_next(fault, method="ListAvailableCommands", times=10)
    with pytest.raises(HomeAssistantError) as raised:
        await _reread(hass, loaded_entry)
    assert raised.value.translation_key == "commands_unlisted"
    assert raised.value.translation_placeholders is not None
    assert raised.value.translation_placeholders["points"] == f"xFabrikaFabrika, {POINT}"
    assert "ListAvailableCommands" in raised.value.translation_placeholders["detail"]
    assert SWITCH.state_in(hass, loaded_entry) == STATE_UNKNOWN

    simulator.clear_faults()
    await _reread(hass, loaded_entry)
    assert SWITCH.state_in(hass, loaded_entry) == STATE_UNAVAILABLE


async def test_a_refused_login_asks_for_the_password(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.change_password("new")
    with pytest.raises(HomeAssistantError) as raised:
        await _reread(hass, loaded_entry)
    assert raised.value.translation_key == "authentication_failed"
    assert_asks_for_password(hass)
