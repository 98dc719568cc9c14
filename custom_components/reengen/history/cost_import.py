"""Costs: what the platform charges for days (recent ones) and months (old ones), spread over hours by energy.

The platform gives one cost for a whole range, without a date, so a day takes a request of its own. What is settled is
always a whole day or month, or all that has passed of it: a part would add up by itself and leave the whole wrong.

Costs follow the energy: whoever writes energy says so (`energy_changes`), and the days and old months of those hours
are settled again, whatever their totals say. Where Home Assistant was killed in between, the stored hours of a recent
day tell by themselves: they are no shares of its energy.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from custom_components.reengen.api import Resolution, floor_to_bucket, next_bucket

from .apply import Applier
from .costs import cost_hours, has_shares, is_settled, is_spread
from .hours import edges, hour_ceiling, hour_starts, instant
from .plan import HOUR
from .platform import HistoryPlatform
from .reconcile import Memory, Stored
from .series import HistoryKind, HistorySeries, Results, SeriesResult, add_results

# Days of this age and younger are asked for one by one; 13 months of days would be 400 requests.
RECENT_DAYS: Final = timedelta(days=35)

type Piece = tuple[datetime, datetime, bool]
"""Start, end, and whether it is recent: then its days are settled one by one, else all of it at once."""


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
        self._changed: dict[str, set[int]] = {}
        # Whoever settles the day under way up to an earlier hour than another has just done would undo its total.
        self._one_at_a_time = asyncio.Lock()

    def energy_changes(self, statistic_id: str, hours: Collection[int]) -> None:
        """Take note that hours of an energy that a cost is shared by are about to be written or removed."""
        periods = self._periods(instant(min(hours)), instant(max(hours) + HOUR))
        begins = sorted(int(begin.timestamp()) for begin, *_ in periods)
        changed = {begins[bisect_right(begins, hour) - 1] for hour in hours}
        self._changed.setdefault(statistic_id, set()).update(changed)

    def pieces(self, start: datetime, end: datetime) -> list[Piece]:
        """Return the months that [start, end) touches, newest first.

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

    def _parts(self, piece: Piece) -> list[tuple[datetime, datetime]]:
        """Return what of a piece is settled at once, newest first: its days, or all of it."""
        begin, after, is_recent = piece
        if not is_recent:
            return [(begin, after)]
        return list(reversed(list(pairwise(edges(begin, after, Resolution.DAY, self._platform.zone)))))

    def _periods(self, start: datetime, end: datetime) -> list[Piece]:
        """Return the recent days and old months that [start, end) touches, newest first."""
        return [(*part, piece[2]) for piece in self.pieces(start, end) for part in self._parts(piece)]

    async def newest(self, series: Sequence[HistorySeries], end: datetime) -> None:
        """Settle the day that holds the hour before `end`, as far as it has passed by now.

        Raises: ReengenError, HistoryUnavailableError.
        """
        await self.check(series, self._periods(end - timedelta(hours=1), end)[0])

    async def follow(self, series: Sequence[HistorySeries], start: datetime, end: datetime) -> None:
        """Settle what [start, end) touches and has other energy than when it was settled last, newest first.

        Raises: ReengenError, HistoryUnavailableError.
        """
        for period in self._periods(start, end):
            if some := [each for each in series if self._changed_in(each, *period[:2])]:
                await self.check(some, period)

    def _changed_in(self, series: HistorySeries, begin: datetime, after: datetime) -> set[int]:
        """Return the periods of [begin, after) whose energy has changed since the cost was settled last."""
        first, end = begin.timestamp(), after.timestamp()
        return {period for period in self._changed.get(series.shared_by or "", ()) if first <= period < end}

    @contextmanager
    def _taken(
        self, series: Sequence[HistorySeries], begin: datetime, after: datetime
    ) -> Iterator[dict[str, set[int]]]:
        """Take the changed periods, by the id of the cost: energy that changes meanwhile makes them due once more."""
        taken = {each: found for each in series if (found := self._changed_in(each, begin, after))}
        for each, periods in taken.items():
            self._changed[each.shared_by or ""] -= periods
        try:
            yield {each.statistic_id: periods for each, periods in taken.items()}
        except BaseException:
            for each, periods in taken.items():
                self._changed[each.shared_by or ""] |= periods
            raise

    async def check(
        self, series: Sequence[HistorySeries], piece: Piece, *, anew: bool = False, dry_run: bool = False
    ) -> Results:
        """Compare one piece, as far as it has passed by now, and settle it where it differs, or (`anew`) all of it.

        Raises: ReengenError, HistoryUnavailableError.
        """
        begin, after, is_recent = piece
        async with self._one_at_a_time:
            after = min(after, self._complete_end())
            with self._taken([] if dry_run else series, begin, after) as changed:
                return await self._check(series, (begin, after, is_recent), changed, anew=anew, dry_run=dry_run)

    async def _check(
        self,
        series: Sequence[HistorySeries],
        piece: Piece,
        changed: Mapping[str, set[int]],
        *,
        anew: bool,
        dry_run: bool,
    ) -> Results:
        begin, after, is_recent = piece
        parts = self._parts(piece)
        totals = await self._platform.costs(series, begin, after)
        stored = await self._stored([each.statistic_id for each in series], begin, after)
        energies = await self._stored(_energies_of(series), begin, after) if is_recent else {}
        due = await self._platform.run(_due, series, parts, totals, stored, energies)
        differing = [each for each in series if anew or self._differs(each, begin, totals, stored, len(parts))]
        results: Results = {}
        for first, last in parts:
            second = int(first.timestamp())
            wanted = [
                each
                for each in series
                if each in differing or second in due[each.statistic_id] or second in changed.get(each.statistic_id, ())
            ]
            add_results(
                results, _only_checked((each for each in series if each not in wanted), first, last, totals, stored)
            )
            if wanted:
                is_whole = (first, last) == (begin, after)
                of_part = totals if is_whole else await self._platform.costs(wanted, first, last)
                add_results(results, await self._settle(wanted, first, last, of_part, anew=anew, dry_run=dry_run))
        if is_recent and not dry_run:
            known = [each for each in differing if each.statistic_id in totals]
            await self._remember(known, begin, after, totals, parts=len(parts))
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
        stored = await self._stored([each.statistic_id for each in series], begin, after)
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
        anew: bool,
        dry_run: bool,
    ) -> Results:
        """Spread the total of one period over its hours; what has no total stays pending.

        Raises: ReengenError, HistoryUnavailableError.
        """
        known = [each for each in series if each.statistic_id in totals]
        if not known:
            return {}
        stored = await self._stored([each.statistic_id for each in known], begin, after)
        shares = await self._shares(known, begin, after, anew=anew)
        found: dict[str, dict[int, float]] = {
            key: await self._platform.run(cost_hours, totals[key], stored[key], shares[key]) for key in stored
        }
        gone = {key: stored[key].keys() - hours.keys() for key, hours in found.items()}
        results = await self._applier.sums(known, begin, after, found, gone, dry_run=dry_run)
        return {
            key: replace(result, hours_checked=len(found[key].keys() | stored[key].keys()))
            for key, result in results.items()
        }

    async def _stored(self, ids: Collection[str], begin: datetime, after: datetime) -> dict[str, dict[int, float]]:
        found = await self._applier.store.values(ids, int(begin.timestamp()), int(after.timestamp()))
        return {statistic_id: found.get(statistic_id, {}) for statistic_id in ids}

    async def _shares(
        self, series: Sequence[HistorySeries], begin: datetime, after: datetime, *, anew: bool
    ) -> dict[str, dict[int, float]]:
        """Return what the hours share the cost by, by the id of the cost statistic: energy, or the same for each.

        It is the stored energy, for the two to agree. Where there is none, and where everything is read anew, the platform's
        takes its place, but for the hours that are not known.
        """
        energies = await self._stored(_energies_of(series), begin, after)
        result = {each.statistic_id: energies.get(each.shared_by or "", {}) for each in series}
        asked = [
            replace(each, key=row.key, kind=HistoryKind.SUM)
            for each in series
            if (row := each.measurement) is not None and (anew or not result[each.statistic_id])
        ]
        if asked:
            async for _, found in self._platform.hours(asked, begin, after):
                for key, hours in found.sums.items():
                    unknown = found.unknown.get(key, ())
                    result[key] = {hour: result[key][hour] for hour in result[key] if hour in unknown} | hours
        idle = [each for each in series if not has_shares(result[each.statistic_id].values())]
        first_days = await self._first_days(idle, edges(begin, after, Resolution.DAY, self._platform.zone), split=1)
        for each in idle:
            first = int(first_days[each.statistic_id].timestamp())
            measured_hours = [hour for hour in result[each.statistic_id] if hour >= first]
            even = measured_hours or range(first, int(after.timestamp()), HOUR)
            result[each.statistic_id] = dict.fromkeys(even, 0.0)
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


