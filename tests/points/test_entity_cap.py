"""An account with more entities than Home Assistant takes: the rest is there, disabled, and it is said once."""

import asyncio
from itertools import pairwise
from typing import Any
from unittest.mock import patch

from homeassistant.const import EVENT_HOMEASSISTANT_START, EVENT_STATE_CHANGED
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import entity_platform, entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.reengen.api import Command, ReengenClient
from custom_components.reengen.const import COMMANDS_INTERVAL, DOMAIN, READINGS_INTERVAL
from custom_components.reengen.points.entity_cap import MOST_ENABLED
from simulator import Simulator
from tests.accounts import set_up
from tests.commands.samples import POINT, POINT_ID, PassTime, add_samples
from tests.data_values.samples import add_wanted, wanted

# Events of other integrations at the start of Home Assistant.
OTHERS = 900


pytestmark = pytest.mark.usefixtures("every_command")


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose what makes entities of every class."""
    return {
        **entry_options,
        "measurements": ["active_energy_import", "inductive_reactive_energy_import", "voltage_phase"],
        "meter_readings": True,
        "phases": True,
    }


@pytest.fixture
def entry(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account with a value of the Data Science table of each kind."""
    kinds = (("read", "number"), ("write", "number"), ("write", "text"))
    add_wanted(hass, entry, *(wanted(POINT_ID, f"{mode} {kind}", mode=mode, kind=kind) for mode, kind in kinds))
    return entry


