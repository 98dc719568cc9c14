"""A database that fails in the midst of an import: it is told, tried again within minutes, and exact afterwards."""

import asyncio
from collections.abc import Callable
import contextlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder.core import Recorder
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.history import HistoryUnavailableError, rows
from custom_components.reengen.history.store import HistoryStore
from custom_components.reengen.history.upkeep import Upkeep
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .outages import Outage, before_import_task, blocked, execute, locked_by_another, refused_by_the_database
from .statistics import Statistics

type Expected = Callable[[], dict[str, dict[int, Decimal]]]

CODES = {"xFabrikaTrafo6": 12768, "xFabrikaDepo": 12747}
DAYS = 20
# The next try comes after one minute, or five at most.
SOON = timedelta(minutes=6)


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=8)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose two points."""
    return entry_options | {"points": list(CODES)}


def ids() -> dict[str, str]:
    return {code: f"reengen:xyz_{number}_active_energy_import" for code, number in CODES.items()}


@pytest.fixture
def expected(simulator: Simulator, statistics: Statistics, now: datetime) -> Expected:
    """Return what gives all complete hours of both points."""

    def hours() -> dict[str, dict[int, Decimal]]:
        end = (simulator.clock.now() - timedelta(minutes=10)).replace(minute=0, second=0)
        start = now - timedelta(days=DAYS + 1)
        return {code: statistics.platform_hours(code, "activeEnergy", "import", start, end) for code in CODES}

    return hours


async def stored(statistics: Statistics) -> dict[str, dict[int, Decimal]]:
    return {code: await statistics.hours(statistic_id) for code, statistic_id in ids().items()}


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def sensor_of(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[str, str | None]:
    """Return what the sensor of the import shows: percent, and the last error."""
    entity_id = er.async_get(hass).async_get_entity_id("sensor", "reengen", f"{entry.entry_id}_history_progress")
    state = hass.states.get(entity_id or "")
    assert state is not None
    return state.state, state.attributes["last_error"]


@pytest.mark.every_database
@pytest.mark.parametrize("task", [1, 4])
async def test_an_outage_in_the_first_import(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    pytestconfig: pytest.Config,
    entry: MockConfigEntry,
    statistics: Statistics,
    expected: Expected,
    pass_time: PassTime,
    caplog: pytest.LogCaptureFixture,
    task: int,
) -> None:
    outage = Outage(recorder_mock, pytestconfig.getoption("dburl"))
    with before_import_task(recorder_mock, task, outage.begin):
        await start(hass, entry)
    history = entry.runtime_data.history
    percent, error = sensor_of(hass, entry)
    assert error
    assert error == history.last_error
    assert float(percent) < 100
    outage.end()
    await pass_time(SOON)
    await pass_time(SOON)
    assert history.last_error is None
    assert await stored(statistics) == expected()
    assert sensor_of(hass, entry) == ("100.0", None)
    assert "never retrieved" not in caplog.text


async def test_a_full_disk_in_an_hourly_run(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    imported: Imported,
    statistics: Statistics,
    expected: Expected,
    pass_time: PassTime,
) -> None:
    entry = await imported()
    history = entry.runtime_data.history
    outage = Outage(recorder_mock, "")
    with before_import_task(recorder_mock, 1, outage.begin):
        # A few hours take no new page; some days do.
        await pass_time(timedelta(days=3))
    assert history.last_error
    assert history.progress < 100
    outage.end()
    await pass_time(SOON)
    await pass_time(SOON)
    assert history.last_error is None
    assert await stored(statistics) == expected()


@pytest.mark.parametrize("persistent_database", [True])
async def test_a_database_that_another_program_locks(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    statistics: Statistics,
    expected: Expected,
    pass_time: PassTime,
) -> None:
    recorder_mock.db_retry_wait = 0
    file = recorder_mock.db_url.removeprefix("sqlite:///")
    with contextlib.ExitStack() as lock:

        def begin(recorder: Recorder) -> None:
            # SQLite itself would wait for seconds at each statement.
            execute(recorder, "PRAGMA busy_timeout = 0")
            lock.enter_context(locked_by_another(file))

        with before_import_task(recorder_mock, 3, begin):
            await start(hass, entry)
        assert entry.runtime_data.history.last_error
    await pass_time(SOON)
    assert entry.runtime_data.history.last_error is None
    assert await stored(statistics) == expected()


async def test_one_series_that_the_database_refuses(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    recorder_mock: Recorder,
    statistics: Statistics,
    expected: Expected,
    pass_time: PassTime,
) -> None:
    """The others are complete; 100 % waits for it."""
    refused = ids()["xFabrikaDepo"]
    with refused_by_the_database(recorder_mock, refused):
        await start(hass, entry)
        assert await stored(statistics) == expected() | {"xFabrikaDepo": {}}
        percent, error = sensor_of(hass, entry)
        assert float(percent) == 50
        assert error
        with pytest.raises(HistoryUnavailableError):
            await entry.runtime_data.history.async_import(statistic_ids={refused})
    await pass_time(SOON)
    assert sensor_of(hass, entry) == ("100.0", None)
    assert await stored(statistics) == expected()


async def test_what_nobody_has_thought_of_is_tried_again(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    expected: Expected,
    pass_time: PassTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await imported()
    history = entry.runtime_data.history
    audited: list[str] = []
    inconsistent = rows.inconsistent

    def noted(hass: HomeAssistant, statistic_ids: Any, *window: range) -> set[str]:
        audited.extend(statistic_ids if not window else ())
        return inconsistent(hass, statistic_ids, *window)

    with patch.object(Upkeep, "begin", side_effect=ArithmeticError("of a kind")):
        await pass_time(timedelta(hours=1))
        assert sensor_of(hass, entry)[1] == history.last_error == "of a kind"
    with patch.object(rows, "inconsistent", noted):
        await pass_time(timedelta(minutes=3))
    assert history.last_error is None
    assert sorted(audited) == sorted(ids().values())
    assert await stored(statistics) == expected()
    assert "never retrieved" not in caplog.text


async def test_an_entity_that_raises_keeps_nothing_from_going_on(
    imported: Imported, statistics: Statistics, expected: Expected, pass_time: PassTime
) -> None:
    history = (await imported()).runtime_data.history
    told: list[bool] = []

    def raises() -> None:
        raise ValueError("of an entity")

    history.async_add_listener(raises)
    history.async_add_listener(lambda: told.append(True))
    await pass_time(timedelta(hours=1))
    assert told
    assert history.last_error is None
    assert await stored(statistics) == expected()


async def test_a_recorder_that_comes_to_nothing_gives_the_turns_back(
    imported: Imported, recorder_mock: Recorder, statistics: Statistics, expected: Expected, pass_time: PassTime
) -> None:
    history = (await imported()).runtime_data.history
    with (
        blocked(recorder_mock),
        patch("custom_components.reengen.history.store._LONGEST_WAIT_SECONDS", 0.05),
    ):
        await pass_time(timedelta(hours=1))
        assert history.last_error
        await pass_time(timedelta(minutes=2))
        assert history.last_error
    await pass_time(SOON)
    assert history.last_error is None
    assert await stored(statistics) == expected()


async def test_a_stop_does_not_wait_for_a_recorder_that_comes_to_nothing(
    hass: HomeAssistant, imported: Imported, recorder_mock: Recorder
) -> None:
    store = HistoryStore(hass)
    (series, *_) = (await imported()).runtime_data.history.series
    with blocked(recorder_mock), patch("custom_components.reengen.history.recorder_work._LONGEST_STOP_SECONDS", 0.05):
        await store.write_name(series)
        writing = hass.async_create_task(store.written())
        hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)
        with pytest.raises(HistoryUnavailableError):
            await asyncio.wait_for(writing, 5)
        with pytest.raises(HistoryUnavailableError):
            await store.write_name(series)


@pytest.mark.every_database
async def test_unloading_waits_for_the_write_under_way(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    statistics: Statistics,
    expected: Expected,
    caplog: pytest.LogCaptureFixture,
) -> None:
    reached = asyncio.Event()
    with contextlib.ExitStack() as block:

        def begin(_: Recorder) -> None:
            hass.loop.call_soon_threadsafe(reached.set)

        with before_import_task(recorder_mock, 3, begin):
            assert await hass.config_entries.async_setup(entry.entry_id)
            await reached.wait()
            go_on = block.enter_context(blocked(recorder_mock))
            unloading = hass.async_create_task(hass.config_entries.async_unload(entry.entry_id))
            done, _ = await asyncio.wait([unloading], timeout=0.2)
            assert not done
            go_on()
            assert await unloading
        # Every sum is in order: the hours are those of the platform, as far as they have come.
        for code, hours in (await stored(statistics)).items():
            assert hours.items() <= expected()[code].items()
    await start(hass, entry)
    assert await stored(statistics) == expected()
    assert "did not complete in time" not in caplog.text
