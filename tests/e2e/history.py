"""Every stored hour of every statistic against the simulator's database."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
import re
from typing import Final
from zoneinfo import ZoneInfo

from demo.home import HomeFolder
from demo.recorder_file import RecorderFile, StoredRow
from demo.simulation import STATISTICS_PREFIX, TIME_ZONE, database_file

from .energy_records import COST_SUFFIX
from .history_oracle import COSTS, HOUR, HistoryOracle, Hours
from .sensor_oracle import LEVELS, SUMS

# Values come with six decimals; a sum may lose as much again when it is shifted.
TOLERANCE: Final = 1e-6
SUM_TOLERANCE: Final = 2e-6
# The platform rounds the figure of each day; a month of days has as many halves of the last digit.
COST_TOLERANCE: Final = 5e-5
# A meter reports a quarter hour some minutes after its end, so the newest hour may wait for its turn.
SETTLES: Final = timedelta(minutes=15)
STATISTIC: Final = re.compile(rf"{STATISTICS_PREFIX}(\d+)_\w+")


@dataclass(kw_only=True, slots=True)
class Compared:
    """How much was compared, and what is wrong."""

    statistics: int = 0
    hours: int = 0
    cost_hours: int = 0
    cost_periods: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return how much was compared."""
        return (
            f"{self.statistics} statistics, {self.hours} hours, {self.cost_hours} hours of costs,"
            f" {self.cost_periods} days and months of costs"
        )


async def stored_history(root: Path, points: Collection[int], begun_at: datetime) -> Compared:
    """Compare all statistics of the demo in `root` with the simulator's database."""
    recorder = RecorderFile(path=HomeFolder(root=root).database)
    oracle = HistoryOracle(database=database_file(root), zone=ZoneInfo(TIME_ZONE))
    return await asyncio.to_thread(compare_history, recorder, oracle, points, begun_at)


def sure_until(begun_at: datetime) -> int:
    """Return the end (epoch seconds) of the newest hour that an import begun at an instant cannot lack."""
    second = int((begun_at - SETTLES).timestamp())
    return second - second % HOUR


def compare_history(
    recorder: RecorderFile, oracle: HistoryOracle, points: Collection[int], begun_at: datetime
) -> Compared:
    """Compare all statistics of the chosen points, which must have all hours that had passed when the import began."""
    stored = dict(recorder.statistics())
    result = Compared(statistics=len(stored))
    measured = expected_hours(oracle, points)
    priced = expected_costs(oracle, points)
    result.wrong += [f"{statistic_id} has no rows" for statistic_id, rows in stored.items() if not rows]
    result.wrong += [
        f"{each} holds what no point has" for each in sorted(stored.keys() - measured.keys() - priced.keys())
    ]
    until = sure_until(begun_at)
    for statistic_id, hours in measured.items():
        rows = stored.get(statistic_id, [])
        result.hours += len(rows)
        result.wrong += differing_hours(statistic_id, rows, hours, until)
    for statistic_id, costs in priced.items():
        rows = stored.get(statistic_id, [])
        result.cost_hours += len(rows)
        after = max(until, int(rows[-1].start) + HOUR if rows else 0)
        periods = oracle.cost_periods(min(costs), after)
        result.cost_periods += len(periods)
        result.wrong += differing_costs(statistic_id, rows, costs, periods)
    for statistic_id, rows in stored.items():
        if not statistic_id.endswith(tuple(LEVELS)):
            result.wrong += unsound_rows(statistic_id, rows)
    return result


def expected_hours(oracle: HistoryOracle, points: Collection[int]) -> dict[str, Hours[tuple[float, ...]]]:
    """Return by statistic id the values of each hour: one of what adds up, mean, least and greatest of levels."""
    found: dict[str, Hours[tuple[float, ...]]] = {}
    for key in SUMS:
        for point, sums in oracle.sums(key).items():
            found[_statistic_id(point, key)] = {hour: (value,) for hour, value in sums.items()}
    for key in LEVELS:
        for point, levels in oracle.levels(key).items():
            found[_statistic_id(point, key)] = {hour: tuple(level) for hour, level in levels.items()}
    return _chosen(found, points)


def expected_costs(oracle: HistoryOracle, points: Collection[int]) -> dict[str, Hours[float]]:
    """Return by statistic id what was used in each hour, priced."""
    found = {
        _statistic_id(point, key + COST_SUFFIX): hours for key in COSTS for point, hours in oracle.costs(key).items()
    }
    return _chosen(found, points)


def _statistic_id(point_id: int, key: str) -> str:
    return f"{STATISTICS_PREFIX}{point_id}_{key}"


def _chosen[ValueT](found: Mapping[str, ValueT], points: Collection[int]) -> dict[str, ValueT]:
    return {
        statistic_id: hours
        for statistic_id, hours in found.items()
        if (match := STATISTIC.fullmatch(statistic_id)) and int(match[1]) in points
    }


def differing_hours(
    statistic_id: str, rows: Sequence[StoredRow], expected: Mapping[int, tuple[float, ...]], until: int
) -> Iterator[str]:
    """Tell of each hour that differs, is made up, or is missing although it had passed at `until`."""
    for row in rows:
        values = [row.state] if row.state is not None else [row.mean, row.min, row.max]
        wanted = expected.get(int(row.start))
        if wanted is None or not _are_equal(values, wanted):
            yield f"{statistic_id} at {_utc(row.start)} is {values}, the database says {wanted}"
    missing = {hour for hour in expected if hour < until} - {int(row.start) for row in rows}
    if missing:
        yield f"{statistic_id} lacks {len(missing)} of {len(expected)} hours, the first at {_utc(min(missing))}"


def _are_equal(values: Sequence[float | None], wanted: Sequence[float]) -> bool:
    return len(values) == len(wanted) and all(
        value is not None and abs(value - other) <= TOLERANCE for value, other in zip(values, wanted, strict=True)
    )


def differing_costs(
    statistic_id: str, rows: Sequence[StoredRow], expected: Mapping[int, float], periods: Sequence[tuple[int, int]]
) -> Iterator[str]:
    """Tell of each period whose stored hours do not add up to what its readings cost."""
    for begin, end in periods:
        mine = sum(row.state or 0.0 for row in rows if begin <= row.start < end)
        wanted = sum(cost for hour, cost in expected.items() if begin <= hour < end)
        if abs(mine - wanted) > COST_TOLERANCE:
            yield f"{statistic_id} from {_utc(begin)} to {_utc(end)} is {mine}, the database says {wanted}"


def unsound_rows(statistic_id: str, rows: Sequence[StoredRow]) -> Iterator[str]:
    """Tell of each row that is no hour, comes twice, or whose change is not its state."""
    before = 0.0
    for row in rows:
        change = (row.sum or 0.0) - before
        if row.start % HOUR or row.state is None or row.sum is None or abs(change - row.state) > SUM_TOLERANCE:
            yield f"{statistic_id} at {_utc(row.start)} has the state {row.state} and changes by {change}"
        before = row.sum or 0.0
    twice = {right.start for left, right in pairwise(rows) if left.start == right.start}
    if twice:
        yield f"{statistic_id} has {len(twice)} hours twice, the first at {_utc(min(twice))}"


def _utc(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
