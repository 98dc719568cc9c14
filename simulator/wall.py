"""The tenant's wall clock: instants, naive stamps and bucket edges.

All instants are epoch seconds. Stamps are `YYYY-MM-DDTHH:MM:SS` without zone (API document: GetData).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
import re
from typing import Final
from zoneinfo import ZoneInfo

STAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
WIDTHS: Final = {"fifteenmin": 900, "hour": 3600}
RESOLUTIONS: Final = ("fifteenmin", "hour", "day", "week", "month")
# Which resolution's labels follow which switch.
LABEL_SWITCHES: Final = {
    "fifteenmin": "bucket_label",
    "hour": "bucket_label",
    "day": "bucket_label",
    "week": "week_label",
    "month": "month_label",
}
# Label of a bucket from its begin, the begin of the next one, and the day on which the range begins.
_LABELS: Final[dict[str, Callable[[datetime, datetime, datetime], datetime]]] = {
    **dict.fromkeys(("monday", "first"), lambda begin, _, __: begin),
    **dict.fromkeys(("sunday", "last"), lambda _, following, __: following - timedelta(days=1)),
    **dict.fromkeys(("end", "next"), lambda _, following, __: following),
    "start": lambda begin, _, first_day: max(begin, first_day),
    "last_second": lambda _, following, __: following - timedelta(seconds=1),
}
HOUR: Final = 3600
# No zone changes its offset twice within this time, so a search may step by it.
QUIET_STRETCH: Final = 7 * 24 * HOUR

type Interval = tuple[datetime, datetime, int, int]
"""Naive begin, naive begin of the next, first and last second that count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """One interval of a response: its naive label and the first and last second that count.

    `following` is the naive time at which the next one begins, whatever the range.
    """

    label: str
    following: str
    first_second: int
    last_second: int


def parse_stamp(text: str) -> datetime:
    """Return the naive wall-clock time; raises ValueError for anything but the documented form."""
    if not STAMP.fullmatch(text):
        raise ValueError(f"'{text}' is not of the form YYYY-MM-DDTHH:MM:SS")
    return datetime.fromisoformat(text)


def instant(wall: datetime, zone: ZoneInfo, *, fold: int = 0) -> int:
    """Return the epoch second of a naive wall-clock time; `fold` 1 is the second of two equal ones.

    A time that the clock skips is the first second after the change, with `fold` 1 the last before it.
    """
    first, second = (int(wall.replace(tzinfo=zone, fold=one).timestamp()) for one in (0, 1))
    if first > second:
        return _first_second_after_change(second, first, zone) - fold
    return second if fold else first


def stamp(second: int, zone: ZoneInfo) -> str:
    """Return the naive stamp of an epoch second."""
    return _wall(second, offset_at(second, zone)).isoformat()


def offset_at(second: int, zone: ZoneInfo) -> int:
    """Return the zone's distance from UTC in seconds at an epoch second."""
    distance = datetime.fromtimestamp(second, zone).utcoffset()
    return 0 if distance is None else int(distance.total_seconds())


@lru_cache(maxsize=256)
def offset_segments(first: int, last: int, zone: ZoneInfo) -> tuple[tuple[int, int, int], ...]:
    """Return (first second, last second, offset) for each stretch of constant offset in [first, last]."""
    segments: list[tuple[int, int, int]] = []
    begin = cursor = first
    while cursor < last:
        step = min(cursor + QUIET_STRETCH, last)
        if offset_at(step, zone) != offset_at(begin, zone):
            change = _first_second_after_change(cursor, step, zone)
            segments.append((begin, change - 1, offset_at(begin, zone)))
            begin = change
        cursor = step
    segments.append((begin, last, offset_at(begin, zone)))
    return tuple(segments)


def _first_second_after_change(before: int, after: int, zone: ZoneInfo) -> int:
    old = offset_at(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if offset_at(middle, zone) == old else (before, middle)
    return after


def buckets(first: int, last: int, resolution: str, zone: ZoneInfo, *, label: str = "start") -> list[Bucket]:
    """Return the buckets that meet [first, last], cut to it, in order of instant; none for a range without a second.

    A repeated wall-clock hour gives two buckets with one label; days, weeks and months are as long as the
    wall clock makes them. `label` is a value of the resolution's switch.
    """
    if last < first:
        return []
    first_day = datetime.combine(_wall(first, offset_at(first, zone)), time())
    if resolution in WIDTHS:
        found = _clock_buckets(first, last, WIDTHS[resolution], zone)
    else:
        found = _calendar_buckets(first, last, resolution, zone)
    return [
        Bucket(
            label=_LABELS[label](begin, following, first_day).isoformat(),
            following=following.isoformat(),
            first_second=first_second,
            last_second=last_second,
        )
        for begin, following, first_second, last_second in found
    ]


def _clock_buckets(first: int, last: int, width: int, zone: ZoneInfo) -> Iterator[Interval]:
    step = timedelta(seconds=width)
    for begin, end, offset in offset_segments(first, last, zone):
        start = begin - (begin + offset) % width
        for edge in range(start, end + 1, width):
            wall = _wall(edge, offset)
            yield wall, wall + step, max(edge, begin), min(edge + width - 1, end)


def _calendar_buckets(first: int, last: int, resolution: str, zone: ZoneInfo) -> Iterator[Interval]:
    day = _calendar_start(_wall(first, offset_at(first, zone)).date(), resolution)
    while (begin := _midnight(day, zone)) <= last:
        following = _calendar_next(day, resolution)
        yield (
            datetime.combine(day, time()),
            datetime.combine(following, time()),
            max(begin, first),
            min(_midnight(following, zone) - 1, last),
        )
        day = following


def _calendar_start(day: date, resolution: str) -> date:
    if resolution == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if resolution == "week" else day


def _calendar_next(day: date, resolution: str) -> date:
    if resolution == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if resolution == "week" else 1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - a wall-clock time, made an instant here


def _wall(second: int, offset: int) -> datetime:
    return datetime.fromtimestamp(second + offset, UTC).replace(tzinfo=None)
