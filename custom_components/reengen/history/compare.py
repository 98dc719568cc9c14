"""Compares months, then days, then hours with the platform, and reads only where they differ."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import batched, chain, pairwise
from typing import Any, Final

from custom_components.reengen.api import Resolution

from . import rows
from .apply import Applier
from .hours import FoundHours, hour_starts, instant
from .plan import ranges
from .platform import HistoryPlatform
from .progress import Settled
from .reconcile import NOTHING, Comparison, Memory, confirmed_gone, is_equal, lost_days
from .series import HistorySeries, Results, add_results, ids_of

# While one month is written the next one is read: the recorder never waits for the platform.
_MONTHS_AT_ONCE: Final = 2

# While one group of series is written, the next one is planned, of whichever month: more groups at once would only be
# more objects at a time (see rows.py).
_WRITES_AT_ONCE: Final = 2

# The hours of such a group: a month of one series, or a few hours of many series.
_HOURS_WRITTEN_TOGETHER: Final = 1_000

type Window = tuple[int, int]
"""Start and end in epoch seconds."""

type Start = Callable[..., Awaitable[None]]
"""Begins a coroutine function with its arguments as soon as the limiter lets it."""


@asynccontextmanager
async def limited(limiter: asyncio.Semaphore) -> AsyncIterator[Start]:
    """Give what begins pieces of work in order, as many at once as the limiter lets; all are done when the context ends.

    Contexts may share a limiter. After a failure, also of the body, nothing more is begun, what runs is brought to its
    end, and then the first failure is raised as it is.
    """
    failures: list[Exception] = []

    async def run(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        try:
            await work(*args)
        except Exception as error:  # noqa: BLE001 - raised when the others have ended
            failures.append(error)

    async def start(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        await limiter.acquire()
        if failures:
            limiter.release()
            raise failures[0]
        # By a callback: a piece that is cancelled before its first step never comes to an end of its own.
        group.create_task(run(work, *args)).add_done_callback(lambda _: limiter.release())

    async with asyncio.TaskGroup() as group:
        try:
            yield start
        except Exception as error:  # noqa: BLE001 - raised when the others have ended
            failures.append(error)
    if failures:
        raise failures[0]


class Compare:
    """Makes measured series equal to the platform over a range, month by month, newest first.

    All methods raise ReengenError and HistoryUnavailableError; what was read before that is written.
    """

    def __init__(self, platform: HistoryPlatform, applier: Applier, memory: Memory) -> None:
        """Read from the platform, write through the applier, remember what stays different."""
        self._platform = platform
        self._applier = applier
        self._store = applier.store
        self._memory = memory
        self._writing = asyncio.Semaphore(_WRITES_AT_ONCE)

    async def totals(
        self, series: Sequence[HistorySeries], start: datetime, end: datetime, resolution: Resolution
    ) -> Comparison:
        """Return the totals of both sides over [start, end)."""
        edges, platform = await self._platform.totals(series, start, end, resolution)
        comparison = Comparison(
            resolution=resolution, tolerance=self._platform.tolerance, edges=edges, platform=platform
        )
        for one in series:
            # One after another: all hours of all series would not fit into memory.
            stored = await self._store.read(rows.totals, one.statistic_id, edges, has_sum=one.has_sum)
            comparison.add(one.statistic_id, stored, self._memory, has_sum=one.has_sum)
        return comparison

    async def settle(
        self,
        series: Sequence[HistorySeries],
        comparison: Comparison,
        *,
        after_month: Callable[[Sequence[HistorySeries], int, int], Awaitable[None]],
        anew: Window | None = None,
    ) -> Results:
        """Bring the months that differ in line, newest first; `after_month` is told series, start and end of the month.

        Instead all hours of `anew` are taken over, whatever the totals say, and removed where they are gone. The comparison is
        of whole months then: what is gone is told by the totals of its day and its month.
        """
        results: Results = {}
        one_at_a_time = asyncio.Lock()

        async def settle_month(month: int) -> None:
            differing = [one for one in series if comparison.differs(one.statistic_id, month)]
            if anew is not None:
                add_results(results, await self._settle_month(series, comparison, month, anew=anew))
            else:
                add_results(results, await self._settle_differing(differing, comparison, month))
            async with one_at_a_time:
                await after_month(differing, month, comparison.end_of(month))

        async with limited(asyncio.Semaphore(_MONTHS_AT_ONCE)) as start:
            for month in reversed(comparison.edges[:-1]) if anew is not None else comparison.buckets:
                await start(settle_month, month)
        return results

    async def _settle_differing(self, series: Sequence[HistorySeries], comparison: Comparison, month: int) -> Results:
        """Read a month of the series that have nothing of it stored, and compare its days for the others."""
        end = comparison.end_of(month)
        new = [one for one in series if month not in comparison.stored[one.statistic_id]]
        known = [one for one in series if month in comparison.stored[one.statistic_id]]
        results = await self.read(new, instant(month), instant(end))
        add_results(results, await self._settle_month(known, comparison, month))
        # A new month that differs all the same is a known one at the next comparison.
        await self._remember(known, comparison, month, end)
        return results

    async def read(
        self, series: Sequence[HistorySeries], start: datetime, end: datetime, *, settled: Settled | None = None
    ) -> Results:
        """Take over all hours of [start, end); nothing is removed. `settled` is told which series they are there for."""
        results: Results = {}

        async def take(some: Sequence[HistorySeries], found: FoundHours) -> None:
            add_results(results, await self._applier.sums(some, start, end, found.sums))
            add_results(results, await self._applier.levels(some, found.levels))
            if settled is not None:
                settled(ids_of(some), int(start.timestamp()), int(end.timestamp()))

        together = max(1, _HOURS_WRITTEN_TOGETHER // max(1, len(hour_starts(start, end))))
        async with limited(self._writing) as begin:
            async for portion, found in self._platform.hours(series, start, end):
                for some in batched(portion, together, strict=False):
                    await begin(take, some, found)
        return results

    async def _settle_month(
        self, series: Sequence[HistorySeries], comparison: Comparison, month: int, *, anew: Window | None = None
    ) -> Results:
        """Compare the days of a month of which something is stored, and read those that differ, or the hours of `anew`."""
        if not series:
            return {}
        begin, end = instant(month), instant(comparison.end_of(month))
        days = await self.totals(series, begin, end, Resolution.DAY)
        window = anew or (month, comparison.end_of(month))
        lost = {one.statistic_id: _inside(_lost_hours(one, comparison, month, days), window) for one in series}
        gone = {key: hours for key, hours in lost.items() if hours}
        losing = [one for one in series if one.statistic_id in gone]
        results = await self._applier.sums(losing, begin, end, {key: {} for key in gone}, gone) if gone else {}
        touched = [day for day in days.edges[:-1] if window[0] < days.end_of(day) and day < window[1]]
        wanted = sorted(days.buckets) if anew is None else touched
        for first, after in ranges((day, days.end_of(day)) for day in wanted):
            some = [one for one in series if anew is not None or days.differing_between(one.statistic_id, first, after)]
            add_results(results, await self._settle_days(some, days, first, after, window))
        return results

    async def _settle_days(
        self, series: Sequence[HistorySeries], days: Comparison, first: int, after: int, window: Window
    ) -> Results:
        """Read neighbouring days and take over what is inside the window, also what is gone.

        Those that are inside as a whole and differ all the same are remembered.
        """
        results: Results = {}
        begin, end = instant(first), instant(after)
        async for portion, found in self._platform.hours(series, begin, end):
            sums = ids_of(one for one in portion if one.has_sum)
            stored = await self._store.read(rows.values, sums, first, after)
            gone = {key: _inside(_gone_hours(key, stored.get(key, {}), found, days), window) for key in sums}
            inside = found.within(*window)
            add_results(results, await self._applier.sums(portion, begin, end, inside.sums, gone))
            add_results(results, await self._applier.levels(portion, inside.levels))
        if whole := [edge for edge in days.edges if max(first, window[0]) <= edge <= min(after, window[1])]:
            await self._remember(series, days, whole[0], whole[-1])
        return results

    async def _remember(self, series: Sequence[HistorySeries], comparison: Comparison, begin: int, end: int) -> None:
        """Keep in mind which buckets differ although they were just read, and forget those that do not."""
        edges = [edge for edge in comparison.edges if begin <= edge <= end]
        for one in series:
            if not (starts := comparison.differing_between(one.statistic_id, begin, end)):
                continue
            stored = await self._store.read(rows.totals, one.statistic_id, edges, has_sum=one.has_sum)
            for start in starts:
                total, mine = comparison.platform[one.statistic_id][start], stored.get(start, NOTHING)
                if is_equal(total, mine, has_sum=one.has_sum, tolerance=comparison.tolerance):
                    self._memory.forget(one.statistic_id, comparison.resolution, start)
                else:
                    self._memory.keep(one.statistic_id, comparison.resolution, start, total, mine)


def _inside(hours: Iterable[int], window: Window) -> set[int]:
    begin, end = window
    return {hour for hour in hours if begin <= hour < end}


def _lost_hours(series: HistorySeries, months: Comparison, month: int, days: Comparison) -> set[int]:
    """Return the hours of the days that are gone from the platform as a whole; of levels none is ever removed."""
    if not series.has_sum:
        return set()
    key = series.statistic_id
    total = months.platform.get(key, {}).get(month)
    lost = lost_days(total, days.platform.get(key, {}), days.stored[key], days.edges[:-1], days.tolerance)
    return set(chain.from_iterable(hour_starts(instant(day), instant(days.end_of(day))) for day in lost))


def _gone_hours(statistic_id: str, stored: Mapping[int, float], found: FoundHours, days: Comparison) -> set[int]:
    """Return the stored hours that the platform has no longer, in the days that its response covers."""
    sums, unknown = found.sums.get(statistic_id, {}), found.unknown.get(statistic_id, ())
    totals = days.platform.get(statistic_id, {})
    return {
        hour
        for day, end in pairwise(days.edges)
        if found.start.timestamp() <= day and end <= found.end.timestamp()
        for hour in confirmed_gone(stored, sums, unknown, (day, end), totals.get(day), days.tolerance)
    }
