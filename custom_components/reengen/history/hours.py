"""From the platform's buckets to complete hours of UTC, as the recorder keeps them; pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
import math
from operator import add
from typing import Final, NamedTuple

from custom_components.reengen.api import (
    MeasurementResponse,
    MeasurementSeries,
    ReadingSeries,
    Resolution,
    bucket_edges,
    floor_to_bucket,
    next_bucket,
)

from .plan import HOUR, Level
from .series import HistorySeries

_ONE_HOUR: Final = timedelta(hours=1)

type Hours = dict[int, float]
"""Start of the hour in epoch seconds -> value."""


def instant(second: int) -> datetime:
    """Return an epoch second as an aware datetime in UTC."""
    return datetime.fromtimestamp(second, UTC)


def instants(window: range) -> tuple[datetime, datetime]:
    """Return start and end (UTC) of a window of hours."""
    return instant(window.start), instant(window.stop)


def hour_floor(instant: datetime) -> datetime:
    """Return the start (UTC) of the hour of UTC that holds the instant."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_ceiling(instant: datetime) -> datetime:
    """Return the first start (UTC) of an hour of UTC at or after the instant."""
    floor = hour_floor(instant)
    return floor if floor == instant else floor + _ONE_HOUR


def has_whole_hours(start: datetime, end: datetime, zone: tzinfo) -> bool:
    """Return whether hours begin on the clock of the zone when they begin in UTC, at both ends of the range."""
    offsets = (instant.astimezone(zone).utcoffset() for instant in (start, end))
    return all(offset is not None and offset % _ONE_HOUR == timedelta() for offset in offsets)


def edges(start: datetime, end: datetime, resolution: Resolution, zone: tzinfo) -> list[datetime]:
    """Return `start`, `end`, and the edges of days or months between them, each at the start of an hour of UTC.

    Where the zone's offset has half an hour, a day of statistics begins half an hour after midnight.
    """
    inner = (hour_ceiling(edge) for edge in bucket_edges(start, end, resolution, zone))
    return [start, *(edge for edge in inner if start < edge < end), end]


