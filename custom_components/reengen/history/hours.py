"""From the platform's buckets to complete hours of UTC, as the recorder keeps them; pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
import math
from typing import Final

from custom_components.reengen.api import Reading, Resolution, bucket_edges

from .plan import HOUR, Level

_ONE_HOUR: Final = timedelta(hours=1)

type Hours = dict[int, float]
"""Start of the hour in epoch seconds -> value."""


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


def sums_by_point(readings: Iterable[Reading]) -> dict[int, Hours]:
    """Return the hours of a summed series by point id; quarter hours of one hour are added up, nulls left out."""
    parts: defaultdict[int, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for reading in readings:
        if reading.point_id is not None and reading.value is not None:
            parts[reading.point_id][_hour_of(reading)].append(reading.value)
    return {point: {start: math.fsum(values) for start, values in found.items()} for point, found in parts.items()}


def levels_by_point(
    means: Iterable[Reading], least: Iterable[Reading], greatest: Iterable[Reading]
) -> dict[int, dict[int, Level]]:
    """Return the hours of a level series by point id; an hour counts where all three have a value."""
    columns = [_values(column) for column in (means, least, greatest)]
    result: dict[int, dict[int, Level]] = {}
    for point, hours in columns[0].items():
        low, high = columns[1].get(point, {}), columns[2].get(point, {})
        result[point] = {
            start: Level(math.fsum(values) / len(values), min(low[start]), max(high[start]))
            for start, values in hours.items()
            if start in low and start in high
        }
    return result


def _values(readings: Iterable[Reading]) -> dict[int, dict[int, list[float]]]:
    parts: dict[int, dict[int, list[float]]] = {}
    for reading in readings:
        if reading.point_id is not None and reading.value is not None:
            parts.setdefault(reading.point_id, {}).setdefault(_hour_of(reading), []).append(reading.value)
    return parts


def _hour_of(reading: Reading) -> int:
    second = int(reading.bucket_start.timestamp())
    return second - second % HOUR


def within[ValueT](hours: Mapping[int, ValueT], start: datetime, end: datetime) -> dict[int, ValueT]:
    """Return the hours that lie in the range as a whole."""
    first, after = start.timestamp(), end.timestamp()
    return {hour: value for hour, value in hours.items() if first <= hour and hour + HOUR <= after}


def hour_starts(start: datetime, end: datetime) -> Sequence[int]:
    """Return the starts of all hours of the range, in epoch seconds; both ends are on the hour."""
    return range(int(start.timestamp()), int(end.timestamp()), HOUR)
