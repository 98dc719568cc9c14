"""Stored hours that are remembered, so that only what is new of them is read.

Hours are those of the statistics, by their start in epoch seconds. They are held in arrays, eight bytes an hour: as objects
a month of a thousand points would take 100 MB.
"""

from array import array
from collections.abc import Awaitable, Callable, Collection, Mapping
from itertools import batched
import math
from typing import Final

from .hours import HOUR, Hours

# How many hours are read, and so are Python objects, at once.
_HOURS_AT_ONCE: Final = 20_000

type ReadHours = Callable[[Collection[str], range], Awaitable[Mapping[str, Hours]]]
"""Returns what is stored of some statistics in a window, each hour by its start."""


class HoursMemory:
    """The hours of statistics in a window that begins and ends later and later, as they are stored."""

    def __init__(self, read: ReadHours) -> None:
        """Know nothing."""
        self._read = read
        self._begin: dict[str, int] = {}
        self._values: dict[str, array[float]] = {}
        self._changed: dict[str, int] = {}

    def change(self, changed: Mapping[str, int]) -> None:
        """Take note from which hour on statistics were written: this is read with the next look."""
        for statistic_id, start in changed.items():
            self._changed[statistic_id] = min(start, self._changed.get(statistic_id, start))

    def forget(self, statistic_ids: Collection[str]) -> None:
        """Read all of these anew with the next look."""
        for statistic_id in statistic_ids:
            self._begin.pop(statistic_id, None)

    def keep_only(self, statistic_ids: Collection[str]) -> None:
        """Hold nothing of others any more."""
        for statistic_id in self._values.keys() - statistic_ids:
            for held in (self._begin, self._values, self._changed):
                held.pop(statistic_id, None)

    async def look(self, windows: Mapping[str, range]) -> None:
        """Read what is not known of the windows, by statistic id. Raises what reading raises; what was read stays known."""
        together: dict[range, list[str]] = {}
        for statistic_id, window in windows.items():
            if unknown := self._unknown(statistic_id, window):
                together.setdefault(unknown, []).append(statistic_id)
        for unknown, statistic_ids in together.items():
            for some in batched(statistic_ids, max(1, _HOURS_AT_ONCE // len(unknown)), strict=False):
                found = await self._read(some, unknown)
                for statistic_id in some:
                    self._put(statistic_id, unknown, found.get(statistic_id, {}))

    def hours(self, statistic_id: str, window: range) -> dict[int, float]:
        """Return the stored hours of a window, or of a part of one, that was looked at."""
        first = (window.start - self._begin[statistic_id]) // HOUR
        values = self._values[statistic_id][first : first + len(window)]
        return {start: value for start, value in zip(window, values, strict=False) if not math.isnan(value)}

    def _unknown(self, statistic_id: str, window: range) -> range:
        """Return what is to be read of a window: what was written, and what no look has come to."""
        begin, values = self._begin.get(statistic_id), self._values.get(statistic_id)
        if begin is None or values is None or begin > window.start:
            return window
        del values[: (window.start - begin) // HOUR]
        begin = self._begin[statistic_id] = window.start
        known_until = begin + len(values) * HOUR
        changed = min(known_until, self._changed.get(statistic_id, known_until))
        return range(max(window.start, changed), window.stop, HOUR)

    def _put(self, statistic_id: str, window: range, found: Hours) -> None:
        begin = self._begin.get(statistic_id)
        if begin is None or begin > window.start:
            begin = self._begin[statistic_id] = window.start
            self._values[statistic_id] = array("d")
        self._changed.pop(statistic_id, None)
        values = self._values[statistic_id]
        del values[(window.start - begin) // HOUR :]
        values.extend(found.get(start, math.nan) for start in window)
