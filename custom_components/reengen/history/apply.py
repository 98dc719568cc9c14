"""Brings the platform's hours into the store: read, plan, write, verify, under the locks of the series."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from copy import copy
from functools import wraps
import math
from typing import Any, Concatenate, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.reengen.const import DOMAIN, LOGGER

from . import rows
from .plan import HOUR, Changes, Level, Step, Stretch, changes, level_changes, repair, steps
from .reconcile import Stored
from .recorder_work import async_finish, unavailable
from .series import HistorySeries, Results, SeriesResult, ids_of
from .store import HistoryStore

# How often broken sums are put right before it is given up: a recorder that finds the database locked writes later.
_REPAIRS: Final = 3

type BeforeChange = Callable[[HistorySeries, Collection[int]], None]
"""Called with the hours of a series (their starts in epoch seconds) that are about to be written or removed."""

# A database that refuses more series than this takes nothing at all.
_MOST_REFUSED: Final = 3

# How long an unload waits for the writes under way. A write that takes longer goes on, and holds the locks of its series.
_LONGEST_UNLOAD_SECONDS: Final = 60.0


def _to_its_end[**P, ResultT](
    method: Callable[Concatenate[Applier, P], Coroutine[Any, Any, ResultT]],
) -> Callable[Concatenate[Applier, P], Coroutine[Any, Any, ResultT]]:
    """Let a method of the applier go on when whoever waits for it is cancelled: half a change leaves broken sums."""

    @wraps(method)
    async def begun(applier: Applier, /, *args: P.args, **kwargs: P.kwargs) -> ResultT:
        return await applier.finish(method(applier, *args, **kwargs))

    return begun


class Applier:
    """Writes what differs, and nothing where nothing differs.

    `refused` are the statistics whose rows were not in the database after they were written; they are written no more
    until they are taken out of it.

    Whoever waits for a method may be cancelled: what was begun is brought to its end, for which the account's unloading
    and Home Assistant's stop wait. All methods raise HistoryUnavailableError.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        store: HistoryStore,
        before_change: BeforeChange = lambda _series, _hours: None,
    ) -> None:
        """Write into the store, on behalf of the account."""
        self._hass = hass
        self._entry = entry
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closed = asyncio.Event()
        self._before_change = before_change
        self._changed: dict[str, int] = {}
        self._is_dry = False
        self.store = store
        self.refused: set[str] = set()

    def dry(self) -> Applier:
        """Return what tells what this one would write, and writes none of it."""
        other = copy(self)
        other._is_dry = True  # noqa: SLF001 - of the same class
        return other

    async def close(self) -> None:
        """Begin nothing more, and return when what is under way has ended."""
        self._closed.set()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_LONGEST_UNLOAD_SECONDS)

    def take_changed(self) -> dict[str, int]:
        """Return the earliest hour (epoch seconds) that was written or removed of each statistic since the last call.

        What is still being written is returned by the next call as well.
        """
        changed = dict(self._changed)
        if not self._under_way:
            self._changed.clear()
        return changed

    def _changes(self, series: HistorySeries, hours: Collection[int]) -> None:
        """Take note of hours that are about to be written or removed, and say so."""
        self._note_changed(series.statistic_id, min(hours))
        self._before_change(series, hours)

    def _note_changed(self, statistic_id: str, start: int) -> None:
        self._changed[statistic_id] = min(start, self._changed.get(statistic_id, start))

    async def finish[ResultT](self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Return the result of work that goes on when whoever waits for it is cancelled."""
        if self._closed.is_set():
            work.close()
            raise unavailable()
        task = self._hass.async_create_task(work, f"{DOMAIN} write history of {self._entry.title}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await async_finish(self._hass, task)

    @_to_its_end
    async def sums(
        self,
        series: Sequence[HistorySeries],
        window: range,
        found: Mapping[str, Mapping[int, float]],
        gone: Mapping[str, Collection[int]] | None = None,
    ) -> Results:
        """Make the stored hours of the window equal to `found` and remove those `gone`; others stay as they are."""
        known = [one for one in series if one.statistic_id in found.keys() - self.refused]
        async with self.store.locked(ids_of(known)):
            stretches = await self._consistent_stretches(known, window)
            planned = await self._hass.async_add_executor_job(_planned, stretches, found, gone or {})
            written = [one for one in known if planned[one.statistic_id][0] and not self._is_dry]
            for one in written:
                wanted, planned_steps, _ = planned[one.statistic_id]
                self._changes(one, wanted.hours)
                await self.store.write_steps(one, planned_steps)
            if written:
                await self.store.written()
                # What a locked database made the recorder do later, or twice, is seen here.
                broken = await self.store.read(rows.inconsistent, ids_of(written), window)
                for one in written:
                    if one.statistic_id in broken:
                        await self._heal_locked(one)
                after = {one.statistic_id: planned[one.statistic_id][2] for one in written}
                self._note_refused(await self.store.read(rows.differing, after, window))
        return {
            statistic_id: SeriesResult(
                hours_checked=len(found[statistic_id]),
                hours_written=len(wanted.values),
                hours_removed=len(wanted.removed),
                moved=wanted.moved,
            )
            for statistic_id, (wanted, *_) in planned.items()
        }

    @_to_its_end
    async def levels(self, series: Sequence[HistorySeries], found: Mapping[str, Mapping[int, Level]]) -> Results:
        """Make the stored hours equal to `found`; no hour is ever removed."""
        result = {one.statistic_id: SeriesResult() for one in series if one.statistic_id in found}
        known = [one for one in series if found.get(one.statistic_id) and one.statistic_id not in self.refused]
        if not known:
            return result
        hours = [start for one in known for start in found[one.statistic_id]]
        window = range(min(hours), max(hours) + HOUR, HOUR)
        expected: dict[str, Stored] = {}
        async with self.store.locked(ids_of(known)):
            stored = await self.store.read(rows.levels, ids_of(known), window)
            for one in known:
                key, before = one.statistic_id, stored.get(one.statistic_id, {})
                wanted = level_changes(before, found[key])
                result[key] = SeriesResult(hours_checked=len(found[key]), hours_written=len(wanted))
                if wanted and not self._is_dry:
                    self._changes(one, wanted)
                    await self.store.write_levels(one, wanted)
                    after = before | wanted
                    expected[key] = Stored(sum(level.mean for level in after.values()), len(after))
            if expected:
                await self.store.written()
                self._note_refused(await self.store.read(rows.differing, expected, window))
        return result

    async def _consistent_stretches(self, series: Sequence[HistorySeries], window: range) -> dict[str, Stretch]:
        """Read the windows; a plan needs consistent sums, whoever broke them."""
        stretches = await self.store.read(rows.stretches, ids_of(series), window)
        broken = [one for one in series if not stretches[one.statistic_id].is_consistent]
        for one in broken:
            await self._heal_locked(one)
        return stretches | await self.store.read(rows.stretches, ids_of(broken), window)

    @_to_its_end
    async def heal(self, series: HistorySeries) -> int:
        """Make the change of every row its state again; return how many steps it took (0: it was consistent)."""
        async with self.store.locked([series.statistic_id]):
            return await self._heal_locked(series)

    async def _heal_locked(self, series: HistorySeries) -> int:
        taken = 0
        for _ in range(_REPAIRS):
            stored = await self.store.read(rows.all_rows, series.statistic_id)
            mending = await self._hass.async_add_executor_job(repair, stored)
            if not mending:
                return taken
            taken += len(mending)
            self._note_changed(series.statistic_id, 0)
            await self.store.write_steps(series, mending)
            await self.store.written()
        LOGGER.warning("The sums of %s could not be put right; it is tried again", series.statistic_id)
        self._note_refused({series.statistic_id})
        return taken

    def _note_refused(self, statistic_ids: Collection[str]) -> None:
        """Go on without what the database does not take. Raises: HistoryUnavailableError where it takes nothing."""
        if statistic_ids:
            LOGGER.debug("The database did not take %s", ", ".join(sorted(statistic_ids)))
        self.refused.update(statistic_ids)
        self.check_refused(most=_MOST_REFUSED)

    def check_refused(self, *, most: int = 0) -> None:
        """Raise HistoryUnavailableError where the database has refused more statistics than this."""
        if len(self.refused) > most:
            raise unavailable("history_not_written", count=str(len(self.refused)))


type _Planned = dict[str, tuple[Changes, list[Step], Stored]]
"""Statistic id -> what changes, the steps that bring it into the store, and what the window holds then."""


def _planned(
    stretches: Mapping[str, Stretch], found: Mapping[str, Mapping[int, float]], gone: Mapping[str, Collection[int]]
) -> _Planned:
    result: _Planned = {}
    for statistic_id, stretch in stretches.items():
        wanted = changes(stretch.states, found[statistic_id], gone.get(statistic_id, ()))
        after = stretch.states | wanted.values
        left = [value for start, value in after.items() if start not in wanted.removed]
        result[statistic_id] = wanted, steps(stretch, wanted), Stored(math.fsum(left), len(left))
    return result
