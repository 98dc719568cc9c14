"""Several accounts with the same point: each statistic has one owner, and nobody writes against another."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from custom_components.reengen.history.ownership import Ownership
from custom_components.reengen.history.series import HistorySeries
from simulator import Simulator, WorldOptions
from tests.accounts import second_account, set_up
from tests.clocks import PassTime
from tests.services.action_samples import act

from .conftest import Imported
from .statistics import COST, IMPORT, TRAFO_6, Statistics
from .test_cost_import import ISTANBUL
from .test_cost_periods import change_places, import_range

DAYS = 4


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=2)


@pytest.fixture
def second(entry: MockConfigEntry, simulator: Simulator) -> MockConfigEntry:
    """Return a later account of the same tenant that chose the same point and another time zone."""
    return second_account(simulator, entry, time_zone="Europe/Berlin")


async def test_accounts_with_different_time_zones_do_not_fight(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    second: MockConfigEntry,
    statistics: Statistics,
    queued: list[str],
    pass_time: PassTime,
) -> None:
    await imported()
    queued.clear()
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert queued == []
    assert second.runtime_data.history.last_error is None
    await pass_time(timedelta(hours=1))
    # The hour that is over, once.
    assert queued == ["ImportStatisticsTask"]
    await pass_time(timedelta(days=8))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()

    diagnostics = [await async_get_config_entry_diagnostics(hass, each) for each in (entry, second)]
    kept = IMPORT.replace("xyz", "**REDACTED**")
    assert [each["history"]["kept_elsewhere"] for each in diagnostics] == [{}, {kept: entry.entry_id}]
    response = await act(hass, second, "import_history")
    assert response["data"] == []
    assert response["kept_elsewhere"] == [{"statistic_id": IMPORT, "config_entry_id": entry.entry_id}]


async def test_the_next_account_takes_over(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    second: MockConfigEntry,
    statistics: Statistics,
    pass_time: PassTime,
) -> None:
    second.add_to_hass(hass)
    hass.config_entries.async_update_entry(second, options=dict(entry.options))
    assert await hass.config_entries.async_setup(second.entry_id)
    await imported()
    await pass_time(timedelta(hours=1))
    assert second.runtime_data.history.kept_elsewhere == {IMPORT: entry.entry_id}

    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"history_paused": True})
    await imported()
    await pass_time(timedelta(hours=1))
    assert second.runtime_data.history.kept_elsewhere == {}
    assert await statistics.hours(IMPORT) == statistics.complete_hours()

    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"history_paused": False})
    await imported()
    await pass_time(timedelta(hours=1))
    assert second.runtime_data.history.kept_elsewhere == {IMPORT: entry.entry_id}
    assert await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(timedelta(hours=1))
    assert second.runtime_data.history.kept_elsewhere == {}
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


@pytest.mark.parametrize("days_ago", [0, 3, 45], ids=["today", "a recent day", "an old month"])
class TestCostsOfOneAccountAndTheEnergyOfAnother:
    """The first account reads the energy, and the second one what it costs."""

    @pytest.fixture
    def world_options(self, now: datetime) -> WorldOptions:
        """Let the world begin in a month whose costs are asked for as a whole."""
        return WorldOptions(start=now - timedelta(days=50), points=2)

    async def test_the_cost_follows_within_a_minute(
        self,
        hass: HomeAssistant,
        imported: Imported,
        entry: MockConfigEntry,
        simulator: Simulator,
        statistics: Statistics,
        pass_time: PassTime,
        days_ago: int,
    ) -> None:
        await imported()
        second = second_account(simulator, entry, costs=["active_energy_cost"])
        second.add_to_hass(hass)
        await set_up(hass, second)
        assert second.runtime_data.history.kept_elsewhere == {IMPORT: entry.entry_id}
        day = datetime(2026, 7, 15, tzinfo=ISTANBUL) - timedelta(days=days_ago)
        moved = await change_places(simulator, statistics, day)
        await import_range(hass, entry, day, day + timedelta(days=1), series=["active_energy_import"])
        await pass_time(timedelta(minutes=1))
        moved.assert_followed(await statistics.hours(COST))


@dataclass
class Account:
    """As much of a config entry as decides who owns a statistic."""

    entry_id: str
    created_at: datetime


def series(*statistic_ids: str) -> list[HistorySeries]:
    return [cast("HistorySeries", type("Series", (), {"statistic_id": each})()) for each in statistic_ids]


def test_of_many_accounts_the_first_owns(hass: HomeAssistant) -> None:
    day = datetime(2026, 7, 1, tzinfo=UTC)
    a, b, c = [
        Ownership(hass, cast("Any", Account(key, day + timedelta(days=days))))
        for key, days in (("a", 0), ("b", 1), ("c", 1))
    ]
    for _ in range(2):
        kept = [
            [each.statistic_id for each in owner.claim(series(*ids), paused=False)]
            for owner, ids in ((a, "x"), (b, "xy"), (c, "xyz"))
        ]
    assert kept == [["x"], ["y"], ["z"]]
    assert (a.elsewhere, b.elsewhere, c.elsewhere) == ({}, {"x": "a"}, {"x": "a", "y": "b"})
    a.claim(series("x"), paused=True)
    b.release()
    assert [each.statistic_id for each in c.claim(series("x", "y"), paused=False)] == ["x", "y"]


async def test_a_new_point_does_not_wait_for_a_week(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    simulator: Simulator,
    statistics: Statistics,
    now: datetime,
    pass_time: PassTime,
) -> None:
    simulator.move_point(TRAFO_6, None)
    options = dict(entry.options) | {"points": ["xFabrikaFabrika"], "include_descendants": True}
    hass.config_entries.async_update_entry(entry, options=options)
    await imported()
    assert await statistics.hours(IMPORT) == {}
    simulator.move_point(TRAFO_6, "xFabrikaFabrika")
    await pass_time(timedelta(hours=1))
    await pass_time(timedelta(hours=1))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
