"""Command entities follow what the platform lists, without a reload."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import async_forget_kept
from custom_components.reengen.const import COMMANDS_INTERVAL, COMMANDS_RETRY, POINTS_INTERVAL
from simulator import Simulator
from tests import oracle
from tests.accounts import set_up
from tests.commands.samples import BUTTON, POINT, POINT_ID, SAMPLES, SWITCH, PassTime, Sample
from tests.registries import entity_id

pytestmark = [
    pytest.mark.usefixtures("every_command"),
    pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.platform),
]


async def _call(hass: HomeAssistant, entry: MockConfigEntry, sample: Sample) -> str:
    await sample.run(hass, entry)
    return sample.state_in(hass, entry)


async def test_a_vanished_command_is_unavailable_and_comes_back_as_it_was(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    shown = await _call(hass, loaded_entry, sample)
    simulator.remove_command(POINT, sample.code)
    await pass_time(COMMANDS_INTERVAL)
    assert sample.state_in(hass, loaded_entry) == STATE_UNAVAILABLE
    assert [each.state_in(hass, loaded_entry) for each in SAMPLES if each is not sample] == [STATE_UNKNOWN] * 4

    sample.add(simulator)
    await pass_time(COMMANDS_INTERVAL)
    assert sample.state_in(hass, loaded_entry) == shown
    assert [record.command for record in simulator.executions] == [sample.code]


async def test_a_new_command_appears(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    simulator.add_command(POINT, "new-one", name="New one", **sample.listing)
    assert entity_id(hass, sample.platform, loaded_entry, POINT_ID, "command_new-one") is None
    await pass_time(COMMANDS_INTERVAL)
    found = entity_id(hass, sample.platform, loaded_entry, POINT_ID, "command_new-one")
    assert found is not None
    await hass.services.async_call(sample.platform, sample.service, {**sample.data, "entity_id": found}, blocking=True)
    (ran,) = simulator.executions
    assert (ran.point_code, ran.command, ran.parameter) == (POINT, "new-one", sample.parameter)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_command_that_becomes_another_kind_is_another_entity(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    other = SWITCH if sample is not SWITCH else BUTTON
    simulator.add_command(POINT, sample.code, name=sample.name, **other.listing)
    await pass_time(COMMANDS_INTERVAL)
    assert sample.state_in(hass, loaded_entry) == STATE_UNAVAILABLE
    found = entity_id(hass, other.platform, loaded_entry, POINT_ID, sample.key)
    assert found is not None
    await hass.services.async_call(other.platform, other.service, {**other.data, "entity_id": found}, blocking=True)
    assert [(record.command, record.parameter) for record in simulator.executions] == [(sample.code, other.parameter)]
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_renamed_command_keeps_its_entity(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    before = sample.entity_id(hass, loaded_entry)
    simulator.add_command(POINT, sample.code, name="Yeni Ad", **sample.listing)
    await pass_time(COMMANDS_INTERVAL)
    state = hass.states.get(before)
    assert state is not None
    assert state.name == "Transformer 6 Yeni Ad"


async def test_an_unreadable_listing_takes_nothing_away(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    shown = await _call(hass, loaded_entry, sample)
    simulator.fail_next("truncated_json", method="ListAvailableCommands", times=2)
    await pass_time(COMMANDS_INTERVAL)
    assert loaded_entry.runtime_data.commands.update_interval == COMMANDS_RETRY
    assert sample.state_in(hass, loaded_entry) == shown
    await _call(hass, loaded_entry, sample)
    assert [record.parameter for record in simulator.executions] == [sample.parameter] * 2


async def test_nothing_listed_yet_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    shown = await _call(hass, loaded_entry, sample)
    simulator.fail_next("truncated_json", method="ListAvailableCommands", times=2)
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    async_forget_kept(hass, loaded_entry.entry_id)
    assert await hass.config_entries.async_setup(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sample.state_in(hass, loaded_entry) == STATE_UNAVAILABLE
    simulator.clear_faults()
    await pass_time(COMMANDS_RETRY)
    assert sample.state_in(hass, loaded_entry) == shown


async def test_a_point_that_goes_and_returns(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    await set_up(hass, entry, points=["xFabrikaFabrika"], include_descendants=True)
    shown = await _call(hass, entry, sample)
    simulator.move_point(POINT, "xyzBesiktas")
    await pass_time(POINTS_INTERVAL)
    assert sample.state_in(hass, entry) == STATE_UNAVAILABLE
    simulator.move_point(POINT, "xFabrikaFabrika")
    await pass_time(POINTS_INTERVAL)
    assert sample.state_in(hass, entry) == shown


async def test_a_removed_point(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    simulator.remove_point(POINT)
    await pass_time(POINTS_INTERVAL)
    assert sample.state_in(hass, loaded_entry) == STATE_UNAVAILABLE


async def test_an_added_point(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    await set_up(hass, entry, points=["xFabrikaTrafo6"], include_descendants=True)
    point_id = simulator.add_point(code="xFabrikaYeni", name="Yeni", parent="xFabrikaTrafo6")
    simulator.add_command("xFabrikaYeni", sample.code, name=sample.name, **sample.listing)
    await pass_time(POINTS_INTERVAL)
    found = entity_id(hass, sample.platform, entry, point_id, sample.key)
    assert found is not None
    await hass.services.async_call(sample.platform, sample.service, {**sample.data, "entity_id": found}, blocking=True)
    assert [(record.point_code, record.command) for record in simulator.executions] == [("xFabrikaYeni", sample.code)]
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_point_with_another_code_is_still_reached(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    await set_up(hass, entry, points=["xFabrikaFabrika"], include_descendants=True)
    simulator.recode_point(POINT, "xFabrikaTrafo6Yeni")
    await pass_time(POINTS_INTERVAL)
    await _call(hass, entry, sample)
    assert [record.point_code for record in simulator.executions] == ["xFabrikaTrafo6Yeni"]
    assert oracle.point_id(simulator, "xFabrikaTrafo6Yeni") == POINT_ID


async def test_kinds_without_an_entity(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, sample: Sample
) -> None:
    unknown: dict[str, dict[str, Any]] = {
        "schedule": {"command_type": "Schedule"},
        "colour": {"command_type": "SingleParameter", "parameter_type": "colour"},
        "no-type": {"command_type": "SingleParameter"},
        "no-options": {"command_type": "MultiOption"},
    }
    for code, listing in unknown.items():
        simulator.add_command(POINT, code, **listing)
    await pass_time(COMMANDS_INTERVAL)
    registered = er.async_entries_for_config_entry(er.async_get(hass), loaded_entry.entry_id)
    codes = [each.unique_id.partition("_command_")[2] for each in registered if each.domain == sample.platform]
    assert [code for code in codes if code] == [sample.code]
