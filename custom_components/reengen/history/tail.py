"""The newest hours: which points are asked for, from where on; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from custom_components.reengen.const import LONGEST_PAUSE_HOURS

from .plan import HOUR
from .series import HistoryKind, HistorySeries

# Points whose newest hour is this near are read together, whatever hours that repeats for some of them.
_TOGETHER_HOURS: Final = 3

# Farther back the comparison of months finds what is missing, in one request for all.
_DEEPEST_HOURS: Final = 72


@dataclass(kw_only=True)
class Tail:
    """How far each point has come, and when a silent one is asked for again."""

    _pauses: dict[int, int] = field(default_factory=dict)
    _asked_at: dict[int, int] = field(default_factory=dict)

    def groups(
        self, series: Iterable[HistorySeries], newest: Mapping[str, int], end: int
    ) -> list[tuple[int, list[HistorySeries]]]:
        """Return from which hour on to read which measured series, up to `end`: at most two groups.

        A point is as far as the least of its series that has any hour; one without any hour is left to the
        comparison of months.
        """
        measured = [each for each in series if each.kind is not HistoryKind.COST]
        following: dict[int, int] = {}
        for each in measured:
            if (last := newest.get(each.statistic_id)) is not None:
                begin = max(last + HOUR, end - _DEEPEST_HOURS * HOUR)
                following[each.point_id] = min(following.get(each.point_id, begin), begin)
        due = {point: begin for point, begin in following.items() if begin < end and self._is_due(point, end)}
        near = {point for point, begin in due.items() if begin >= end - _TOGETHER_HOURS * HOUR}
        return [
            (min(due[point] for point in points), [each for each in measured if each.point_id in points])
            for points in (near, due.keys() - near)
            if points
        ]

    def _is_due(self, point: int, end: int) -> bool:
        asked_at = self._asked_at.get(point, end)
        # What was asked for hours in the future was so while the clock was ahead.
        return asked_at > end or end >= asked_at + self._pauses.get(point, 0) * HOUR

    def asked(self, points: Iterable[int], end: int, moved_on: Iterable[int]) -> None:
        """Note that the points were asked for hours up to `end`, and which of them had any new one."""
        moved = set(moved_on)
        for point in points:
            self._asked_at[point] = end
            self._pauses[point] = 0 if point in moved else min(LONGEST_PAUSE_HOURS, self._pauses.get(point, 0) * 2 or 1)
