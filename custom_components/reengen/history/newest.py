"""The newest hours: which points are asked for, from where on; pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from custom_components.reengen.const import LONGEST_PAUSE_HOURS

from .plan import HOUR
from .series import HistorySeries, measured_of

# The hours that are read at least: a quarter hour that comes an hour or two late is in its hour at the next run.
_LEAST_HOURS: Final = 3

# The most hours that are read of a point whose hours have been seen to grow later than that.
_MOST_HOURS: Final = 24

# How long a point is expected to grow late again.
_REMEMBERED_HOURS: Final = 72

# Points that are farther back take a request of their own, unless one request for all points has fewer rows than this.
_ROWS_WORTH_A_REQUEST: Final = 1_000

# What is missing farther back is found by the comparison of months, in one request for all points.
_DEEPEST_HOURS: Final = 72


@dataclass(kw_only=True)
class NewestHours:
    """How far each point has come, how late its hours still grow, and when a silent one is asked for again."""

    _pauses: dict[int, int] = field(default_factory=dict)
    _asked_at: dict[int, int] = field(default_factory=dict)
    _newest: dict[str, int] = field(default_factory=dict)
    # By point: so many of the newest hours have been seen to grow -> when last.
    _grown: dict[int, dict[int, int]] = field(default_factory=dict)

    def groups(
        self, series: Iterable[HistorySeries], newest: Mapping[str, int], end: int
    ) -> list[tuple[int, list[HistorySeries]]]:
        """Return from which hour on to read which measured series, up to `end`: at most two groups.

        A point is as far as the least of its series that has any hour; one without any hour is left to the
        comparison of months. Its newest hour may be a part of one, and is read again with those that may still grow.
        """
        measured = measured_of(series)
        reached: dict[int, int] = {}
        for one in measured:
            if (last := newest.get(one.statistic_id)) is not None:
                self._newest[one.statistic_id] = last
                reached[one.point_id] = min(reached.get(one.point_id, last), last)
        due: dict[int, int] = {}
        for point, last in reached.items():
            growing = end - self._hours_growing(point, end) * HOUR
            if last >= growing:
                # The newest hour of the point is no later than usual.
                self._pauses.pop(point, None)
            if last + HOUR < end and self._is_due(point, end):
                due[point] = max(min(last, growing), end - _DEEPEST_HOURS * HOUR)
        near = {point for point, begin in due.items() if begin >= end - _LEAST_HOURS * HOUR}
        rows = sum(one.point_id in due for one in measured) * (end - min(due.values(), default=end)) // HOUR
        split = [near, due.keys() - near] if rows > _ROWS_WORTH_A_REQUEST else [due.keys()]
        return [
            (min(due[point] for point in points), [one for one in measured if one.point_id in points])
            for points in split
            if points
        ]

    def _is_due(self, point: int, end: int) -> bool:
        asked_at = self._asked_at.get(point, end)
        # Home Assistant's clock was ahead where the point was asked for hours in the future.
        return asked_at > end or end >= asked_at + self._pauses.get(point, 0) * HOUR

    def _hours_growing(self, point: int, end: int) -> int:
        """Return how many of the newest hours may still grow."""
        since = end - _REMEMBERED_HOURS * HOUR
        return max([_LEAST_HOURS, *(hours for hours, seen in self._grown.get(point, {}).items() if seen >= since)])

    def changes(self, series: HistorySeries, hours: Collection[int], end: int) -> None:
        """Learn from hours that are written or removed, whoever found them; the newest complete hour ends at `end`.

        An hour that is new tells nothing, nor does one that is corrected days later.
        """
        newest = self._newest.get(series.statistic_id, 0)
        # One more: the hour may have grown a little earlier, or grow a little later, than in the run that sees it.
        ages = [(end - hour) // HOUR + 1 for hour in hours if hour <= newest]
        if late := [age for age in ages if _LEAST_HOURS < age <= _MOST_HOURS]:
            self._grown.setdefault(series.point_id, {})[max(late)] = end

    def asked(self, points: Iterable[int], end: int, moved_on: Iterable[int]) -> None:
        """Note that the points were asked for hours up to `end`, and which of them had any new one."""
        moved = set(moved_on)
        for point in points:
            self._asked_at[point] = end
            self._pauses[point] = 0 if point in moved else min(LONGEST_PAUSE_HOURS, self._pauses.get(point, 0) * 2 or 1)
