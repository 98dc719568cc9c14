"""Costs: what the platform charges for days (recent ones) and months (old ones), spread over hours by energy.

The platform gives one cost for a whole range, without a date, so a day takes a request of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from custom_components.reengen.api import Resolution

from .apply import Applier
from .costs import cost_hours, is_settled
from .hours import edges, hour_starts
from .platform import HistoryPlatform
from .reconcile import Memory, Stored
from .results import Results, SeriesResult, add_results
from .series import HistoryKind, HistorySeries

# Days of this age and younger are asked for one by one; 13 months of days would be 400 requests.
RECENT_DAYS: Final = timedelta(days=35)


class CostImport:
    """Makes cost series add up to what the platform charges."""

    def __init__(self, platform: HistoryPlatform, applier: Applier, memory: Memory) -> None:
        """Read from the platform, write through the applier, remember what stays different."""
        self._platform = platform
        self._applier = applier
        self._memory = memory

    def pieces(self, start: datetime, end: datetime, now: datetime) -> list[tuple[datetime, datetime, bool]]:
        """Return the months of [start, end), newest first, and whether they are recent; the oldest recent one is cut."""
        bounds = edges(start, end, Resolution.MONTH, self._platform.zone)
        recent = edges(now - RECENT_DAYS, now, Resolution.DAY, self._platform.zone)[1]
        cuts = sorted({*bounds, *([recent] if start < recent < end else [])})
        return [(begin, after, begin >= recent) for begin, after in reversed(list(pairwise(cuts)))]

    async def check(
        self, series: Sequence[HistorySeries], piece: tuple[datetime, datetime, bool], *, dry_run: bool = False
    ) -> Results:
        """Compare one piece and settle it where it differs. Raises: ReengenError, HistoryUnavailableError."""
        begin, after, is_recent = piece
        days = edges(begin, after, Resolution.DAY, self._platform.zone)
        totals = await self._platform.costs(series, begin, after)
        stored = await self._stored(series, begin, after)
        differing = [each for each in series if self._differs(each, begin, totals, stored, len(days))]
        results: Results = {
            each.statistic_id: SeriesResult(hours_checked=len(stored[each.statistic_id]))
            for each in series
            if each.statistic_id in totals and each not in differing
        }
        if not is_recent:
            return results | await self.settle(differing, begin, after, totals, dry_run=dry_run)
        # A total that is not known may hide days that are: those without any cost are asked for.
        unknown = [each for each in series if each.statistic_id not in totals]
        for first, last in reversed(list(pairwise(days))):
            window = hour_starts(first, last)
            pending = [each for each in unknown if not any(hour in stored[each.statistic_id] for hour in window)]
            if wanted := [*differing, *pending]:
                of_day = await self._platform.costs(wanted, first, last)
                add_results(results, await self.settle(wanted, first, last, of_day, dry_run=dry_run))
        if differing and not dry_run:
            stored = await self._stored(differing, begin, after)
            for each in differing:
                mine = stored[each.statistic_id]
                total = totals[each.statistic_id]
                if not is_settled(total, mine, len(days)):
                    self._memory.keep(each.statistic_id, Resolution.MONTH, int(begin.timestamp()), total, _sum(mine))
        return results

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

    async def settle(
        self,
        series: Sequence[HistorySeries],
        begin: datetime,
        after: datetime,
        totals: Mapping[str, float],
        *,
        dry_run: bool = False,
    ) -> Results:
        """Let the hours of one period add up to its total; what has no total stays pending.

        Raises: ReengenError, HistoryUnavailableError.
        """
        known = [each for each in series if each.statistic_id in totals]
        stored = await self._stored(known, begin, after)
        results = {each.statistic_id: SeriesResult(hours_checked=len(stored[each.statistic_id])) for each in known}
        known = [each for each in known if not is_settled(totals[each.statistic_id], stored[each.statistic_id], 0)]
        if not known:
            return results
        energies = await self._energies(known, begin, after)
        hours = hour_starts(begin, after)
        found = {
            each.statistic_id: cost_hours(
                totals[each.statistic_id], hours, stored[each.statistic_id], energies.get(each.statistic_id, {})
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

    async def _energies(
        self, series: Sequence[HistorySeries], begin: datetime, after: datetime
    ) -> dict[str, dict[int, float]]:
        """Return the energy of each hour by the id of the cost statistic."""
        even = dict.fromkeys(hour_starts(begin, after), 1.0)
        result = {each.statistic_id: even for each in series if each.measurement is None}
        shares = [
            replace(each, key=row.key, kind=HistoryKind.SUM) for each in series if (row := each.measurement) is not None
        ]
        if shares:
            async for _, found in self._platform.hours(shares, begin, after):
                result.update(found.sums)
        return result


def _sum(hours: Mapping[int, float]) -> Stored:
    return Stored(sum(hours.values()), len(hours))
