"""Coordinators ask again when it makes sense, and leave the event loop room to breathe."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import update_failed
from custom_components.reengen.api import PointTree, ReengenClient, ReengenConnectionError, ReengenRateLimitError
from custom_components.reengen.const import COMMANDS_INTERVAL, READINGS_INTERVAL
from simulator import Simulator
from tests.forms import assert_asks_for_password

type PassTime = Callable[[timedelta], Awaitable[None]]


@pytest.mark.parametrize("at_once", [1, 3], ids=["one by one", "with a rest"])
async def test_many_entities_are_written_in_slices_and_all_of_them(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    pass_time: PassTime,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr("custom_components.reengen.points.coordinator.LISTENERS_AT_ONCE", at_once)
    monkeypatch.setattr("custom_components.reengen.points.entity_queue.ENTITIES_AT_ONCE", at_once)
    hass.config_entries.async_update_entry(entry, options={**entry_options, "include_descendants": True})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await simulator.stop_listening()
    await pass_time(READINGS_INTERVAL)
    await pass_time(READINGS_INTERVAL)
    # How many points have late data, and how high a demand was, is known while the platform is away.
    states = [
        state.state for state in hass.states.async_all("sensor") if state.attributes.keys().isdisjoint({"points", "at"})
    ]
    assert len(states) > 2 * at_once
    assert set(states) == {STATE_UNAVAILABLE}

    await simulator.start_listening()
    await pass_time(READINGS_INTERVAL)
    assert STATE_UNAVAILABLE not in {state.state for state in hass.states.async_all("sensor")}


async def test_an_entity_that_is_removed_between_two_slices_is_left_out(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.reengen.points.coordinator.LISTENERS_AT_ONCE", 1)
    monkeypatch.setattr("custom_components.reengen.points.entity_queue.ENTITIES_AT_ONCE", 1)
    readings = loaded_entry.runtime_data.readings
    written: list[str] = []

    def first() -> None:
        written.append("first")
        remove_last()

    remove_first = readings.async_add_listener(first)
    remove_last = readings.async_add_listener(lambda: written.append("last"))
    readings.async_update_listeners()
    await hass.async_block_till_done()
    remove_first()
    assert written == ["first"]


async def test_what_is_worked_out_of_the_polls_stays_when_a_person_asks_for_an_update(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    freshness = loaded_entry.runtime_data.freshness
    before = dict(freshness.data)
    assert before
    await freshness.async_refresh()
    assert freshness.last_update_success
    assert freshness.data == before


def test_the_platform_is_asked_again_when_it_says() -> None:
    limited = ReengenRateLimitError("slow down", status=429, retry_after=120.0)
    failure = update_failed(limited, retry_after=900.0)
    assert isinstance(failure, UpdateFailed)
    assert failure.retry_after == 120.0
    assert failure.translation_key == "rate_limited"


def test_the_coordinator_is_asked_again_when_it_wants() -> None:
    failure = update_failed(ReengenConnectionError("nobody there", sent=False), retry_after=900.0)
    assert isinstance(failure, UpdateFailed)
    assert failure.retry_after == 900.0


async def test_a_password_that_is_refused_while_commands_are_listed(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.change_password("new")
    await loaded_entry.runtime_data.commands.async_list_anew()
    await hass.async_block_till_done()
    assert_asks_for_password(hass)


async def test_a_platform_that_is_away_while_commands_are_listed(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    listed = loaded_entry.runtime_data.commands.data
    await simulator.stop_listening()
    await loaded_entry.runtime_data.commands.async_list_anew()
    assert not loaded_entry.runtime_data.commands.last_update_success
    assert loaded_entry.runtime_data.commands.data == listed

    await simulator.start_listening()
    before = simulator.count("ListAvailableCommands")
    await pass_time(COMMANDS_INTERVAL)
    assert loaded_entry.runtime_data.commands.last_update_success
    assert simulator.count("ListAvailableCommands") - before == len(listed) == 2


async def test_a_request_under_way_while_the_account_is_unloaded_says_nothing_of_the_platform(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    points, ask = loaded_entry.runtime_data.points, ReengenClient.get_point_hierarchy

    async def unloaded_meanwhile(client: ReengenClient) -> PointTree:
        assert await hass.config_entries.async_unload(loaded_entry.entry_id)
        return await ask(client)

    before = points.data
    with patch.object(ReengenClient, "get_point_hierarchy", unloaded_meanwhile):
        await points.async_refresh()
    assert points.data is before
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_listener_that_raises_keeps_nothing_from_the_others(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("custom_components.reengen.points.coordinator.LISTENERS_AT_ONCE", 2)
    readings = loaded_entry.runtime_data.readings
    told: list[int] = []

    def listener(number: int) -> None:
        if number % 3 == 0:
            raise ValueError(f"listener {number}")
        told.append(number)

    remove = [readings.async_add_listener(partial(listener, number)) for number in range(10)]
    readings.async_update_listeners()
    await hass.async_block_till_done()
    for each in remove:
        each()
    assert told == [1, 2, 4, 5, 7, 8]
    # As Home Assistant's own loop says it: with the traceback, and the task has ended well.
    said = [record.exc_info[1] for record in caplog.records if record.exc_info and record.levelname == "ERROR"]
    assert [str(error) for error in said] == ["listener 0", "listener 3", "listener 6", "listener 9"]
    assert "never retrieved" not in caplog.text
