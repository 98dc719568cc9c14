"""What is read from the recorder's database equals what plain Python makes of the same rows, on every database."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
import math
import random

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
from custom_components.reengen.history.store import HistoryStore

from .statistics import HOUR

pytestmark = pytest.mark.every_database

FIRST = int(datetime(2021, 3, 1, tzinfo=UTC).timestamp())
# Longer than what is read at a time, and than the way to the next row across a gap.
HOURS = 3_000
SERIES = 24
WINDOWS = 12


def series_id(number: int) -> str:
    return f"reengen:xyz_{number}_active_energy_import"


def drawn_rows(chance: random.Random) -> list[StoredHour]:
    """Return hours with gaps of hours and of months; some series have broken sums, or rows without a value."""
    starts = [number for number in range(HOURS) if chance.random() < 0.95]
    gap = chance.randrange(HOURS), chance.choice((0, 30, 1_500))
    starts = [number for number in starts if not gap[0] <= number < gap[0] + gap[1]]
    broken = set(chance.sample(starts, chance.choice((0, 0, 1, 2))))
    empty = set(chance.sample(starts, chance.choice((0, 0, 0, 1))))
    rows, total = [], 0.0
    for number in starts:
        state = round(chance.uniform(0, 5_000), 6)
        total += state + (chance.choice((-1.0, 0.001)) if number in broken else 0.0)
        value = chance.choice(((None, total), (state, None))) if number in empty else (state, total)
        rows.append(StoredHour(FIRST + number * HOUR, *value))
    return rows


@pytest.fixture
async def tables(
    recorder_mock: Recorder, hass: HomeAssistant, store: HistoryStore, chance: random.Random
) -> dict[str, list[StoredHour]]:
    """Return the rows of each series, which stand in the database by a statement of our own."""
    tables = {series_id(number): drawn_rows(chance) for number in range(SERIES)}
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


def drawn_windows(chance: random.Random) -> list[tuple[int, int]]:
    """Return windows within the hours, before them and behind them, of an hour and of months."""
    begins = [chance.randrange(-50, HOURS + 50) for _ in range(WINDOWS)]
    return [(FIRST + begin * HOUR, FIRST + (begin + chance.choice((1, 24, 800))) * HOUR) for begin in begins]


def sum_before(rows: Sequence[StoredHour], start: int) -> float:
    return next((row.sum or 0.0 for row in reversed(rows) if row.start < start), 0.0)


def looked_at(rows: Sequence[StoredHour], start: int, end: int) -> list[StoredHour]:
    """Return the rows of the window and the one behind it."""
    from_start = [row for row in rows if row.start >= start]
    inside = [row for row in from_start if row.start < end]
    return from_start[: len(inside) + 1]


def is_sound(rows: Sequence[StoredHour], base: float) -> bool:
    """Return whether the change of every row is its state, to a thousandth of a watt-hour and what a float holds."""
    for row in rows:
        if row.state is None or row.sum is None or not math.isclose(row.sum - base, row.state, abs_tol=1e-5):
            return False
        base = row.sum
    return True


async def test_windows_with_what_is_before_and_behind(
    store: HistoryStore, tables: dict[str, list[StoredHour]], chance: random.Random
) -> None:
    for start, end in drawn_windows(chance):
        found = await store.stretches(tables, start, end)
        for statistic_id, rows in tables.items():
            inside = [row for row in rows if start <= row.start < end]
            behind = next((row for row in rows if row.start >= end), None)
            expected = Stretch(base=sum_before(rows, start), rows=inside, behind=behind)
            assert found[statistic_id].rows == expected.rows
            assert found[statistic_id].behind == expected.behind
            assert found[statistic_id].base == pytest.approx(expected.base, abs=1e-6)


async def test_broken_sums_are_found(
    store: HistoryStore, tables: dict[str, list[StoredHour]], chance: random.Random
) -> None:
    every_row = FIRST - HOUR, FIRST + 2 * HOURS * HOUR
    for start, end in (*drawn_windows(chance), every_row):
        expected = {
            statistic_id
            for statistic_id, rows in tables.items()
            if not is_sound(looked_at(rows, start, end), sum_before(rows, start))
        }
        assert await store.unsound(tables, start, end) == expected
    assert 0 < len(expected) < len(tables)
    assert await store.unsound(tables) == expected


async def test_totals_of_sums_and_levels(
    store: HistoryStore, tables: dict[str, list[StoredHour]], chance: random.Random
) -> None:
    for statistic_id, rows in tables.items():
        edges = [FIRST + number * HOUR for number in sorted(chance.sample(range(-40, HOURS + 40), 5))]
        expected = dict(plain_totals(rows, edges))
        for has_sum in (True, False):
            found = await store.totals(statistic_id, edges, has_sum=has_sum)
            assert found.keys() == expected.keys()
            for begin, (total, hours) in expected.items():
                assert found[begin].total == pytest.approx(total if has_sum else total / hours, rel=1e-12)
                assert found[begin].hours == hours


def plain_totals(rows: Iterable[StoredHour], edges: Sequence[int]) -> Iterable[tuple[int, Stored]]:
    for begin, end in pairwise(edges):
        states = [row.state for row in rows if begin <= row.start < end and row.state is not None]
        if states:
            yield begin, Stored(math.fsum(states), len(states))


async def test_a_series_that_nobody_has_written_has_nothing(store: HistoryStore) -> None:
    unknown, window = series_id(SERIES), (FIRST, FIRST + HOUR)
    assert await store.stretches([unknown], *window) == {unknown: Stretch(rows=[])}
    assert await store.unsound([unknown]) == set()
    assert await store.totals(unknown, window, has_sum=True) == {}
