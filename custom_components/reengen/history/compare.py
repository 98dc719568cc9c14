"""Compares months, then days, then hours with the platform, and reads only where they differ."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any, Final

from custom_components.reengen.api import Resolution

from . import rows
from .apply import Applier
from .hours import FoundHours
from .plan import HOUR, ranges
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

type AfterMonth = Callable[[Sequence[HistorySeries], range], Awaitable[None]]
"""Called when a month (its hours) is settled for some series; other work may come in between."""

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
        self, series: Sequence[HistorySeries], window: range, resolution: Resolution, *, anew: range | None = None
    ) -> Comparison:
        """Return the totals of both sides over the window; all hours of `anew` are due, whatever the totals say."""
        edges, platform = await self._platform.totals(series, window, resolution)
        comparison = Comparison(
            resolution=resolution, tolerance=self._platform.tolerance, edges=edges, platform=platform, anew=anew
        )
        for one in series:
            # One after another: all hours of all series would not fit into memory.
            stored = await self._store.read(rows.totals, one.statistic_id, edges, has_sum=one.has_sum)
            comparison.add(one.statistic_id, stored, self._memory, has_sum=one.has_sum)
        return comparison

    async def settle(self, series: Sequence[HistorySeries], comparison: Comparison, after_month: AfterMonth) -> Results:
        """Bring the months that are due in line, newest first."""
        results: Results = {}
        one_at_a_time = asyncio.Lock()

        async def settle_month(month: range) -> None:
            due = [one for one in series if comparison.is_due(one.statistic_id, month)]
            add_results(results, await self._settle_month(due, comparison, month))
            async with one_at_a_time:
                await after_month(due, month)

        async with limited(asyncio.Semaphore(_MONTHS_AT_ONCE)) as start:
            for month in reversed(comparison.due_buckets):
                await start(settle_month, month)
        return results

    async def _settle_month(self, series: Sequence[HistorySeries], comparison: Comparison, month: range) -> Results:
        """Read a month of the series that have nothing of it stored, and compare its days for the others."""
        new = [one for one in series if month.start not in comparison.stored[one.statistic_id]]
        known = [one for one in series if month.start in comparison.stored[one.statistic_id]]
        results = await self.read(new, comparison.due_hours(month))
        if known:
            add_results(results, await self._settle_days(known, comparison, month))
        # A new month that differs all the same is a known one at the next comparison.
        await self._remember(known, comparison, month)
        return results

    async def read(
        self, series: Sequence[HistorySeries], window: range, *, settled: Settled = lambda *_: None
    ) -> Results:
        """Take over all hours of the window; nothing is removed. `settled` is told which series they are there for."""
        results: Results = {}

        async def take(some: Sequence[HistorySeries], found: FoundHours) -> None:
            add_results(results, await self._applier.sums(some, window, found.sums))
            add_results(results, await self._applier.levels(some, found.levels))
            settled(ids_of(some), window)

        together = max(1, _HOURS_WRITTEN_TOGETHER // max(1, len(window)))
        async with limited(self._writing) as begin:
            async for portion, found in self._platform.hours(series, window):
                for some in batched(portion, together, strict=False):
                    await begin(take, some, found)
        return results

    async def _settle_days(self, series: Sequence[HistorySeries], months: Comparison, month: range) -> Results:
        """Compare the days of a month, remove those that are gone as a whole, and read those that are due."""
        days = await self.totals(series, month, Resolution.DAY, anew=months.anew)
        gone = {one.statistic_id: lost for one in series if (lost := _lost_hours(one, months, month, days))}
        results = await self._applier.sums(series, month, {key: {} for key in gone}, gone) if gone else {}
        for start, end in ranges((day.start, day.stop) for day in days.due_buckets):
            window = range(start, end, HOUR)
            some = [one for one in series if days.is_due(one.statistic_id, window)]
            add_results(results, await self._settle_hours(some, days, window))
        return results

    async def _settle_hours(self, series: Sequence[HistorySeries], days: Comparison, window: range) -> Results:
        """Read neighbouring days, take over what is due of them, also what is gone, and remember what differs all the same."""
        results: Results = {}
        due = days.due_hours(window)
        async for portion, found in self._platform.hours(series, window):
            sums = ids_of(one for one in portion if one.has_sum)
            stored = await self._store.read(rows.values, sums, window)
            gone = {key: _gone_hours(key, stored.get(key, {}), found, days).intersection(due) for key in sums}
            taken = found.within(due)
            add_results(results, await self._applier.sums(portion, window, taken.sums, gone))
            add_results(results, await self._applier.levels(portion, taken.levels))
        await self._remember(series, days, window)
        return results

    async def _remember(self, series: Sequence[HistorySeries], comparison: Comparison, window: range) -> None:
        """Keep in mind which buckets differ although all of their hours were just read, and forget those that do not."""
        hours = comparison.due_hours(window)
        edges = [edge for edge in comparison.edges if hours.start <= edge <= hours.stop]
        for one in series:
            if not (starts := [start for start in comparison.differing[one.statistic_id] if start in edges[:-1]]):
                continue
            stored = await self._store.read(rows.totals, one.statistic_id, edges, has_sum=one.has_sum)
            for start in starts:
                total, mine = comparison.platform[one.statistic_id][start], stored.get(start, NOTHING)
                if is_equal(total, mine, has_sum=one.has_sum, tolerance=comparison.tolerance):
                    self._memory.forget(one.statistic_id, comparison.resolution, start)
                else:
                    self._memory.keep(one.statistic_id, comparison.resolution, start, total, mine)


def _lost_hours(series: HistorySeries, months: Comparison, month: range, days: Comparison) -> set[int]:
    """Return the hours of the days that are gone from the platform as a whole; of levels none is ever removed."""
    if not series.has_sum:
        return set()
    key = series.statistic_id
    total = months.platform.get(key, {}).get(month.start)
    lost = lost_days(total, days.platform.get(key, {}), days.stored[key], days.edges[:-1], days.tolerance)
    return {hour for day in days.buckets if day.start in lost for hour in days.due_hours(day)}


def _gone_hours(statistic_id: str, stored: Mapping[int, float], found: FoundHours, days: Comparison) -> set[int]:
    """Return the stored hours that the platform has no longer, in the days that its response covers."""
    sums, unknown = found.sums.get(statistic_id, {}), found.unknown.get(statistic_id, ())
    totals = days.platform.get(statistic_id, {})
    return {
        hour
        for day in days.buckets
        if found.start.timestamp() <= day.start and day.stop <= found.end.timestamp()
        for hour in confirmed_gone(stored, sums, unknown, day, totals.get(day.start), days.tolerance)
    }
