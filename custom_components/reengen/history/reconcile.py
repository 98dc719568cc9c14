"""Where stored hours differ from the platform: totals of months, then of days, then hours; pure.

Every total is of a bucket, known by its start in epoch seconds. What the platform does not say (no row, or null) is not
known and differs from nothing.
"""

from collections.abc import Collection, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from itertools import dropwhile, pairwise
import math
from typing import Final, NamedTuple

from custom_components.reengen.api import Resolution

from .plan import HOUR, VALUE_TOLERANCE

# What adding and subtracting totals of a large site may lose; a hundredth of the last digit.
_FLOAT_SLACK: Final = 1e-8

# Digits of a remembered total: those that the platform is asked for.
_DIGITS: Final = 6


class Stored(NamedTuple):
    """The total of the stored hours of one bucket (of levels, their mean), and how many there are."""

    total: float
    hours: int


NOTHING: Final = Stored(0.0, 0)

type Totals = Mapping[int, float | None]
"""Start of a bucket -> the platform's total."""


def is_equal(platform: float | None, stored: Stored, *, has_sum: bool, tolerance: float = VALUE_TOLERANCE) -> bool:
    """Return whether a total is that of the stored hours, each of which is rounded; nothing stored equals nothing.

    `tolerance` is by how much a value may be off since it was rounded.
    """
    if platform is None:
        return False
    digits = stored.hours + 1 if has_sum else 2
    return stored.hours > 0 and abs(platform - stored.total) <= digits * tolerance + _FLOAT_SLACK


@dataclass(kw_only=True, slots=True)
class Memory:
    """Buckets that still differ after they were read again, so that they are not asked for in a loop.

    A bucket (a "day" or a "month") is asked for again as soon as either total changes.
    """

    _seen: dict[tuple[str, str, int], tuple[float | None, float]] = field(default_factory=dict)

    def forget_series(self, statistic_ids: AbstractSet[str], begin: int) -> None:
        """Forget the buckets of some series from `begin` (epoch seconds) on, so that they are asked for once more."""
        self._seen = {key: value for key, value in self._seen.items() if key[0] not in statistic_ids or key[2] < begin}

    def knows(self, statistic_id: str, resolution: str, begin: int, platform: float | None, stored: Stored) -> bool:
        """Return whether this difference was there after the last reading, too."""
        return self._seen.get((statistic_id, resolution, begin)) == _signature(platform, stored)

    def keep(self, statistic_id: str, resolution: str, begin: int, platform: float | None, stored: Stored) -> None:
        """Remember a difference that reading the bucket again did not settle."""
        self._seen[statistic_id, resolution, begin] = _signature(platform, stored)

    def forget(self, statistic_id: str, resolution: str, begin: int) -> None:
        """Forget a bucket that equals the platform again."""
        self._seen.pop((statistic_id, resolution, begin), None)

    def forget_days(self, statistic_id: str, window: range) -> None:
        """Forget the days of a window whose total equals the platform again: nobody would look at them one by one."""
        self._seen = {
            key: value
            for key, value in self._seen.items()
            if key[:2] != (statistic_id, Resolution.DAY) or key[2] not in window
        }

    def difference(self, statistic_id: str, window: range) -> float:
        """Return by how much the remembered days of a window differ together."""
        return math.fsum(
            platform - stored
            for (series, resolution, start), (platform, stored) in self._seen.items()
            if series == statistic_id and resolution == Resolution.DAY and start in window and platform is not None
        )

    def keep_only(self, statistic_ids: AbstractSet[str]) -> None:
        """Forget the series that are not chosen any more."""
        self._seen = {key: value for key, value in self._seen.items() if key[0] in statistic_ids}

    def rows(self) -> list[tuple[str, str, int, float | None, float]]:
        """Return statistic id, resolution, start (epoch seconds), the platform's total and the stored one of each."""
        return [(*key, *self._seen[key]) for key in sorted(self._seen)]


def _signature(platform: float | None, stored: Stored) -> tuple[float | None, float]:
    return None if platform is None else round(platform, _DIGITS), round(stored.total, _DIGITS)


