"""What raw rows and buckets of one platform have to do with each other: arithmetic on columns, without judgement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isclose
from statistics import median
from typing import Final

from custom_components.reengen.api import RawReading

QUARTER: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

type Column = Mapping[datetime, float]
"""Values by the start of their bucket, or by its label."""

_SECOND: Final = timedelta(seconds=1)
LAST_SECOND: Final = 59
_FURTHEST_LAG: Final = timedelta(hours=14)
# So much of what is compared has to be equal, since some readings come late or are corrected.
_MOST: Final = 0.9
_FEWEST_PAIRS: Final = 8
_CLOSE: Final = 2e-3


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """By how much the labels of buckets lie behind the quarter hours of the raw rows, and aggregate : sum of raw rows."""

    lag: timedelta
    ratio: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Registers:
    """How many raw rows equal the difference of two registers, and the register, of so many that can be compared."""

    differences: int
    registers: int
    compared: int

    @property
    def are_values(self) -> bool:
        """Return whether the values are the registers themselves."""
        return self.registers > self.differences and self.registers >= _MOST * self.compared

    @property
    def are_differences(self) -> bool:
        """Return whether the values are differences of registers."""
        return self.differences >= _MOST * self.compared


def registers_of(series: Iterable[Sequence[RawReading]]) -> Registers:
    """Compare values with registers, in each index by itself; rows that added nothing tell nothing."""
    differences = registers = compared = 0
    for rows in series:
        for before, row in pairwise(rows):
            if row.value is None or row.original is None or before.original is None or row.original == before.original:
                continue
            compared += 1
            differences += isclose(row.value, row.original - before.original, rel_tol=_CLOSE, abs_tol=0.01)
            registers += isclose(row.value, row.original, rel_tol=1e-9)
    return Registers(differences=differences, registers=registers, compared=compared)


def increments(indices: Mapping[int, Sequence[RawReading]]) -> dict[datetime, float]:
    """Return what all indices added in each quarter hour, by its start; of values that are registers, their steps."""
    added: dict[datetime, float] = defaultdict(float)
    for rows in indices.values():
        if registers_of([rows]).are_values:
            steps = [(row.interval_end, (row.value or 0) - (before.value or 0)) for before, row in pairwise(rows)]
        else:
            steps = [(row.interval_end, row.value or 0) for row in rows]
        for end, value in steps:
            added[quarter_of(end)] += value
    return dict(added)


def means(rows: Iterable[RawReading]) -> dict[datetime, float]:
    """Return the mean of raw rows in each quarter hour, by its start."""
    values: dict[datetime, list[float]] = defaultdict(list)
    for row in rows:
        values[quarter_of(row.interval_end)].append(row.value or 0)
    return {start: sum(found) / len(found) for start, found in values.items()}


def quarter_of(instant: datetime) -> datetime:
    """Return the start (UTC) of the quarter hour that an instant is in; all zones are whole quarter hours from UTC."""
    utc = instant.astimezone(UTC)
    return utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0)


def shifted[V: float | None](column: Mapping[datetime, V], by: timedelta) -> dict[datetime, V]:
    """Return the column with labels that lie so much earlier; a last second counts as the end behind it."""
    return {
        label + (_SECOND if label.second == LAST_SECOND else timedelta()) - by: value for label, value in column.items()
    }


def best_fit(raw: Column, buckets: Column) -> Fit | None:
    """Return the one lag at which the buckets follow the raw rows; None where none does, or several do."""
    named = shifted(buckets, timedelta())
    steps = _FURTHEST_LAG // QUARTER
    found = [fit for number in range(-steps, steps + 1) if (fit := _fit(raw, named, number * QUARTER)) is not None]
    return found[0] if len(found) == 1 else None


def _fit(raw: Column, buckets: Column, lag: timedelta) -> Fit | None:
    pairs = [(value, buckets.get(start + lag)) for start, value in raw.items()]
    both = [(value, other) for value, other in pairs if other is not None and value > 0]
    if len(both) < _FEWEST_PAIRS:
        return None
    ratio = median(other / value for value, other in both)
    close = sum(isclose(other, ratio * value, rel_tol=_CLOSE) for value, other in both)
    return Fit(lag=lag, ratio=ratio) if ratio > 0 and close >= _MOST * len(both) else None


def adds_up(fine: Column, coarse: Column, length: timedelta, step: timedelta) -> float | None:
    """Return coarse : sum of fine over all whole coarse buckets, both named by starts; None where none is whole.

    1 where they are the sums of their parts, but for a few; else the ratio that is furthest from it.
    """
    ratios: list[float] = []
    for start, value in coarse.items():
        parts = [fine.get(start + number * step) for number in range(length // step)]
        total = sum(part for part in parts if part is not None)
        if total and None not in parts:
            ratios.append(value / total)
    if sum(map(is_one, ratios)) >= _MOST * len(ratios):
        return 1.0 if ratios else None
    return max(ratios, key=lambda ratio: abs(ratio - 1))


def is_one(ratio: float, tolerance: float = _CLOSE) -> bool:
    """Return whether a ratio is 1 but for rounding."""
    return abs(ratio - 1) <= tolerance
