"""All requests of the history: hours, totals and costs of many series at once, in responses of bounded size."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import batched, pairwise
import math
from typing import Any, Final

from custom_components.reengen.api import (
    ROW_BUDGET,
    Aggregation,
    CostResponse,
    CostSeries,
    MeasurementResponse,
    MeasurementSeries,
    ReadingSeries,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenRefusedError,
    Resolution,
    mostly_odd,
    next_bucket,
)
from custom_components.reengen.const import DOMAIN, LOGGER
from custom_components.reengen.measurements import Kind, Measurement
from custom_components.reengen.points import RefusedParts

from .hours import (
    edges,
    has_whole_hours,
    hour_ceiling,
    hour_starts,
    levels_by_point,
    sums_by_point,
    unknown_hours,
    within,
)
from .left_out import LeftOut, Reading
from .plan import HOUR, Level
from .results import HistoryMistakenError
from .series import HistorySeries

_FUNCTIONS: Final = (Aggregation.AVG, Aggregation.MIN, Aggregation.MAX)

_QUARTERS: Final = 4

_COST: Final = "cost"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundHours:
    """The complete hours of some series in a window, by statistic id; `start` and `end` bound what was covered.

    `unknown` has the hours that rows may have told of which were left out; they are in neither `sums` nor `levels`.
    """

    start: datetime
    end: datetime
    sums: Mapping[str, dict[int, float]]
    levels: Mapping[str, dict[int, Level]]
    unknown: Mapping[str, set[int]]


type Columns = tuple[Sequence[ReadingSeries | None], datetime, datetime]
"""The columns of one measurement in a response, and the range that they cover."""

type SeriesTotals = dict[str, dict[int, float | None]]
"""Statistic id -> start of the bucket (epoch seconds) -> total, or mean of levels; no key where the platform has none.

