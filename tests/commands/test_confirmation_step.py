"""What shows the effect of a command is said in the options, in the real flow against the simulated platform."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.commands.samples import POINT, add_samples
from tests.forms import assert_form, held, labels, open_option, submit_option
from tests.registries import state_of

OFF = "12768/lights-on-off/off"
RULE = {"measurement": "active_power_phase", "comparison": "below", "threshold": 5000.0, "minutes": 45}
TYPED = {**RULE, "confirmed": True, "minutes": 45.0}


async def open_step(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    return await open_option(hass, entry, "confirmations")


async def open_rule(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> ConfigFlowResult:
    return await submit_option(hass, await open_step(hass, entry), {"command": key})


async def test_every_case_of_every_command_is_offered(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    add_samples(simulator)
    simulator.add_command(POINT, "schedule", command_type="Schedule")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = simulator.count()
    result = await open_step(hass, entry)
    assert_form(result, "confirmations", of="options")
    assert simulator.count() == before
    shown = dict(simulator.database.execute("SELECT code, name FROM point"))
    path = f"{shown['xFabrikaFabrika']} / {shown[POINT]}"
    assert labels(result, "command") == {
        "12768/lights-on-off/on": f"{path}: Turn Lights On/Off: on",
        OFF: f"{path}: Turn Lights On/Off: off",
        "12768/generator-mode-set/on": f"{path}: Set Generator Mode: On",
        "12768/generator-mode-set/off": f"{path}: Set Generator Mode: Off",
        "12768/generator-mode-set/auto": f"{path}: Set Generator Mode: Auto",
        "12768/generator-test/": f"{path}: Generator Test",
        "12768/set-point-temperature/": f"{path}: Set Temperature",
        "12768/display-text/": f"{path}: Display Text",
    }


async def test_on_and_off_in_turkish(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    hass.config.language = "tr"
    result = await open_step(hass, loaded_entry)
    assert labels(result, "command")[OFF].endswith(": kapalı")


async def test_added_changed_and_taken_away(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    options = dict(loaded_entry.options)
    result = await open_rule(hass, loaded_entry, OFF)
    assert_form(result, "confirmation", of="options")
    assert held(result) == {
        "confirmed": True,
        "measurement": "active_power_phase",
        "comparison": "below",
        "minutes": 60,
    }
    result = await submit_option(hass, result, TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options == {**options, "confirmations": {OFF: RULE}}
    assert loaded_entry.state is ConfigEntryState.LOADED
    state = state_of(hass, "switch", loaded_entry, 12768, "command_lights-on-off")
    assert state.attributes["confirmation"] is None

    result = await open_step(hass, loaded_entry)
    (first, *others) = labels(result, "command").items()
    assert (first[0], first[1][:2]) == (OFF, "✓ ")
    assert not [label for _, label in others if label.startswith("✓")]
    result = await submit_option(hass, result, {"command": OFF})
    assert held(result) == {**RULE, "confirmed": True}
    await submit_option(hass, result, {**TYPED, "comparison": "above", "threshold": -1.5})
    assert loaded_entry.options["confirmations"] == {OFF: {**RULE, "comparison": "above", "threshold": -1.5}}

    await submit_option(hass, await open_rule(hass, loaded_entry, OFF), {**TYPED, "confirmed": False})
    assert loaded_entry.options["confirmations"] == {}
    state = state_of(hass, "switch", loaded_entry, 12768, "command_lights-on-off")
    assert "confirmation" not in state.attributes


async def test_a_rule_of_a_command_that_is_gone_can_be_taken_away(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await submit_option(hass, await open_rule(hass, loaded_entry, OFF), TYPED)
    simulator.remove_command(POINT, "lights-on-off")
    await loaded_entry.runtime_data.commands.async_list_anew()
    result = await open_step(hass, loaded_entry)
    assert labels(result, "command")[OFF] == f"✓ {OFF}"
    await submit_option(hass, await submit_option(hass, result, {"command": OFF}), {**TYPED, "confirmed": False})
    assert loaded_entry.options["confirmations"] == {}


@pytest.mark.parametrize(
    ("key", "comparison"),
    [
        ("12768/lights-on-off/on", "above"),
        (OFF, "below"),
        ("12768/generator-mode-set/on", "above"),
        ("12768/generator-mode-set/off", "below"),
        ("12768/generator-mode-set/auto", None),
        ("12768/generator-test/", None),
    ],
)
async def test_what_is_turned_on_is_shown_by_more_and_what_is_turned_off_by_less(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, key: str, comparison: str | None
) -> None:
    add_samples(simulator)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert held(await open_rule(hass, entry, key)).get("comparison") == comparison


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_newest_values_of_the_point_are_shown(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    measurements = ["active_energy_import", "voltage_phase", "active_power_phase"]
    hass.config_entries.async_update_entry(entry, options={**entry.options, "measurements": measurements})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    quoted = (await open_rule(hass, entry, OFF))["description_placeholders"]
    power = float(state_of(hass, "sensor", entry, 12768, "active_power_phase").state)
    voltage = float(state_of(hass, "sensor", entry, 12768, "voltage_phase").state)
    assert quoted is not None
    assert quoted["present"] == f"Mean power per phase {power:.1f} W, Voltage (mean of phases) {voltage:.1f} V"


async def test_a_point_of_which_no_level_is_read(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    measurements = ["active_energy_import"]
    hass.config_entries.async_update_entry(entry, options={**entry.options, "measurements": measurements})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    quoted = (await open_rule(hass, entry, OFF))["description_placeholders"]
    assert quoted is not None
    assert quoted["present"] == "none are read"


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 39},
        {"minutes": 1441},
        {"comparison": "equal"},
        {"measurement": "gone"},
        {"threshold": "much"},
    ],
    ids=lambda wrong: "-".join(f"{key}-{value}" for key, value in wrong.items()),
)
async def test_what_the_form_does_not_take(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, wrong: dict[str, Any]
) -> None:
    result = await open_rule(hass, loaded_entry, OFF)
    with pytest.raises(InvalidData):
        await submit_option(hass, result, {**TYPED, **wrong})


async def test_nothing_to_confirm(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": ["xFabrikaFabrika"]})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await open_step(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_commands")


async def test_an_account_that_does_not_run(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    result = await open_step(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")
