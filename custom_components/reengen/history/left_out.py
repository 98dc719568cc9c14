"""What responses of the history held that could not be used, until the same is read again without it; pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from custom_components.reengen.api import Oddity, merged_oddities

# What is odd beyond that is odd in the same way.
_MOST: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a response says: buckets (a resolution, or "cost") of series (keys) of points (ids) in [start, end)."""

    buckets: str
    keys: frozenset[str]
    points: frozenset[int]
    start: datetime
    end: datetime

    def covers(self, other: Reading) -> bool:
        """Return whether this is what the other was, or more."""
        return (
            self.buckets == other.buckets
            and self.keys >= other.keys
            and self.points >= other.points
            and self.start <= other.start
            and other.end <= self.end
        )


class LeftOut:
    """The oddities of one account's history, each with the smallest reading that is known to hold it."""

    def __init__(self) -> None:
        """Know of none."""
        self._seen: list[tuple[Reading, Oddity]] = []

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """Return what was odd where it was read last."""
        return merged_oddities(oddity for _, oddity in self._seen)

    def read(
        self,
        reading: Reading,
        oddities: Iterable[Oddity],
        unknown: Collection[tuple[datetime | None, int | None]] = (),
    ) -> None:
        """Take the place of what the same reading held before; `unknown` are the buckets and points of rows left out."""
        self._seen = [(seen, oddity) for seen, oddity in self._seen if not reading.covers(seen)]
        for oddity in oddities:
            if len(self._seen) < _MOST:
                self._seen.append((_narrowed(reading, oddity, unknown), oddity))

    def forget(self, begin: datetime) -> None:
        """Forget what was read of times from `begin` on, before that is read once more."""
        self._seen = [(seen, oddity) for seen, oddity in self._seen if seen.end <= begin]


def _narrowed(reading: Reading, oddity: Oddity, unknown: Collection[tuple[datetime | None, int | None]]) -> Reading:
    """Return the part of a reading that holds an oddity: its point, and the first bucket to the last one left out."""
    if oddity.point_id not in reading.points:
        return reading
    starts = [start for start, point_id in unknown if point_id == oddity.point_id]
    known = [start for start in starts if start is not None]
    found = replace(reading, points=frozenset([oddity.point_id]))
    if not known or len(known) < len(starts):
        return found
    # However long a bucket is, it lasts longer than this.
    return replace(found, start=min(known), end=max(known) + timedelta(seconds=1))