@pytest.fixture
def cap(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    """Let Home Assistant take so few enabled entities."""
    cap: int = request.param
    monkeypatch.setattr(entity_platform, "MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY", cap)
    return cap


async def test_an_account_that_is_away_leaves_the_start_of_home_assistant_room(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """Start with as many known entities as an account may have, none of which was set up."""
    hass.set_state(CoreState.starting)
    registry = er.async_get(hass)
    er._async_setup_entity_restore(hass, registry)
    for number in range(MOST_ENABLED):
        registry.async_get_or_create("sensor", DOMAIN, str(number))
    changed = async_capture_events(hass, EVENT_STATE_CHANGED)

    @callback
    def others(_: Event) -> None:
        for _number in range(OTHERS):
            hass.bus.async_fire("other")

    hass.bus.async_listen(EVENT_HOMEASSISTANT_START, others)
    heard = async_capture_events(hass, "other")
    hass.bus.async_fire(EVENT_HOMEASSISTANT_START)
    await hass.async_block_till_done()
    assert len(changed) == MOST_ENABLED
    assert len(heard) == OTHERS
    assert "events were queued" not in caplog.text


def registered(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, bool]:
    """Return the unique ids of the account's entities, and whether each is enabled."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {each.unique_id: not each.disabled for each in found}


def issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"entity_cap_{entry.entry_id}")


async def test_the_cap_is_far_from_an_ordinary_account(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    assert MOST_ENABLED < entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY == 10_000
    assert issue(hass, loaded_entry) is None


@pytest.mark.parametrize("cap", [0, 1, 7], indirect=True)
async def test_every_kind_of_entity_beyond_the_cap_is_registered_and_disabled(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    cap: int,
) -> None:
    await set_up(hass, entry)
    found = registered(hass, entry)
    assert sum(found.values()) == cap
    # Home Assistant found nothing to drop.
    assert "Reached the maximum" not in caplog.text
    reported = issue(hass, entry)
    assert reported is not None
    # Of a stored one Home Assistant writes all into the file of diagnostics.
    assert not reported.is_persistent
    assert reported.translation_placeholders == {"account": entry.title, "limit": str(cap)}

    monkeypatch.undo()
    add_samples(simulator)
    other = await another(hass, entry)
    without_cap = {unique_id.replace(other.entry_id, entry.entry_id) for unique_id in registered(hass, other)}
    assert {stem(each) for each in found} == {stem(each) for each in without_cap}


async def another(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the same account once more, set up."""
    other = MockConfigEntry(domain=DOMAIN, title="other", data=dict(entry.data), options=dict(entry.options))
    other.add_to_hass(hass)
    for each in entry.subentries.values():
        again = wanted(POINT_ID, each.data["type"], mode=each.data["mode"], kind=each.data["kind"])
        add_wanted(hass, other, again)
    await set_up(hass, other)
    return other


def stem(unique_id: str) -> str:
    """Return the unique id without the random id of a subentry."""
    return unique_id.rpartition("_")[0] if "_data_value_" in unique_id else unique_id


@pytest.mark.parametrize("cap", [7], indirect=True)
async def test_what_is_beyond_stays_as_it_is_and_is_not_said_again(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, cap: int
) -> None:
    said: list[str] = []
    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, lambda event: said.append(event.data["issue_id"]))
    await set_up(hass, entry)
    before = registered(hass, entry)
    await pass_time(READINGS_INTERVAL)
    simulator.add_command(POINT, "one-more", command_type="NoParameter")
    await pass_time(COMMANDS_INTERVAL)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    new = {f"{entry.entry_id}_{POINT_ID}_command_one-more": False}
    assert registered(hass, entry) == {**before, **new}
    assert said.count(f"entity_cap_{entry.entry_id}") == 1
    assert issue(hass, entry) is not None
    # A restart forgets it.
    ir.async_delete_issue(hass, DOMAIN, f"entity_cap_{entry.entry_id}")
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert issue(hass, entry) is not None


@pytest.mark.parametrize("cap", [7], indirect=True)
async def test_room_that_the_user_makes_ends_the_issue(hass: HomeAssistant, entry: MockConfigEntry, cap: int) -> None:
    await set_up(hass, entry)
    registry = er.async_get(hass)
    enabled = [each for each in er.async_entries_for_config_entry(registry, entry.entry_id) if not each.disabled]
    registry.async_update_entity(enabled[0].entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue(hass, entry) is None
    assert sum(registered(hass, entry).values()) == cap - 1


def rank(unique_id: str) -> int | None:
    """Return how soon the entity is to have room; None for what is disabled without a cap, too."""
    is_reactive = "reactive_energy_" in unique_id or "capacitive_" in unique_id or "inductive_" in unique_id
    if unique_id.endswith(("_voltage_phase", "_power_factor", "_last_data", "_demand_last_month")) or is_reactive:
        return None
    if any(
        each in unique_id
        for each in (
            "_command_",
            "_reread_commands",
            "_check_platform",
            "_data_value_",
            "_late_points",
            "energy_import_t",
            "_reading",
        )
    ):
        return 0
    return 2 if unique_id.endswith("_data_late") else 1


@pytest.mark.parametrize("cap", [0, 1, 7, 12, 15, 18, 21, 24, 27, 1000], indirect=True)
async def test_diagnostics_have_what_room_is_left_by_what_the_user_acts_with_and_energy(
    hass: HomeAssistant, entry: MockConfigEntry, cap: int
) -> None:
    await set_up(hass, entry)
    enabled: dict[int, set[bool]] = {0: set(), 1: set(), 2: set()}
    for unique_id, is_enabled in registered(hass, entry).items():
        if (found := rank(unique_id)) is not None:
            enabled[found].add(is_enabled)
    assert all(enabled.values())
    for sooner, later in pairwise(enabled.values()):
        # Nothing later has room where something sooner has none.
        assert sooner == {True} or later == {False}


@pytest.mark.parametrize("cap", [14], indirect=True)
async def test_order_does_not_depend_on_how_long_the_listing_takes(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, cap: int
) -> None:
    """Hold back the listing until everything else is there."""
    listing = asyncio.Event()
    list_available_commands = ReengenClient.list_available_commands

    async def late(client: ReengenClient, point: str) -> tuple[Command, ...]:
        await listing.wait()
        return await list_available_commands(client, point)

    with patch.object(ReengenClient, "list_available_commands", late):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert not any(rank(each) == 2 for each in registered(hass, entry))
        # Without the commands half of the room is taken at most.
        assert sum(registered(hass, entry).values()) <= cap // 2
        listing.set()
        await hass.async_block_till_done(wait_background_tasks=True)
    found = registered(hass, entry)
    commands = [is_enabled for each, is_enabled in found.items() if "_command_" in each]
    assert commands
    assert all(commands)
    assert any(rank(each) == 2 for each in found)


@pytest.mark.parametrize("cap", [14], indirect=True)
async def test_a_refused_listing_holds_nothing_back_for_ever(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, cap: int
) -> None:
    simulator.fail_next("truncated_json", method="ListAvailableCommands", times=4)
    await set_up(hass, entry)
    found = registered(hass, entry)
    assert sum(found.values()) == cap
    assert any(rank(each) == 2 for each in found)
