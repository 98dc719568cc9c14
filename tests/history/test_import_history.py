"""The action that reads history again: what it answers, what it refuses, and that it always ends consistent."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.auth.models import User
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.tasks import ImportStatisticsTask
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.recorder import session_scope
from homeassistant.helpers.script import Script
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import text

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history import HistoryUnavailableError, async_clear, rows
from custom_components.reengen.history.recorder_work import _Marker
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime
from tests.repository.paths import ROOT
from tests.services.action_samples import act

from .conftest import Imported
from .outages import RunTask, blocked
from .statistics import COST, HOUR, IMPORT, TRAFO_6, Statistics

SITE = "xFabrikaFabrika"
ACTIVE_IMPORT = ("activeEnergy", "import")
DAYS = 20


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin in the month before."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a measurement and a cost."""
    return entry_options | {"costs": ["active_energy_cost"]}


@pytest.fixture
def expected(simulator: Simulator, statistics: Statistics, now: datetime) -> Callable[[], dict[int, Decimal]]:
    """Return what gives all complete hours of the platform."""
    return lambda: statistics.platform_hours(
        TRAFO_6, *ACTIVE_IMPORT, now - timedelta(days=DAYS + 1), now.replace(minute=0)
    )


async def run(hass: HomeAssistant, entry: MockConfigEntry, *, user: User | None = None, **fields: Any) -> Any:
    """Call the action."""
    return await act(hass, entry, "import_history", user, **fields)


def correct(simulator: Simulator, hour: datetime, watt_hours: float | None) -> None:
    """Correct all four readings of an hour, or delete them."""
    for quarter in range(1, 5):
        end = hour + timedelta(minutes=15 * quarter, seconds=-1)
        simulator.set_reading(TRAFO_6, *ACTIVE_IMPORT, end, watt_hours)


def row(response: Any, statistic_id: str) -> Any:
    """Return the row of a statistic in a response."""
    (found,) = [each for each in response["data"] if each["statistic_id"] == statistic_id]
    return found


async def test_a_dry_run_tells_what_the_run_then_does(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    expected: Callable[[], dict[int, Decimal]],
    now: datetime,
    queued: list[str],
) -> None:
    entry = await imported()
    before = await statistics.hours(IMPORT)
    first = (now - timedelta(days=18)).replace(minute=0)
    hours = [first, first + timedelta(hours=1), first + timedelta(days=15)]
    # Two hours change places, which no total of a day shows; one is corrected, one is gone.
    swapped = [float(before[int(hour.timestamp())]) * 250 for hour in hours[:2]]
    correct(simulator, hours[0], swapped[1])
    correct(simulator, hours[1], swapped[0])
    correct(simulator, hours[2], 250_000)
    gone = first + timedelta(days=8)
    correct(simulator, gone, None)
    after = expected()
    moved = sum(
        abs(after.get(hour, Decimal(0)) - before.get(hour, Decimal(0))) for hour in before.keys() | after.keys()
    )
    queued.clear()

    told = await run(hass, entry, series=["active_energy_import"], dry_run=True)
    assert queued == []
    assert told["dry_run"] is True
    done = await run(hass, entry, series=["active_energy_import"])
    assert done == told | {"dry_run": False}
    assert row(done, IMPORT) == {
        "statistic_id": IMPORT,
        "name": "Transformer 6 Active energy import",
        "point": TRAFO_6,
        "series": "active_energy_import",
        "unit": "kWh",
        "hours_checked": len(after),
        "hours_written": 3,
        "hours_removed": 1,
        "moved": pytest.approx(float(moved), abs=1e-5),
    }
    assert await statistics.hours(IMPORT) == after


async def test_a_cost_is_checked_hour_by_hour(
    hass: HomeAssistant, imported: Imported, statistics: Statistics, simulator: Simulator, now: datetime
) -> None:
    entry = await imported()
    stored = await statistics.hours(COST)
    unchanged = row(await run(hass, entry, series=["active_energy_cost"]), COST)
    assert (unchanged["hours_checked"], unchanged["hours_written"]) == (len(stored), 0)

    simulator.set_tariff("activeEnergyCost", 9.0, now - timedelta(days=99), now + timedelta(days=9))
    told = await run(hass, entry, series=["active_energy_cost"], dry_run=True)
    done = await run(hass, entry, series=["active_energy_cost"])
    assert done == told | {"dry_run": False}
    assert row(done, COST)["unit"] == "TRY"
    assert row(done, COST)["hours_checked"] == len(stored)
    start, end = now - timedelta(days=DAYS + 1), now.replace(minute=0)
    assert sum((await statistics.hours(COST)).values()) == statistics.platform_cost(TRAFO_6, start, end)


