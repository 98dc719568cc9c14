"""An account that is removed: its statistics stay or go, and one that is added again takes them over."""

from datetime import datetime, timedelta
from unittest.mock import patch

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.history import HistoryUnavailableError, async_clear
from simulator import Simulator, WorldOptions
from tests.accounts import second_account, set_up

from .conftest import Imported
from .outages import blocked
from .statistics import IMPORT, TRAFO_6, Statistics

SITE = "xFabrikaFabrika"
DAYS = 4


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=2)


def copy_of(entry: MockConfigEntry) -> MockConfigEntry:
    """Return the same account as it is added later."""
    return MockConfigEntry(domain="reengen", title="later", data=dict(entry.data), options=dict(entry.options))


async def add(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.add_to_hass(hass)
    await set_up(hass, entry)


async def test_kept_statistics_are_taken_over(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    queued: list[str],
) -> None:
    entry = await imported()
    sound = await statistics.rows(IMPORT)
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    queued.clear()
    await hass.config_entries.async_remove(entry.entry_id)
    assert await statistics.rows(IMPORT) == sound

    before = simulator.count("GetData")
    again = copy_of(entry)
    await add(hass, again)
    assert again.runtime_data.history.progress == 100
    assert queued == []
    assert await statistics.rows(IMPORT) == sound
    # Three of a poll, the look into the future, the demand of today, and all months at once.
    assert simulator.count("GetData") - before == 6


async def test_removed_statistics_are_gone_and_can_be_imported_again(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    statistics: Statistics,
) -> None:
    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"keep_statistics": False})
    await imported()
    assert await statistics.ids() == {IMPORT}
    await hass.config_entries.async_remove(entry.entry_id)
    assert await statistics.ids() == set()
    assert await statistics.rows(IMPORT) == []
    await add(hass, copy_of(entry))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_what_another_account_uses_stays(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    simulator: Simulator,
    statistics: Statistics,
) -> None:
    options = {"keep_statistics": False, "points": [TRAFO_6, SITE]}
    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | options)
    await imported()
    assert len(await statistics.ids()) == 2
    other = second_account(simulator, entry, points=[TRAFO_6])
    await add(hass, other)
    await hass.config_entries.async_remove(entry.entry_id)
    assert await statistics.ids() == {IMPORT}
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    await hass.config_entries.async_remove(other.entry_id)
    assert await statistics.ids() == set()


async def test_what_another_account_has_had_stays(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, simulator: Simulator, statistics: Statistics
) -> None:
    """It is chosen by nobody any more, and the account that is removed never had it."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": [TRAFO_6, SITE]})
    await imported()
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": [SITE]})
    await imported()
    both = await statistics.ids()
    assert len(both) == 2
    other = second_account(simulator, entry, keep_statistics=False)
    await add(hass, other)
    await hass.config_entries.async_remove(other.entry_id)
    assert await statistics.ids() == both
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


@pytest.mark.parametrize(("tenant", "left"), [("xyz", {IMPORT}), ("XYZ", {IMPORT}), ("elsewhere", set[str]())], ids=str)
async def test_what_an_account_that_is_not_loaded_may_use_stays(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    statistics: Statistics,
    tenant: str,
    left: set[str],
) -> None:
    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"keep_statistics": False})
    await imported()
    MockConfigEntry(domain="reengen", data={**entry.data, "tenant": tenant}, options=entry.options).add_to_hass(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert await statistics.ids() == left


async def test_a_recorder_that_is_being_changed_does_not_hold_up_the_removal(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    recorder_mock: Recorder,
    statistics: Statistics,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"keep_statistics": False})
    await imported()
    with patch.object(recorder_mock, "migration_in_progress", new=True):
        await hass.config_entries.async_remove(entry.entry_id)
    assert hass.config_entries.async_entries("reengen") == []
    assert "were not removed" in caplog.text
    assert await statistics.ids() == {IMPORT}


async def test_clearing_is_not_waited_for_without_end(
    hass: HomeAssistant, imported: Imported, recorder_mock: Recorder
) -> None:
    await imported()
    with (
        patch("custom_components.reengen.history.store._LONGEST_CLEARING_SECONDS", 0.01),
        blocked(recorder_mock),
        pytest.raises(HistoryUnavailableError),
    ):
        await async_clear(hass, [IMPORT])


async def test_without_a_recorder(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    options = dict(loaded_entry.options) | {"keep_statistics": False}
    hass.config_entries.async_update_entry(loaded_entry, options=options)
    assert (await hass.config_entries.async_remove(loaded_entry.entry_id))["require_restart"] is False
