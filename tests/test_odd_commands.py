"""Whatever a platform calls its commands and options: each has its entity, which can be shown, stored and used."""

from collections.abc import Sequence
import logging
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.const import MAX_LENGTH_STATE_STATE, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_bytes
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import Command, CommandOption, Listing
from custom_components.reengen.commands import CommandKind, entity_kind, option_labels
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics

from .command_samples import POINT, POINT_ID
from .profiles import examples
from .registries import entity_id

PLATFORMS = {kind: kind.name.lower() for kind in CommandKind}

# The decoder hands on any text that UTF-8 can hold, and none that is empty.
_characters = st.characters(exclude_categories=["Cs"])
_texts = (
    st.text(_characters, min_size=1, max_size=8)
    | st.sampled_from([STATE_UNKNOWN, STATE_UNAVAILABLE, " ", "\0", "on", "/", ".", "a" * 300, "<b>", "{x}", "%s"])
    | st.text("aİı\u0307", min_size=250, max_size=300)
)
_options = st.lists(
    st.builds(CommandOption, code=_texts, name=_texts), max_size=4, unique_by=lambda option: option.code
).map(tuple)
_types = st.sampled_from(["NoParameter", "SingleParameter", "MultiOption", "MultiParameter", "Schedule"])
_parameters = st.sampled_from(["boolean", "INT", "double", "string", "colour", "", None])
commands = st.builds(
    Command, code=_texts, name=_texts, command_type=_types, parameter_type=_parameters, options=_options
)
listings = st.lists(commands, max_size=6, unique_by=lambda command: command.code)

CALLS: dict[CommandKind, tuple[str, dict[str, Any], Any]] = {
    CommandKind.BUTTON: ("press", {}, None),
    CommandKind.NUMBER: ("set_value", {"value": 3}, 3),
    CommandKind.SWITCH: ("turn_on", {}, True),
    CommandKind.TEXT: ("set_value", {"value": "x"}, "x"),
}


async def use(hass: HomeAssistant, entry: MockConfigEntry, command: Command, kind: CommandKind) -> list[Any]:
    """Run the command in every way that its entity offers; return the parameters that should have been sent."""
    platform = PLATFORMS[kind]
    target = entity_id(hass, platform, entry, POINT_ID, f"command_{command.code}")
    assert target is not None
    state = hass.states.get(target)
    assert state is not None
    assert state.state != STATE_UNAVAILABLE
    calls = [CALLS[kind]] if kind in CALLS else []
    if kind is CommandKind.SELECT:
        labels = state.attributes["options"]
        assert len(set(labels)) == len(labels) == len(command.options)
        calls = [
            ("select_option", {"option": label}, option.code)
            for label, option in zip(labels, command.options, strict=True)
        ]
    for service, data, _ in calls:
        await hass.services.async_call(platform, service, {**data, "entity_id": target}, blocking=True)
        shown = hass.states.get(target)
        assert shown is not None
        assert "option" not in data or shown.state == data["option"]
        assert json_bytes(shown.as_dict())
    return [parameter for _, _, parameter in calls]


async def assert_forms_open(hass: HomeAssistant, entry: MockConfigEntry, listing: Sequence[Command]) -> None:
    """Assert that the steps of the options that list commands can be shown."""
    kinds = {entity_kind(command) for command in listing}
    offered = {"confirmations": kinds - {None}, "number_limits": kinds & {CommandKind.NUMBER}}
    for step_id, offers in offered.items():
        menu = await hass.config_entries.options.async_init(entry.entry_id)
        result = await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": step_id})
        assert result["type"] is (FlowResultType.FORM if offers else FlowResultType.ABORT)
        if offers:
            hass.config_entries.options.async_abort(menu["flow_id"])


@settings(
    max_examples=examples(25, 1500),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=listings, after=listings)
async def test_each_command_has_its_entity(
    *,
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    before: list[Command],
    after: list[Command],
) -> None:
    """A listing takes the place of another, so that options, names and kinds change under the entities."""
    caplog.clear()
    data = loaded_entry.runtime_data

    async def listed(code: str) -> Listing[Command]:
        return Listing(listing if code == POINT else ())

    ran = AsyncMock()
    with (
        patch.object(data.client, "list_available_commands", listed),
        patch.object(data.client, "execute_command", ran),
    ):
        for listing in (before, after):
            await data.commands.async_list_anew()
            await hass.async_block_till_done()
            for command in listing:
                if (kind := entity_kind(command)) is not None:
                    ran.reset_mock()
                    sent = await use(hass, loaded_entry, command, kind)
                    assert [call.args for call in ran.await_args_list] == [(POINT, command, each) for each in sent]
            await assert_forms_open(hass, loaded_entry, listing)
            assert json_bytes(await async_get_config_entry_diagnostics(hass, loaded_entry))
            assert json_bytes(er.async_get(hass)._data_to_save())
            await hass.async_block_till_done(wait_background_tasks=True)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@given(st.lists(st.tuples(_texts, _texts), min_size=1, max_size=5, unique_by=lambda option: option[0]))
def test_no_option_reads_as_if_nothing_were_known(options: list[tuple[str, str]]) -> None:
    shown = tuple(CommandOption(code=code, name=name) for code, name in options)
    labels = option_labels(Command(code="mode", name="Mode", command_type="MultiOption", options=shown))
    assert not {STATE_UNKNOWN, STATE_UNAVAILABLE} & set(labels.values())
    assert all(label.strip() and "\0" not in label for label in labels.values())
    assert all(len(label) <= MAX_LENGTH_STATE_STATE for label in labels.values())
