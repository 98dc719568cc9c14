"""What to write so that stored hours become the platform's hours, and what repairs broken sums; pure.

Hours are known by their start in epoch seconds. The invariant: the sum of an hour is the sum of the hour stored before
it plus its own state, so that the change which the Energy dashboard shows is the state.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
import sys
from typing import Final, NamedTuple

HOUR: Final = 3600

# Half of the last digit that the platform is asked for: nearer values are the same value.
VALUE_TOLERANCE: Final = 5e-7

# What a long chain of float additions may be off by, in units, and as a part of the sum itself.
SUM_TOLERANCE: Final = 1e-6
SUM_RESOLUTION: Final = 4 * sys.float_info.epsilon

# Between two corrected hours so many others are rewritten rather than shifted: a shift is a task of its own for the
# recorder and touches every later row.
_HOURS_WORTH_A_SHIFT: Final = 48

# Beyond this the series is written anew from the first broken hour on: one shift for each would take longer.
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


def changes(
    stored: Mapping[int, float], found: Mapping[int, float], gone: Collection[int] = (), *, can_remove: bool = True
) -> Changes:
    """Compare stored hours with what the platform has; `gone` are hours that it is certain to have no longer.

    A recorder that cannot remove single hours gets a zero instead.
    """
    result = Changes()
    for start, value in found.items():
        old = stored.get(start)
        if old is None or abs(old - value) > VALUE_TOLERANCE:
            result.values[start] = value
            result.moved += abs(value - (old or 0.0))
    for start in gone:
        if (old := stored.get(start)) is None:
            continue
        if can_remove:
            result.removed.add(start)
        elif old:
            result.values[start] = 0.0
        result.moved += abs(old)
    return result


def steps(stretch: Stretch, wanted: Changes) -> list[Step]:
    """Return what brings the changes into the window and keeps every sum, inside and behind it, in order.

    The window must hold every changed hour, and its own sums must be consistent (see `repair`).
    """
    result: list[Step] = []
    carried = 0.0
    for begin, end in _clusters(sorted(wanted.hours)):
        step, difference = _cluster_step(stretch, wanted, begin, end, carried)
        is_last_row = stretch.behind is None and (not stretch.rows or stretch.rows[-1].start <= end)
        shift = 0.0 if is_last_row else difference
        result.append(Step(rows=step.rows, removed=step.removed, shift_from=end + HOUR, shift=shift))
        carried += difference
    return result


def _cluster_step(stretch: Stretch, wanted: Changes, begin: int, end: int, carried: float) -> tuple[Step, float]:
    """Return the rows of one cluster, and by how much the sums behind it move on account of it alone."""
    before = [row for row in stretch.rows if row.start < begin]
    inside = {row.start: row for row in stretch.rows if begin <= row.start <= end}
    old_end = _sum_of(before[-1]) if before else stretch.base
    running = old_end + carried
    rows: list[tuple[int, float, float]] = []
    for start in sorted(inside.keys() | wanted.values.keys()):
        if not begin <= start <= end:
            continue
        row = inside.get(start)
        if row is not None:
            old_end = _sum_of(row)
        if start in wanted.removed:
            continue
        state = wanted.values.get(start, (row and row.state) or 0.0)
        running += state
        if start in wanted.values or row is None or not _same_sum(_sum_of(row), running):
            rows.append((start, state, running))
    removed = tuple(sorted(start for start in wanted.removed if begin <= start <= end))
    return Step(rows=tuple(rows), removed=removed), running - carried - old_end


def ranges(buckets: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join buckets (start, end; in order of time) where one begins at the end of another."""
    result: list[tuple[int, int]] = []
    for start, end in buckets:
        begin = result.pop()[0] if result and result[-1][1] == start else start
        result.append((begin, end))
    return result


def _sum_of(row: StoredHour) -> float:
    return row.sum or 0.0


def _clusters(starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    if not starts:
        return
    begin = starts[0]
    for left, right in pairwise(starts):
        if right - left > _HOURS_WORTH_A_SHIFT * HOUR:
            yield begin, left
            begin = right
    yield begin, starts[-1]


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
    return [Step(rows=tuple(_summed_anew(rows, base, broken[0][0])))]


def _summed_anew(rows: Sequence[StoredHour], base: float, first: int) -> Iterator[tuple[int, float, float]]:
    running = base
    for row in rows:
        running += row.state or 0.0
        if row.start >= first:
            yield row.start, row.state or 0.0, running


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
