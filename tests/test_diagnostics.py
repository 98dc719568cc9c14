"""Diagnostics say what is needed to help, and no secret."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Simulator

from . import oracle


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
