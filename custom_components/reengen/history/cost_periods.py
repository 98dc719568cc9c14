"""The periods that costs are settled by: recent days and old months of the platform's clock."""

from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple

from custom_components.reengen.api import Resolution

from .hours import bucket_of, edges, hour_starts
from .progress import complete_end

# Days of this age and younger are asked for one by one; 13 months of days would be 400 requests.
RECENT_DAYS: Final = timedelta(days=35)


class Period(NamedTuple):
    """A range of hours that is compared at once; of a recent one the days are settled one by one, else all of it."""

    start: datetime
    end: datetime
    is_recent: bool
    zone: tzinfo

    @property
    def hours(self) -> range:
        """Return the starts of its hours, in epoch seconds."""
        return hour_starts(self.start, self.end)

    @property
    def parts(self) -> list[Period]:
        """Return what is settled at once, newest first."""
        if not self.is_recent:
            return [self]
        days = reversed(edges(self.start, self.end, Resolution.DAY, self.zone))
        return [self._replace(start=start, end=end) for end, start in pairwise(days)]

    @property
    def recent_month(self) -> Period:
        """Return all recent days of the month in which a recent period begins."""
        start, end = bucket_of(self.start, Resolution.MONTH, self.zone)
        return self._replace(start=max(start, _first_recent(self.zone)), end=end)

    def passed(self) -> Period:
        """Return what has passed of it by now."""
        return self._replace(end=min(self.end, complete_end()))


def months_of(start: datetime, end: datetime, zone: tzinfo) -> list[Period]:
    """Return the months that [start, end) touches, newest first.

    The oldest recent month is cut in two. Of what is recent only the days that the range touches are in it, as a whole:
    the newest may end after now.
    """
    recent, last_hour = _first_recent(zone), end - timedelta(hours=1)
    first, _ = bucket_of(start, Resolution.DAY if start >= recent else Resolution.MONTH, zone)
    if last_hour >= recent:
        _, after = bucket_of(last_hour, Resolution.DAY, zone)
    else:
        after = min(bucket_of(last_hour, Resolution.MONTH, zone)[1], recent)
    cuts = {*edges(first, after, Resolution.MONTH, zone), min(max(first, recent), after)}
    bounds = sorted(cuts, reverse=True)
    return [Period(begin, until, begin >= recent, zone) for until, begin in pairwise(bounds)]


def periods_of(start: datetime, end: datetime, zone: tzinfo) -> list[Period]:
    """Return the recent days and old months that [start, end) touches, newest first."""
    return [part for month in months_of(start, end, zone) for part in month.parts]


def _first_recent(zone: tzinfo) -> datetime:
    """Return the start of the oldest recent day."""
    now = complete_end()
    return edges(now - RECENT_DAYS, now, Resolution.DAY, zone)[1]
