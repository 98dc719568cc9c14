"""The first import and what comes after it: every hour is the platform's, and the change of every row is its state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import text

from custom_components.reengen.history import async_clear
from simulator import Simulator, WorldOptions
from tests.accounts import second_account
from tests.clocks import PassTime

from .conftest import Imported
from .statistics import HOUR, IMPORT, TRAFO_6, Statistics

pytestmark = pytest.mark.every_database

type Expected = Callable[[], dict[int, Decimal]]

ACTIVE_IMPORT = ("activeEnergy", "import")


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin 50 days ago, in the middle of a month and before the newest 35 days."""
    return WorldOptions(start=now - timedelta(days=50), points=8)


def correct(simulator: Simulator, instant: datetime, watt_hours: float | None) -> None:
    """Correct all four readings of an hour, or delete them."""
    for quarter in range(1, 5):
        end = instant + timedelta(minutes=15 * quarter, seconds=-1)
        simulator.set_reading(TRAFO_6, *ACTIVE_IMPORT, end, watt_hours)


def asked(simulator: Simulator, since: int) -> list[tuple[str | None, int | None]]:
    """Return resolution and rows of the readings that were asked for."""
    return [
        (request.body["properties"].get("resolution"), request.rows)
        for request in simulator.requests[since:]
        if request.method == "GetData"
    ]


async def test_first_import(imported: Imported, statistics: Statistics) -> None:
    entry = await imported()
    assert len(statistics.complete_hours()) > 1190
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    assert entry.runtime_data.history.progress == 100


async def test_nothing_is_written_when_nothing_changed(imported: Imported, queued: list[str]) -> None:
    await imported()
    assert queued
    queued.clear()
    await imported()
    assert queued == []


async def test_the_next_hour(
    imported: Imported,
    statistics: Statistics,
    queued: list[str],
    simulator: Simulator,
    pass_time: PassTime,
) -> None:
    await imported()
    queued.clear()
    before, hours = simulator.count(), len(statistics.complete_hours())
    await pass_time(timedelta(hours=1))
    assert len(statistics.complete_hours()) == hours + 1
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    assert queued == ["ImportStatisticsTask"]
    # The new hour, and the two before it, which quarter hours may have reached since.
    assert [rows for resolution, rows in asked(simulator, before) if resolution == "hour"] == [3]


@pytest.mark.parametrize("days", [1, 20, 48])
async def test_late_hours_in_the_middle(
    imported: Imported, statistics: Statistics, simulator: Simulator, now: datetime, days: int
) -> None:
    since = now - timedelta(days=days)
    simulator.hold_back(TRAFO_6, since, since + timedelta(hours=5), now + timedelta(minutes=1))
    await imported()
    before = await statistics.hours(IMPORT)
    assert before == statistics.complete_hours()

    simulator.clock.advance(timedelta(minutes=1))
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    assert len(statistics.complete_hours()) > len(before)


async def test_a_correction_weeks_back_is_one_row_and_one_shift(
    imported: Imported,
    statistics: Statistics,
    queued: list[str],
    simulator: Simulator,
    now: datetime,
) -> None:
    await imported()
    queued.clear()
    instant = (now - timedelta(days=48)).replace(minute=0)
    correct(simulator, instant, 123_456)
    before = simulator.count()
    await imported()
    assert statistics.complete_hours()[int(instant.timestamp())] == Decimal("493.824")
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    assert queued == ["ImportStatisticsTask", "AdjustStatisticsTask"]
    # The three of a poll, whose quarter hours are those of the last three hours; then three months, the days of the month
    # that differs, the hours of the day that differs; and beside them, at instants of their own, the look into the future
    # and the quarter hours of today for the demand.
    rest = asked(simulator, before)
    rest.remove(("fifteenmin", 0))
    rest.remove(("fifteenmin", 57))
    assert rest == [("day", 1), ("month", 1), ("fifteenmin", 12), ("month", 3), ("day", 6), ("hour", 24)]


async def test_a_retracted_hour(
    imported: Imported, statistics: Statistics, simulator: Simulator, now: datetime
) -> None:
    await imported()
    instant = (now - timedelta(days=20)).replace(minute=0)
    correct(simulator, instant, None)
    await imported()
    found = await statistics.hours(IMPORT)
    assert int(instant.timestamp()) not in statistics.complete_hours()
    assert found == statistics.complete_hours()


async def test_a_retracted_day(imported: Imported, statistics: Statistics, simulator: Simulator, now: datetime) -> None:
    await imported()
    midnight = (now - timedelta(days=20)).replace(hour=21, minute=0)
    for hour in range(24):
        correct(simulator, midnight + timedelta(hours=hour), None)
    await imported()
    found = await statistics.hours(IMPORT)
    gone = {int(midnight.timestamp()) + hour * HOUR for hour in range(24)}
    assert not gone & statistics.complete_hours().keys()
    assert found == statistics.complete_hours()