@dataclass(kw_only=True)
class Comparison:
    """Days or months of some series: the platform's totals, the stored ones, and which differ, by statistic id.

    Those that are to be read are `due`: those that differ or, where a window is read `anew`, all that have a part in it.
    `tolerance` is by how much a value of the platform may be off since it was rounded.
    """

    resolution: Resolution
    edges: list[int]
    platform: dict[str, dict[int, float | None]]
    tolerance: float = VALUE_TOLERANCE
    anew: range | None = None
    stored: dict[str, Mapping[int, Stored]] = field(default_factory=dict)
    differing: dict[str, list[int]] = field(default_factory=dict)
    due: dict[str, list[int]] = field(default_factory=dict)

    @cached_property
    def buckets(self) -> list[range]:
        """Return the hours of each bucket."""
        return [range(start, end, HOUR) for start, end in pairwise(self.edges)]

    @property
    def due_buckets(self) -> list[range]:
        """Return the buckets in which any series is due, oldest first."""
        due = {start for starts in self.due.values() for start in starts}
        return [bucket for bucket in self.buckets if bucket.start in due]

    def is_due(self, statistic_id: str, window: range) -> bool:
        """Return whether a series is due in any bucket that begins in the window."""
        return any(start in window for start in self.due[statistic_id])

    def due_hours(self, window: range) -> range:
        """Return the hours of the window that are taken over where it is due."""
        anew = window if self.anew is None else self.anew
        return range(max(window.start, anew.start), min(window.stop, anew.stop), HOUR)

    def add(self, statistic_id: str, stored: Mapping[int, Stored], memory: Memory, *, has_sum: bool) -> None:
        """Compare a series by the totals of its stored hours.

        Zeros before the first other value are no data: platforms fill the time before a meter was installed with them.
        """
        self.stored[statistic_id] = stored
        totals = self.platform.get(statistic_id, {})
        told = (bucket for bucket in self.buckets if bucket.start in totals)
        begun = dropwhile(lambda bucket: totals[bucket.start] == 0 and bucket.start not in stored, told)
        differing = [bucket for bucket in begun if not self._is_settled(statistic_id, bucket, memory, has_sum=has_sum)]
        self.differing[statistic_id] = [bucket.start for bucket in differing]
        due = differing if self.anew is None else filter(self.due_hours, self.buckets)
        self.due[statistic_id] = [bucket.start for bucket in due]

    def _is_settled(self, statistic_id: str, bucket: range, memory: Memory, *, has_sum: bool) -> bool:
        start, is_month = bucket.start, self.resolution is Resolution.MONTH
        total, mine = self.platform[statistic_id][start], self.stored[statistic_id].get(start, NOTHING)
        if is_equal(total, mine, has_sum=has_sum, tolerance=self.tolerance):
            memory.forget(statistic_id, self.resolution, start)
            if is_month:
                memory.forget_days(statistic_id, bucket)
            return True
        if memory.knows(statistic_id, self.resolution, start, total, mine):
            return True
        if not is_month or not has_sum or total is None:
            return False
        known = memory.difference(statistic_id, bucket)
        return bool(known) and is_equal(total - known, mine, has_sum=True, tolerance=self.tolerance)


def confirmed_gone(  # noqa: PLR0917
    stored: Mapping[int, float],
    found: Mapping[int, float],
    unknown: Collection[int],
    day: range,
    day_total: float | None,
    tolerance: float = VALUE_TOLERANCE,
) -> set[int]:
    """Return the stored hours of a day that the platform has no longer: its total is that of the hours it still has.

    Without the total nothing is gone, nor is an hour whose row was left out.
    """
    left = [value for start, value in found.items() if start in day]
    if day_total is None or abs(math.fsum(left) - day_total) > (len(left) + 1) * tolerance:
        return set()
    return {start for start in stored if start in day and start not in found and start not in unknown}


def lost_days(
    month_total: float | None,
    day_totals: Totals,
    stored: Mapping[int, Stored],
    days: Sequence[int],
    tolerance: float = VALUE_TOLERANCE,
) -> list[int]:
    """Return the stored days that the platform has no total for, where the month's total confirms that they are gone."""
    known = [total for day in days if (total := day_totals.get(day)) is not None]
    if month_total is None or not known or abs(math.fsum(known) - month_total) > (len(known) + 1) * tolerance:
        return []
    return [day for day in days if day not in day_totals and day in stored]