async def test_only_the_range_and_the_points_that_are_asked_for(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    statistics: Statistics,
    simulator: Simulator,
    expected: Callable[[], dict[int, Decimal]],
    now: datetime,
) -> None:
    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"points": [TRAFO_6, SITE]})
    await imported()
    before = await statistics.hours(IMPORT)
    inside, outside = ((now - timedelta(days=days)).replace(minute=0) for days in (10, 11))
    correct(simulator, inside, 100_000)
    correct(simulator, outside, 100_000)
    # Without an offset times are Home Assistant's own, and an hour that is begun is not a whole one.
    await hass.config.async_set_time_zone("Asia/Kolkata")
    response = await run(
        hass,
        entry,
        points=[TRAFO_6],
        series=["active_energy_import"],
        start=(inside + timedelta(hours=5, minutes=20)).replace(tzinfo=None).isoformat(),
        end=(inside + timedelta(hours=2, minutes=59)).isoformat(),
    )
    assert [each["statistic_id"] for each in response["data"]] == [IMPORT]
    assert row(response, IMPORT)["hours_checked"] == 2
    hour = int(inside.timestamp())
    assert await statistics.hours(IMPORT) == before | {hour: expected()[hour]}


async def test_a_range_without_a_whole_hour(hass: HomeAssistant, imported: Imported, now: datetime) -> None:
    entry = await imported()
    response = await run(hass, entry, start=now.isoformat(), end=(now + timedelta(days=9)).isoformat())
    assert {each["statistic_id"]: each["hours_checked"] for each in response["data"]} == {IMPORT: 0, COST: 0}
    response = await run(hass, entry, start="1970-01-01T00:00:00", end="1980-01-01T00:00:00")
    assert {each["hours_checked"] for each in response["data"]} == {0}


@pytest.mark.parametrize("series", ["active_energy_import", "active_energy_cost"])
async def test_everything_reaches_beyond_the_chosen_depth(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    statistics: Statistics,
    expected: Callable[[], dict[int, Decimal]],
    series: str,
) -> None:
    hass.config_entries.async_update_entry(entry, options=dict(entry.options) | {"history_paused": True})
    await imported()
    assert await statistics.hours(IMPORT) == await statistics.hours(COST) == {}
    response = await run(hass, entry, series=[series])
    (found,) = response["data"]
    assert found["hours_written"] == found["hours_checked"] == len(expected())
    hours = await statistics.hours(found["statistic_id"])
    assert hours.keys() == expected().keys()
    if series == "active_energy_import":
        assert hours == expected()


@pytest.mark.parametrize(
    ("answered", "fault"),
    [(0, "http_403_html"), (2, "maintenance_page_200"), (4, "http_403_html"), (6, "maintenance_page_200")],
)
async def test_a_platform_that_fails_in_the_middle(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    expected: Callable[[], dict[int, Decimal]],
    now: datetime,
    answered: int,
    fault: str,
) -> None:
    entry = await imported()
    before = await statistics.hours(IMPORT)
    for days in range(1, DAYS, 4):
        correct(simulator, (now - timedelta(days=days)).replace(minute=0), 300_000 + days)
    simulator.fail_next(fault, method="GetData", times=50)
    take_fault, good = simulator.take_fault, answered

    def later(method: str | None) -> Any:
        nonlocal good
        good -= method == "GetData"
        return take_fault(method) if good < 0 else None

    with patch.object(simulator, "take_fault", later), pytest.raises(HomeAssistantError) as caught:
        await run(hass, entry)
    assert caught.value.translation_domain == DOMAIN
    # Every hour is one of the platform's, old or new, and `hours` asserts that the change of every row is its state.
    found = await statistics.hours(IMPORT)
    assert found.keys() == before.keys()
    assert all(value in {before[hour], expected()[hour]} for hour, value in found.items())

    simulator.clear_faults()
    await run(hass, entry)
    assert await statistics.hours(IMPORT) == expected()
    assert (await run(hass, entry))["data"][0]["hours_written"] == 0


async def test_one_who_does_not_wait_for_the_end(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    imported: Imported,
    statistics: Statistics,
    expected: Callable[[], dict[int, Decimal]],
) -> None:
    """A script that is stopped between rows and the shift of those behind them leaves no broken sum."""
    entry = await imported()
    history = entry.runtime_data.history
    oldest = min(expected())

    def forget() -> None:
        with session_scope(hass=hass) as session:
            session.execute(
                text(
                    "DELETE FROM statistics WHERE start_ts < :until AND metadata_id ="
                    " (SELECT id FROM statistics_meta WHERE statistic_id = :id)"
                ),
                {"until": oldest + 90 * HOUR, "id": IMPORT},
            )

    await recorder_mock.async_add_executor_job(forget)
    history._upkeep.store.rows_per_task = 20
    queue_task, reading = recorder_mock.queue_task, asyncio.Event()

    def spy(task: Any) -> None:
        if isinstance(task, ImportStatisticsTask):
            reading.set()
        queue_task(task)

    with patch.object(recorder_mock, "queue_task", spy):
        caller = asyncio.create_task(history.async_import(statistic_ids=[IMPORT]))
        await reading.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await hass.async_block_till_done()
    assert len(await statistics.hours(IMPORT)) >= len(expected()) - 90 + 60
    await run(hass, entry)
    assert await statistics.hours(IMPORT) == expected()


