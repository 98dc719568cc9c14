"""Whatever a platform calls its commands and options: each has its entity, which can be shown, stored and used."""

from collections.abc import Sequence
import copy
from dataclasses import replace
import logging
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.const import MAX_LENGTH_STATE_STATE, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.json import json_bytes
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import Command, CommandOption, Listing, Oddity, OddityKind
from custom_components.reengen.commands.kinds import option_labels, platform_of
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from custom_components.reengen.points.oddities import DATA_LEFT_OUT, OddityLog
from simulator import Simulator
from tests.commands.samples import POINT, POINT_ID, SAMPLES, add_samples
from tests.forms import open_option
from tests.profiles import examples
from tests.registries import entity_id

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

CALLS: dict[Platform, tuple[str, dict[str, Any], Any]] = {
    Platform.BUTTON: ("press", {}, None),
    Platform.NUMBER: ("set_value", {"value": 3}, 3),
    Platform.SWITCH: ("turn_on", {}, True),
    Platform.TEXT: ("set_value", {"value": "x"}, "x"),
}


async def use(hass: HomeAssistant, entry: MockConfigEntry, command: Command, kind: Platform) -> list[Any]:
    """Run the command in every way that its entity offers; return the parameters that should have been sent."""
    platform = kind.value
    target = entity_id(hass, platform, entry, POINT_ID, f"command_{command.code}")
    assert target is not None
    state = hass.states.get(target)
    assert state is not None
    assert state.state != STATE_UNAVAILABLE
    calls = [CALLS[kind]] if kind in CALLS else []
    if kind is Platform.SELECT:
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
    kinds = {platform_of(command) for command in listing}
    offered = {"confirmations": kinds - {None}, "number_limits": kinds & {Platform.NUMBER}}
    for step_id, offers in offered.items():
        result = await open_option(hass, entry, step_id)
        assert result["type"] is (FlowResultType.FORM if offers else FlowResultType.ABORT)
        if offers:
            hass.config_entries.options.async_abort(result["flow_id"])


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
        patch.object(data.commands.client, "list_available_commands", listed),
        patch.object(data.commands.client, "execute_command", ran),
    ):
        for listing in (before, after):
            await data.commands.async_list_anew()
            await hass.async_block_till_done()
            for command in listing:
                if (kind := platform_of(command)) is not None:
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


_junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
_places = st.sampled_from(
    [
        (),
        *((key,) for key in ("code", "name", "commandType", "parameterType", "options")),
        *(("options", 0, *key) for key in ((), ("code",), ("name",))),
    ]
)


def of_commands(log: OddityLog) -> list[Oddity]:
    """Return what is odd in listings of commands; some parents in the tree of the simulated platform are, too."""
    return [each for each in log.current if each.method == "ListAvailableCommands"]


def made_odd(rows: list[Any], index: int, place: tuple[str | int, ...], junk: object) -> str:
    """Put `junk` at a place in one row of a listing, one with options if the place is in those; return the row's code."""
    if "options" in place[:-1]:
        index = next(number for number, row in enumerate(rows) if row.get("options"))
    code: str = rows[index]["code"]
    *steps, last = index, *place
    holder: Any = rows
    for step in steps:
        holder = holder[step]
    holder[last] = junk
    return code


@settings(
    max_examples=examples(15, 2000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(index=st.integers(0, len(SAMPLES) - 1), place=_places, junk=_junk)
async def test_what_is_odd_in_one_command_leaves_the_others_alone(
    *,
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    index: int,
    place: tuple[str | int, ...],
    junk: object,
) -> None:
    add_samples(simulator)
    data, issues = loaded_entry.runtime_data, ir.async_get(hass)
    issue = (DOMAIN, f"{DATA_LEFT_OUT}_{loaded_entry.entry_id}")
    inner, odd = simulator.platform.answer, ""

    def answer(body: Any, connection_id: str | None, xlang: str | None) -> Any:
        nonlocal odd
        reply = inner(body, connection_id, xlang)
        if body["$"] == "ListAvailableCommands" and body["properties"]["point"] == POINT:
            payload: Any = copy.deepcopy(reply.payload)
            odd = made_odd(payload["properties"]["data"], index, place, junk)
            return replace(reply, payload=payload)
        return reply

    with patch.object(simulator.platform, "answer", answer):
        await data.commands.async_list_anew()
        await hass.async_block_till_done()
    assert data.commands.unlisted == {}
    others = [sample for sample in SAMPLES if sample.code != odd]
    assert len(others) == len(SAMPLES) - 1
    assert all(sample.state_in(hass, loaded_entry) != STATE_UNAVAILABLE for sample in others)
    found = of_commands(data.oddities)
    assert {(each.method, each.point_id, each.point_code) for each in found} <= {
        ("ListAvailableCommands", POINT_ID, POINT)
    }
    is_listed = any(each.code == odd for each in data.commands.data[POINT_ID])
    assert is_listed or found or place == ("code",)
    assert (issues.async_get_issue(*issue) is not None) is any(each.kind.loses_data for each in found)

    await data.commands.async_list_anew()
    await hass.async_block_till_done()
    assert all(sample.state_in(hass, loaded_entry) != STATE_UNAVAILABLE for sample in SAMPLES)
    assert of_commands(data.oddities) == []
    assert issues.async_get_issue(*issue) is None


async def test_what_was_odd_is_still_told_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    """Nothing is listed then, so that the listing that is remembered tells it."""
    data = loaded_entry.runtime_data
    found = Oddity(method="ListAvailableCommands", kind=OddityKind.COMMAND, where="data[0]", example="7")

    async def listed(code: str) -> Listing[Command]:
        return Listing((), [found] if code == POINT else ())

    with patch.object(data.commands.client, "list_available_commands", listed):
        await data.commands.async_list_anew()
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (told,) = of_commands(loaded_entry.runtime_data.oddities)
    assert told == replace(found, point_id=POINT_ID, point_code=POINT)
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"{DATA_LEFT_OUT}_{loaded_entry.entry_id}") is not None
