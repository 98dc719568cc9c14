"""What the history does when the platform refuses or is away, and when the recorder has no time."""

import asyncio
from datetime import datetime, timedelta
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder.core import Recorder
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.recorder import session_scope
import pytest
from sqlalchemy import text

from custom_components.reengen.api import ReengenAuthenticationError
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from custom_components.reengen.history import HistoryUnavailableError, SeriesResult, async_clear, rows
from custom_components.reengen.history.plan import Level, Step
from custom_components.reengen.history.store import HistoryStore
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .outages import RunTask, blocked
from .statistics import COST, IMPORT, TRAFO_6, Statistics

REACTIVE = "reengen:xyz_12768_reactive_energy_import"


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin five days ago."""
    return WorldOptions(start=now - timedelta(days=5), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose two measurements and a cost."""
    measurements = ["active_energy_import", "reactive_energy_import"]
    return entry_options | {"measurements": measurements, "costs": ["active_energy_cost"]}


@pytest.fixture
def day(now: datetime) -> dict[str, datetime]:
    """Return 24 complete hours."""
    start = (now - timedelta(days=3)).replace(minute=0)
    return {"start": start, "end": start + timedelta(days=1)}


async def test_what_is_refused_together_is_asked_one_by_one(
    imported: Imported, simulator: Simulator, day: dict[str, datetime]
) -> None:
    history = (await imported()).runtime_data.history
    simulator.fail_next("refused", method="GetData", times=1)
    results = await history.async_import(**day, statistic_ids=[IMPORT, REACTIVE])
    assert results == {IMPORT: SeriesResult(hours_checked=24), REACTIVE: SeriesResult(hours_checked=24)}


async def test_what_is_refused_by_itself_changes_nothing(
    imported: Imported, simulator: Simulator, statistics: Statistics, day: dict[str, datetime]
) -> None:
    history = (await imported()).runtime_data.history
    before = await statistics.hours(IMPORT)
    simulator.fail_next("refused", method="GetData", times=3)
    await history.async_import(**day, statistic_ids=[IMPORT, REACTIVE])
    assert await statistics.hours(IMPORT) == before


async def test_a_cost_that_is_refused_changes_nothing(
    imported: Imported, simulator: Simulator, statistics: Statistics, day: dict[str, datetime]
) -> None:
    history = (await imported()).runtime_data.history
    before = await statistics.hours(COST)
    assert before
    simulator.fail_next("refused", method="GetData", times=50)
    await history.async_import(**day, statistic_ids=[COST])
    assert await statistics.hours(COST) == before


@pytest.mark.parametrize("statistic_id", [IMPORT, COST])
async def test_refused_credentials_are_told(
    imported: Imported, simulator: Simulator, day: dict[str, datetime], statistic_id: str
) -> None:
    history = (await imported()).runtime_data.history
    simulator.change_password("new")
    with pytest.raises(ReengenAuthenticationError):
        await history.async_import(**day, statistic_ids=[statistic_id])


async def test_a_platform_that_is_away_is_tried_again_soon(
    imported: Imported, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    history = (await imported()).runtime_data.history
    count = len(await statistics.hours(IMPORT))
    await simulator.stop_listening()
    await pass_time(timedelta(hours=1))
    assert history.last_error
    await simulator.start_listening()
    await pass_time(timedelta(minutes=3))
    assert history.last_error is None
    assert len(await statistics.hours(IMPORT)) == count + 1


async def test_a_recorder_that_is_being_changed_is_left_alone(
    imported: Imported, recorder_mock: Recorder, day: dict[str, datetime], pass_time: PassTime
) -> None:
    history = (await imported()).runtime_data.history
    with patch.object(recorder_mock, "migration_in_progress", new=True):
        with pytest.raises(HistoryUnavailableError):
            await history.async_import(**day)
        await pass_time(timedelta(hours=1))
        assert history.last_error
        assert history.newest_hours == {}
    await pass_time(timedelta(minutes=3))
    assert history.last_error is None
    assert IMPORT in history.newest_hours


async def test_a_stop_waits_for_what_is_read(hass: HomeAssistant, imported: Imported) -> None:
    """Home Assistant cancels the task and does not wait for it; then it would close the database under the reading."""
    await imported()
    begun, may_end = threading.Event(), threading.Event()

    def read(*_: object) -> dict[str, int]:
        begun.set()
        may_end.wait()
        return {}

    with patch("custom_components.reengen.history.rows.newest", read):
        task = hass.async_create_background_task(HistoryStore(hass).read(rows.newest, {IMPORT}), "reading")
        await hass.async_add_executor_job(begun.wait)
        task.cancel()
        await asyncio.wait([task])
        hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)
        stopped = asyncio.create_task(hass.async_block_till_done())
        done, _ = await asyncio.wait([stopped], timeout=0.1)
        assert not done
        may_end.set()
        await stopped
    assert task.cancelled()


async def test_nothing_is_begun_while_home_assistant_stops(
    hass: HomeAssistant, imported: Imported, queued: list[str]
) -> None:
    """An import or an action that is under way ends with what it has begun."""
    (series, *_) = (await imported()).runtime_data.history.series
    store = HistoryStore(hass)
    queued.clear()
    hass.set_state(CoreState.stopping)
    with pytest.raises(HistoryUnavailableError):
        await store.read(rows.newest, {IMPORT})
    with pytest.raises(HistoryUnavailableError):
        await store.write_steps(series, [Step(rows=((0, 1.0, 1.0),))])
    with pytest.raises(HistoryUnavailableError):
        await store.write_levels(series, {0: Level(1.0, 1.0, 1.0)})
    hass.set_state(CoreState.running)
    assert queued == []


