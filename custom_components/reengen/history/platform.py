"""All requests of the history: hours, totals and costs of many series at once, in answers of bounded size."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import batched, pairwise
from typing import Any, Final

from custom_components.reengen.api import (
    ROW_BUDGET,
    Aggregation,
    CostAnswer,
    CostSeries,
    MeasurementAnswer,
    MeasurementSeries,
    Oddity,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenRefusedError,
    Resolution,
    merged_oddities,
    mostly_odd,
    next_bucket,
)
from custom_components.reengen.catalogue import Kind, Measurement
from custom_components.reengen.const import DOMAIN, LOGGER
from custom_components.reengen.refused import RefusedParts

from .hours import (
    Columns,
    FoundHours,
    SeriesTotals,
    add_totals,
    add_unknown,
    bucket_of,
    by_key,
    collected,
    covers,
    edges,
    has_whole_hours,
    hour_starts,
    joined,
)
from .plan import HOUR
from .series import HistoryMistakenError, HistorySeries

_FUNCTIONS: Final = (Aggregation.AVG, Aggregation.MIN, Aggregation.MAX)

_QUARTERS: Final = 4

_COST: Final = "cost"


class HistoryPlatform:
    """The platform as the history sees it; reads raise ReengenError, and HistoryMistakenError where most is odd.

    What the platform refuses for one measurement or cost is left out and does not take the others down.
    """

    def __init__(self, client: ReengenClient, refused: RefusedParts, run: Callable[..., Awaitable[Any]]) -> None:
        """Ask through the client; `run` runs a function in another thread."""
        self.client = client
        self._refused = refused
        self.zone = client.time_zone
        self.left_out = LeftOut()
        self.run = run

    async def hours(
        self, series: Sequence[HistorySeries], start: datetime, end: datetime
    ) -> AsyncIterator[tuple[Sequence[HistorySeries], FoundHours]]:
        """Yield the hours of [start, end) of some series after others; both ends are on the hour."""
        resolution = Resolution.HOUR if has_whole_hours(start, end, self.zone) else Resolution.FIFTEEN_MINUTES
        buckets = len(hour_starts(start, end)) * (1 if resolution is Resolution.HOUR else _QUARTERS)
        for portion, rows in self._portions(series, buckets):
            answers = await self._ask(rows, _requested, portion, start, end, resolution)
            bucket = HOUR if resolution is Resolution.HOUR else HOUR // _QUARTERS
            yield portion, await self.run(collected, portion, answers, start, end, bucket)

    def _portions(
        self, series: Sequence[HistorySeries], buckets: int
    ) -> Iterator[tuple[list[HistorySeries], list[Measurement]]]:
        """Group the series by points so that one answer holds about ROW_BUDGET rows."""
        rows = list(dict.fromkeys(each.measurement for each in series if each.measurement is not None))
        columns = sum(len(_requested(row)) for row in rows)
        of_point: dict[int, list[HistorySeries]] = {}
        for each in series:
            of_point.setdefault(each.point_id, []).append(each)
        together = max(1, ROW_BUDGET // max(1, columns * buckets))
        for group in batched(of_point.values(), together, strict=False):
            yield [each for portion in group for each in portion], rows

    async def totals(
        self, series: Sequence[HistorySeries], start: datetime, end: datetime, resolution: Resolution
    ) -> tuple[list[int], SeriesTotals]:
        """Return the edges of the days or months of [start, end) and what the platform totals between them."""
        bounds = edges(start, end, resolution, self.zone)
        buckets = list(pairwise(bounds))
        # Where hours of UTC begin at half past, so do days of statistics: each is asked for by itself.
        together = all(has_whole_hours(edge, edge, self.zone) for edge in bounds)
        found: SeriesTotals = {}
        next_edge = partial(next_bucket, resolution=resolution, zone=self.zone)
        for begin, after in [(start, end)] if together else buckets:
            bucket = partial(bucket_of, ends=dict(buckets) if together else {begin: after}, first=begin)
            for portion, rows in self._portions(series, len(bounds)):
                answers = await self._ask(rows, _totalled, portion, begin, after, resolution)
                await self.run(add_totals, found, portion, answers, bucket, next_edge)
                await self.run(add_unknown, found, portion, answers, bucket, dict(buckets))
        return [int(edge.timestamp()) for edge in bounds], found

    async def _ask(  # noqa: PLR0917 - the order of GetData's own parameters
        self,
        rows: Sequence[Measurement],
        columns_of: Callable[[Measurement], list[MeasurementSeries]],
        portion: Sequence[HistorySeries],
        start: datetime,
        end: datetime,
        resolution: Resolution,
    ) -> dict[str, Columns]:
        """Return by key the columns of its answer and the range that it covers.

        Of what the platform refuses nothing is known; a key that it refuses at all points is left out.
        """
        columns = {row.key: columns_of(row) for row in rows}
        ids = {each.point_code: each.point_id for each in portion}

        async def send(some: Sequence[str], keys: Sequence[str]) -> dict[str, Columns]:
            asked = {key: columns[key] for key in keys}
            answer = await self.client.get_data(
                [each for of_row in asked.values() for each in of_row],
                points=some,
                start=start,
                end=end,
                resolution=resolution,
            )
            unknown = {each for column in answer.series if column is not None for each in column.unknown}
            of_some = [each for each in portion if each.point_code in some]
            self._look_at(_reading(resolution, asked, of_some, start, end), answer, unknown)
            return by_key(asked, answer, start, end)

        found = await self._refused.ask("GetData", tuple(ids), tuple(columns), send, remembers=False)
        refused: dict[str, set[int]] = {}
        for code, key in found.refused:
            refused.setdefault(key, set()).add(ids[code])
        return joined([part for _, part in found.parts], refused)

    def _look_at(
        self,
        reading: Reading,
        answer: MeasurementAnswer | CostAnswer,
        unknown: Collection[tuple[datetime | None, int | None]] = (),
    ) -> None:
        """Take note of what is odd, and believe nothing where most of it is. Raises: HistoryMistakenError."""
        self.left_out.read(reading, answer.oddities, unknown)
        if mostly_odd(answer, len(reading.points)):
            raise HistoryMistakenError(
                translation_domain=DOMAIN,
                translation_key="history_mistaken",
                translation_placeholders={"detail": str(answer.oddities[0])},
            )

    async def costs(self, series: Sequence[HistorySeries], start: datetime, end: datetime) -> dict[str, float]:
        """Return what [start, end) cost, by statistic id; what is not published yet has no key."""
        found: dict[str, float] = {}
        for key in dict.fromkeys(each.key for each in series):
            of_key = {each.point_id: each for each in series if each.key == key}
            group = next(iter(of_key.values())).cost_group
            codes = self._refused.not_refused("GetData", [each.point_code for each in of_key.values()], key)
            if not codes:
                continue
            try:
                answer = await self.client.get_cost([CostSeries(group=group)], points=codes, start=start, end=end)
            except ReengenAuthenticationError:
                raise
            except ReengenRefusedError as error:
                LOGGER.debug("No history of %s: %s", key, error)
                continue
            self._look_at(_reading(_COST, [key], of_key.values(), start, end), answer)
            if not covers(answer.start, answer.end, start, end):
                continue
            for total in answer.series[0] or ():
                if total.point_id in of_key and total.cost is not None:
                    found[of_key[total.point_id].statistic_id] = total.cost
        return found


def _reading(
    buckets: str, keys: Iterable[str], portion: Iterable[HistorySeries], start: datetime, end: datetime
) -> Reading:
    points = frozenset(each.point_id for each in portion)
    return Reading(buckets=buckets, keys=frozenset(keys), points=points, start=start, end=end)


def _requested(row: Measurement) -> list[MeasurementSeries]:
    """Return the columns that hours of a measurement take: one, or mean, least and greatest."""
    if row.kind is Kind.SUM:
        return [row.series]
    return [replace(row.series, function=function) for function in _FUNCTIONS]


def _totalled(row: Measurement) -> list[MeasurementSeries]:
    """Return the one column whose buckets the stored hours add up to, or are the means of."""
    return _requested(row)[:1]


# What is odd beyond that is odd in the same way.
_MOST: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a response says: buckets (a resolution, or "cost") of series (keys) of points (ids) in [start, end)."""

    buckets: str
    keys: frozenset[str]
    points: frozenset[int]
    start: datetime
    end: datetime

    def covers(self, other: Reading) -> bool:
        """Return whether this is what the other was, or more."""
        return (
            self.buckets == other.buckets
            and self.keys >= other.keys
            and self.points >= other.points
            and self.start <= other.start
            and other.end <= self.end
        )


