"""The periods that costs are settled by: recent days and old months of the platform's clock."""

from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple

from custom_components.reengen.api import Resolution

from .hours import bucket_of, edges, hour_starts, instant, instants
from .progress import complete_end

# Days of this age and younger are asked for one by one; 13 months of days would be 400 requests.
RECENT_DAYS: Final = timedelta(days=35)


class Period(NamedTuple):
    """Hours that are compared at once; of recent ones the days are settled one by one, else all of them at once."""

    hours: range
    is_recent: bool
    zone: tzinfo

    @property
    def days(self) -> list[range]:
        """Return the hours of each of its days, oldest first."""
        return [hour_starts(*day) for day in pairwise(edges(*instants(self.hours), Resolution.DAY, self.zone))]

    @property
    def parts(self) -> list[Period]:
        """Return what is settled at once, newest first."""
        return [self._replace(hours=day) for day in reversed(self.days)] if self.is_recent else [self]

    @property
    def recent_month(self) -> Period:
        """Return all recent days of the month in which a recent period begins."""
        start, end = bucket_of(instant(self.hours.start), Resolution.MONTH, self.zone)
        return self._replace(hours=hour_starts(max(start, _first_recent(self.zone)), end))

    def passed(self) -> Period:
        """Return what has passed of it by now."""
        start, end = instants(self.hours)
        return self._replace(hours=hour_starts(start, min(end, complete_end())))


def months_of(window: range, zone: tzinfo) -> list[Period]:
    """Return the months that a window touches, newest first.

    The oldest recent month is cut in two. Of what is recent only the days that the window touches are in it, as a whole:
    the newest may end after now.
    """
    recent, first_hour, last_hour = _first_recent(zone), instant(window[0]), instant(window[-1])
    first, _ = bucket_of(first_hour, Resolution.DAY if first_hour >= recent else Resolution.MONTH, zone)
    if last_hour >= recent:
        _, after = bucket_of(last_hour, Resolution.DAY, zone)
    else:
        after = min(bucket_of(last_hour, Resolution.MONTH, zone)[1], recent)
    cuts = {*edges(first, after, Resolution.MONTH, zone), min(max(first, recent), after)}
    bounds = sorted(cuts, reverse=True)
    return [Period(hour_starts(start, end), start >= recent, zone) for end, start in pairwise(bounds)]


def periods_of(window: range, zone: tzinfo) -> list[Period]:
    """Return the recent days and old months that a window touches, newest first."""
    return [part for month in months_of(window, zone) for part in month.parts]


def _first_recent(zone: tzinfo) -> datetime:
    """Return the start of the oldest recent day."""
    now = complete_end()
    return edges(now - RECENT_DAYS, now, Resolution.DAY, zone)[1]