async def test_a_recorder_without_time_ends_the_wait(imported: Imported, recorder_mock: Recorder) -> None:
    entry = await imported()
    history = entry.runtime_data.history
    with (
        patch("custom_components.reengen.history.store._LONGEST_WAIT_SECONDS", 0.01),
        blocked(recorder_mock),
        pytest.raises(HistoryUnavailableError),
    ):
        await history._upkeep.store.written()


async def test_other_work_of_the_recorder_goes_first(
    hass: HomeAssistant, imported: Imported, recorder_mock: Recorder, statistics: Statistics, queued: list[str]
) -> None:
    """Nothing is queued while thousands of tasks of others wait."""
    series = next(one for one in (await imported()).runtime_data.history.series if one.statistic_id == IMPORT)
    await async_clear(hass, [IMPORT])
    store = HistoryStore(hass)
    queued.clear()
    with patch("custom_components.reengen.history.store._BACKLOG_PAUSE_SECONDS", 0.0), blocked(recorder_mock) as go_on:
        for _ in range(2_000):
            recorder_mock.queue_task(RunTask(lambda _: None))
        writing = hass.async_create_task(store.write_steps(series, [Step(rows=((0, 1.0, 1.0),))]))
        for _ in range(100):
            await asyncio.sleep(0)
        assert queued == []
        go_on()
        await writing
    await store.written()
    assert queued == ["ImportStatisticsTask"]
    assert await statistics.hours(IMPORT) == {0: 1}


@pytest.mark.every_database
async def test_sums_that_break_while_it_runs_are_healed_first(
    hass: HomeAssistant, imported: Imported, recorder_mock: Recorder, statistics: Statistics, day: dict[str, datetime]
) -> None:
    history = (await imported()).runtime_data.history
    sound = await statistics.hours(IMPORT)
    await harm(hass, recorder_mock)
    await history.async_import(**day, statistic_ids=[IMPORT])
    assert await statistics.hours(IMPORT) == sound


@pytest.mark.every_database
async def test_sums_that_break_in_a_write_are_healed_after_it(
    hass: HomeAssistant,
    imported: Imported,
    recorder_mock: Recorder,
    statistics: Statistics,
    simulator: Simulator,
    day: dict[str, datetime],
) -> None:
    history = (await imported()).runtime_data.history
    expected = await statistics.hours(IMPORT)
    corrected = day["start"] + timedelta(hours=1)
    simulator.set_reading(TRAFO_6, "activeEnergy", "import", corrected - timedelta(seconds=1), 77_000.0)
    expected |= statistics.platform_hours(TRAFO_6, "activeEnergy", "import", day["start"], corrected)
    written, times = HistoryStore.written, 0

    async def and_harmed(store: HistoryStore) -> None:
        nonlocal times
        await written(store)
        times += 1
        if times == 1:
            await harm(hass, recorder_mock)

    with patch.object(HistoryStore, "written", and_harmed):
        await history.async_import(**day, statistic_ids=[IMPORT])
    # The hours, and what puts right their sums; then the same for the cost, which follows.
    assert times == 4
    assert await statistics.hours(IMPORT) == expected


async def test_sums_that_break_again_and_again_are_told_and_audited_soon(
    hass: HomeAssistant,
    imported: Imported,
    recorder_mock: Recorder,
    statistics: Statistics,
    day: dict[str, datetime],
    pass_time: PassTime,
) -> None:
    history = (await imported()).runtime_data.history
    sound = await statistics.hours(IMPORT)
    await harm(hass, recorder_mock)
    written = HistoryStore.written

    async def and_harmed(store: HistoryStore) -> None:
        await written(store)
        await harm(hass, recorder_mock)

    with patch.object(HistoryStore, "written", and_harmed), pytest.raises(HistoryUnavailableError):
        await history.async_import(**day, statistic_ids=[IMPORT])
    assert history.last_error
    await pass_time(timedelta(minutes=3))
    assert history.last_error is None
    assert await statistics.hours(IMPORT) == sound


async def harm(hass: HomeAssistant, recorder: Recorder) -> None:
    """Break the sum of every other row."""

    def update() -> None:
        with session_scope(hass=hass) as session:
            session.execute(text("UPDATE statistics SET sum = sum + 7 WHERE FLOOR(start_ts / 7200) * 7200 = start_ts"))

    await recorder.async_add_executor_job(update)


async def test_nothing_to_clear(hass: HomeAssistant, imported: Imported, statistics: Statistics) -> None:
    await imported()
    before = await statistics.hours(IMPORT)
    await async_clear(hass, [])
    assert await statistics.hours(IMPORT) == before


async def test_diagnostics_tell_of_the_history(hass: HomeAssistant, imported: Imported) -> None:
    found = await async_get_config_entry_diagnostics(hass, await imported())
    assert found["history"]["series"] == 3
    assert found["history"]["progress"] == 100
    assert found["history"]["paused"] is False
