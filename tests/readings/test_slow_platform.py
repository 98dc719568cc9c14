"""Home Assistant's start waits for no slow platform: what is known of last time serves until it has answered."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import READINGS_INTERVAL
from simulator import Simulator
from tests import oracle
from tests.forms import assert_asks_for_password
from tests.registries import entity_id, state_of

type PassTime = Callable[[timedelta], Awaitable[None]]

PATIENCE = 0.2


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a fifth of a second in place of ten."""
    monkeypatch.setattr("custom_components.reengen.SETUP_PATIENCE", timedelta(seconds=PATIENCE))


def today(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> str:
    trafo_6 = oracle.point_id(simulator, "xFabrikaTrafo6")
    return state_of(hass, "sensor", entry, trafo_6, "active_energy_import_today").state


async def start_anew(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload and set up, without waiting for what goes on in the background."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    async with asyncio.timeout(30):
        assert await hass.config_entries.async_setup(entry.entry_id)


async def test_a_start_goes_by_the_tree_of_last_time(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before = today(hass, loaded_entry, simulator)
    added = simulator.add_point(code="new", name="New", parent="xFabrikaFabrika", metered=False)
    simulator.fail_next("slow_first_byte", method="GetPointHierarchy", seconds=5 * PATIENCE)
    simulator.fail_next("slow_first_byte", method="GetData", times=3, seconds=5 * PATIENCE)
    await start_anew(hass, loaded_entry)
    assert loaded_entry.state is ConfigEntryState.LOADED
    # Neither has the platform been heard, nor is anything shown that it did not say.
    points, readings = loaded_entry.runtime_data.points, loaded_entry.runtime_data.readings
    assert (points.data.tree.by_id(added), readings.polled_at) == (None, None)
    assert today(hass, loaded_entry, simulator) == STATE_UNAVAILABLE
    await hass.services.async_call("switch", "turn_on", {"entity_id": "all"}, blocking=True)

    await points.async_refresh()
    assert points.data.tree.by_id(added) is not None
    await readings.async_refresh()
    await hass.async_block_till_done()
    assert today(hass, loaded_entry, simulator) == before


async def test_a_slow_poll_comes_in_the_background(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    simulator.fail_next("slow_first_byte", method="GetData", times=3, seconds=3 * PATIENCE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    trafo_6 = oracle.point_id(simulator, "xFabrikaTrafo6")
    assert entity_id(hass, "sensor", entry, trafo_6, "active_energy_import_today") is None
    await hass.async_block_till_done(wait_background_tasks=True)
    assert float(today(hass, entry, simulator)) > 0


async def test_a_first_start_waits_for_the_tree(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    simulator.fail_next("slow_first_byte", method="GetPointHierarchy", seconds=3 * PATIENCE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert len(entry.runtime_data.points.data.tree) > 0
    await hass.async_block_till_done(wait_background_tasks=True)
    assert float(today(hass, entry, simulator)) > 0


@pytest.mark.usefixtures("impatient_client")
async def test_a_late_failure_is_told_and_made_up_for(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: PassTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    simulator.fail_next("timeout_before_execution", method="GetData", times=20)
    await start_anew(hass, loaded_entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert today(hass, loaded_entry, simulator) == STATE_UNAVAILABLE
    said = [
        record for record in caplog.records if record.levelname == "ERROR" and "readings data" in record.getMessage()
    ]
    assert len(said) == 1
    simulator.clear_faults()
    await pass_time(READINGS_INTERVAL)
    assert float(today(hass, loaded_entry, simulator)) > 0
    assert "never retrieved" not in caplog.text


async def test_a_late_refusal_of_the_password_asks_for_it(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.change_password("new")
    simulator.profile.latency = 2 * PATIENCE
    await start_anew(hass, loaded_entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert_asks_for_password(hass)


async def test_a_failure_in_time_is_tried_again_by_home_assistant(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    simulator.fail_next("empty_200", method="GetPointHierarchy")
    assert not await hass.config_entries.async_setup(loaded_entry.entry_id)
    assert loaded_entry.state is ConfigEntryState.SETUP_RETRY


async def test_nothing_is_left_of_an_account_that_is_removed(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    key = f"reengen.points.{loaded_entry.entry_id}"
    assert len(hass_storage[key]["data"]) == len(loaded_entry.runtime_data.points.data.tree)
    await hass.config_entries.async_remove(loaded_entry.entry_id)
    assert key not in hass_storage
