"""Texts run commands that take a text, and show what was last accepted."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from simulator import Simulator
from tests.commands.samples import POINT, TEXT, parameters_run


@pytest.fixture(autouse=True)
def _listed(simulator: Simulator) -> None:
    TEXT.add(simulator)


async def test_texts_are_sent_as_they_are(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    texts = ["007", "Pano ışığı", "Pano ışığı", "true", "", " two  spaces ", "x" * 255]
    for text in texts:
        await TEXT.run(hass, loaded_entry, value=text)
        assert TEXT.shown(hass, loaded_entry).state == text
    assert parameters_run(simulator, TEXT) == texts
    requests = [record.body for record in simulator.requests if record.method == "ExecuteCommand"]
    assert requests[0] == {
        "$": "ExecuteCommand",
        "properties": {"point": "xFabrikaTrafo6", "command": "display-text", "parameter": "007"},
    }


async def test_what_no_state_can_hold(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> None:
    """The entity takes what it can show; the action takes more."""
    with pytest.raises((ValueError, ServiceValidationError), match="too long"):
        await TEXT.run(hass, loaded_entry, value="x" * 256)
    assert simulator.count("ExecuteCommand") == 0
    await TEXT.run(hass, loaded_entry, value="before")
    fields = {
        "config_entry_id": loaded_entry.entry_id,
        "point": POINT,
        "command": TEXT.code,
        "parameter": "x" * 256,
    }
    await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert parameters_run(simulator, TEXT) == ["before", "x" * 256]
    assert TEXT.shown(hass, loaded_entry).state == STATE_UNKNOWN
