"""The highest demand of a month: out of energies of quarter hours to days, out of days to the month; pure.

Demand is the mean power of an interval of a meter, as a supplier bills it: the energy of a quarter hour times four, or that
of an hour where the meter reports by the hour. Instants are aware and in UTC, energies in kWh.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple, Self

from custom_components.reengen.api import Resolution, bucket_edges, floor_to_bucket
from custom_components.reengen.const import LATEST_LEVEL_WINDOW, QUARTER_HOUR
from custom_components.reengen.readings import interval_length, mean_power

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, half-open."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The days of this month up to now, and of last month, on the platform's clock, in order of time.

    `end` is that of the newest complete quarter hour. Days from `open_from` on may still change with every poll.
    """

    end: datetime
    last_month: tuple[Span, ...]
    this_month: tuple[Span, ...]
    open_from: datetime

    @classmethod
    def of(cls, now: datetime, zone: tzinfo) -> Self:
        """Return the calendar of an instant."""
        month = floor_to_bucket(now, Resolution.MONTH, zone)
        month_before = floor_to_bucket(month - QUARTER_HOUR, Resolution.MONTH, zone)
        return cls(
            end=floor_to_bucket(now, Resolution.FIFTEEN_MINUTES, zone),
            last_month=tuple(_days(month_before, month, zone)),
            this_month=tuple(_days(month, now + timedelta.resolution, zone)),
            open_from=floor_to_bucket(now - LATEST_LEVEL_WINDOW, Resolution.DAY, zone),
        )

    @property
    def days(self) -> tuple[Span, ...]:
        """Return all of them."""
        return (*self.last_month, *self.this_month)

    @property
    def today(self) -> Span:
        """Return the day that runs."""
        return self.this_month[-1]


def _days(start: datetime, end: datetime, zone: tzinfo) -> Iterator[Span]:
    return (Span(*edges) for edges in pairwise(bucket_edges(start, end, Resolution.DAY, zone)))


class DayDemand(NamedTuple):
    """What is kept of one day of a point, as it is stored: the highest energy of an interval, the end of the first that had it.

    `minutes` is the length of the intervals, None where a lone one does not tell; `known` is how many have a value, and
    `last_end` the end of the last. Both ends are in epoch seconds. `total` is what the platform says of the whole day, at
    first the sum of what was read.
    """

    highest: float | None = None
    end: int | None = None
    minutes: int | None = None
    known: int = 0
    last_end: int | None = None
    total: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthDemand:
    """The highest demand of a month in kW, the start and length of its interval, and how many quarter hours are unknown."""

    kilowatts: float
    at: datetime
    length: timedelta
    unknown_quarter_hours: int


def day_demand(energies: Mapping[datetime, float]) -> DayDemand:
    """Return what is kept of a day's energies, each by the start of its quarter hour."""
    if not energies:
        return DayDemand()
    highest, length = max(energies.values()), interval_length(energies)
    first = min(start for start, energy in energies.items() if energy == highest)
    return DayDemand(
        highest=highest,
        end=int((first + QUARTER_HOUR).timestamp()),
        minutes=None if length is None else length // _MINUTE,
        known=len(energies),
        last_end=int((max(energies) + QUARTER_HOUR).timestamp()),
        total=sum(energies.values()),
    )


def month_demand(days: Mapping[datetime, DayDemand], spans: Sequence[Span], end: datetime) -> MonthDemand | None:
    """Return the highest demand of the days (by their start); `end` is that of the newest complete quarter hour.

    None where a day was not read yet, which may have the highest, and where nothing is known.
    """
    if not spans or any(span.start not in days for span in spans):
        return None
    found = [days[span.start] for span in spans]
    lengths = _lengths(found)
    peaks = [
        (mean_power(day.highest, length), datetime.fromtimestamp(day.end, UTC) - length, length)
        for day, length in zip(found, lengths, strict=True)
        if day.highest is not None and day.end is not None and length is not None
    ]
    if not peaks:
        return None
    kilowatts, at, length = min(peaks, key=lambda peak: (-peak[0], peak[1]))
    unknown = sum(_unknown(*each, end) for each in zip(found, lengths, spans, strict=True))
    return MonthDemand(kilowatts=kilowatts, at=at, length=length, unknown_quarter_hours=unknown)


def _lengths(days: Iterable[DayDemand]) -> list[timedelta | None]:
    """Return how long each day's intervals are; where a lone one does not tell, the day before does, or the first that does."""
    told = [None if day.minutes is None else day.minutes * _MINUTE for day in days]
    length = next((each for each in told if each is not None), None)
    return [length := each or length for each in told]


def _unknown(day: DayDemand, length: timedelta | None, span: Span, end: datetime) -> int:
    """Return how many quarter hours of a day have no value, of those that are not to be awaited still."""
    last_end = span.start if day.last_end is None else datetime.fromtimestamp(day.last_end, UTC)
    awaited_from = max(end - LATEST_LEVEL_WINDOW, last_end)
    expected = (min(span.end, awaited_from) - span.start) // QUARTER_HOUR
    return max(0, expected - day.known * ((length or QUARTER_HOUR) // QUARTER_HOUR))
