"""Diagnostics say what is needed to help, and no secret."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Simulator

from . import oracle
from .registries import point_device


async def test_diagnostics(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded_entry)

    text = json.dumps(found)
    for secret in (simulator.options.password, *{request.connection_id for request in simulator.requests}):
        assert secret is None or secret not in text
    assert found["entry"]["data"]["password"] == "**REDACTED**"
    trafo_6 = oracle.point_id(simulator, "xFabrikaTrafo6")
    assert {"id": trafo_6, "code": "xFabrikaTrafo6"} in found["points"]["chosen"]
    assert {
        "code": "lights-on-off",
        "command_type": "SingleParameter",
        "parameter_type": "boolean",
        "entity": "switch",
    } in (found["commands"][str(trafo_6)])
    assert found["requests"]["requests"]["Authenticate"] == simulator.count("Authenticate") == 1
    assert all(coordinator["last_update_success"] for coordinator in found["coordinators"].values())


async def test_diagnostics_of_a_point_without_meter_readings(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    device = point_device(hass, loaded_entry, 12768)
    assert device is not None
    found: Any = await get_diagnostics_for_device(hass, hass_client, loaded_entry, device)
    assert found["point"]["code"] == "xFabrikaTrafo6"
    assert not {"registers", "phases"} & found.keys()


async def test_commands_without_an_entity_and_points_that_were_not_listed(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    options = (("eco", "Eco"),)
    simulator.add_command("xFabrikaTrafo6", "mode", command_type="MultiParameter", options=options)
    simulator.add_command("xFabrikaTrafo6", "schedule", command_type="Schedule")
    simulator.add_command("xFabrikaTrafo6", "colour", command_type="SingleParameter", parameter_type="colour")
    assert await async_setup_component(hass, "diagnostics", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    listed = {
        each["code"]: (each["command_type"], each["parameter_type"], each["entity"])
        for each in found["commands"]["12768"]
    }
    assert listed["mode"] == ("MultiParameter", None, "select")
    assert listed["schedule"] == ("Schedule", None, None)
    assert listed["colour"] == ("SingleParameter", "colour", None)
    assert found["unlisted_commands"] == {}
    assert found["requests"]["last_error"] is None
    # Energy of today and of this month, and up to twelve quarter hours of voltage, of one of two points or of both.
    assert found["requests"]["rows"] >= 3

    # Of two points, and once more with a new login.
    message = f"Bakım, {simulator.options.password} yok"
    simulator.fail_next("refused", method="ListAvailableCommands", times=4, message=message)
    await entry.runtime_data.commands.async_list_anew()
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["unlisted_commands"].keys() == {"xFabrikaFabrika", "xFabrikaTrafo6"}
    for text in (*found["unlisted_commands"].values(), found["requests"]["last_error"]):
        assert "Bakım, ** yok" in text
    assert {each["code"] for each in found["commands"]["12768"]} == listed.keys()
