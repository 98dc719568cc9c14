"""Selects run commands with options: names are shown, codes are sent and remembered."""

from typing import Any

from homeassistant.components.select import ATTR_OPTIONS
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import COMMANDS_INTERVAL
from simulator import Simulator
from tests.commands.samples import POINT, SELECT, PassTime, parameters_run
from tests.registries import entity_id


def _list_options(simulator: Simulator, *options: tuple[str, str]) -> None:
    simulator.add_command(POINT, SELECT.code, name=SELECT.name, command_type="MultiOption", options=options)


async def test_codes_are_sent_in_the_order_of_the_calls(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    for option in ("Auto", "On", "On", "Off"):
        await SELECT.run(hass, loaded_entry, option=option)
        assert SELECT.shown(hass, loaded_entry).state == option
    assert parameters_run(simulator, SELECT) == ["auto", "on", "on", "off"]
    requests = [record.body for record in simulator.requests if record.method == "ExecuteCommand"]
    assert requests[0] == {
        "$": "ExecuteCommand",
        "properties": {"point": "xFabrikaTrafo6", "command": "generator-mode-set", "parameter": "auto"},
    }


@pytest.mark.parametrize("option", ["auto", "Standby", ""])
async def test_what_is_no_option_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, option: str
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await SELECT.run(hass, loaded_entry, option=option)
    assert raised.value.translation_key == "not_valid_option"
    assert simulator.count("ExecuteCommand") == 0


async def test_multi_parameter_is_the_other_spelling(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, entry_options: dict[str, Any]
) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry_options, "points": ["xyzBesiktas"]})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    # API document: GetPointHierarchy, xyzBesiktas.
    found = entity_id(hass, "select", entry, 10644, "command_hvac-mode-set")
    await hass.services.async_call("select", "select_option", {"entity_id": found, "option": "Gece"}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    (ran,) = simulator.executions
    assert (ran.point_code, ran.command, ran.parameter) == ("xyzBesiktas", "hvac-mode-set", "night")


async def test_equal_names_are_told_apart(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> None:
    _list_options(simulator, ("p1", "Pump"), ("p2", "Pump"), ("fan", "Fan"))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert SELECT.shown(hass, entry).attributes[ATTR_OPTIONS] == ["Pump (p1)", "Pump (p2)", "Fan"]
    await SELECT.run(hass, entry, option="Pump (p2)")
    assert parameters_run(simulator, SELECT) == ["p2"]


async def test_names_too_long_for_a_state(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> None:
    _list_options(simulator, ("a", "x" * 300), ("b", "y"))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    label = SELECT.shown(hass, entry).attributes[ATTR_OPTIONS][0]
    await SELECT.run(hass, entry, option=label)
    assert SELECT.shown(hass, entry).state == label
    assert parameters_run(simulator, SELECT) == ["a"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param((("on", "On"), ("auto", "Otomatik")), "Otomatik", id="renamed"),
        pytest.param((("on", "Auto"), ("auto", "Self")), "Self", id="the name went to another option"),
        pytest.param((("on", "On"), ("off", "Off")), STATE_UNKNOWN, id="gone"),
        pytest.param((("auto", "Auto"), ("off", "Off"), ("on", "On")), "Auto", id="in another order"),
    ],
)
async def test_options_listed_anew_while_running(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    *,
    pass_time: PassTime,
    options: tuple[tuple[str, str], ...],
    expected: str,
) -> None:
    await SELECT.run(hass, loaded_entry, option="Auto")
    _list_options(simulator, *options)
    await pass_time(COMMANDS_INTERVAL)
    state = SELECT.shown(hass, loaded_entry)
    assert state.state == expected
    assert state.attributes[ATTR_OPTIONS] == [name for _, name in options]


@pytest.mark.parametrize(
    ("extra", "options", "expected"),
    [
        pytest.param({"accepted": "auto"}, (("auto", "Otomatik"),), "Otomatik", id="renamed"),
        pytest.param({"accepted": "auto"}, (("on", "Auto"),), STATE_UNKNOWN, id="gone, its name is another's"),
        pytest.param({"accepted": "auto"}, (("on", "On"),), STATE_UNKNOWN, id="gone"),
    ],
)
async def test_restored_with_other_options(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    entry: MockConfigEntry,
    *,
    extra: dict[str, Any],
    options: tuple[tuple[str, str], ...],
    expected: str,
) -> None:
    _list_options(simulator, *options)
    found = await SELECT.state_after_restart(hass, hass_storage, entry, stored_state="Auto", extra=extra)
    assert found == expected


async def test_a_reload_keeps_the_state(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await SELECT.run(hass, loaded_entry, option="Auto")
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert SELECT.shown(hass, loaded_entry).state == "Auto"
    assert parameters_run(simulator, SELECT) == ["auto"]