def bucket_of(hour: datetime, resolution: Resolution, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return start and end (UTC) of the day or month of statistics that holds an hour; both at the start of an hour of UTC."""
    begin = floor_to_bucket(hour, resolution, zone)
    return hour_ceiling(begin), hour_ceiling(next_bucket(begin, resolution, zone))


def levels_by_point(means: ReadingSeries, least: ReadingSeries, greatest: ReadingSeries) -> dict[int, dict[int, Level]]:
    """Return the hours of a level series by point id; an hour counts where all three have a value."""
    totals = _by_point(means, means.values, add)
    counts = _by_point(means, [None if value is None else 1.0 for value in means.values], add)
    low, high = _by_point(least, least.values, min), _by_point(greatest, greatest.values, max)
    return {
        point_id: {
            hour: Level(total / counts[point_id][hour], low[point_id][hour], high[point_id][hour])
            for hour, total in hours.items()
            if hour in low.get(point_id, ()) and hour in high.get(point_id, ())
        }
        for point_id, hours in totals.items()
    }


def _by_point(
    readings: ReadingSeries, values: Iterable[float | None], fold: Callable[[float, float], float]
) -> dict[int, Hours]:
    """Return the values by point id and hour, without nulls; several of one hour (quarters of it) are folded into one."""
    result: dict[int, Hours] = {}
    for bucket_start, point_id, value in zip(readings.bucket_starts, readings.point_ids, values, strict=True):
        if value is None:
            continue
        second = int(bucket_start.timestamp())
        hour = second - second % HOUR
        hours = result.setdefault(point_id, {})
        hours[hour] = fold(hours[hour], value) if hour in hours else value
    return result


def hour_starts(start: datetime, end: datetime) -> range:
    """Return the starts of all hours of the range, in epoch seconds; both ends are on the hour."""
    return range(int(start.timestamp()), int(end.timestamp()), HOUR)


def unknown_hours(columns: Iterable[ReadingSeries], point_id: int, hours: range, bucket: int) -> set[int]:
    """Return the hours of a point of which any bucket (of so many seconds) is absent, and may be in a row left out."""
    unknown: set[int] = set()
    for column in columns:
        if not column.unknown:
            continue
        rows = zip(column.bucket_starts, column.point_ids, strict=True)
        present = {start for start, of_point in rows if of_point == point_id}
        unknown.update(
            hour
            for hour in hours
            for start in map(instant, range(hour, hour + HOUR, bucket))
            if start not in present and column.is_unknown(start, point_id)
        )
    return unknown


class Columns(NamedTuple):
    """The columns of one measurement in a response, and the range that they cover."""

    readings: Sequence[ReadingSeries]
    start: datetime
    end: datetime


def by_key(
    asked: Mapping[str, Sequence[MeasurementSeries]], response: MeasurementResponse, start: datetime, end: datetime
) -> dict[str, Columns]:
    """Return by key the columns of a response, which come in the order in which they were asked for."""
    columns = iter([ReadingSeries() if column is None else column for column in response.series])
    covered = max(start, response.start or start), min(end, response.end or end)
    return {key: Columns([*islice(columns, len(of_key))], *covered) for key, of_key in asked.items()}


def joined(parts: Sequence[Mapping[str, Columns]], refused: Mapping[str, Collection[int]]) -> dict[str, Columns]:
    """Return one response of those for other points or keys; any bucket of a refused point is unknown."""
    if len(parts) == 1 and not refused:
        return dict(parts[0])
    result: dict[str, Columns] = {}
    for key in dict.fromkeys(key for part in parts for key in part):
        of_key = [part[key] for part in parts if key in part]
        unknown = ReadingSeries(unknown=frozenset((None, point_id) for point_id in refused.get(key, ())))
        columns = zip(*(part.readings for part in of_key), strict=True)
        readings = [ReadingSeries.joined([unknown, *column]) for column in columns]
        result[key] = Columns(readings, max(part.start for part in of_key), min(part.end for part in of_key))
    return result


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

    def within(self, window: range) -> FoundHours:
        """Return those of the hours that are in the window."""
        sums = {key: {hour: hours[hour] for hour in hours if hour in window} for key, hours in self.sums.items()}
        levels = {key: {hour: hours[hour] for hour in hours if hour in window} for key, hours in self.levels.items()}
        return replace(self, sums=sums, levels=levels)


def found_hours(
    portion: Sequence[HistorySeries], responses: Mapping[str, Columns], start: datetime, end: datetime, bucket: int
) -> FoundHours:
    """Return the complete hours that responses hold of some series; `bucket` is the length of their buckets in seconds."""
    sums: dict[str, dict[int, float]] = {}
    levels: dict[str, dict[int, Level]] = {}
    unknown: dict[str, set[int]] = {}
    for key, (columns, begin, after) in responses.items():
        start, end = max(start, begin), min(end, after)
        hours = hour_starts(hour_ceiling(begin), after)
        is_level = len(columns) > 1
        sums_of_key = {} if is_level else _by_point(columns[0], columns[0].values, add)
        levels_of_key = levels_by_point(*columns) if is_level else {}
        for series in (series for series in portion if series.key == key):
            if odd := unknown_hours(columns, series.point_id, hours, bucket):
                unknown[series.statistic_id] = odd
            if is_level:
                levels[series.statistic_id] = _complete(levels_of_key.get(series.point_id, {}), begin, after, odd)
            else:
                sums[series.statistic_id] = _complete(sums_of_key.get(series.point_id, {}), begin, after, odd)
    return FoundHours(start=start, end=end, sums=sums, levels=levels, unknown=unknown)


def _complete[ValueT](
    hours: Mapping[int, ValueT], start: datetime, end: datetime, unknown: Collection[int]
) -> dict[int, ValueT]:
    """Return the hours that lie in the range as a whole and are known."""
    first, last = start.timestamp(), end.timestamp() - HOUR
    return {hour: value for hour, value in hours.items() if first <= hour <= last and hour not in unknown}


type SeriesTotals = dict[str, dict[int, float | None]]
"""Statistic id -> start of the bucket (epoch seconds) -> total, or mean of levels; no key where the platform has none.

None stands for a total that is not known, since a row that may have told it was left out.
"""


def found_totals(
    portion: Sequence[HistorySeries],
    responses: Mapping[str, Columns],
    bounds: Sequence[datetime],
    next_edge: Callable[[datetime], datetime],
) -> SeriesTotals:
    """Return what the buckets between the bounds hold; a bucket that the response does not cover has no total.

    A bucket may come in two parts, which end at `next_edge`; of levels it is their mean, weighted by how long they last.
    """
    result: defaultdict[str, dict[int, float | None]] = defaultdict(dict)
    for key, (columns, begin, after) in responses.items():
        of_point = {series.point_id: series for series in portion if series.key == key}
        ends = {start: end for start, end in pairwise(bounds) if begin <= start and end <= after}
        parts: defaultdict[tuple[HistorySeries, datetime], list[tuple[float, float]]] = defaultdict(list)
        for start, point_id, value in columns[0]:
            series, bucket = of_point.get(point_id or 0), _bucket_of(start, bounds)
            if series is not None and value is not None and bucket in ends:
                lasts = min(next_edge(start), ends[bucket]) - max(start, bucket)
                parts[series, bucket].append((lasts.total_seconds(), value))
        for (series, bucket), values in parts.items():
            total = math.fsum(value * (1.0 if series.has_sum else lasts) for lasts, value in values)
            whole = 1.0 if series.has_sum else sum(lasts for lasts, _ in values)
            result[series.statistic_id][int(bucket.timestamp())] = total / whole
        for left_out, its_point in columns[0].unknown:
            buckets = ends.keys() if left_out is None else ends.keys() & {_bucket_of(left_out, bounds)}
            for series in of_point.values():
                if its_point in {None, series.point_id}:
                    _forget(result[series.statistic_id], buckets, is_certain=None not in {left_out, its_point})
    return dict(result)


def _forget(totals: dict[int, float | None], buckets: Iterable[datetime], *, is_certain: bool) -> None:
    """Make totals unknown; a row that does not tell its bucket or its point may be that of any absent one."""
    for bucket in buckets:
        second = int(bucket.timestamp())
        totals[second] = None if is_certain else totals.get(second)


def _bucket_of(start: datetime, bounds: Sequence[datetime]) -> datetime:
    """Return the bucket of statistics that a bucket of the platform belongs to."""
    return bounds[max(0, bisect_right(bounds, start) - 1)]
