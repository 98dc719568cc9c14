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
from datetime import datetime, timedelta
from itertools import chain, pairwise
from typing import Final

from custom_components.reengen.api import Resolution, floor_to_bucket, next_bucket

from . import rows
from .apply import Applier
from .costs import cost_hours, due_days, has_shares, is_settled
from .hours import edges, hour_ceiling, hour_starts, instant
from .plan import HOUR
from .platform import HistoryPlatform
from .progress import complete_end
from .reconcile import Memory, Stored
from .series import HistorySeries, Results, SeriesResult, add_results, ids_of

# Days of this age and younger are asked for one by one; 13 months of days would be 400 requests.
RECENT_DAYS: Final = timedelta(days=35)

type Piece = tuple[datetime, datetime, bool]
"""Start, end, and whether it is recent: then its days are settled one by one, else all of it at once."""

type ChangedEnergy = defaultdict[str | None, set[int]]
"""Id of an energy -> the starts (epoch seconds) of the days and months whose cost is to be settled for it."""

type _Hours = dict[str, dict[int, float]]
"""Statistic id -> start of the hour (epoch seconds) -> value."""


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
        periods = self._periods(instant(min(hours)), instant(max(hours) + HOUR))
        begins = sorted(int(begin.timestamp()) for begin, *_ in periods)
        changed = {begins[bisect_right(begins, hour) - 1] for hour in hours}
        self._changed[statistic_id] |= changed
        self._since = min(changed) if self._since is None else min(self._since, *changed)

    def pieces(self, start: datetime, end: datetime) -> list[Piece]:
        """Return the months that [start, end) touches, newest first.

        The oldest recent month is cut in two. Of what is recent only the days that the range touches are in it, as a
        whole: the newest may end after now.
        """
        now = complete_end()
        recent = edges(now - RECENT_DAYS, now, Resolution.DAY, self._platform.zone)[1]
        first, _ = self._whole(start, Resolution.DAY if start >= recent else Resolution.MONTH)
        last_hour = end - timedelta(hours=1)
        _, after = self._whole(last_hour, Resolution.DAY if last_hour >= recent else Resolution.MONTH)
        if last_hour < recent:
            after = min(after, recent)
        bounds = edges(first, after, Resolution.MONTH, self._platform.zone)
        cuts = sorted({*bounds, *([recent] if first < recent < after else [])})
        return [(begin, end, begin >= recent) for begin, end in reversed(list(pairwise(cuts)))]

    def _whole(self, hour: datetime, resolution: Resolution) -> tuple[datetime, datetime]:
        """Return the day or month of statistics that holds the hour."""
        begin = floor_to_bucket(hour, resolution, self._platform.zone)
        return hour_ceiling(begin), hour_ceiling(next_bucket(begin, resolution, self._platform.zone))

    def _parts(self, piece: Piece) -> list[tuple[datetime, datetime]]:
        """Return what of a piece is settled at once, newest first: its days, or all of it."""
        begin, after, is_recent = piece
        if not is_recent:
            return [(begin, after)]
        return list(reversed(list(pairwise(edges(begin, after, Resolution.DAY, self._platform.zone)))))

    def _periods(self, start: datetime, end: datetime) -> list[Piece]:
        """Return the recent days and old months that [start, end) touches, newest first."""
        return [(*part, piece[2]) for piece in self.pieces(start, end) for part in self._parts(piece)]

    async def newest_days(
        self, series: Sequence[HistorySeries], stored: Mapping[str, int], start: datetime, end: datetime
    ) -> None:
        """Settle the days of [start, end) from the newest stored hour of each series on, oldest first, without the last.

        The last day is left to `newest`. So a month that is half imported ends days ago, and is not taken for the whole
        of it. `stored` is the newest hour by statistic id, of energies too: a day whose energy is still to be read would
        be spread over a part of its hours.
        """
        _, *earlier = self._periods(start, end)
        for period in reversed(earlier):
            last = int(period[1].timestamp()) - HOUR
            some = [
                one
                for one in series
                if stored.get(one.statistic_id, 0) <= last
                and (one.shared_by is None or stored.get(one.shared_by, 0) >= last)
            ]
            if some:
                await self.check(some, period)

    async def newest(self, series: Sequence[HistorySeries], end: datetime) -> None:
        """Settle the day that holds the hour before `end`, as far as it has passed by now."""
        await self.check(series, self._periods(end - timedelta(hours=1), end)[0])

    async def follow(self, series: Sequence[HistorySeries], start: datetime, end: datetime) -> None:
        """Settle what [start, end) touches and has other energy than when it was settled last, newest first."""
        for period in self._periods(start, end):
            if some := [one for one in series if self._changed_in(one, *period[:2])]:
                await self.check(some, period)

    async def follow_all(self, series: Sequence[HistorySeries], end: datetime) -> None:
        """Settle what has changed since the last call and is not settled yet: an energy of another account, say."""
        if (since := self._since) is None:
            return
        # A clock that was ahead may have noted periods of the future.
        await self.follow(series, instant(min(since, int(end.timestamp()) - HOUR)), end)
        if self._since == since:
            self._since = None

    def _changed_in(self, series: HistorySeries, begin: datetime, after: datetime) -> set[int]:
        """Return the periods of [begin, after) whose energy has changed since the cost was settled last."""
        first, end = begin.timestamp(), after.timestamp()
        return {period for period in self._changed[series.shared_by] if first <= period < end}

    async def check(self, series: Sequence[HistorySeries], piece: Piece, *, anew: bool = False) -> Results:
        """Compare one piece, as far as it has passed by now, and settle it where it differs, or (`anew`) all of it."""
        begin, after, is_recent = piece
        async with self._one_at_a_time:
            after = min(after, complete_end())
            changed = {one: self._changed_in(one, begin, after) for one in series}
            # Energy that changes from now on makes its period due once more.
            for one, periods in changed.items():
                self._changed[one.shared_by] -= periods
            try:
                return await self._check((begin, after, is_recent), changed, anew=anew)
            except BaseException:
                for one, periods in changed.items():
                    self._changed[one.shared_by] |= periods
                raise

    async def _check(self, piece: Piece, changed: Mapping[HistorySeries, set[int]], *, anew: bool) -> Results:
        begin, after, is_recent = piece
        parts = self._parts(piece)
        rounded = len(parts) * self._platform.cost_step
        totals = await self._platform.costs(list(changed), begin, after)
        for one in (one for one in changed if one.statistic_id not in totals):
            self._changed[one.shared_by] |= changed[one]
        stored = await self._stored(ids_of(changed), begin, after)
        due = await self._due(changed, piece, totals, stored)
        differing = {
            one.statistic_id
            for one in changed
            if anew or self._differs(one.statistic_id, begin, totals, stored, rounded)
        }
        results: Results = {}
        untold: defaultdict[HistorySeries, set[int]] = defaultdict(set)
        for first, last in parts:
            hours = hour_starts(first, last)
            wanted = [one for one in changed if one.statistic_id in differing or hours.start in due[one.statistic_id]]
            for key in totals.keys() - ids_of(wanted):
                checked = SeriesResult(hours_checked=sum(hour in stored[key] for hour in hours))
                add_results(results, {key: checked})
            if wanted:
                is_whole = (first, last) == (begin, after)
                of_part = totals if is_whole else await self._platform.costs(wanted, first, last)
                add_results(results, await self._settle(wanted, first, last, of_part, anew=anew))
                for one in (one for one in wanted if one.statistic_id not in of_part):
                    untold[one].update(stored[one.statistic_id].keys() & hours)
        if is_recent:
            add_results(results, await self._remove_lost({one: lost for one, lost in untold.items() if lost}, begin))
            await self._remember(differing & totals.keys(), begin, after, totals, rounded)
        return results

    async def _remove_lost(self, untold: Mapping[HistorySeries, Collection[int]], begin: datetime) -> Results:
        """Remove hours of days without a total, where the total of the recent days of the month is that of the others."""
        if not untold:
            return {}
        pieces = self.pieces(*self._whole(begin, Resolution.MONTH))
        first, after, _ = next(piece for piece in pieces if piece[0] <= begin < piece[1])
        after = min(after, complete_end())
        rounded = len(self._parts((first, after, True))) * self._platform.cost_step
        totals = await self._platform.costs(list(untold), first, after)
        stored = await self._stored(ids_of(untold), first, after)
        gone: dict[str, Collection[int]] = {}
        for one, hours in untold.items():
            key = one.statistic_id
            left = {hour: cost for hour, cost in stored[key].items() if hour not in hours}
            if left and key in totals and is_settled(totals[key], left, rounded):
                gone[key] = hours
        return await self._applier.sums(list(untold), first, after, {key: {} for key in gone}, gone)

    async def _remember(
        self, keys: Collection[str], begin: datetime, after: datetime, totals: Mapping[str, float], rounded: int
    ) -> None:
        """Keep in mind which costs differ although their days were just settled."""
        for key, hours in (await self._stored(keys, begin, after)).items():
            if not is_settled(totals[key], hours, rounded):
                self._memory.keep(key, Resolution.MONTH, int(begin.timestamp()), totals[key], _sum(hours))

    async def _due(
        self, changed: Mapping[HistorySeries, set[int]], piece: Piece, totals: Collection[str], stored: _Hours
    ) -> dict[str, set[int]]:
        """Return by statistic id the starts of the parts that are to be settled whatever the total of the piece says."""
        begin, after, is_recent = piece
        days = [hour_starts(*part) for part in self._parts(piece)]
        energies = await self._stored(_energies_of(changed), begin, after) if is_recent else {}

        def due() -> dict[str, set[int]]:
            result = {}
            for one, periods in changed.items():
                key, energy = one.statistic_id, energies.get(one.shared_by or "")
                result[key] = periods | due_days(days, stored[key], energy, is_known=key in totals)
            return result

        found: dict[str, set[int]] = await self._platform.run(due)
        return found

    def _differs(self, key: str, begin: datetime, totals: Mapping[str, float], stored: _Hours, rounded: int) -> bool:
        if key not in totals or is_settled(totals[key], stored[key], rounded):
            return False
        known = Resolution.MONTH, int(begin.timestamp()), totals[key], _sum(stored[key])
        return not self._memory.knows(key, *known)

    async def _settle(
        self,
        series: Sequence[HistorySeries],
        begin: datetime,
        after: datetime,
        totals: Mapping[str, float],
        *,
        anew: bool,
    ) -> Results:
        """Spread the total of one period over its hours; what has no total stays pending."""
        known = [one for one in series if one.statistic_id in totals]
        if not known:
            return {}
        stored = await self._stored(ids_of(known), begin, after)
        shares = await self._shares(known, begin, after, anew=anew)
        found: _Hours = {
            key: await self._platform.run(cost_hours, totals[key], stored[key], shares[key]) for key in stored
        }
        gone = {key: stored[key].keys() - hours.keys() for key, hours in found.items()}
        results = await self._applier.sums(known, begin, after, found, gone)
        return {
            key: replace(result, hours_checked=len(found[key].keys() | stored[key].keys()))
            for key, result in results.items()
        }

    async def _stored(self, ids: Collection[str], begin: datetime, after: datetime) -> _Hours:
        window = int(begin.timestamp()), int(after.timestamp())
        found = await self._applier.store.read(rows.values, ids, *window)
        return {statistic_id: found.get(statistic_id, {}) for statistic_id in ids}

    async def _shares(self, series: Sequence[HistorySeries], begin: datetime, after: datetime, *, anew: bool) -> _Hours:
        """Return what the hours share the cost by, by the id of the cost statistic: energy, or the same for all hours.

        It is the stored energy, for the two to agree. Where there is none, and where everything is read anew, the
        platform's hours take the place of the stored ones; what the platform does not tell stays as it is stored.
        """
        ids = _energies_of(series)
        # What is being written counts as written, whatever account owns it.
        async with self._applier.store.locked(ids):
            energies = await self._stored(ids, begin, after)
        result = {one.statistic_id: energies.get(one.shared_by or "", {}) for one in series}
        asked = [
            replace(one, key=one.measurement.key)
            for one in series
            if one.measurement is not None and (anew or not result[one.statistic_id])
        ]
        if asked:
            async for _, found in self._platform.hours(asked, begin, after):
                for key, hours in found.sums.items():
                    result[key] = result[key] | hours
        idle = [one for one in series if not has_shares(result[one.statistic_id].values())]
        first_days = await self._first_days(idle, edges(begin, after, Resolution.DAY, self._platform.zone), split=1)
        for key, day in first_days.items():
            first = int(day.timestamp())
            even = [hour for hour in result[key] if hour >= first] or range(first, int(after.timestamp()), HOUR)
            result[key] = dict.fromkeys(even, 0.0)
        return result

    async def _first_days(
        self, series: Sequence[HistorySeries], days: Sequence[datetime], *, split: int
    ) -> dict[str, datetime]:
        """Return from which of the days (their edges) on each series costs anything, by statistic id.

        A meter that came in the middle of a month has cost nothing before. The days before `split` are looked at
        first, then halves of what is left.
        """
        if not series or len(days) == 2:  # noqa: PLR2004 - the edges of one day
            return dict.fromkeys(ids_of(series), days[0])
        charged = await self._platform.costs(series, days[0], days[split])
        early = [one for one in series if charged.get(one.statistic_id)]
        late = [one for one in series if not charged.get(one.statistic_id)]
        found = await self._first_days(early, days[: split + 1], split=(split + 1) // 2)
        return found | await self._first_days(late, days[split:], split=(len(days) - split) // 2)


def _energies_of(series: Iterable[HistorySeries]) -> set[str]:
    return {one.shared_by for one in series if one.shared_by is not None}


def _sum(hours: Mapping[int, float]) -> Stored:
    return Stored(sum(hours.values()), len(hours))
