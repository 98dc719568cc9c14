"""What is done to the statistics, from the newest hours to the oldest month; the importer says when."""

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from custom_components.reengen.api import Resolution
from custom_components.reengen.const import DOMAIN, LOGGER

from . import rows
from .apply import Applier
from .compare import AfterMonth, Compare
from .cost_import import CostImport
from .cost_periods import months_of
from .hours import bucket_of, edges, hour_starts, instant
from .newest import NewestHours
from .plan import HOUR
from .platform import HistoryPlatform
from .progress import TWO_MONTHS_INTERVAL, Compared, Settled, complete_end
from .reconcile import Memory
from .series import HistorySeries, Results, SeriesResult, add_results, costs_of, ids_of, measured_of
from .store import HistoryStore

# What is imported first: the Energy dashboard compares a month with the one before it.
NEWEST_DAYS: Final = timedelta(days=35)

_ONE_HOUR: Final = timedelta(hours=1)

# "Everything" is looked for in steps of so many months, until one has nothing; no platform is older than this year.
_STEP_MONTHS: Final = 24
_NOTHING_BEFORE: Final = datetime(2000, 1, 1, tzinfo=UTC)

# Sent before hours of any account's energy are written or removed: statistic id, starts of the hours (epoch seconds).
ENERGY_CHANGES: Final[SignalType[str, Collection[int]]] = SignalType(f"{DOMAIN}_energy_changes")


async def _go_on(_series: Sequence[HistorySeries], _month: range) -> None:
    """Let nothing come between the months."""


