"""Costs: what the platform charges for days (recent ones) and months (old ones), spread over hours by energy.

The platform gives one cost for a whole range, without a date, so a day takes a request of its own. What is settled is
always a whole day or month, or all that has passed of it: a part would add up by itself and leave the whole wrong.

The newest days are imported oldest first, so that what is half there ends days ago; everything else newest first.

Costs follow the energy: before energy is written, its hours are noted (`energy_changes`), and the days and old months of
those hours are settled again, whatever their totals say, as soon as the platform gives them a cost. Where Home Assistant
was killed in between, the stored hours of a recent day tell by themselves: they are no shares of its energy.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from custom_components.reengen.api import Resolution

from . import rows
from .apply import Applier
from .cost_periods import Period, periods_of
from .costs import cost_hours, due_days, has_shares, is_settled
from .plan import HOUR
from .platform import HistoryPlatform
from .reconcile import Memory, Stored
from .series import HistorySeries, Results, SeriesResult, add_results, ids_of

type ChangedEnergy = defaultdict[str | None, set[int]]
"""Id of an energy -> the starts (epoch seconds) of the days and months whose cost is to be settled for it."""

type _Hours = dict[str, dict[int, float]]
"""Statistic id -> start of the hour (epoch seconds) -> value."""

type _Difference = tuple[str, str, int, float, Stored]
"""A period as it is remembered (see `Memory`): statistic id, resolution, start, and both totals."""


class CostImport:
    """Makes cost series add up to what the platform charges.

    All methods raise ReengenError and HistoryUnavailableError; what was settled before that is written.
    """

    def __init__(
        self, platform: HistoryPlatform, applier: Applier, memory: Memory, changed: ChangedEnergy | None = None
    ) -> None:
        """Read from the platform, write through the applier, remember what stays different and what is to be settled."""
        self._platform = platform
        self._applier = applier
        self._memory = memory
        self._changed = defaultdict(set) if changed is None else changed
        # The earliest period that has changed since `follow_all`.
        self._since = min(chain.from_iterable(self._changed.values()), default=None)
        # The total of the day under way grows every hour: of two settlements at once, the one that began earlier could
        # end later and put back the smaller total.
        self._one_at_a_time = asyncio.Lock()

    def energy_changes(self, statistic_id: str, hours: Collection[int]) -> None:
        """Take note that hours of an energy that a cost is shared by are about to be written or removed."""
        periods = self._periods(range(min(hours), max(hours) + HOUR, HOUR))
        begins = sorted(period.hours.start for period in periods)
        changed = {begins[bisect_right(begins, hour) - 1] for hour in hours}
        self._changed[statistic_id] |= changed
        self._since = min(changed) if self._since is None else min(self._since, *changed)

    def _periods(self, window: range) -> list[Period]:
        return periods_of(window, self._platform.zone)

    async def newest_days(self, series: Sequence[HistorySeries], stored: Mapping[str, int], window: range) -> None:
        """Settle the days of the window from the newest stored hour of each series on, oldest first, without the last.

        The last day is left to `newest`. So a month that is half imported ends days ago, and is not taken for the whole
        of it. `stored` is the newest hour by statistic id, of energies too: a day whose energy is still to be read would
        be spread over a part of its hours.
        """
        _, *earlier = self._periods(window)
        for period in reversed(earlier):
            last = period.hours[-1]
            some = [
                one
                for one in series
                if stored.get(one.statistic_id, 0) <= last
                and (one.shared_by is None or stored.get(one.shared_by, 0) >= last)
            ]
            if some:
                await self.check(some, period)

    async def newest(self, series: Sequence[HistorySeries], hour: int) -> None:
        """Settle the day that holds the hour, as far as it has passed by now."""
        (day,) = self._periods(range(hour, hour + HOUR, HOUR))
        await self.check(series, day)

    async def follow(self, series: Sequence[HistorySeries], window: range) -> None:
        """Settle what the window touches and has other energy than when it was settled last, newest first."""
        for period in self._periods(window):
            if some := [one for one in series if self._changed_in(one, period)]:
                await self.check(some, period)

    async def follow_all(self, series: Sequence[HistorySeries], end: int) -> None:
        """Settle what has changed up to `end` since the last call and is not settled yet: an energy of another account, say."""
        if (since := self._since) is None:
            return
        # A clock that was ahead may have noted periods of the future.
        await self.follow(series, range(min(since, end - HOUR), end, HOUR))
        if self._since == since:
            self._since = None

    def _changed_in(self, series: HistorySeries, period: Period) -> set[int]:
        """Return the starts of days and old months whose energy has changed since the cost was settled last."""
        return {start for start in self._changed[series.shared_by] if start in period.hours}

    async def check(self, series: Sequence[HistorySeries], period: Period, *, anew: bool = False) -> Results:
        """Compare a period, as far as it has passed by now, and settle it where it differs, or (`anew`) all of it."""
        async with self._one_at_a_time:
            passed = period.passed()
            changed = {one: self._changed_in(one, passed) for one in series}
            # Energy that changes from now on makes its period due once more.
            for one, starts in changed.items():
                self._changed[one.shared_by] -= starts
            try:
                return await self._check(passed, changed, anew=anew)
            except BaseException:
                for one, starts in changed.items():
                    self._changed[one.shared_by] |= starts
                raise

    async def _check(self, period: Period, changed: Mapping[HistorySeries, set[int]], *, anew: bool) -> Results:
        totals = await self._platform.costs(list(changed), period.hours)
        for one in (one for one in changed if one.statistic_id not in totals):
            self._changed[one.shared_by] |= changed[one]
        stored = await self._stored(ids_of(changed), period.hours)
        due = await self._due(changed, period, totals, stored)
        differences = self._differences(period, totals, stored)
        differing = {key for key, known in differences.items() if not self._memory.knows(*known)}
        if anew:
            differing.update(ids_of(changed))
        results: Results = {}
        untold: defaultdict[HistorySeries, set[int]] = defaultdict(set)
        for part in period.parts:
            hours = part.hours
            wanted = [one for one in changed if one.statistic_id in differing or hours.start in due[one.statistic_id]]
            for key in totals.keys() - ids_of(wanted):
                checked = SeriesResult(hours_checked=sum(hour in stored[key] for hour in hours))
                add_results(results, {key: checked})
            if wanted:
                of_part = totals if part == period else await self._platform.costs(wanted, hours)
                add_results(results, await self._settle(wanted, part, of_part, anew=anew))
                for one in wanted:
                    if one.statistic_id not in of_part and (lost := stored[one.statistic_id].keys() & hours):
                        untold[one] |= lost
        if period.is_recent:
            add_results(results, await self._remove_lost(untold, period))
            # What differs although its days were just settled.
            settled = await self._stored(differing & totals.keys(), period.hours)
            for known in self._differences(period, totals, settled).values():
                self._memory.keep(*known)
        return results

    async def _remove_lost(self, untold: Mapping[HistorySeries, Collection[int]], period: Period) -> Results:
        """Remove hours of days without a total, where the total of the recent days of the month is that of the others."""
        if not untold:
            return {}
        month = period.recent_month.passed()
        totals = await self._platform.costs(list(untold), month.hours)
        stored = await self._stored(ids_of(untold), month.hours)
        left = {
            one.statistic_id: {hour: cost for hour, cost in stored[one.statistic_id].items() if hour not in lost}
            for one, lost in untold.items()
        }
        differing = self._differences(month, totals, left)
        gone = {
            one.statistic_id: lost
            for one, lost in untold.items()
            if left[one.statistic_id] and one.statistic_id in totals.keys() - differing
        }
        return await self._applier.sums(list(untold), month.hours, {key: {} for key in gone}, gone)

    async def _due(
        self, changed: Mapping[HistorySeries, set[int]], period: Period, totals: Collection[str], stored: _Hours
    ) -> dict[str, set[int]]:
        """Return by statistic id the starts of the parts that are to be settled whatever the total of the period says."""
        days = [part.hours for part in period.parts]
        energies = await self._stored(_energies_of(changed), period.hours) if period.is_recent else {}

        def due() -> dict[str, set[int]]:
            result = {}
            for one, starts in changed.items():
                key, energy = one.statistic_id, energies.get(one.shared_by or "")
                result[key] = starts | due_days(days, stored[key], energy, is_known=key in totals)
            return result

        found: dict[str, set[int]] = await self._platform.run(due)
        return found

    def _differences(self, period: Period, totals: Mapping[str, float], stored: _Hours) -> dict[str, _Difference]:
        """Return by statistic id the costs of a period that its stored hours do not add up to."""
        rounded = len(period.parts) * self._platform.cost_step
        return {
            key: (key, Resolution.MONTH, period.hours.start, totals[key], Stored(sum(hours.values()), len(hours)))
            for key, hours in stored.items()
            if key in totals and not is_settled(totals[key], hours, rounded)
        }

    async def _settle(
        self, series: Sequence[HistorySeries], period: Period, totals: Mapping[str, float], *, anew: bool
    ) -> Results:
        """Spread the total of one period over its hours; what has no total stays pending."""
        known = [one for one in series if one.statistic_id in totals]
        if not known:
            return {}
        stored = await self._stored(ids_of(known), period.hours)
        shares = await self._shares(known, period, anew=anew)
        found: _Hours = {
            key: await self._platform.run(cost_hours, totals[key], stored[key], shares[key]) for key in stored
        }
        gone = {key: stored[key].keys() - hours.keys() for key, hours in found.items()}
        results = await self._applier.sums(known, period.hours, found, gone)
        return {
            key: replace(result, hours_checked=len(found[key].keys() | stored[key].keys()))
            for key, result in results.items()
        }

    async def _stored(self, ids: Collection[str], window: range) -> _Hours:
        found = await self._applier.store.read(rows.values, ids, window)
        return {statistic_id: found.get(statistic_id, {}) for statistic_id in ids}

    async def _shares(self, series: Sequence[HistorySeries], period: Period, *, anew: bool) -> _Hours:
        """Return what the hours share the cost by, by the id of the cost statistic: energy, or the same for all hours.

        It is the stored energy, for the two to agree. Where there is none, and where everything is read anew, the
        platform's hours take the place of the stored ones; what the platform does not tell stays as it is stored.
        """
        ids = _energies_of(series)
        # What is being written counts as written, whatever account owns it.
        async with self._applier.store.locked(ids):
            energies = await self._stored(ids, period.hours)
        result = {one.statistic_id: energies.get(one.shared_by or "", {}) for one in series}
        asked = [
            replace(one, key=one.measurement.key)
            for one in series
            if one.measurement is not None and (anew or not result[one.statistic_id])
        ]
        if asked:
            async for _, found in self._platform.hours(asked, period.hours):
                for key, hours in found.sums.items():
                    result[key] = result[key] | hours
        idle = [one for one in series if not has_shares(result[one.statistic_id].values())]
        for key, first in (await self._first_days(idle, period.days, split=1)).items():
            charged = range(first, period.hours.stop, HOUR)
            result[key] = dict.fromkeys([hour for hour in result[key] if hour in charged] or charged, 0.0)
        return result

    async def _first_days(
        self, series: Sequence[HistorySeries], days: Sequence[range], *, split: int
    ) -> dict[str, int]:
        """Return the start of the first of the days on which each series costs anything, by statistic id.

        A meter that came in the middle of a month has cost nothing before. The days before `split` are looked at
        first, then halves of what is left.
        """
        if not series or len(days) == 1:
            return dict.fromkeys(ids_of(series), days[0].start)
        charged = await self._platform.costs(series, range(days[0].start, days[split].start, HOUR))
        early = [one for one in series if charged.get(one.statistic_id)]
        late = [one for one in series if not charged.get(one.statistic_id)]
        found = await self._first_days(early, days[:split], split=(split + 1) // 2)
        return found | await self._first_days(late, days[split:], split=(len(days) - split + 1) // 2)


def _energies_of(series: Iterable[HistorySeries]) -> set[str]:
    return {one.shared_by for one in series if one.shared_by is not None}