def _energies_of(series: Iterable[HistorySeries]) -> list[str]:
    return list({each.shared_by for each in series if each.shared_by is not None})


def _due(
    series: Sequence[HistorySeries],
    days: Sequence[tuple[datetime, datetime]],
    totals: Mapping[str, float],
    stored: Mapping[str, Mapping[int, float]],
    energies: Mapping[str, Mapping[int, float]],
) -> dict[str, set[int]]:
    """Return by statistic id the days that are to be settled whatever the total of all of them says.

    Their hours are no shares of the stored energy; or the total is not known, which may hide days that are, and nothing is
    stored of them.
    """
    result: dict[str, set[int]] = {}
    for each in series:
        due = result.setdefault(each.statistic_id, set())
        energy = energies.get(each.shared_by or "")
        for first, last in days:
            hours = hour_starts(first, last)
            mine = {hour: stored[each.statistic_id][hour] for hour in hours if hour in stored[each.statistic_id]}
            is_pending = not mine and each.statistic_id not in totals
            if is_pending or (mine and energy is not None and not is_spread(mine, energy)):
                due.add(hours.start)
    return result


def _only_checked(
    series: Iterable[HistorySeries],
    begin: datetime,
    after: datetime,
    totals: Mapping[str, float],
    stored: Mapping[str, Mapping[int, float]],
) -> Results:
    """Return the results of series whose hours are right as they are."""
    hours = hour_starts(begin, after)
    return {
        each.statistic_id: SeriesResult(hours_checked=sum(hour in stored[each.statistic_id] for hour in hours))
        for each in series
        if each.statistic_id in totals
    }


def _sum(hours: Mapping[int, float]) -> Stored:
    return Stored(sum(hours.values()), len(hours))
