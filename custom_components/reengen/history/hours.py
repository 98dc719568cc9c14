"""From the platform's buckets to complete hours of UTC, as the recorder keeps them; pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from operator import add
from typing import Final

from custom_components.reengen.api import ReadingSeries, Resolution, bucket_edges

from .plan import HOUR, Level

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
        if value is None:
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
