"""Where stored hours differ from the platform: totals of months, then of days, then hours; pure.

Every total is of a bucket, known by its start in epoch seconds. What the platform does not say (no row, or null) is not
known and differs from nothing.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
import math
from typing import Any, Final, NamedTuple

from .plan import VALUE_TOLERANCE

# Digits of a remembered total: those that the platform is asked for.
_DIGITS: Final = 6


class Stored(NamedTuple):
    """The total of the stored hours of one bucket (of levels, their mean), and how many there are."""

    total: float
    count: int


_NOTHING: Final = Stored(0.0, 0)

type Totals = Mapping[int, float]
"""Start of a bucket -> the platform's total."""


def stored_totals(hours: Mapping[int, float], edges: Sequence[int], *, has_sum: bool) -> dict[int, Stored]:
    """Return the totals of the buckets between the edges that hold any hour."""
    values: dict[int, list[float]] = {}
    for start, value in hours.items():
        if edges[0] <= start < edges[-1]:
            values.setdefault(edges[bisect_right(edges, start) - 1], []).append(value)
    return {
        start: Stored(math.fsum(found) / (1 if has_sum else len(found)), len(found)) for start, found in values.items()
    }


def is_equal(platform: float, stored: Stored, *, has_sum: bool) -> bool:
    """Return whether a total is that of the stored hours, each of which is rounded; nothing stored equals nothing."""
    digits = stored.count + 1 if has_sum else 2
    return stored.count > 0 and abs(platform - stored.total) <= digits * VALUE_TOLERANCE


class Memory:
    """Buckets that still differ after they were read again, so that they are not asked for in a loop.

    A bucket is asked for again as soon as either total changes.
    """

    def __init__(self, stored: Iterable[Sequence[Any]] = ()) -> None:
        """Take over what `as_json` gave."""
        self._seen = {(row[0], row[1], row[2]): (row[3], row[4]) for row in stored}

    def knows(self, statistic_id: str, begin: int, end: int, platform: float, stored: Stored) -> bool:
        """Return whether this difference was there after the last reading, too."""
        return self._seen.get((statistic_id, begin, end)) == _signature(platform, stored)

    def keep(self, statistic_id: str, begin: int, end: int, platform: float, stored: Stored) -> None:
        """Remember a difference that reading the bucket again did not settle."""
        self._seen[statistic_id, begin, end] = _signature(platform, stored)

    def forget(self, statistic_id: str, begin: int, end: int) -> None:
        """Forget a bucket that equals the platform again."""
        self._seen.pop((statistic_id, begin, end), None)

    def keep_only(self, statistic_ids: Collection[str]) -> None:
        """Forget the series that are not chosen any more."""
        self._seen = {key: value for key, value in self._seen.items() if key[0] in statistic_ids}

    def as_json(self) -> list[list[Any]]:
        """Return rows of statistic id, begin, end (epoch seconds), the platform's total and the stored one."""
        return [[*key, *value] for key, value in sorted(self._seen.items())]


def _signature(platform: float, stored: Stored) -> tuple[float, float]:
    return round(platform, _DIGITS), round(stored.total, _DIGITS)


def differing(
    statistic_id: str,
    platform: Totals,
    stored: Mapping[int, Stored],
    edges: Sequence[int],
    memory: Memory,
    *,
    has_sum: bool,
) -> list[int]:
    """Return the starts of the buckets that the platform has another total for, oldest first.

    Zeros before the first other value are no data: platforms fill the time before a meter was installed with them.
    """
    result = []
    has_begun = False
    for begin, end in zip(edges, edges[1:], strict=False):
        total, mine = platform.get(begin), stored.get(begin, _NOTHING)
        has_begun = has_begun or bool(total) or mine.count > 0
        if total is None or not has_begun:
            continue
        if is_equal(total, mine, has_sum=has_sum):
            memory.forget(statistic_id, begin, end)
        elif not memory.knows(statistic_id, begin, end, total, mine):
            result.append(begin)
    return result


def confirmed_gone(
    stored: Mapping[int, float], found: Mapping[int, float], day: tuple[int, int], day_total: float | None
) -> set[int]:
    """Return the stored hours of a day that the platform has no longer: its total is that of the hours it still has.

    Without the total nothing is gone: an hour that is merely not in an answer is not known.
    """
    begin, end = day
    left = [value for start, value in found.items() if begin <= start < end]
    if day_total is None or abs(math.fsum(left) - day_total) > (len(left) + 1) * VALUE_TOLERANCE:
        return set()
    return {start for start in stored if begin <= start < end and start not in found}


def lost_days(
    month_total: float | None, day_totals: Totals, stored: Mapping[int, Stored], days: Sequence[int]
) -> list[int]:
    """Return the stored days that the platform has no total for, where the month's total confirms that they are gone."""
    known = [day_totals[day] for day in days if day in day_totals]
    if month_total is None or not known or abs(math.fsum(known) - month_total) > (len(known) + 1) * VALUE_TOLERANCE:
        return []
    return [day for day in days if day not in day_totals and day in stored]


def ranges(starts: Iterable[int], edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Join neighbouring buckets to ranges, oldest first."""
    begin = end = None
    ends = dict(zip(edges, edges[1:], strict=False))
    for start in sorted(starts):
        if start != end:
            if begin is not None and end is not None:
                yield begin, end
            begin = start
        end = ends[start]
    if begin is not None and end is not None:
        yield begin, end
