"""The forecast of a month and the base load of a day, from stored hours; pure.

Hours are those of the statistics: hours of UTC, by their start in epoch seconds, with what was used or charged in them.
Where the offset of a zone has half an hour, a day and a month of hours begin half an hour after midnight.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from heapq import nsmallest
from math import fsum
from statistics import fmean
from typing import Final

from custom_components.reengen.api import Resolution, floor_to_bucket, next_bucket

HOUR: Final = 3600

_WEEK: Final = timedelta(weeks=1)

# The same hour of four weeks is what a plant usually does then; less than two weeks may be one holiday.
_LEARNED: Final = 4 * _WEEK
_FEWEST_HOURS: Final = 2 * _WEEK // timedelta(hours=1)

_LOWEST_HOURS: Final = 3

type Hours = Mapping[int, float]
"""Start of the hour in epoch seconds -> energy in kWh, or cost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What a month will come to, and what that was made of.

    `total` is None where too little is known. `measured` is what the stored hours of the month add up to, of which there
    are `hours_measured`; `measured_until` is the end of the newest stored hour (UTC), None where there is none.
    `hours_forecast` are still to come, and `weeks` is how much of the last four weeks is stored.
    """

    total: float | None
    measured: float
    measured_until: datetime | None
    hours_measured: int
    hours_forecast: int
    weeks: float


def month_of(now: datetime, zone: tzinfo) -> range:
    """Return the starts of the hours of the month under way on the zone's clock."""
    return _bucket(floor_to_bucket(now, Resolution.MONTH, zone), Resolution.MONTH, zone)


def last_day(now: datetime, zone: tzinfo) -> range:
    """Return the starts of the hours of the last day that has passed on the zone's clock."""
    today = floor_to_bucket(now, Resolution.DAY, zone)
    return _bucket(floor_to_bucket(today - timedelta(seconds=1), Resolution.DAY, zone), Resolution.DAY, zone)


def learned_of(now: datetime) -> range:
    """Return the starts of the hours of the four weeks before the hour under way."""
    end = int(now.timestamp()) // HOUR * HOUR
    return range(end - int(_LEARNED.total_seconds()), end, HOUR)


def _bucket(start: datetime, resolution: Resolution, zone: tzinfo) -> range:
    first, after = (-(-int(edge.timestamp()) // HOUR) * HOUR for edge in (start, next_bucket(start, resolution, zone)))
    return range(first, after, HOUR)


def month_forecast(hours: Hours, now: datetime, zone: tzinfo) -> Forecast:
    """Return the stored hours of the month, plus those after the newest one by the mean of the same weekday and hour.

    `hours` are stored ones before the hour under way, from the beginning of the month and of the four weeks on.
    Weekdays and hours are those of the zone's clock.
    """
    month, learned = month_of(now, zone), learned_of(now)
    end = max(hours) + HOUR if hours else None
    measured = [value for start, value in hours.items() if start in month]
    to_come = range(max(month.start, end or 0), month.stop, HOUR)
    usual: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    for start, value in hours.items():
        if start in learned:
            usual[_hour_of_week(start, zone)].append(value)
    hours_learned = sum(map(len, usual.values()))
    expected = [usual.get(_hour_of_week(start, zone)) for start in to_come]
    total = None
    if hours_learned >= _FEWEST_HOURS and None not in expected:
        total = fsum([*measured, *(fmean(values) for values in expected if values)])
    return Forecast(
        total=total,
        measured=fsum(measured),
        measured_until=None if end is None else datetime.fromtimestamp(end, UTC),
        hours_measured=len(measured),
        hours_forecast=len(to_come),
        weeks=round(hours_learned / (_WEEK // timedelta(hours=1)), 1),
    )


def _hour_of_week(start: int, zone: tzinfo) -> tuple[int, int]:
    local = datetime.fromtimestamp(start, zone)
    return local.weekday(), local.hour


def base_load(hours: Hours, day: range) -> float | None:
    """Return the mean of the three lowest hours of a day, in kW; None where an hour of the day is not stored."""
    stored = [hours[start] for start in day if start in hours]
    return fmean(nsmallest(_LOWEST_HOURS, stored)) if len(stored) == len(day) else None
