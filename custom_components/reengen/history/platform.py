"""All requests of the history: hours, totals and costs of many series at once, in responses of bounded size."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import batched, chain, pairwise
from typing import Any, Final, NamedTuple

from custom_components.reengen.account import translated
from custom_components.reengen.api import (
    ROW_BUDGET,
    Aggregation,
    CostResponse,
    CostSeries,
    IncludeTax,
    MeasurementResponse,
    MeasurementSeries,
    Oddity,
    ReengenRefusedError,
    Resolution,
    merged_oddities,
    mostly_odd,
    next_bucket,
)
from custom_components.reengen.const import LOGGER
from custom_components.reengen.measurements import COSTS, Kind, Measurement
from custom_components.reengen.points import HomeClient, RefusedParts

from .hours import (
    Columns,
    FoundHours,
    SeriesTotals,
    by_key,
    edges,
    found_hours,
    found_totals,
    has_whole_hours,
    instants,
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

    def __init__(
        self, client: HomeClient, refused: RefusedParts, run: Callable[..., Awaitable[Any]], tax: IncludeTax
    ) -> None:
        """Ask through the client, for costs with or without `tax`; `run` runs a function in another thread."""
        self.client = client
        self._tax = tax
        self._refused = refused
        self.zone = client.time_zone
        self.tolerance = client.adaptations.value_tolerance
        # Millionths, from one value of a cost to the next.
        self.cost_step = round(2 * self.tolerance * 1_000_000)
        self.left_out = LeftOut()
        self.run = run

    async def hours(
        self, series: Sequence[HistorySeries], window: range
    ) -> AsyncIterator[tuple[Sequence[HistorySeries], FoundHours]]:
        """Yield the hours of the window of some series after others."""
        start, end = instants(window)
        is_whole = has_whole_hours(start, end, self.zone)
        resolution, bucket = (Resolution.HOUR, HOUR) if is_whole else (Resolution.FIFTEEN_MINUTES, HOUR // _QUARTERS)
        for portion, rows in self._portions(series, len(window) * HOUR // bucket):
            responses = await self._ask(rows, _requested, portion, start, end, resolution)
            yield portion, await self.run(found_hours, portion, responses, start, end, bucket)

    def _portions(
        self, series: Sequence[HistorySeries], buckets: int
    ) -> Iterator[tuple[list[HistorySeries], list[Measurement]]]:
        """Group the series by points so that one response holds about ROW_BUDGET rows."""
        rows = list(dict.fromkeys(one.measurement for one in series if one.measurement is not None))
        columns = sum(len(_requested(row)) for row in rows)
        of_point: dict[int, list[HistorySeries]] = {}
        for one in series:
            of_point.setdefault(one.point_id, []).append(one)
        together = max(1, ROW_BUDGET // max(1, columns * buckets))
        for group in batched(of_point.values(), together, strict=False):
            yield list(chain.from_iterable(group)), rows

    async def totals(
        self, series: Sequence[HistorySeries], window: range, resolution: Resolution
    ) -> tuple[list[int], SeriesTotals]:
        """Return the edges of the days or months of the window and what the platform totals between them."""
        bounds = edges(*instants(window), resolution, self.zone)
        # Where hours of UTC begin at half past, so do days of statistics: each is asked for by itself.
        together = all(has_whole_hours(edge, edge, self.zone) for edge in bounds)
        found: SeriesTotals = {}
        next_edge = partial(next_bucket, resolution=resolution, zone=self.zone)
        for some in [bounds] if together else pairwise(bounds):
            for portion, rows in self._portions(series, len(bounds)):
                responses = await self._ask(rows, _totalled, portion, some[0], some[-1], resolution)
                for key, totals in (await self.run(found_totals, portion, responses, some, next_edge)).items():
                    found.setdefault(key, {}).update(totals)
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
        """Return by key the columns of its response and the range that they cover.

        Of what the platform refuses nothing is known; a key that it refuses at all points is left out.
        """
        columns = {row.key: columns_of(row) for row in rows}
        ids = {one.point_code: one.point_id for one in portion}

        async def send(codes: Sequence[str], keys: Sequence[str]) -> dict[str, Columns]:
            asked = {key: columns[key] for key in keys}
            requested = list(chain.from_iterable(asked.values()))
            response = await self.client.get_data(requested, points=codes, start=start, end=end, resolution=resolution)
            unknown = {row for column in response.series if column is not None for row in column.unknown}
            self._look_at(
                Reading(resolution, frozenset(keys), frozenset(ids[code] for code in codes), start, end),
                response,
                unknown,
            )
            return by_key(asked, response, start, end)

        found = await self._refused.ask("GetData", tuple(ids), tuple(columns), send, remembers=False)
        refused: dict[str, set[int]] = {}
        for code, key in found.refused:
            refused.setdefault(key, set()).add(ids[code])
        return joined(found.parts, refused)

    def _look_at(
        self, reading: Reading, response: MeasurementResponse | CostResponse, unknown: Collection[RowLeftOut] = ()
    ) -> None:
        """Take note of what is odd, and believe nothing where most of it is. Raises: HistoryMistakenError."""
        self.left_out.read(reading, response.oddities, unknown)
        if mostly_odd(response, len(reading.points)):
            raise translated(HistoryMistakenError, "history_mistaken", detail=str(response.oddities[0]))

    async def costs(self, series: Sequence[HistorySeries], window: range) -> dict[str, float]:
        """Return what the window cost, by statistic id; what is not published yet has no key."""
        found: dict[str, float] = {}
        start, end = instants(window)
        for key in dict.fromkeys(one.key for one in series):
            of_key = {one.point_id: one for one in series if one.key == key}
            codes = self._refused.not_refused("GetData", [one.point_code for one in of_key.values()], key)
            if not codes:
                continue
            asked = CostSeries(group=COSTS[key], include_tax=self._tax)
            try:
                response = await self.client.get_cost([asked], points=codes, start=start, end=end)
            except ReengenRefusedError as error:
                LOGGER.debug("No history of %s: %s", key, error)
                continue
            self._look_at(Reading(_COST, frozenset([key]), frozenset(of_key), start, end), response)
            if (response.start or start) <= start and (response.end or end) >= end:
                for total in response.series[0] or ():
                    if total.point_id in of_key and total.cost is not None:
                        found[of_key[total.point_id].statistic_id] = total.cost
        return found


def _requested(row: Measurement) -> list[MeasurementSeries]:
    """Return the columns that hours of a measurement take: one, or mean, least and greatest."""
    if row.kind is Kind.SUM:
        return [row.series]
    return [replace(row.series, function=function) for function in _FUNCTIONS]


def _totalled(row: Measurement) -> list[MeasurementSeries]:
    """Return the one column whose buckets the stored hours add up to, or are the means of."""
    return _requested(row)[:1]


# The most oddities that are kept: further ones are odd in the same way.
_MOST: Final = 500

type RowLeftOut = tuple[datetime | None, int | None]
"""The start of the bucket and the id of the point, either None where the row does not tell."""


class Reading(NamedTuple):
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


@dataclass(kw_only=True, slots=True)
class LeftOut:
    """The oddities of one account's history, each with the smallest reading that is known to hold it."""

    _seen: list[tuple[Reading, Oddity]] = field(default_factory=list)

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """Return what was odd where it was read last, and was not read again without it."""
        return merged_oddities(oddity for _, oddity in self._seen)

    def read(self, reading: Reading, oddities: Iterable[Oddity], unknown: Collection[RowLeftOut] = ()) -> None:
        """Take the place of what the same reading held before; `unknown` are the buckets and points of rows left out."""
        self._seen = [(seen, oddity) for seen, oddity in self._seen if not reading.covers(seen)]
        for oddity in oddities:
            if len(self._seen) < _MOST:
                self._seen.append((_narrowed(reading, oddity, unknown), oddity))

    def forget(self, begin: datetime) -> None:
        """Forget what was read of times from `begin` on, before that is read once more."""
        self._seen = [(seen, oddity) for seen, oddity in self._seen if seen.end <= begin]


def _narrowed(reading: Reading, oddity: Oddity, unknown: Collection[RowLeftOut]) -> Reading:
    """Return the part of a reading that holds an oddity: its point, and the first bucket to the last one left out."""
    if oddity.point_id not in reading.points:
        return reading
    starts = [start for start, point_id in unknown if point_id == oddity.point_id]
    known = [start for start in starts if start is not None]
    found = reading._replace(points=frozenset([oddity.point_id]))
    if not known or len(known) < len(starts):
        return found
    # However long a bucket is, it lasts longer than this.
    return found._replace(start=min(known), end=max(known) + timedelta(seconds=1))
