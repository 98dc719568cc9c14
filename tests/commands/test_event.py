"""The event of a point with commands tells what became of each, whoever ran it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import ReengenClient
from custom_components.reengen.const import COMMANDS_INTERVAL, DOMAIN
from simulator import Simulator
from tests.commands.samples import BUTTON, POINT, POINT_ID, SELECT, SWITCH, PassTime
from tests.registries import entity_id, state_of

SITE_ID = 11512


def said(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return what the last event of the point says."""
    attributes = state_of(hass, "event", entry, POINT_ID, "commands").attributes
    return {key: attributes[key] for key in ("event_type", "command", "name", "parameter", "reason")}


async def test_accepted_by_an_entity_and_by_an_action(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, now: datetime
) -> None:
    assert state_of(hass, "event", loaded_entry, POINT_ID, "commands").state == STATE_UNKNOWN
    await SWITCH.call(hass, loaded_entry)
    accepted = {"event_type": "accepted", "reason": ""}
    assert said(hass, loaded_entry) == accepted | {"command": SWITCH.code, "name": SWITCH.name, "parameter": True}
    happened = dt_util.parse_datetime(state_of(hass, "event", loaded_entry, POINT_ID, "commands").state)
    assert happened is not None
    assert abs(happened - now) < timedelta(seconds=1)

    fields = {"config_entry_id": loaded_entry.entry_id, "point": POINT, "command": SELECT.code, "parameter": "off"}
    await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert said(hass, loaded_entry) == accepted | {"command": SELECT.code, "name": SELECT.name, "parameter": "off"}


async def test_refused_in_the_words_of_the_platform(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("connect_timed_out", method="ExecuteCommand")
    with pytest.raises(HomeAssistantError):
        await SWITCH.call(hass, loaded_entry)
    found = said(hass, loaded_entry)
    assert (found["event_type"], found["command"]) == ("refused", SWITCH.code)
    # API document: ExecuteCommand, Error Response.
    assert "SocketTimeoutException: connect timed out" in found["reason"]


async def test_a_call_that_is_broken_off_has_an_unknown_outcome(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """As when a script is stopped while the platform is asked."""
    is_asked = asyncio.Event()

    async def never_answered(*_: Any) -> None:
        is_asked.set()
        await asyncio.Event().wait()

    commands = loaded_entry.runtime_data.commands
    point = commands.points.data.tree.by_id(POINT_ID)
    command = next(each for each in commands.data[POINT_ID] if each.code == SWITCH.code)
    with patch.object(ReengenClient, "execute_command", never_answered):
        running = asyncio.ensure_future(commands.async_execute(point, command, parameter=True))
        await is_asked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert (said(hass, loaded_entry)["event_type"], said(hass, loaded_entry)["parameter"]) == ("unknown", True)


async def test_a_point_has_the_event_with_its_first_command(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    assert entity_id(hass, "event", loaded_entry, SITE_ID, "commands") is None
    simulator.add_command("xFabrikaFabrika", BUTTON.code, name=BUTTON.name, **BUTTON.listing)
    await pass_time(COMMANDS_INTERVAL)
    assert state_of(hass, "event", loaded_entry, SITE_ID, "commands").state == STATE_UNKNOWN


async def test_it_outlives_a_reload_and_goes_with_the_point(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    await SWITCH.call(hass, loaded_entry)
    before = state_of(hass, "event", loaded_entry, POINT_ID, "commands").state
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, "event", loaded_entry, POINT_ID, "commands").state == before
    assert said(hass, loaded_entry)["command"] == SWITCH.code

    options = {**loaded_entry.options, "points": ["xFabrikaFabrika"]}
    hass.config_entries.async_update_entry(loaded_entry, options=options)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entity_id(hass, "event", loaded_entry, POINT_ID, "commands") is None
