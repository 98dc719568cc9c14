"""Switches run commands that take true or false."""

import asyncio
from datetime import timedelta
from typing import override

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import RequestRecord, Simulator
from tests.commands.samples import SWITCH, PassTime, parameters_run


async def _turn(hass: HomeAssistant, entry: MockConfigEntry, *, on: bool) -> None:
    target = {"entity_id": SWITCH.entity_id(hass, entry)}
    await hass.services.async_call("switch", "turn_on" if on else "turn_off", target, blocking=True)


async def test_the_request_is_the_printed_one(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await _turn(hass, loaded_entry, on=True)
    (request,) = [record for record in simulator.requests if record.method == "ExecuteCommand"]
    # API document: ExecuteCommand.
    assert request.body == {
        "$": "ExecuteCommand",
        "properties": {"point": "xFabrikaTrafo6", "command": "lights-on-off", "parameter": True},
    }
    assert request.body["properties"]["parameter"] is True
    assert SWITCH.state_in(hass, loaded_entry) == STATE_ON
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_each_call_is_sent_in_order(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    """A repeated call is a command of its own: nobody knows whether the plant is still as it was."""
    calls = [True, True, False, True, False, False]
    for on in calls:
        await _turn(hass, loaded_entry, on=on)
        assert SWITCH.state_in(hass, loaded_entry) == (STATE_ON if on else STATE_OFF)
    assert parameters_run(simulator, SWITCH) == calls
    await hass.async_block_till_done(wait_background_tasks=True)


class _Arrivals(list[RequestRecord]):
    """The simulator's log of requests, which notices commands that arrive while another is being answered."""

    overlaps = 0

    @override
    def append(self, record: RequestRecord) -> None:
        if record.method == "ExecuteCommand":
            self.overlaps += any(each.method == "ExecuteCommand" and each.status is None for each in self)
        super().append(record)


async def test_calls_in_quick_succession_run_one_after_the_other(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    arrivals = _Arrivals()
    simulator.requests = arrivals
    simulator.fail_next("slow_first_byte", method="ExecuteCommand", times=5, seconds=0.05)
    calls = [True, False, False, True, False]
    await asyncio.gather(*(_turn(hass, loaded_entry, on=on) for on in calls))
    assert arrivals.overlaps == 0
    assert parameters_run(simulator, SWITCH) == calls
    assert SWITCH.state_in(hass, loaded_entry) == STATE_OFF
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_readings_follow_a_command_and_a_burst_costs_two_polls(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    # Energy of today, energy of this month, voltage of the latest quarter hours.
    poll = 3
    before = simulator.count("GetData")
    for on in (True, False, True, False, True):
        await _turn(hass, loaded_entry, on=on)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.count("GetData") == before + poll

    # Home Assistant's own wait between two refreshes that are asked for.
    await pass_time(timedelta(seconds=10))
    assert simulator.count("GetData") == before + 2 * poll


async def test_a_failing_poll_is_no_failing_command(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("truncated_json", method="GetData", times=3)
    await _turn(hass, loaded_entry, on=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not loaded_entry.runtime_data.readings.last_update_success
    assert SWITCH.state_in(hass, loaded_entry) == STATE_ON


@pytest.mark.parametrize("on", [True, False])
async def test_a_reload_keeps_the_state(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, on: bool
) -> None:
    await _turn(hass, loaded_entry, on=on)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert SWITCH.state_in(hass, loaded_entry) == (STATE_ON if on else STATE_OFF)
    assert parameters_run(simulator, SWITCH) == [on]


async def test_a_renamed_entity_keeps_the_state(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    await _turn(hass, loaded_entry, on=True)
    er.async_get(hass).async_update_entity(SWITCH.entity_id(hass, loaded_entry), new_entity_id="switch.hall_lights")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert SWITCH.entity_id(hass, loaded_entry) == "switch.hall_lights"
    assert SWITCH.state_in(hass, loaded_entry) == STATE_ON
