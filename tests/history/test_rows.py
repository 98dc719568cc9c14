"""What is read from the recorder's database equals what plain Python makes of the same rows, on every database."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
import math
import random
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import Statistics as StatisticsTable
from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_add_external_statistics, get_metadata
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
import pytest
from sqlalchemy import insert

from custom_components.reengen.history.plan import StoredHour, Stretch
from custom_components.reengen.history.reconcile import Stored
from custom_components.reengen.history.rows import complete_totals, inconsistent, stretches, totals
from custom_components.reengen.history.store import HistoryStore

from .statistics import HOUR

pytestmark = pytest.mark.every_database

FIRST = int(datetime(2021, 3, 1, tzinfo=UTC).timestamp())
# Longer than what is read at a time, and than the way to the next row across a gap.
HOURS = 3_000
GAP, GAP_LENGTHS = 1_000, (30, 1_500)
SERIES = 30
WINDOWS = 12
# One row of a series moves all sums from there on by this, or lacks a value; every fifth series is as it should be.
SHIFTS = (0.0, -1.0, 0.001, 0.0, 0.0)
LACKS: tuple[dict[str, Any], ...] = ({}, {}, {}, {"state": None}, {"sum": None})


def series_id(number: int) -> str:
    return f"reengen:xyz_{number}_active_energy_import"


def drawn_rows(chance: random.Random, number: int) -> list[StoredHour]:
    """Return hours with gaps and an odd one: anywhere, or where the series goes on behind its long gap."""
    after_gap = GAP + chance.choice(GAP_LENGTHS)
    hours = [
        hour for hour in range(HOURS) if not GAP <= hour < after_gap and (hour == after_gap or chance.random() < 0.95)
    ]
    odd = after_gap if number % 2 else chance.choice(hours)
    rows, total = [], 0.0
    for hour in hours:
        state = round(chance.uniform(0, 5_000), 6)
        total += state + (SHIFTS[number % len(SHIFTS)] if hour == odd else 0.0)
        row = StoredHour(FIRST + hour * HOUR, state, total)
        rows.append(row._replace(**LACKS[number % len(LACKS)]) if hour == odd else row)
    return rows


@pytest.fixture
async def tables(
    recorder_mock: Recorder, hass: HomeAssistant, store: HistoryStore, chance: random.Random
) -> dict[str, list[StoredHour]]:
    """Return the rows of each series, which stand in the database by a statement of our own."""
    tables = {series_id(number): drawn_rows(chance, number) for number in range(SERIES)}
    for statistic_id in tables:
        metadata = StatisticMetaData(
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
            name=None,
            source="reengen",
            statistic_id=statistic_id,
            unit_class="energy",
            unit_of_measurement="kWh",
        )
        async_add_external_statistics(hass, metadata, [])
    await store.written()

    def write() -> None:
        numbers = {key: number for key, (number, _) in get_metadata(hass, statistic_ids=set(tables)).items()}
        with session_scope(hass=hass) as session:
            for statistic_id, rows in tables.items():
                known_as = {"metadata_id": numbers[statistic_id]}
                values = [known_as | {"start_ts": float(row.start), "state": row.state, "sum": row.sum} for row in rows]
                session.execute(insert(StatisticsTable), values)

    await recorder_mock.async_add_executor_job(write)
    return tables


@pytest.fixture
def store(recorder_mock: Recorder, hass: HomeAssistant) -> HistoryStore:
    """Return the store under test."""
    return HistoryStore(hass)


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20210301)  # noqa: S311 - data of a test


def drawn_windows(chance: random.Random) -> list[range]:
    """Return windows within the hours, before them, behind them, and up to the long gap, of an hour and of months."""
    begins = [GAP - 20, *(chance.randrange(-50, HOURS + 50) for _ in range(WINDOWS))]
    lengths = [30, *(chance.choice((1, 24, 800)) for _ in range(WINDOWS))]
    return [
        range(FIRST + begin * HOUR, FIRST + (begin + length) * HOUR, HOUR)
        for begin, length in zip(begins, lengths, strict=True)
    ]


def sum_before(rows: Sequence[StoredHour], start: int) -> float:
    return next((row.sum or 0.0 for row in reversed(rows) if row.start < start), 0.0)


def looked_at(rows: Sequence[StoredHour], window: range) -> list[StoredHour]:
    """Return the rows of the window and the one behind it."""
    from_start = [row for row in rows if row.start >= window.start]
    inside = [row for row in from_start if row.start < window.stop]
    return from_start[: len(inside) + 1]


def is_consistent(rows: Sequence[StoredHour], base: float) -> bool:
    """Return whether the change of every row is its state, to a thousandth of a watt-hour and what a float holds."""
    for row in rows:
        if row.state is None or row.sum is None or not math.isclose(row.sum - base, row.state, abs_tol=1e-5):
            return False
        base = row.sum
    return True


async def test_windows_with_what_is_before_and_behind(
    store: HistoryStore, tables: dict[str, list[StoredHour]], chance: random.Random
) -> None:
    for window in drawn_windows(chance):
        found = await store.read(stretches, tables, window)
        for statistic_id, rows in tables.items():
            stretch, before = found[statistic_id], sum_before(rows, window.start)
            inside = [row for row in rows if window.start <= row.start < window.stop]
            behind = next((row for row in rows if row.start >= window.stop), None)
            assert (stretch.rows, stretch.behind) == (inside, behind)
            assert stretch.is_consistent == is_consistent(looked_at(rows, window), before)
            # A row without a sum does not tell the one before it, and is healed before anybody plans.
            assert not stretch.is_consistent or stretch.base == pytest.approx(before, abs=1e-6)


async def test_broken_sums_are_found(
    store: HistoryStore, tables: dict[str, list[StoredHour]], chance: random.Random
) -> None:
    every_row = range(FIRST - HOUR, FIRST + 2 * HOURS * HOUR, HOUR)
    for window in (*drawn_windows(chance), every_row):
        expected = {
            statistic_id
            for statistic_id, rows in tables.items()
            if not is_consistent(looked_at(rows, window), sum_before(rows, window.start))
        }
        assert await store.read(inconsistent, tables, window) == expected
    assert len(expected) == SERIES * 4 // 5
    assert await store.read(inconsistent, tables) == expected


async def test_totals_of_sums_and_levels(
    store: HistoryStore, tables: dict[str, list[StoredHour]], chance: random.Random
) -> None:
    for statistic_id, rows in tables.items():
        edges = [FIRST + number * HOUR for number in sorted(chance.sample(range(-40, HOURS + 40), 5))]
        expected = dict(plain_totals(rows, edges))
        for has_sum in (True, False):
            found = await store.read(totals, statistic_id, edges, has_sum=has_sum)
            assert found.keys() == expected.keys()
            for begin, (total, hours) in expected.items():
                assert found[begin].total == pytest.approx(total if has_sum else total / hours, rel=1e-12)
                assert found[begin].hours == hours


def plain_totals(rows: Iterable[StoredHour], edges: Sequence[int]) -> Iterable[tuple[int, Stored]]:
    for begin, end in pairwise(edges):
        states = [row.state for row in rows if begin <= row.start < end and row.state is not None]
        if states:
            yield begin, Stored(math.fsum(states), len(states))


async def test_totals_of_a_window_that_is_imported_from_its_beginning_on(
    store: HistoryStore, tables: dict[str, list[StoredHour]], chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.reengen.history.rows._SERIES_AT_ONCE", 7)
    first = min(rows[0].start for rows in tables.values())
    for window in (*drawn_windows(chance), range(first, first + 24 * HOUR, HOUR)):
        expected = {
            statistic_id: total.total
            for statistic_id, rows in tables.items()
            for _, total in plain_totals(rows, (window.start, window.stop))
            if rows[0].start <= window.start and rows[-1].start >= window[-1]
        }
        found = await store.read(complete_totals, tables, window)
        assert found == pytest.approx(expected, rel=1e-12)


async def test_a_series_that_nobody_has_written_has_nothing(store: HistoryStore) -> None:
    unknown, window = series_id(SERIES), range(FIRST, FIRST + HOUR, HOUR)
    assert await store.read(stretches, [unknown], window) == {unknown: Stretch(rows=[])}
    assert await store.read(inconsistent, [unknown]) == set()
    assert await store.read(totals, unknown, (window.start, window.stop), has_sum=True) == {}
    assert await store.read(complete_totals, [unknown], window) == {}
