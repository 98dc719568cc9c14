"""Compares months, then days, then hours with the platform, and reads only where they differ."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import batched
from typing import Any, Final

from custom_components.reengen.api import Resolution

from .apply import Applier
from .hours import FoundHours, hour_starts, instant
from .platform import HistoryPlatform
from .progress import Settled
from .reconcile import NOTHING, Comparison, Memory, confirmed_gone, is_equal, lost_days, ranges
from .series import HistorySeries, Results, add_results

# While one month is written the next one is read: the recorder never waits for the platform.
_MONTHS_AT_ONCE: Final = 2

# While some series are written, the next ones are planned and the ones before are looked over, whichever month is whose:
# more would only be more objects at a time (see rows.py).
_WRITES_AT_ONCE: Final = 2

# A month of a series, or a few hours of many.
_HOURS_WRITTEN_TOGETHER: Final = 1_000


class Descent:
    """Makes measured series equal to the platform over a range, month by month, newest first."""

    def __init__(self, platform: HistoryPlatform, applier: Applier, memory: Memory) -> None:
        """Read from the platform, write through the applier, remember what stays different."""
        self._platform = platform
        self._applier = applier
        self._store = applier.store
        self._memory = memory
        self._writing = asyncio.Semaphore(_WRITES_AT_ONCE)

    async def compare(
        self, series: Sequence[HistorySeries], start: datetime, end: datetime, resolution: Resolution
    ) -> Comparison:
        """Return the totals of both sides over [start, end). Raises: ReengenError, HistoryUnavailableError."""
        edges, platform = await self._platform.totals(series, start, end, resolution)
        comparison = Comparison(resolution=resolution, edges=edges, platform=platform)
        for each in series:
            # One after another: all hours of all series would not fit into memory.
            stored = await self._store.totals(each.statistic_id, edges, has_sum=each.has_sum)
            comparison.add(each.statistic_id, stored, self._memory, has_sum=each.has_sum)
        return comparison

    async def settle(
        self,
        series: Sequence[HistorySeries],
        comparison: Comparison,
        *,
        after_month: Callable[[Sequence[HistorySeries], int, int], Awaitable[None]],
    ) -> Results:
        """Bring the differing months in line, newest first; `after_month` is told series, start and end of each.

        Raises: ReengenError, HistoryUnavailableError.
        """
        results: Results = {}
        one_at_a_time = asyncio.Lock()

        async def settle_month(month: int) -> None:
            differing = [each for each in series if month in comparison.differing.get(each.statistic_id, ())]
            add_results(results, await self._settle_differing(differing, comparison, month))
            async with one_at_a_time:
                await after_month(differing, month, comparison.end_of(month))

        async with in_turns(asyncio.Semaphore(_MONTHS_AT_ONCE)) as start:
            for month in comparison.buckets:
                await start(settle_month, month)
        return results

    async def _settle_differing(self, series: Sequence[HistorySeries], comparison: Comparison, month: int) -> Results:
        """Read a month of the series that have nothing of it stored, and compare its days for the others."""
        new = [each for each in series if month not in comparison.stored[each.statistic_id]]
        known = [each for each in series if month in comparison.stored[each.statistic_id]]
        begin, end = instant(month), instant(comparison.end_of(month))
        results = await self.read(new, begin, end)
        add_results(results, await self._settle_month(known, comparison, month, dry_run=False))
        # A new month that differs all the same is one of those at the next comparison.
        await self._remember(known, comparison, {each.statistic_id: [month] for each in known})
        return results

    async def read(
        self, series: Sequence[HistorySeries], start: datetime, end: datetime, *, settled: Settled | None = None
    ) -> Results:
        """Take over all hours of [start, end); nothing is removed. `settled` is told which series they are there for.

        Raises: ReengenError, HistoryUnavailableError; what was read before that is written.
        """
        results: Results = {}

        async def take(some: Sequence[HistorySeries], found: FoundHours) -> None:
            add_results(results, await self._applier.sums(some, start, end, found.sums))
            add_results(results, await self._applier.levels(some, found.levels))
            if settled is not None:
                settled([each.statistic_id for each in some], int(start.timestamp()), int(end.timestamp()))

        together = max(1, _HOURS_WRITTEN_TOGETHER // max(1, len(hour_starts(start, end))))
        async with in_turns(self._writing) as begin:
            async for portion, found in self._platform.hours(series, start, end):
                for some in batched(portion, together, strict=False):
                    await begin(take, some, found)
        return results

    async def read_again(self, series: Sequence[HistorySeries], comparison: Comparison, *, dry_run: bool) -> Results:
        """Take over all hours of the compared months, whatever the totals say, and remove what is gone.

        Newest first. Raises: ReengenError, HistoryUnavailableError.
        """
        results: Results = {}
        for month in reversed(comparison.edges[:-1]):
            add_results(results, await self._settle_month(series, comparison, month, every_day=True, dry_run=dry_run))
        return results

    async def _settle_month(
        self,
        series: Sequence[HistorySeries],
        comparison: Comparison,
        month: int,
        *,
        every_day: bool = False,
        dry_run: bool,
    ) -> Results:
        """Compare the days of a month of which something is stored, and read those that differ, or every day."""
        if not series:
            return {}
        begin, end = instant(month), instant(comparison.end_of(month))
        days = await self.compare(series, begin, end, Resolution.DAY)
        gone: dict[str, set[int]] = {}
        for each in series:
            of_series = days.platform.get(each.statistic_id, {})
            total = comparison.platform.get(each.statistic_id, {}).get(month)
            lost = lost_days(total, of_series, days.stored[each.statistic_id], days.edges[:-1]) if each.has_sum else []
            gone[each.statistic_id] = {
                hour for day in lost for hour in hour_starts(instant(day), instant(days.end_of(day)))
            }
        results: Results = {}
        await self._remove(series, gone, begin, end, results, dry_run=dry_run)
        wanted = set(days.edges[:-1]) if every_day else {day for starts in days.differing.values() for day in starts}
        for first, after in ranges(wanted, days.edges):
            some = [
                each
                for each in series
                if every_day or any(first <= day < after for day in days.differing.get(each.statistic_id, ()))
            ]
            add_results(results, await self._settle_days(some, days, first, after, dry_run=dry_run))
        return results

    async def _remove(
        self,
        series: Sequence[HistorySeries],
        gone: Mapping[str, set[int]],
        begin: datetime,
        end: datetime,
        results: Results,
        *,
        dry_run: bool,
    ) -> None:
        losing = [each for each in series if gone[each.statistic_id]]
        nothing: dict[str, dict[int, float]] = {each.statistic_id: {} for each in losing}
        if losing:
            add_results(results, await self._applier.sums(losing, begin, end, nothing, gone, dry_run=dry_run))

    async def _settle_days(
        self, series: Sequence[HistorySeries], days: Comparison, first: int, after: int, *, dry_run: bool
    ) -> Results:
        """Read neighbouring days and take them over, also what is gone; remember those that differ all the same."""
        results: Results = {}
        starts = [day for day in days.edges[:-1] if first <= day < after]
        async for portion, found in self._platform.hours(series, instant(first), instant(after)):
            sums = [each for each in portion if each.has_sum]
            stored = await self._store.values([each.statistic_id for each in sums], first, after)
            gone = {
                each.statistic_id: {
                    hour
                    for day in starts
                    if found.start.timestamp() <= day and days.end_of(day) <= found.end.timestamp()
                    for hour in confirmed_gone(
                        stored.get(each.statistic_id, {}),
                        found.sums.get(each.statistic_id, {}),
                        found.unknown.get(each.statistic_id, ()),
                        (day, days.end_of(day)),
                        days.platform.get(each.statistic_id, {}).get(day),
                    )
                }
                for each in sums
            }
            add_results(
                results,
                await self._applier.sums(portion, instant(first), instant(after), found.sums, gone, dry_run=dry_run),
            )
            add_results(results, await self._applier.levels(portion, found.levels, dry_run=dry_run))
        if not dry_run:
            differing = {each.statistic_id: days.differing.get(each.statistic_id, []) for each in series}
            read = {key: [day for day in found if first <= day < after] for key, found in differing.items()}
            await self._remember(series, days, read)
        return results

    async def _remember(
        self, series: Sequence[HistorySeries], comparison: Comparison, buckets: Mapping[str, Collection[int]]
    ) -> None:
        """Keep in mind which buckets differ although they were just read, and forget those that do not."""
        for each in series:
            starts = sorted(buckets[each.statistic_id])
            if not starts:
                continue
            until = comparison.end_of(starts[-1])
            edges = [edge for edge in comparison.edges if starts[0] <= edge <= until]
            totals = await self._store.totals(each.statistic_id, edges, has_sum=each.has_sum)
            resolution = comparison.resolution
            for start in starts:
                total, mine = comparison.platform[each.statistic_id][start], totals.get(start, NOTHING)
                if is_equal(total, mine, has_sum=each.has_sum):
                    self._memory.forget(each.statistic_id, resolution, start)
                else:
                    self._memory.keep(each.statistic_id, resolution, start, total, mine)


type Start = Callable[..., Awaitable[None]]
"""Begins a coroutine function with its arguments as soon as it is its turn."""


@asynccontextmanager
async def in_turns(turns: asyncio.Semaphore) -> AsyncIterator[Start]:
    """Give what begins pieces of work, each when it has a turn; all are done when the context ends.

    As many run at once as there are turns, of all contexts that share them.

    After a failure, also of the body, nothing more is begun, what runs is brought to its end, and then the first
    failure is raised as it is.
    """
    failures: list[Exception] = []

    async def run(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        try:
            await work(*args)
        except Exception as error:  # noqa: BLE001 - raised when the others have ended
            failures.append(error)

    async def start(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        await turns.acquire()
        if failures:
            turns.release()
            raise failures[0]
        # Not at the end of the piece: one that is cancelled before its first step has none.
        group.create_task(run(work, *args)).add_done_callback(lambda _: turns.release())

    async with asyncio.TaskGroup() as group:
        try:
            yield start
        except Exception as error:  # noqa: BLE001 - raised when the others have ended
            failures.append(error)
    if failures:
        raise failures[0]
