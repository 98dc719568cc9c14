"""All input and output of the recorder: reading, writing, shifting, clearing, and waiting until it is done.

Writes are only queued for the recorder's thread, so a write counts when `written` returns. Instants are epoch seconds
at the start of an hour.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
import inspect
from itertools import batched
from typing import Any, Final, override

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import async_add_external_statistics, get_metadata
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.const import DOMAIN

from . import rows as stored
from .hours import instant
from .plan import HOUR, Level, Step, StoredHour, Stretch
from .reconcile import Stored
from .recorder_work import async_marker, async_reach, async_read, check_not_over, check_recorder, unavailable
from .series import HistorySeries

# What one task may take of the recorder's time: it writes nothing else of Home Assistant's meanwhile, and mostly keeps
# the interpreter to itself, since it is the first to take again what it lets go for each query.
_TASK_SECONDS: Final = 0.03
_FEWEST_ROWS: Final = 40
# However fast the recorder is: it makes a dozen objects of a row. For the reason not to have thousands, see rows.py.
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

# A backup locks the database for minutes, and so long a write may take as well.
_LONGEST_WAIT_SECONDS: Final = 900.0

# Behind every hour, in epoch seconds.
_NO_END: Final = 2**40

# A person waits for it; what takes longer is done all the same, as soon as the recorder comes to it.
_LONGEST_CLEARING_SECONDS: Final = 60.0

_LOCKS: HassKey[dict[str, asyncio.Lock]] = HassKey(f"{DOMAIN}_history_locks")

# Home Assistant 2026.11 can clear a range of a statistic; before, only all of it.
CAN_REMOVE: Final = "start_time" in inspect.signature(Recorder.async_clear_statistics).parameters


class _Rows[RowT](Iterable[StatisticData]):
    """Rows as the recorder takes them, made whenever it goes through them.

    What waits in its queue is one object then: thousands of them would make the interpreter's garbage collector go
    through everything in the process, while all of it stands still.
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
        self._turns = asyncio.Semaphore(_TASKS_QUEUED)
        self._markers: set[asyncio.Future[None]] = set()
        self._last_done = 0.0
        self.rows_per_task = _FIRST_ROWS
        self.tasks_queued = 0

    @property
    def can_remove(self) -> bool:
        """Return whether single hours can be removed."""
        return CAN_REMOVE

    @asynccontextmanager
    async def locked(self, statistic_ids: Iterable[str]) -> AsyncIterator[None]:
        """Be the only one to read and write these statistics; several accounts may have the same point."""
        locks = self._hass.data.setdefault(_LOCKS, {})
        async with AsyncExitStack() as stack:
            # In one order, so that two who want the same never wait for each other.
            for statistic_id in sorted(statistic_ids):
                await stack.enter_async_context(locks.setdefault(statistic_id, asyncio.Lock()))
            yield

    async def stretches(self, statistic_ids: Collection[str], start: int, end: int) -> dict[str, Stretch]:
        """Return the window of each summed series; one without rows has an empty window."""
        return await self._read(stored.stretches, set(statistic_ids), start, end)

    async def unsound(self, statistic_ids: Collection[str], start: int = 0, end: int = _NO_END) -> set[str]:
        """Return the summed series whose sums are broken in the window, or at the row behind it."""
        return await self._read(stored.unsound, set(statistic_ids), start, end)

    async def values(self, statistic_ids: Collection[str], start: int, end: int) -> dict[str, dict[int, float]]:
        """Return the hours in the window: states of summed series, means of levels."""
        return await self._read(stored.values, set(statistic_ids), start, end)

    async def totals(self, statistic_id: str, edges: Sequence[int], *, has_sum: bool) -> dict[int, Stored]:
        """Return the totals of the hours between the edges (of levels, their means)."""
        return await self._read(stored.totals, statistic_id, edges, has_sum)

    async def differing(self, expected: Mapping[str, Stored], start: int, end: int) -> set[str]:
        """Return the series whose hours in the window are others than expected (of levels, their means)."""
        return await self._read(stored.differing, expected, start, end)

    async def levels(self, statistic_ids: Collection[str], start: int, end: int) -> dict[str, dict[int, Level]]:
        """Return the hours of level series in the window."""
        return await self._read(stored.levels, set(statistic_ids), start, end)

    async def rows(self, statistic_id: str) -> list[StoredHour]:
        """Return all rows of a summed series, oldest first."""
        return await self._read(stored.rows, statistic_id)

    async def newest(self, statistic_ids: Collection[str]) -> dict[str, int]:
        """Return the start of the newest hour of each series that has any."""
        return await self._read(stored.newest, set(statistic_ids))

    async def names(self, statistic_ids: Collection[str]) -> dict[str, str | None]:
        """Return the names of those that exist."""
        found = await self._read(_metadata, set(statistic_ids))
        return {statistic_id: metadata["name"] for statistic_id, (_, metadata) in found.items()}

    async def write_steps(self, series: HistorySeries, steps: Sequence[Step]) -> None:
        """Queue the steps in their order; none is begun while Home Assistant stops. Raises: HistoryUnavailableError."""
        check_recorder(self._hass)
        async with self._bounded():
            for step in steps:
                for begin, end in _neighbours(step.removed):
                    await self._hand_over(0, partial(self._clear, series, begin, end))
                for part in batched(step.rows, self.rows_per_task, strict=False):
                    await self._hand_over(len(part), partial(self._add, series, _Rows(part, _sum_row)))
                if step.shift:
                    await self._hand_over(0, partial(self._shift, series, step))

    async def write_levels(self, series: HistorySeries, hours: Mapping[int, Level]) -> None:
        """Queue the hours of a level series, as write_steps does. Raises: HistoryUnavailableError."""
        check_recorder(self._hass)
        async with self._bounded():
            for part in batched(sorted(hours.items()), self.rows_per_task, strict=False):
                await self._hand_over(len(part), partial(self._add, series, _Rows(part, _level_row)))

    async def write_name(self, series: HistorySeries) -> None:
        """Queue the name of a series, in the user's language. Raises: HistoryUnavailableError."""
        async with self._bounded():
            await self._hand_over(0, partial(self._add, series, []))

    async def written(self) -> None:
        """Return when the recorder has done what is queued so far, or has dropped it. Raises: HistoryUnavailableError."""
        async with self._bounded():
            await async_reach(self._hass, self._marker())

    @callback
    def _add(self, series: HistorySeries, rows: Iterable[StatisticData]) -> None:
        async_add_external_statistics(self._hass, series.metadata, rows)

    @callback
    def _clear(self, series: HistorySeries, begin: int, end: int) -> None:
        clear: Callable[..., None] = self._recorder.async_clear_statistics
        clear([series.statistic_id], start_time=instant(begin), end_time=instant(end))

    @callback
    def _shift(self, series: HistorySeries, step: Step) -> None:
        self._recorder.async_adjust_statistics(series.statistic_id, instant(step.shift_from), step.shift, series.unit)

    async def _hand_over(self, rows: int, queue: Callable[[], None]) -> None:
        """Queue one task as soon as few enough of ours wait; its time decides how large the next ones are."""
        while self._recorder.backlog > _LONGEST_BACKLOG:
            check_not_over(self._hass)
            await asyncio.sleep(_BACKLOG_PAUSE_SECONDS)
        await self._turns.acquire()
        started = self._hass.loop.time()
        try:
            queue()
            marker = self._marker()
        except BaseException:
            self._turns.release()
            raise
        self.tasks_queued += 1
        marker.add_done_callback(partial(self._done, rows, started))

    @callback
    def _done(self, rows: int, started: float, marker: asyncio.Future[None]) -> None:
        self._turns.release()
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
        """Let the recorder take its time, and no longer: then what waits for it gives its turns back."""
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                yield
        except TimeoutError as error:
            for marker in list(self._markers):
                marker.cancel()
            raise unavailable() from error

    async def _read[ResultT](self, read: Callable[..., ResultT], *args: Any) -> ResultT:
        return await async_read(self._hass, partial(read, self._hass, *args))


def _metadata(hass: HomeAssistant, statistic_ids: set[str]) -> dict[str, tuple[int, Any]]:
    return dict(get_metadata(hass, statistic_ids=statistic_ids))


def _neighbours(starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the ranges of hours that follow each other, end exclusive."""
    result: list[tuple[int, int]] = []
    for start in starts:
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], start + HOUR)
        else:
            result.append((start, start + HOUR))
    return result


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
