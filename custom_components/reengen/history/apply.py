"""Brings the platform's hours into the store: read, plan, write, verify, under the locks of the series."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.reengen.const import DOMAIN, LOGGER

from .plan import Changes, Level, Step, Stretch, changes, level_changes, repair, steps
from .recorder_work import async_finish
from .results import Results, SeriesResult
from .series import HistorySeries
from .store import HistoryStore

# A write whose outcome is wrong (the database was locked and the recorder did it later) is put right this often.
_REPAIRS: Final = 3

type BeforeChange = Callable[[HistorySeries, Collection[int]], None]
"""Called with the hours of a series (their starts in epoch seconds) that are about to be written or removed."""


class Applier:
    """Writes what differs, and nothing where nothing differs."""

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
        self.store = store
        self._before_change = before_change

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
        begun = self._sums(series, start, end, found, gone or {}, dry_run=dry_run)
        task = self._entry.async_create_task(self._hass, begun, f"{DOMAIN} write history")
        return await async_finish(self._hass, task)

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
        known = [each for each in series if each.statistic_id in found]
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
        result: Results = {}
        result.update((each.statistic_id, SeriesResult()) for each in series if each.statistic_id in found)
        known = [each for each in series if found.get(each.statistic_id)]
        ids = [each.statistic_id for each in known]
        if not known:
            return result
        hours = [start for statistic_id in ids for start in found[statistic_id]]
        async with self.store.locked(ids):
            stored = await self.store.levels(ids, min(hours), max(hours) + 1)
            for each in known:
                of_series = found[each.statistic_id]
                wanted = level_changes(stored.get(each.statistic_id, {}), of_series)
                result[each.statistic_id] = SeriesResult(hours_checked=len(of_series), hours_written=len(wanted))
                if wanted and not dry_run:
                    self._before_change(each, wanted)
                    await self.store.write_levels(each, wanted)
            if not dry_run and any(each.hours_written for each in result.values()):
                await self.store.written()
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
        LOGGER.warning("The sums of %s could not be made sound; the next start tries again", series.statistic_id)
        return taken


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