None stands for a total that is not known, since a row that may have told it was left out.
"""


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
            responses = await self._ask(rows, _requested, portion, start, end, resolution)
            bucket = HOUR if resolution is Resolution.HOUR else HOUR // _QUARTERS
            yield portion, await self.run(_collected, portion, responses, start, end, bucket)

    def _portions(
        self, series: Sequence[HistorySeries], buckets: int
    ) -> Iterator[tuple[list[HistorySeries], list[Measurement]]]:
        """Group the series by points so that one response holds about ROW_BUDGET rows."""
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
            bucket_of = partial(_bucket_of, ends=dict(buckets) if together else {begin: after}, first=begin)
            for portion, rows in self._portions(series, len(bounds)):
                responses = await self._ask(rows, _totalled, portion, begin, after, resolution)
                await self.run(_add_totals, found, portion, responses, bucket_of, next_edge)
                await self.run(_add_unknown, found, portion, responses, bucket_of, dict(buckets))
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
        """Return by key the columns of its response and the range that it covers.

        Of what the platform refuses nothing is known; a key that it refuses at all points is left out.
        """
        columns = {row.key: columns_of(row) for row in rows}
        ids = {each.point_code: each.point_id for each in portion}

        async def send(some: Sequence[str], keys: Sequence[str]) -> dict[str, Columns]:
            asked = {key: columns[key] for key in keys}
            response = await self.client.get_data(
                [each for of_row in asked.values() for each in of_row],
                points=some,
                start=start,
                end=end,
                resolution=resolution,
            )
            unknown = {each for column in response.series if column is not None for each in column.unknown}
            of_some = [each for each in portion if each.point_code in some]
            self._look_at(_reading(resolution, asked, of_some, start, end), response, unknown)
            return _by_key(asked, response, start, end)

        found = await self._refused.ask("GetData", tuple(ids), tuple(columns), send, remembers=False)
        refused: dict[str, set[int]] = {}
        for code, key in found.refused:
            refused.setdefault(key, set()).add(ids[code])
        return _joined([part for _, part in found.parts], refused)

    def _look_at(
        self,
        reading: Reading,
        response: MeasurementResponse | CostResponse,
        unknown: Collection[tuple[datetime | None, int | None]] = (),
    ) -> None:
        """Take note of what is odd, and believe nothing where most of it is. Raises: HistoryMistakenError."""
        self.left_out.read(reading, response.oddities, unknown)
        if mostly_odd(response, len(reading.points)):
            raise HistoryMistakenError(
                translation_domain=DOMAIN,
                translation_key="history_mistaken",
                translation_placeholders={"detail": str(response.oddities[0])},
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
                response = await self.client.get_cost([CostSeries(group=group)], points=codes, start=start, end=end)
            except ReengenAuthenticationError:
                raise
            except ReengenRefusedError as error:
                LOGGER.debug("No history of %s: %s", key, error)
                continue
            self._look_at(_reading(_COST, [key], of_key.values(), start, end), response)
            if not _covers(response.start, response.end, start, end):
                continue
            for total in response.series[0] or ():
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


def _by_key(
    columns: Mapping[str, Sequence[MeasurementSeries]], response: MeasurementResponse, start: datetime, end: datetime
) -> dict[str, Columns]:
    covered = max(start, response.start or start), min(end, response.end or end)
    result: dict[str, Columns] = {}
    position = 0
    for key, of_key in columns.items():
        result[key] = (response.series[position : position + len(of_key)], *covered)
        position += len(of_key)
    return result


def _joined(parts: Sequence[Mapping[str, Columns]], refused: Mapping[str, Collection[int]]) -> dict[str, Columns]:
    """Return one response of parts of other points or keys; any bucket of a refused point is unknown."""
    if len(parts) == 1 and not refused:
        return dict(parts[0])
    result: dict[str, Columns] = {}
    for key in dict.fromkeys(key for part in parts for key in part):
        of_key = [part[key] for part in parts if key in part]
        unknown = frozenset((None, point_id) for point_id in refused.get(key, ()))
        columns = [
            ReadingSeries.joined([ReadingSeries(unknown=unknown), *(rows for rows in column if rows is not None)])
            for column in zip(*(columns for columns, _, _ in of_key), strict=True)
        ]
        result[key] = columns, max(begin for _, begin, _ in of_key), min(after for _, _, after in of_key)
    return result


def _collected(
    portion: Sequence[HistorySeries], responses: Mapping[str, Columns], start: datetime, end: datetime, bucket: int
) -> FoundHours:
    sums: dict[str, dict[int, float]] = {}
    levels: dict[str, dict[int, Level]] = {}
    unknown: dict[str, set[int]] = {}
    for key, (columns, begin, after) in responses.items():
        start, end = max(start, begin), min(end, after)
        filled = [ReadingSeries() if column is None else column for column in columns]
        is_level = len(filled) > 1
        of_point = {} if is_level else sums_by_point(filled[0])
        level_of_point = levels_by_point(*filled) if is_level else {}
        for each in portion:
            if each.key != key:
                continue
            odd = unknown_hours(filled, each.point_id, hour_starts(hour_ceiling(begin), after), bucket)
            if odd:
                unknown[each.statistic_id] = odd
            if is_level:
                levels[each.statistic_id] = within(level_of_point.get(each.point_id, {}), begin, after, odd)
            else:
                sums[each.statistic_id] = within(of_point.get(each.point_id, {}), begin, after, odd)
    return FoundHours(start=start, end=end, sums=sums, levels=levels, unknown=unknown)


def _add_totals(
    found: SeriesTotals,
    portion: Sequence[HistorySeries],
    responses: Mapping[str, Columns],
    bucket_of: Callable[[datetime], tuple[datetime, datetime] | None],
    next_edge: Callable[[datetime], datetime],
) -> None:
    """Add what each bucket holds; a bucket that the response does not cover has no total.

    A bucket may come in two parts; of levels it is their mean, weighted by how long they last.
    """
    by_series = {(each.key, each.point_id): each for each in portion}
    parts: dict[tuple[HistorySeries, int], list[tuple[float, float]]] = {}
    for key, (columns, begin, after) in responses.items():
        for reading in columns[0] or ():
            series, bucket = by_series.get((key, reading.point_id or 0)), bucket_of(reading.bucket_start)
            if series is None or reading.value is None or bucket is None:
                continue
            if begin <= bucket[0] and bucket[1] <= after:
                lasts = min(next_edge(reading.bucket_start), bucket[1]) - max(reading.bucket_start, bucket[0])
                of_bucket = parts.setdefault((series, int(bucket[0].timestamp())), [])
                of_bucket.append((lasts.total_seconds(), reading.value))
    for (series, second), values in parts.items():
        total = math.fsum(value * (1.0 if series.has_sum else lasts) for lasts, value in values)
        whole = 1.0 if series.has_sum else sum(lasts for lasts, _ in values)
        found.setdefault(series.statistic_id, {})[second] = total / whole


def _add_unknown(
    found: SeriesTotals,
    portion: Sequence[HistorySeries],
    responses: Mapping[str, Columns],
    bucket_of: Callable[[datetime], tuple[datetime, datetime] | None],
    buckets: Iterable[datetime],
) -> None:
    """Add None for each bucket of which a row was left out; one that does not tell bucket and point may be any absent."""
    for key, (columns, begin, after) in responses.items():
        for start, point_id in columns[0].unknown if columns[0] is not None else ():
            odd = [bucket_of(each) for each in (buckets if start is None else [start])]
            for series in portion:
                if series.key != key or point_id not in {None, series.point_id}:
                    continue
                totals = found.setdefault(series.statistic_id, {})
                for bucket in odd:
                    if bucket is None or bucket[0] < begin or after < bucket[1]:
                        continue
                    second = int(bucket[0].timestamp())
                    totals[second] = totals.get(second) if None in {start, point_id} else None


def _bucket_of(
    start: datetime, *, ends: Mapping[datetime, datetime], first: datetime
) -> tuple[datetime, datetime] | None:
    """Return the bucket of statistics that a bucket of the platform belongs to."""
    bucket = max(start, first) if len(ends) > 1 else first
    return (bucket, ends[bucket]) if bucket in ends else None


def _covers(begin: datetime | None, after: datetime | None, start: datetime, end: datetime) -> bool:
    return (begin is None or begin <= start) and (after is None or after >= end)
