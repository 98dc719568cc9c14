"""What to write so that stored hours become the platform's hours, and what repairs broken sums; pure.

Hours are known by their start in epoch seconds. The invariant: the sum of an hour is the sum of the hour stored before
it plus its own state, so that the change which the Energy dashboard shows is the state.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
import sys
from typing import Final, NamedTuple

HOUR: Final = 3600

# Half of the last digit that the platform is asked for: nearer values are the same value.
VALUE_TOLERANCE: Final = 5e-7

# What a long chain of float additions may be off by, in units, and as a part of the sum itself.
SUM_TOLERANCE: Final = 1e-6
SUM_RESOLUTION: Final = 4 * sys.float_info.epsilon

# Corrected hours that are no farther apart are one step, which rewrites the hours between them: a shift is a task of its
# own for the recorder and touches every later row.
_HOURS_WORTH_A_SHIFT: Final = 48

# With more broken sums than this the series is written anew from the first one on: as many shifts would take longer.
_MOST_SHIFTS: Final = 50


class StoredHour(NamedTuple):
    """A row of a summed series as the recorder has it; None where another writer left a gap."""

    start: int
    state: float | None
    sum: float | None


class Level(NamedTuple):
    """An hour of a level series."""

    mean: float
    min: float
    max: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A window of a summed series: its rows in order, the sum before them, and the first row behind the window."""

    base: float = 0.0
    rows: Sequence[StoredHour] = ()
    behind: StoredHour | None = None

    @property
    def states(self) -> dict[int, float]:
        """Return the hours that have a state."""
        return {row.start: row.state for row in self.rows if row.state is not None}

    @property
    def is_consistent(self) -> bool:
        """Return whether the change of every row, also of the one behind, is its state."""
        return not repair([*self.rows, *([self.behind] if self.behind else [])], self.base)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Rows to write (start, state, sum), hours to remove, then an amount to add to every sum from `shift_from` on."""

    rows: tuple[tuple[int, float, float], ...]
    removed: tuple[int, ...] = ()
    shift_from: int = 0
    shift: float = 0.0


@dataclass(kw_only=True, slots=True)
class Changes:
    """What the platform's hours change: hour -> new value, and hours that are gone."""

    values: dict[int, float] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    moved: float = 0.0

    @property
    def hours(self) -> set[int]:
        """Return the hours that are written or removed."""
        return self.values.keys() | self.removed

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.values or self.removed)


def changes(stored: Mapping[int, float], found: Mapping[int, float], gone: Collection[int] = ()) -> Changes:
    """Compare stored hours with what the platform has; `gone` are hours that it is certain to have no longer."""
    result = Changes()
    for start, value in found.items():
        old = stored.get(start)
        if old is None or abs(old - value) > VALUE_TOLERANCE:
            result.values[start] = value
            result.moved += abs(value - (old or 0.0))
    for start in gone:
        if (old := stored.get(start)) is not None:
            result.removed.add(start)
            result.moved += abs(old)
    return result


def steps(stretch: Stretch, wanted: Changes) -> list[Step]:
    """Return what brings the changes into the window and keeps every sum, inside and behind it, in order.

    The window must hold every changed hour, and its own sums must be consistent (see `repair`).
    """
    result: list[Step] = []
    carried = 0.0
    for hours in _clusters(sorted(wanted.hours)):
        begin, end = hours[0], hours[-1]
        before = next((_sum_of(row) for row in reversed(stretch.rows) if row.start < begin), stretch.base)
        inside = {row.start: row for row in stretch.rows if begin <= row.start <= end}
        old_end = _sum_of(inside[max(inside)]) if inside else before
        states = {start: row.state or 0.0 for start, row in inside.items()}
        states |= {hour: wanted.values[hour] for hour in hours if hour in wanted.values}
        left = sorted(states.keys() - wanted.removed)
        sums = list(accumulate((states[start] for start in left), initial=before + carried))
        rows = tuple(
            (start, states[start], total)
            for start, total in zip(left, sums[1:], strict=True)
            if start in wanted.values or not _same_sum(_sum_of(inside[start]), total)
        )
        difference = sums[-1] - carried - old_end
        is_last_row = stretch.behind is None and (not stretch.rows or stretch.rows[-1].start <= end)
        removed = tuple(hour for hour in hours if hour in wanted.removed)
        shift = 0.0 if is_last_row else difference
        result.append(Step(rows=rows, removed=removed, shift_from=end + HOUR, shift=shift))
        carried += difference
    return result


def ranges(buckets: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join buckets (start, end; in order of time) where one begins at the end of another."""
    result: list[tuple[int, int]] = []
    for start, end in buckets:
        begin = result.pop()[0] if result and result[-1][1] == start else start
        result.append((begin, end))
    return result


def _sum_of(row: StoredHour) -> float:
    return row.sum or 0.0


def _clusters(hours: Sequence[int]) -> list[list[int]]:
    """Return the hours in groups that are so far apart that a shift between them is worth its while."""
    result: list[list[int]] = []
    for hour in hours:
        if not result or hour - result[-1][-1] > _HOURS_WORTH_A_SHIFT * HOUR:
            result.append([])
        result[-1].append(hour)
    return result


def repair(rows: Sequence[StoredHour], base: float = 0.0) -> list[Step]:
    """Return what makes the change of every row its state again; nothing for a consistent series.

    `rows` are the rows of a series from some hour to its end, `base` the sum before them. Every state is believed.
    """
    broken = [
        (row.start, (row.state or 0.0) - (_sum_of(row) - before))
        for before, row in zip([base, *map(_sum_of, rows)], rows, strict=False)
        if row.sum is None or row.state is None or not _same_sum(_sum_of(row), before + row.state)
    ]
    if not broken:
        return []
    if len(broken) <= _MOST_SHIFTS and not any(row.sum is None or row.state is None for row in rows):
        return [Step(rows=(), shift_from=start, shift=shift) for start, shift in broken]
    states = [row.state or 0.0 for row in rows]
    _, *sums = accumulate(states, initial=base)
    summed = zip((row.start for row in rows), states, sums, strict=True)
    return [Step(rows=tuple(row for row in summed if row[0] >= broken[0][0]))]


def _same_sum(left: float, right: float) -> bool:
    return abs(left - right) <= SUM_TOLERANCE + SUM_RESOLUTION * max(abs(left), abs(right))


def level_changes(stored: Mapping[int, Level], found: Mapping[int, Level]) -> dict[int, Level]:
    """Return the hours of a level series to write: missing ones, and those that differ in mean, least or greatest."""
    return {
        start: level
        for start, level in found.items()
        if (old := stored.get(start)) is None
        or any(abs(left - right) > VALUE_TOLERANCE for left, right in zip(old, level, strict=True))
    }