class LeftOut:
    """The oddities of one account's history, each with the smallest reading that is known to hold it."""

    def __init__(self) -> None:
        """Know of none."""
        self._seen: list[tuple[Reading, Oddity]] = []

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """Return what was odd where it was read last."""
        return merged_oddities(oddity for _, oddity in self._seen)

    def read(
        self,
        reading: Reading,
        oddities: Iterable[Oddity],
        unknown: Collection[tuple[datetime | None, int | None]] = (),
    ) -> None:
        """Take the place of what the same reading held before; `unknown` are the buckets and points of rows left out."""
        self._seen = [(seen, oddity) for seen, oddity in self._seen if not reading.covers(seen)]
        for oddity in oddities:
            if len(self._seen) < _MOST:
                self._seen.append((_narrowed(reading, oddity, unknown), oddity))

    def forget(self, begin: datetime) -> None:
        """Forget what was read of times from `begin` on, before that is read once more."""
        self._seen = [(seen, oddity) for seen, oddity in self._seen if seen.end <= begin]


def _narrowed(reading: Reading, oddity: Oddity, unknown: Collection[tuple[datetime | None, int | None]]) -> Reading:
    """Return the part of a reading that holds an oddity: its point, and the first bucket to the last one left out."""
    if oddity.point_id not in reading.points:
        return reading
    starts = [start for start, point_id in unknown if point_id == oddity.point_id]
    known = [start for start in starts if start is not None]
    found = replace(reading, points=frozenset([oddity.point_id]))
    if not known or len(known) < len(starts):
        return found
    # However long a bucket is, it lasts longer than this.
    return replace(found, start=min(known), end=max(known) + timedelta(seconds=1))