async def write_half(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, hour: datetime) -> None:
    """Correct an hour, of which the recorder is given the row and not the shift of those behind it."""
    correct(simulator, hour, 123_000)
    store = entry.runtime_data.history._upkeep.store
    hand_over, calls = store._hand_over, 0

    async def gives_up(rows: int, queue: Callable[[], None]) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise HistoryUnavailableError(translation_domain=DOMAIN, translation_key="history_unavailable")
        await hand_over(rows, queue)

    with patch.object(store, "_hand_over", gives_up), pytest.raises(HistoryUnavailableError):
        await run(hass, entry, start=hour.isoformat(), end=(hour + timedelta(hours=1)).isoformat())
    assert calls == 2


async def test_a_recorder_that_gives_up_in_the_middle_is_audited_by_the_next_run(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    now: datetime,
    pass_time: PassTime,
) -> None:
    await write_half(hass, await imported(), simulator, (now - timedelta(days=15)).replace(minute=0))
    await pass_time(timedelta(hours=1))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_a_recorder_that_is_behind_is_audited_when_it_has_caught_up(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    now: datetime,
    pass_time: PassTime,
) -> None:
    """The row that is left in its queue would be written right behind the audit, which waits for it."""
    entry = await imported()
    inconsistent, queue_task = rows.inconsistent, recorder_mock.queue_task
    with blocked(recorder_mock) as go_on:

        def audit(*args: Any) -> set[str]:
            found = inconsistent(*args)
            caught_up = threading.Event()
            queue_task(RunTask(lambda _: caught_up.set()))
            go_on()
            caught_up.wait()
            return found

        def spy(task: Any) -> None:
            queue_task(task)
            if isinstance(task, _Marker):
                go_on()

        await write_half(hass, entry, simulator, (now - timedelta(days=15)).replace(minute=0))
        with patch.object(rows, "inconsistent", audit), patch.object(recorder_mock, "queue_task", spy):
            await pass_time(timedelta(hours=1))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        pytest.param({"points": [TRAFO_6, SITE]}, "points_not_chosen", id="point"),
        pytest.param({"points": ["noSuchPoint"]}, "point_unknown", id="unknown-point"),
        pytest.param({"series": ["reactive_energy_import"]}, "series_not_chosen", id="series"),
        pytest.param({"series": ["gas_cost"]}, "series_not_chosen", id="cost"),
        pytest.param({"start": "2026-07-02T00:00:00", "end": "2026-07-01T00:00:00"}, "range_reversed", id="range"),
        pytest.param({"start": "2026-07-02T00:00:00", "end": "2026-07-02T00:00:00"}, "range_reversed", id="empty"),
    ],
)
async def test_refused(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, fields: dict[str, Any], key: str
) -> None:
    entry = await imported()
    before = simulator.count("GetData")
    with pytest.raises(ServiceValidationError) as caught:
        await run(hass, entry, **fields)
    assert caught.value.translation_key == key
    assert simulator.count("GetData") == before


async def test_without_a_recorder(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await run(hass, loaded_entry)
    assert caught.value.translation_key == "recorder_missing"


async def test_only_administrators(
    hass: HomeAssistant, imported: Imported, hass_read_only_user: User, queued: list[str]
) -> None:
    entry = await imported()
    await async_clear(hass, [IMPORT])
    queued.clear()
    with pytest.raises(Unauthorized):
        await run(hass, entry, user=hass_read_only_user)
    assert queued == []


async def test_the_example_of_the_document_runs_and_gets_the_response_that_is_shown(
    hass: HomeAssistant, imported: Imported
) -> None:
    entry = await imported()
    await hass.config.async_set_time_zone("Europe/Istanbul")
    section = (ROOT / "docs" / "energy-dashboard.md").read_text().split("## Importing again\n")[1].split("\n## ")[0]
    example, shown = (parse_yaml(block.split("```")[0]) for block in section.split("```yaml\n")[1:])
    assert isinstance(example, dict)
    step = {**example, "data": {**example["data"], "config_entry_id": entry.entry_id}}
    result = await Script(hass, cv.SCRIPT_SCHEMA([step]), "example", "test").async_run(context=Context())
    assert result is not None
    assert result.variables[example["response_variable"]] == shown
