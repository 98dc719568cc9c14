"""All input and output of the recorder: reading, writing, shifting, clearing, and waiting until it is done.

Writes are only queued for the recorder's thread, so a write counts when `written` returns. Instants are epoch seconds
at the start of an hour.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import batched, chain
from typing import Concatenate, Final, override

from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.const import DOMAIN

from .hours import instant
from .plan import HOUR, Level, Step, ranges
from .recorder_work import (
    RemoveHours,
    async_marker,
    async_reach,
    async_read,
    check_not_over,
    check_recorder,
    unavailable,
)
from .series import HistorySeries

# What one task may take of the recorder's time. Meanwhile the recorder writes nothing else of Home Assistant's, and its
# thread has the interpreter lock most of the time: it releases the lock for a query, and mostly gets it back at once.
_TASK_SECONDS: Final = 0.03
_FEWEST_ROWS: Final = 40
# Also a fast recorder gets no more rows at once: it makes a dozen objects of a row (see rows.py for what thousands do).
_MOST_ROWS: Final = 100
# What Home Assistant 2026.10 writes in that time on a slow machine; measured from then on.
_FIRST_ROWS: Final = 50
# Fewer rows than this say more of the overhead of a task than of its rows.
_ROWS_TO_MEASURE: Final = 40

# While the recorder does one task, the next one waits; more would only delay what Home Assistant itself records.
_TASKS_QUEUED: Final = 2

# Home Assistant drops events at 65 000; at a backlog like this the recorder has more urgent work.
_LONGEST_BACKLOG: Final = 1_000
_BACKLOG_PAUSE_SECONDS: Final = 1.0

# How long a write may take: a backup locks the database for minutes.
_LONGEST_WAIT_SECONDS: Final = 900.0

# How long a person waits for statistics to be cleared; the recorder clears them all the same when it comes to the task.
_LONGEST_CLEARING_SECONDS: Final = 60.0

_LOCKS: HassKey[dict[str, asyncio.Lock]] = HassKey(f"{DOMAIN}_history_locks")


type _Task = tuple[int, Callable[[], None]]
"""How many rows a task writes, and what queues it."""


class _Rows[RowT](Iterable[StatisticData]):
    """Rows as the recorder takes them, made whenever it goes through them.

    What waits in the recorder's queue is one object then: thousands of them would set off a full garbage collection,
    during which Home Assistant stands still.
    """

    def __init__(self, rows: Sequence[RowT], made_of: Callable[[RowT], StatisticData]) -> None:
        self._rows = rows
        self._made_of = made_of

    @override
    def __iter__(self) -> Iterator[StatisticData]:
        return map(self._made_of, self._rows)


def _sum_row(row: tuple[int, float, float]) -> StatisticData:
    start, state, total = row
    return StatisticData(start=instant(start), state=state, sum=total)


def _level_row(row: tuple[int, Level]) -> StatisticData:
    start, level = row
    return StatisticData(start=instant(start), mean=level.mean, min=level.min, max=level.max)


class HistoryStore:
    """The statistics in the recorder's database, as the planning parts see them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Use the recorder that runs."""
        self._hass = hass
        self._recorder = get_instance(hass)
        self._limiter = asyncio.Semaphore(_TASKS_QUEUED)
        self._markers: set[asyncio.Future[None]] = set()
        self._last_done = 0.0
        self.rows_per_task = _FIRST_ROWS

    @asynccontextmanager
    async def locked(self, statistic_ids: Iterable[str]) -> AsyncIterator[None]:
        """Be the only one to read and write these statistics; several accounts may have the same point."""
        locks = self._hass.data.setdefault(_LOCKS, {})
        async with AsyncExitStack() as stack:
            # In one order, so that two who want the same never wait for each other.
            for statistic_id in sorted(statistic_ids):
                await stack.enter_async_context(locks.setdefault(statistic_id, asyncio.Lock()))
            yield

    async def read[**P, ResultT](
        self, query: Callable[Concatenate[HomeAssistant, P], ResultT], *args: P.args, **kwargs: P.kwargs
    ) -> ResultT:
        """Return what a query (see rows.py) finds. Raises: HistoryUnavailableError."""
        return await async_read(self._hass, partial(query, self._hass, *args, **kwargs))

    async def write_steps(self, series: HistorySeries, steps: Iterable[Step]) -> None:
        """Queue the steps in their order; none is begun while Home Assistant stops. Raises: HistoryUnavailableError."""
        await self._queue(chain.from_iterable(self._step_tasks(series, step) for step in steps))

    async def write_levels(self, series: HistorySeries, hours: Mapping[int, Level]) -> None:
        """Queue the hours of a level series, as write_steps does. Raises: HistoryUnavailableError."""
        await self._queue(self._row_tasks(series, sorted(hours.items()), _level_row))

    async def write_name(self, series: HistorySeries) -> None:
        """Queue the name of a series, in the user's language. Raises: HistoryUnavailableError."""
        await self._queue([(0, partial(self._add, series, []))])

    async def written(self) -> None:
        """Return when the recorder has done what is queued so far, or has dropped it. Raises: HistoryUnavailableError."""
        async with self._bounded():
            await async_reach(self._hass, self._marker())

    def _step_tasks(self, series: HistorySeries, step: Step) -> Iterator[_Task]:
        for begin, end in ranges((start, start + HOUR) for start in step.removed):
            yield 0, partial(self._recorder.queue_task, RemoveHours(series.statistic_id, begin, end))
        yield from self._row_tasks(series, step.rows, _sum_row)
        if step.shift:
            adjust = self._recorder.async_adjust_statistics
            yield 0, partial(adjust, series.statistic_id, instant(step.shift_from), step.shift, series.unit)

    def _row_tasks[RowT](
        self, series: HistorySeries, rows: Sequence[RowT], made_of: Callable[[RowT], StatisticData]
    ) -> Iterator[_Task]:
        for part in batched(rows, self.rows_per_task, strict=False):
            yield len(part), partial(self._add, series, _Rows(part, made_of))

    def _add(self, series: HistorySeries, rows: Iterable[StatisticData]) -> None:
        async_add_external_statistics(self._hass, series.metadata, rows)

    async def _queue(self, tasks: Iterable[_Task]) -> None:
        check_recorder(self._hass)
        async with self._bounded():
            for rows, queue in tasks:
                await self._hand_over(rows, queue)

    async def _hand_over(self, rows: int, queue: Callable[[], None]) -> None:
        """Queue one task as soon as few enough of ours wait; its time decides how large the next ones are."""
        while self._recorder.backlog > _LONGEST_BACKLOG:
            check_not_over(self._hass)
            await asyncio.sleep(_BACKLOG_PAUSE_SECONDS)
        await self._limiter.acquire()
        started = self._hass.loop.time()
        try:
            queue()
            marker = self._marker()
        except BaseException:
            self._limiter.release()
            raise
        marker.add_done_callback(partial(self._done, rows, started))

    def _done(self, rows: int, started: float, marker: asyncio.Future[None]) -> None:
        self._limiter.release()
        now = self._hass.loop.time()
        seconds = now - max(started, self._last_done)
        self._last_done = now
        if rows >= _ROWS_TO_MEASURE and seconds > 0 and not marker.cancelled():
            fitting = round(rows / seconds * _TASK_SECONDS)
            self.rows_per_task = min(_MOST_ROWS, max(_FEWEST_ROWS, fitting))

    def _marker(self) -> asyncio.Future[None]:
        """Queue a task that changes nothing, and return what is done when the recorder's thread comes to it."""
        marker = async_marker(self._hass)
        self._markers.add(marker)
        marker.add_done_callback(self._markers.discard)
        return marker

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        """Wait for the recorder only so long; then the tasks that wait for it release the limiter."""
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                yield
        except TimeoutError as error:
            for marker in list(self._markers):
                marker.cancel()
            raise unavailable() from error


async def async_clear(hass: HomeAssistant, statistic_ids: Collection[str]) -> None:
    """Remove statistics with all their rows; it is done when this returns. Raises: HistoryUnavailableError."""
    if not statistic_ids:
        return
    cleared: list[bool] = []
    get_instance(hass).async_clear_statistics(sorted(statistic_ids), on_done=lambda: cleared.append(True))
    try:
        async with asyncio.timeout(_LONGEST_CLEARING_SECONDS):
            await async_reach(hass, async_marker(hass))
    except TimeoutError as error:
        raise unavailable() from error
    if not cleared:
        raise unavailable("history_not_cleared")
