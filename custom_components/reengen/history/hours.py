"""From the platform's buckets to complete hours of UTC, as the recorder keeps them; pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
import math
from operator import add
from typing import Final

from custom_components.reengen.api import MeasurementAnswer, MeasurementSeries, ReadingSeries, Resolution, bucket_edges

from .plan import HOUR, Level
from .series import HistorySeries

_ONE_HOUR: Final = timedelta(hours=1)

type Hours = dict[int, float]
"""Start of the hour in epoch seconds -> value."""


def instant(second: int) -> datetime:
    """Return an epoch second as an aware datetime in UTC."""
    return datetime.fromtimestamp(second, UTC)


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


def sums_by_point(readings: ReadingSeries) -> dict[int, Hours]:
    """Return the hours of a summed series by point id; quarter hours of one hour are added up, nulls left out."""
    return _by_point(readings, readings.values, add)


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
    """Return the values by point id and hour; several of one hour (quarters of it) are folded into one."""
    result: dict[int, Hours] = {}
    for bucket_start, point_id, value in zip(readings.bucket_starts, readings.point_ids, values, strict=True):
        if point_id is None or value is None:
            continue
        second = int(bucket_start.timestamp())
        hour = second - second % HOUR
        hours = result.setdefault(point_id, {})
        hours[hour] = fold(hours[hour], value) if hour in hours else value
    return result


def unknown_hours(columns: Iterable[ReadingSeries], point_id: int, hours: range, bucket: int) -> set[int]:
    """Return the hours of a point of which any bucket (of so many seconds) is absent, and may be in a row left out."""
    unknown: set[int] = set()
    for column in columns:
        starts = {start for start, of_point in column.unknown if of_point is None or of_point == point_id}
        if not starts:
            continue
        seconds = {int(start.timestamp()) for start in starts if start is not None}
        present = {
            int(start.timestamp())
            for start, of_point in zip(column.bucket_starts, column.point_ids, strict=True)
            if of_point == point_id
        }
        unknown.update(
            hour
            for hour in hours
            for second in range(hour, hour + HOUR, bucket)
            if second not in present and (None in starts or second in seconds)
        )
    return unknown


def within[ValueT](
    hours: Mapping[int, ValueT], start: datetime, end: datetime, unknown: Collection[int] = ()
) -> dict[int, ValueT]:
    """Return the hours that lie in the range as a whole and are known."""
    first, after = start.timestamp(), end.timestamp()
    return {
        hour: value for hour, value in hours.items() if first <= hour and hour + HOUR <= after and hour not in unknown
    }


def hour_starts(start: datetime, end: datetime) -> range:
    """Return the starts of all hours of the range, in epoch seconds; both ends are on the hour."""
    return range(int(start.timestamp()), int(end.timestamp()), HOUR)


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
"""The columns of one measurement in an answer, and the range that they cover."""


type SeriesTotals = dict[str, dict[int, float | None]]
"""Statistic id -> start of the bucket (epoch seconds) -> total, or mean of levels; no key where the platform has none.

None stands for a total that is not known, since a row that may have told it was left out.
"""


def by_key(
    columns: Mapping[str, Sequence[MeasurementSeries]], answer: MeasurementAnswer, start: datetime, end: datetime
) -> dict[str, Columns]:
    """Return by key the columns of a response, which come in the order in which they were asked for."""
    covered = max(start, answer.start or start), min(end, answer.end or end)
    result: dict[str, Columns] = {}
    position = 0
    for key, of_key in columns.items():
        result[key] = (answer.series[position : position + len(of_key)], *covered)
        position += len(of_key)
    return result


def joined(parts: Sequence[Mapping[str, Columns]], refused: Mapping[str, Collection[int]]) -> dict[str, Columns]:
    """Return one answer of parts of other points or keys; any bucket of a refused point is unknown."""
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


def collected(
    portion: Sequence[HistorySeries], answers: Mapping[str, Columns], start: datetime, end: datetime, bucket: int
) -> FoundHours:
    """Return the complete hours that responses hold of some series; `bucket` is the length of their buckets in seconds."""
    sums: dict[str, dict[int, float]] = {}
    levels: dict[str, dict[int, Level]] = {}
    unknown: dict[str, set[int]] = {}
    for key, (columns, begin, after) in answers.items():
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


def add_totals(
    found: SeriesTotals,
    portion: Sequence[HistorySeries],
    answers: Mapping[str, Columns],
    bucket_of: Callable[[datetime], tuple[datetime, datetime] | None],
    next_edge: Callable[[datetime], datetime],
) -> None:
    """Add what each bucket holds; a bucket that the answer does not cover has no total.

    A bucket may come in two parts; of levels it is their mean, weighted by how long they last.
    """
    by_series = {(each.key, each.point_id): each for each in portion}
    parts: dict[tuple[HistorySeries, int], list[tuple[float, float]]] = {}
    for key, (columns, begin, after) in answers.items():
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


def add_unknown(
    found: SeriesTotals,
    portion: Sequence[HistorySeries],
    answers: Mapping[str, Columns],
    bucket_of: Callable[[datetime], tuple[datetime, datetime] | None],
    buckets: Iterable[datetime],
) -> None:
    """Add None for each bucket of which a row was left out; one that does not tell bucket and point may be any absent."""
    for key, (columns, begin, after) in answers.items():
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


def bucket_of(
    start: datetime, *, ends: Mapping[datetime, datetime], first: datetime
) -> tuple[datetime, datetime] | None:
    """Return the bucket of statistics that a bucket of the platform belongs to."""
    bucket = max(start, first) if len(ends) > 1 else first
    return (bucket, ends[bucket]) if bucket in ends else None


def covers(begin: datetime | None, after: datetime | None, start: datetime, end: datetime) -> bool:
    """Return whether a response, which says what it covers or not, covers [start, end)."""
    return (begin is None or begin <= start) and (after is None or after >= end)