class Upkeep:
    """Brings the statistics of an account in line with the platform; every method may be broken off at any instant.

    All raise ReengenError and HistoryUnavailableError; what was done until then stays done, with consistent sums.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        platform: HistoryPlatform,
        store: HistoryStore,
        compared: Compared,
    ) -> None:
        """Read from the platform, write into the store, on behalf of the account."""
        self._hass = hass
        self.store = store
        self.looked_at: dict[str, datetime] = {}
        self.applier = Applier(hass, entry, store, self._before_change)
        self._compared = compared
        self.owned: Sequence[HistorySeries] = ()
        self._shared: set[str | None] = set()
        self._newest_end: datetime | None = None
        self._newest = NewestHours()
        self._platform = platform
        self._compare = Compare(platform, self.applier, compared.memory)
        self._costs = CostImport(platform, self.applier, compared.memory, compared.changed_energy)

    def dry(self) -> Upkeep:
        """Return what tells what this one would do to the statistics, and does none of it."""
        other = copy(self)
        applier, memory = self.applier.dry(), Memory()
        other._compare = Compare(self._platform, applier, memory)  # noqa: SLF001 - of the same class
        other._costs = CostImport(self._platform, applier, memory)  # noqa: SLF001
        return other

    def own(self, series: Sequence[HistorySeries]) -> None:
        """Take note of all series that the account owns, of which a call may name some."""
        self.owned = series
        self._shared = {one.shared_by for one in series}

    def energy_changes(self, statistic_id: str, hours: Collection[int]) -> bool:
        """Let costs follow an energy that is about to change, whichever account owns it; return whether any does."""
        is_followed = statistic_id in self._shared
        if is_followed:
            self._costs.energy_changes(statistic_id, hours)
        return is_followed

    def _before_change(self, series: HistorySeries, hours: Collection[int]) -> None:
        """Tell all accounts of a change, as costs follow it (ENERGY_CHANGES), and learn how late hours change."""
        if series.cost_group is not None:
            return
        self._newest.changes(series, hours, int(complete_end().timestamp()))
        async_dispatcher_send(self._hass, ENERGY_CHANGES, series.statistic_id, hours)

    def look_again(self, series: Iterable[HistorySeries], begin: datetime) -> None:
        """Forget what stayed different or was left out from `begin` on: the response may have lacked something."""
        self._compared.memory.forget_series(set(ids_of(series)), int(begin.timestamp()))
        self._platform.left_out.forget(begin)

    async def audit(self, series: Iterable[HistorySeries]) -> None:
        """Heal the sums of every series: after a crash between two writes, or another hand's work."""
        summed = [one for one in series if one.has_sum]
        if summed:
            # What was broken off may have left rows in the recorder's queue, and no shift of those behind them.
            await self.store.written()
        for one in summed:
            # One after another: a stop of Home Assistant waits for the query that is under way.
            broken = await self.store.read(rows.inconsistent, [one.statistic_id])
            if broken and (taken := await self.applier.heal(one)):
                LOGGER.info("The sums of %s were put right in %s steps", one.statistic_id, taken)

    async def begin(self, end: datetime) -> list[HistorySeries]:
        """Begin a run up to `end`; return the series whose whole depth is to be compared in it."""
        compared = self._compared
        self.applier.refused.clear()
        compared.keep_only(set(ids_of(self.owned)))
        compared.lost(await self._rename())
        if self._newest_end is not None and self._newest_end > end:
            # The clock was ahead, and hours may have been taken for complete that were not.
            compared.recent.clear()
        return compared.due(self.owned, end)

    async def _rename(self) -> Collection[str]:
        """Let the names of statistics follow those of the points and the language; return the ids that exist."""
        names = await self.store.read(rows.names, ids_of(self.owned))
        renamed = [one for one in self.owned if names.get(one.statistic_id, one.name) != one.name]
        for one in renamed:
            await self.store.write_name(one)
        if renamed:
            await self.store.written()
        return names.keys()

    async def newest(self, statistic_ids: Collection[str]) -> dict[str, int]:
        """Return the start of the newest complete hour of each series that has any.

        Hours behind it were written while the clock was ahead.
        """
        last = int(complete_end().timestamp()) - HOUR
        return {key: min(start, last) for key, start in (await self.store.read(rows.newest, statistic_ids)).items()}

    async def newest_days(self, series: Sequence[HistorySeries], end: datetime, settled: Settled) -> None:
        """Read the newest days of the series that have no hour in them, and what is missing of what they cost."""
        start = edges(end - NEWEST_DAYS, end, Resolution.DAY, self._platform.zone)[1]
        newest = await self.store.read(rows.newest, ids_of(series))
        window = hour_starts(start, end)
        fresh = [one for one in measured_of(series) if newest.get(one.statistic_id, 0) < window.start]
        if fresh:
            await self._compare.read(fresh, window, settled=settled)
        if costs := costs_of(series):
            ids = {*ids_of(costs), *(one.shared_by for one in costs if one.shared_by is not None)}
            await self._costs.newest_days(costs, await self.store.read(rows.newest, ids), window)
            settled(ids_of(costs), window)

    async def newest_hours(self) -> bool:
        """Read the hours that have come since the last time, and what they cost; return whether any can have come."""
        # Unequal also where the clock has gone back: then the newest hours are read again.
        if (end := complete_end()) == self._newest_end:
            return False
        until, now = int(end.timestamp()), dt_util.utcnow()
        found = await self.store.read(rows.newest, ids_of(self.owned))
        # Hours in the future were written while the clock was ahead, and say nothing of those before them.
        newest = {key: start if start < until else 0 for key, start in found.items()}
        self.looked_at.update((key, now) for key, start in newest.items() if start + HOUR >= until)
        first = until - HOUR
        for begin, group in self._newest.groups(self.owned, newest, until):
            first = min(first, begin)
            results = await self._compare.read(group, range(begin, until, HOUR))
            # Series that the platform refuses have no results.
            self.looked_at.update(dict.fromkeys(results, now))
            moved_on = {one.point_id for one in group if results.get(one.statistic_id, SeriesResult()).hours_written}
            self._newest.asked({one.point_id for one in group}, until, moved_on)
        if costs := costs_of(self.owned):
            await self._costs.newest(costs, until - HOUR)
            await self._costs.follow(costs, range(first, until, HOUR))
        self._newest_end = end
        return True

    async def to_come(self, series: Sequence[HistorySeries], window: range) -> frozenset[str]:
        """Return the series without any hour that the platform has a value of in the window, or does not tell of."""
        stored = await self.store.read(rows.newest, ids_of(series))
        missing = [one for one in series if one.statistic_id not in stored]
        _, totals = await self._platform.totals(measured_of(missing), window, Resolution.MONTH)
        return frozenset(totals).union(await self._platform.costs(costs_of(missing), window))

    async def check_recent(self, end: datetime) -> None:
        """Compare the month under way, or the newest two months, where that is due."""
        if (interval := self._compared.due_recent(end)) is None:
            return
        is_daily = interval == TWO_MONTHS_INTERVAL
        start = self._months_before(end, 1 if is_daily else 0)
        if is_daily:
            self.look_again(self.owned, start)
        await self.check(self.owned, hour_starts(start, end))
        self._compared.note_recent(interval, end)

    async def follow(self, end: datetime) -> None:
        """Settle the costs of all that has changed up to `end` and is not settled yet."""
        await self._costs.follow_all(costs_of(self.owned), int(end.timestamp()))

    async def check(
        self,
        series: Sequence[HistorySeries],
        window: range,
        *,
        after_month: AfterMonth = _go_on,
        anew: bool = False,
    ) -> Results:
        """Compare the window with the platform, months first, and settle what differs, newest first.

        With `anew` all of it is settled, whatever the totals say.
        """
        results: Results = {}
        if measured := measured_of(series):
            months = self._whole_months(window) if anew else window
            comparison = await self._compare.totals(measured, months, Resolution.MONTH, anew=window if anew else None)
            for month in comparison.buckets:
                equal = [one for one in measured if not comparison.is_due(one.statistic_id, month)]
                await after_month(equal, month)
            add_results(results, await self._compare.settle(measured, comparison, after_month))
        costs = costs_of(series)
        for period in months_of(window, self._platform.zone) if costs else ():
            add_results(results, await self._costs.check(costs, period, anew=anew))
            await after_month(costs, period.hours)
        return results

    def _whole_months(self, window: range) -> range:
        """Return the window with the rest of its months, as far as they have passed."""
        first, _ = self._month_of(instant(window[0]))
        _, after = self._month_of(instant(window[-1]))
        return hour_starts(first, min(after, complete_end()))

    async def read_again(self, series: Sequence[HistorySeries], start: datetime, end: datetime) -> Results:
        """Read every hour of [start, end), whatever the totals say, and remove what the platform has no longer."""
        results: Results = {one.statistic_id: SeriesResult() for one in series}
        if window := hour_starts(max(start, _NOTHING_BEFORE), end):
            add_results(results, await self.check(series, window, anew=True))
            others = set(costs_of(self.owned)).difference(series)
            await self._costs.follow(list(others), window)
        self.applier.check_refused()
        return results

    async def start_of(self, series: Sequence[HistorySeries], months: int, end: datetime) -> datetime:
        """Return where a depth of so many months begins; 0 stands for the first month with any value but zero."""
        begin = self._months_before(end, months)
        while months == 0 and begin > _NOTHING_BEFORE:
            earlier = self._months_before(begin, _STEP_MONTHS)
            if not await self._is_any(series, hour_starts(earlier, begin)):
                break
            begin = earlier
        return begin

    async def _is_any(self, series: Sequence[HistorySeries], window: range) -> bool:
        """Return whether anything but zeros was measured; where costs alone are chosen, whether anything was charged."""
        if measured := measured_of(series):
            _, totals = await self._platform.totals(measured, window, Resolution.MONTH)
            # A total that is not known is no reason to look further back: what is refused is so in every month.
            return any(value for found in totals.values() for value in found.values())
        return any((await self._platform.costs(series, window)).values())

    def _months_before(self, end: datetime, months: int) -> datetime:
        """Return the start of the month so many months before the one of the hour that ends at `end`."""
        begin, _ = self._month_of(end - _ONE_HOUR)
        for _ in range(months):
            begin, _ = self._month_of(begin - _ONE_HOUR)
        return begin

    def _month_of(self, hour: datetime) -> tuple[datetime, datetime]:
        return bucket_of(hour, Resolution.MONTH, self._platform.zone)
