"""Costs: what the platform charges for days (recent ones) and months (old ones), spread over hours by energy.

The platform gives one cost for a whole range, without a date, so a day takes a request of its own. What is settled is
always a whole day or month, or all that has passed of it: a part would add up by itself and leave the whole wrong.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from custom_components.reengen.api import Resolution, floor_to_bucket, next_bucket

from .apply import Applier
from .costs import cost_hours, is_settled
from .hours import edges, hour_ceiling, hour_starts
from .plan import HOUR
from .platform import HistoryPlatform
from .reconcile import Memory, Stored
from .results import Results, SeriesResult, add_results
from .series import HistoryKind, HistorySeries

# Days of this age and younger are asked for one by one; 13 months of days would be 400 requests.
RECENT_DAYS: Final = timedelta(days=35)


class CostImport:
    """Makes cost series add up to what the platform charges."""

    def __init__(
        self, platform: HistoryPlatform, applier: Applier, memory: Memory, complete_end: Callable[[], datetime]
    ) -> None:
        """Read from the platform, write through the applier, remember what stays different.

        `complete_end` says where the newest complete hour ends by now.
        """
        self._platform = platform
        self._applier = applier
        self._memory = memory
        self._complete_end = complete_end
        # Whoever settles the day under way up to an earlier hour than another has just done would undo its total.
        self._one_at_a_time = asyncio.Lock()

    def pieces(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime, bool]]:
        """Return the months that [start, end) touches, newest first, and whether they are recent.

        The oldest recent month is cut in two. Of what is recent only the days that the range touches are in it, as a
        whole: the newest may end after now.
        """
        now = self._complete_end()
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

    async def newest(self, series: Sequence[HistorySeries], end: datetime) -> None:
        """Settle the day that holds the hour before `end`, as far as it has passed by now.

        Raises: ReengenError, HistoryUnavailableError.
        """
        begin, after = self._whole(end - timedelta(hours=1), Resolution.DAY)
        async with self._one_at_a_time:
            after = min(after, self._complete_end())
            totals = await self._platform.costs(series, begin, after)
            await self._settle(series, begin, after, totals)

    async def check(
        self,
        series: Sequence[HistorySeries],
        piece: tuple[datetime, datetime, bool],
        *,
        anew: Collection[str] = (),
        dry_run: bool = False,
    ) -> Results:
        """Compare one piece, as far as it has passed by now, and settle it where it differs.

        The costs in `anew` (statistic ids) are spread again also where their total is the same: their energy has moved.
        Raises: ReengenError, HistoryUnavailableError.
        """
        begin, after, is_recent = piece
        async with self._one_at_a_time:
            after = min(after, self._complete_end())
            return await self._check(series, begin, after, is_recent, anew=anew, dry_run=dry_run)

    async def _check(
        self,
        series: Sequence[HistorySeries],
        begin: datetime,
        after: datetime,
        is_recent: bool,
        *,
        anew: Collection[str],
        dry_run: bool,
    ) -> Results:
        days = edges(begin, after, Resolution.DAY, self._platform.zone)
        totals = await self._platform.costs(series, begin, after)
        stored = await self._stored(series, begin, after)
        differing = [
            each
            for each in series
            if (each.statistic_id in anew and each.statistic_id in totals)
            or self._differs(each, begin, totals, stored, len(days))
        ]
        results: Results = {
            each.statistic_id: SeriesResult(hours_checked=len(stored[each.statistic_id]))
            for each in series
            if each.statistic_id in totals and each not in differing
        }
        if not is_recent:
            return results | await self._settle(differing, begin, after, totals, anew=anew, dry_run=dry_run)
        # A total that is not known may hide days that are: those without any cost are asked for.
        unknown = [each for each in series if each.statistic_id not in totals]
        for first, last in reversed(list(pairwise(days))):
            window = hour_starts(first, last)
            pending = [each for each in unknown if not any(hour in stored[each.statistic_id] for hour in window)]
            if wanted := [*differing, *pending]:
                of_day = await self._platform.costs(wanted, first, last)
                add_results(results, await self._settle(wanted, first, last, of_day, anew=anew, dry_run=dry_run))
        if differing and not dry_run:
            await self._remember(differing, begin, after, totals, parts=len(days))
        return results

    async def _remember(
        self,
        series: Sequence[HistorySeries],
        begin: datetime,
        after: datetime,
        totals: Mapping[str, float],
        *,
        parts: int,
    ) -> None:
        """Keep in mind which costs differ although their days were just settled."""
        stored = await self._stored(series, begin, after)
        for each in series:
            total, mine = totals[each.statistic_id], stored[each.statistic_id]
            if not is_settled(total, mine, parts):
                self._memory.keep(each.statistic_id, Resolution.MONTH, int(begin.timestamp()), total, _sum(mine))

    def _differs(
        self,
        series: HistorySeries,
        begin: datetime,
        totals: Mapping[str, float],
        stored: Mapping[str, Mapping[int, float]],
        parts: int,
    ) -> bool:
        total, mine = totals.get(series.statistic_id), stored[series.statistic_id]
        if total is None or is_settled(total, mine, parts):
            return False
        second = int(begin.timestamp())
        return not self._memory.knows(series.statistic_id, Resolution.MONTH, second, total, _sum(mine))

    async def _settle(
        self,
        series: Sequence[HistorySeries],
        begin: datetime,
        after: datetime,
        totals: Mapping[str, float],
        *,
        anew: Collection[str] = (),
        dry_run: bool = False,
    ) -> Results:
        """Let the hours of one period add up to its total; what has no total stays pending.

        Raises: ReengenError, HistoryUnavailableError.
        """
        known = [each for each in series if each.statistic_id in totals]
        stored = await self._stored(known, begin, after)
        results = {each.statistic_id: SeriesResult(hours_checked=len(stored[each.statistic_id])) for each in known}
        known = [
            each
            for each in known
            if each.statistic_id in anew or not is_settled(totals[each.statistic_id], stored[each.statistic_id], 0)
        ]
        if not known:
            return results
        shares = await self._shares(known, begin, after)
        hours = hour_starts(begin, after)
        found = {
            each.statistic_id: cost_hours(
                totals[each.statistic_id],
                hours,
                stored[each.statistic_id],
                shares[each.statistic_id],
                anew=each.statistic_id in anew,
            )
            for each in known
        }
        for statistic_id, result in (await self._applier.sums(known, begin, after, found, dry_run=dry_run)).items():
            checked = len(found[statistic_id].keys() | stored[statistic_id].keys())
            results[statistic_id] = replace(result, hours_checked=checked)
        return results

    async def _stored(
        self, series: Sequence[HistorySeries], begin: datetime, after: datetime
    ) -> dict[str, dict[int, float]]:
        ids = [each.statistic_id for each in series]
        found = await self._applier.store.values(ids, int(begin.timestamp()), int(after.timestamp()))
        return {statistic_id: found.get(statistic_id, {}) for statistic_id in ids}

    async def _shares(
        self, series: Sequence[HistorySeries], begin: datetime, after: datetime
    ) -> dict[str, dict[int, float]]:
        """Return what the hours share the cost by, by the id of the cost statistic: energy, or the same for each."""
        result: dict[str, dict[int, float]] = {each.statistic_id: {} for each in series}
        measured = [
            replace(each, key=row.key, kind=HistoryKind.SUM) for each in series if (row := each.measurement) is not None
        ]
        if measured:
            async for _, found in self._platform.hours(measured, begin, after):
                result.update(found.sums)
        idle = [each for each in series if not any(share > 0 for share in result[each.statistic_id].values())]
        first_days = await self._first_days(idle, edges(begin, after, Resolution.DAY, self._platform.zone), split=1)
        for each in idle:
            first = int(first_days[each.statistic_id].timestamp())
            measured_hours = [hour for hour in result[each.statistic_id] if hour >= first]
            even = measured_hours or range(first, int(after.timestamp()), HOUR)
            result[each.statistic_id] = dict.fromkeys(even, 1.0)
        return result

    async def _first_days(
        self, series: Sequence[HistorySeries], days: Sequence[datetime], *, split: int
    ) -> dict[str, datetime]:
        """Return from which of the days (their edges) on each series costs anything, by statistic id.

        A meter that came in the middle of a month has cost nothing before. The days before `split` are looked at
        first, then halves of what is left.
        """
        if not series or len(days) == 2:  # noqa: PLR2004 - the edges of one day
            return {each.statistic_id: days[0] for each in series}
        charged = await self._platform.costs(series, days[0], days[split])
        early = [each for each in series if charged.get(each.statistic_id)]
        late = [each for each in series if not charged.get(each.statistic_id)]
        found = await self._first_days(early, days[: split + 1], split=(split + 1) // 2)
        return found | await self._first_days(late, days[split:], split=(len(days) - split) // 2)


def _sum(hours: Mapping[int, float]) -> Stored:
    return Stored(sum(hours.values()), len(hours))
