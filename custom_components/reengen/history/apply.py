"""Brings the platform's hours into the store: read, plan, write, verify, under the locks of the series."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.reengen.const import DOMAIN, LOGGER

from .plan import Changes, Level, Step, Stretch, changes, level_changes, repair, steps
from .reconcile import Stored
from .recorder_work import async_finish, unavailable
from .series import HistorySeries, Results, SeriesResult
from .store import HistoryStore

# A write whose outcome is wrong (the database was locked and the recorder did it later) is put right this often.
_REPAIRS: Final = 3

type BeforeChange = Callable[[HistorySeries, Collection[int]], None]
"""Called with the hours of a series (their starts in epoch seconds) that are about to be written or removed."""

# So many series may be refused one by one; where it are more the database takes nothing.
_MOST_REFUSED: Final = 3

# An unload waits so long for what is under way. What takes longer goes on, and holds the locks of its series.
_LONGEST_UNLOAD_SECONDS: Final = 60.0


class Applier:
    """Writes what differs, and nothing where nothing differs.

    `refused` are the statistics whose rows were not in the database after they were written; they are written no more
    until they are taken out of it.
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
        self._is_closed = False
        self.store = store
        self._before_change = before_change
        self.refused: set[str] = set()

    async def close(self) -> None:
        """Begin nothing more, and return when what is under way has ended."""
        self._is_closed = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_LONGEST_UNLOAD_SECONDS)

    async def _to_its_end[ResultT](self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Return the result of work that goes on when whoever waits for it is cancelled."""
        if self._is_closed:
            work.close()
            raise unavailable()
        task = self._hass.async_create_task(work, f"{DOMAIN} write history of {self._entry.title}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await async_finish(self._hass, task)

    async def sums(
        self,
        series: Sequence[HistorySeries],
        start: datetime,
        end: datetime,
        found: Mapping[str, Mapping[int, float]],
        gone: Mapping[str, set[int]] | None = None,
        *,
        dry_run: bool = False,
    ) -> Results:
        """Make the stored hours of [start, end) equal to `found`; hours in neither stay as they are.

        Whoever waits for it may be cancelled: what was begun is brought to its end, for which the account's unloading
        and Home Assistant's stop wait. Raises: HistoryUnavailableError.
        """
        # Between the rows and the shift of those behind them the sums are broken.
        return await self._to_its_end(self._sums(series, start, end, found, gone or {}, dry_run=dry_run))

    async def _sums(
        self,
        series: Sequence[HistorySeries],
        start: datetime,
        end: datetime,
        found: Mapping[str, Mapping[int, float]],
        gone: Mapping[str, set[int]],
        *,
        dry_run: bool,
    ) -> Results:
        window = int(start.timestamp()), int(end.timestamp())
        known = [each for each in series if each.statistic_id in found.keys() - self.refused]
        ids = [each.statistic_id for each in known]
        async with self.store.locked(ids):
            stretches = await self._sound_stretches(known, *window)
            planned = await self._hass.async_add_executor_job(_planned, stretches, found, gone, self.store.can_remove)
            written = [each for each in known if planned[each.statistic_id][0]]
            if written and not dry_run:
                for each in written:
                    self._before_change(each, planned[each.statistic_id][0].hours)
                    await self.store.write_steps(each, planned[each.statistic_id][1])
                await self.store.written()
                # What a locked database made the recorder do later, or twice, is seen here.
                await self._heal_unsound(written, *window)
                expected = {each.statistic_id: _total_after(stretches, planned, each) for each in written}
                self._note_refused(await self.store.differing(expected, *window))
        return {
            statistic_id: SeriesResult(
                hours_checked=len(found[statistic_id]),
                hours_written=len(wanted.values),
                hours_removed=len(wanted.removed),
                moved=wanted.moved,
            )
            for statistic_id, (wanted, _) in planned.items()
        }

    async def levels(
        self, series: Sequence[HistorySeries], found: Mapping[str, Mapping[int, Level]], *, dry_run: bool = False
    ) -> Results:
        """Make the stored hours equal to `found`; no hour is ever removed. Raises: HistoryUnavailableError."""
        return await self._to_its_end(self._levels(series, found, dry_run=dry_run))

    async def _levels(
        self, series: Sequence[HistorySeries], found: Mapping[str, Mapping[int, Level]], *, dry_run: bool
    ) -> Results:
        result: Results = {}
        result.update((each.statistic_id, SeriesResult()) for each in series if each.statistic_id in found)
        known = [each for each in series if found.get(each.statistic_id) and each.statistic_id not in self.refused]
        ids = [each.statistic_id for each in known]
        if not known:
            return result
        hours = [start for statistic_id in ids for start in found[statistic_id]]
        window = min(hours), max(hours) + 1
        expected: dict[str, Stored] = {}
        async with self.store.locked(ids):
            stored = await self.store.levels(ids, *window)
            for each in known:
                of_series = found[each.statistic_id]
                wanted = level_changes(stored.get(each.statistic_id, {}), of_series)
                result[each.statistic_id] = SeriesResult(hours_checked=len(of_series), hours_written=len(wanted))
                if wanted and not dry_run:
                    self._before_change(each, wanted)
                    await self.store.write_levels(each, wanted)
                    after = {**stored.get(each.statistic_id, {}), **wanted}
                    expected[each.statistic_id] = Stored(sum(level.mean for level in after.values()), len(after))
            if expected:
                await self.store.written()
                self._note_refused(await self.store.differing(expected, *window))
        return result

    async def _sound_stretches(self, series: Sequence[HistorySeries], start: int, end: int) -> dict[str, Stretch]:
        """Read the windows; a plan needs sound sums, whoever broke them."""
        stretches = await self.store.stretches([each.statistic_id for each in series], start, end)
        broken = [each for each in series if not stretches[each.statistic_id].is_sound]
        for each in broken:
            await self._heal_locked(each)
        return stretches | await self.store.stretches([each.statistic_id for each in broken], start, end)

    async def _heal_unsound(self, series: Sequence[HistorySeries], start: int, end: int) -> None:
        """Put right what is broken in windows that were just written."""
        unsound = await self.store.unsound([each.statistic_id for each in series], start, end)
        for each in series:
            if each.statistic_id in unsound:
                await self._heal_locked(each)

    async def heal(self, series: HistorySeries) -> int:
        """Make the change of every row its state again; return how many steps it took (0: it was sound).

        Raises: HistoryUnavailableError.
        """
        return await self._to_its_end(self._heal(series))

    async def _heal(self, series: HistorySeries) -> int:
        async with self.store.locked([series.statistic_id]):
            return await self._heal_locked(series)

    async def _heal_locked(self, series: HistorySeries) -> int:
        taken = 0
        for _ in range(_REPAIRS):
            rows = await self.store.rows(series.statistic_id)
            mending = await self._hass.async_add_executor_job(repair, rows)
            if not mending:
                return taken
            taken += len(mending)
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


def _total_after(
    stretches: Mapping[str, Stretch], planned: Mapping[str, tuple[Changes, list[Step]]], series: HistorySeries
) -> Stored:
    """Return what the window of a series holds when its changes are written."""
    wanted, _ = planned[series.statistic_id]
    after = {**stretches[series.statistic_id].states, **wanted.values}
    left = [value for start, value in after.items() if start not in wanted.removed]
    return Stored(math.fsum(left), len(left))


def _planned(
    stretches: Mapping[str, Stretch],
    found: Mapping[str, Mapping[int, float]],
    gone: Mapping[str, set[int]],
    can_remove: bool,
) -> dict[str, tuple[Changes, list[Step]]]:
    result = {}
    for statistic_id, stretch in stretches.items():
        wanted = changes(stretch.states, found[statistic_id], gone.get(statistic_id, ()), can_remove=can_remove)
        result[statistic_id] = wanted, steps(stretch, wanted)
    return result