async def test_a_platform_that_says_nothing_takes_nothing_away(
    imported: Imported, statistics: Statistics, simulator: Simulator
) -> None:
    await imported()
    simulator.fail_next("null_series", method="GetData", times=20)
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_a_gap_is_filled(imported: Imported, statistics: Statistics, simulator: Simulator, now: datetime) -> None:
    simulator.hold_back(TRAFO_6, now - timedelta(days=30), now - timedelta(days=4), now + timedelta(minutes=1))
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
    simulator.clock.advance(timedelta(minutes=1))
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_zeros_then_real_values(
    imported: Imported, statistics: Statistics, simulator: Simulator, now: datetime
) -> None:
    simulator.profile.empty_buckets = "zero"
    since = now - timedelta(days=2)
    simulator.hold_back(TRAFO_6, since, now, now + timedelta(minutes=1))
    await imported()
    zeros = [hour for hour, value in (await statistics.hours(IMPORT)).items() if not value]
    assert len(zeros) > 40
    simulator.clock.advance(timedelta(minutes=1))
    await imported()
    assert {
        hour: value for hour, value in (await statistics.hours(IMPORT)).items() if value
    } == statistics.complete_hours()


async def test_a_greater_depth_is_put_before_what_is_there(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, statistics: Statistics
) -> None:
    options = dict(entry.options)
    hass.config_entries.async_update_entry(entry, options=options | {"history_months": 1})
    await imported()
    june = int(datetime.fromisoformat("2026-06-01T00:00:00+03:00").timestamp())
    assert await statistics.hours(IMPORT) == {
        hour: value for hour, value in statistics.complete_hours().items() if hour >= june
    }
    hass.config_entries.async_update_entry(entry, options=options | {"history_months": 0})
    await hass.async_block_till_done(wait_background_tasks=True)
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_deleted_by_the_user(hass: HomeAssistant, imported: Imported, statistics: Statistics) -> None:
    await imported()
    await async_clear(hass, [IMPORT])
    assert await statistics.hours(IMPORT) == {}
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("UPDATE statistics SET sum = sum - 700 WHERE start_ts > 1783000000", id="crash-before-a-shift"),
        pytest.param("UPDATE statistics SET sum = state", id="every-sum"),
        pytest.param("UPDATE statistics SET sum = NULL WHERE start_ts > 1783000000", id="no-sums"),
        pytest.param("UPDATE statistics SET state = NULL WHERE start_ts BETWEEN 1783000000 AND 1783009000", id="no-states"),
        pytest.param("UPDATE statistics SET state = 1, sum = sum + 5 WHERE start_ts BETWEEN 1783000000 AND 1783099000", id="states-too"),
        pytest.param("DELETE FROM statistics WHERE start_ts BETWEEN 1783000000 AND 1783099000", id="rows"),
    ],
)  # fmt: skip
async def test_healed_at_the_next_start(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    imported: Imported,
    statistics: Statistics,
    damage: str,
) -> None:
    await imported()

    def harm() -> None:
        with session_scope(hass=hass) as session:
            session.execute(text(damage))

    sound = await statistics.rows(IMPORT)
    await recorder_mock.async_add_executor_job(harm)
    assert await statistics.rows(IMPORT) != sound
    await imported()
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_two_accounts_with_the_same_point(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    simulator: Simulator,
    statistics: Statistics,
) -> None:
    second = second_account(simulator, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_a_renamed_point_keeps_its_statistic(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
) -> None:
    await imported()

    def name() -> str:
        with session_scope(hass=hass, read_only=True) as session:
            (found,) = session.execute(text("SELECT name FROM statistics_meta")).fetchall()
            return str(found[0])

    assert await recorder_mock.async_add_executor_job(name) == "Transformer 6 Active energy import"
    simulator.rename_point(TRAFO_6, "Trafo Altı")
    simulator.recode_point(TRAFO_6, "xTrafoAlti")
    hass.config_entries.async_update_entry(entry := (await imported()), options=entry_options(entry, "xTrafoAlti"))
    await hass.async_block_till_done(wait_background_tasks=True)
    await imported()
    assert await recorder_mock.async_add_executor_job(name) == "Trafo Altı Active energy import"
    simulator.recode_point("xTrafoAlti", TRAFO_6)
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


def entry_options(entry: MockConfigEntry, code: str) -> dict[str, Any]:
    return dict(entry.options) | {"points": [code]}


async def test_a_pause_writes_nothing(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, queued: list[str], statistics: Statistics
) -> None:
    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"history_paused": True})
    assert (await imported()).runtime_data.history.progress is None
    assert queued == []
    assert await statistics.hours(IMPORT) == {}
