"""How old the newest data of each point is, how old it usually gets, and whether it is late; pure.

A series is judged at the last look that the platform answered, never at the present instant: while the platform
cannot be reached, or nobody looks, nothing becomes late.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any, Final, Self

from custom_components.reengen.const import LONGEST_PAUSE_HOURS


class Source(StrEnum):
    """Where the newest data of a series is seen: the hours of its statistic, or the latest quarter hour of a poll."""

    HOURS = "hours"
    LATEST = "latest"


_BUCKETS: Final = {Source.HOURS: timedelta(hours=1), Source.LATEST: timedelta(minutes=15)}

# Of each day only the longest delay counts, so that a night without values or a daily report weighs as much as a
# day's worth of prompt hours. The usual delay is the second longest of the last 14 days on which data came: one outage
# in these two weeks does not change it, but a pause on every weekend does, because two weeks have two weekends.
_DAYS_KEPT: Final = 14

# Nobody knows what is usual before a weekend has been seen; until then a series may be as late as a daily report.
_DAYS_TO_LEARN: Final = 7
_UNLEARNED_DELAY: Final = timedelta(days=1)

# Late: half as long again as usual, and more than the next hourly run would settle.
_LATE_FACTOR: Final = 1.5
_LATE_AFTER: Final = timedelta(hours=2)

# Silent: thrice as long as usual, and longer than a gateway takes to come back by itself.
_SILENT_FACTOR: Final = 3.0
_SILENT_AFTER: Final = timedelta(days=2)

_LONGEST_PAUSE: Final = timedelta(hours=LONGEST_PAUSE_HOURS)


@dataclass(kw_only=True, slots=True)
class Track:
    """The newest data of one series as one source shows it; instants are aware.

    `newest_end` is the end of the newest bucket with a value, `looked_at` the last look of this run, and `delays` the
    longest delay in seconds of each UTC day (its ordinal) on which newer data was found, oldest first.
    """

    source: Source
    newest_end: datetime
    looked_at: datetime | None = None
    delays: dict[int, int] = field(default_factory=dict)

    def look(self, newest_end: datetime, at: datetime) -> None:
        """Take over what a look at `at` found; newer data than before tells how long it was waited for."""
        before, self.looked_at = self.looked_at, at
        newest_end = min(newest_end, at)
        if before is not None and before > at:
            # The clock was ahead: the last look and the delays of days that are still to come are forgotten.
            before = None
            today = at.astimezone(UTC).toordinal()
            self.delays = {day: seconds for day, seconds in self.delays.items() if day <= today}
        if newest_end > self.newest_end and before is not None:
            # The data came between two looks. After an unusually long pause only the wait up to the first look is
            # certain: the data may have come while nobody looked.
            seen_missing_until = at if at - before <= self._longest_pause(before) else before
            # A delay counts up to the limit of silence at most, so that one outage does not make silence usual.
            self._learn(at, min(self.overdue(seen_missing_until), self._limit(_SILENT_FACTOR, _SILENT_AFTER)))
        self.newest_end = newest_end

    def overdue(self, at: datetime) -> timedelta:
        """Return for how long the next bucket had been over and was missing."""
        return max(at - self.newest_end - _BUCKETS[self.source], timedelta(0))

    def _longest_pause(self, since: datetime) -> timedelta:
        """Return the longest usual pause after a look: a silent point is asked for ever more seldom."""
        bucket = _BUCKETS[self.source]
        return min(self.overdue(since) + bucket, _LONGEST_PAUSE) + bucket

    def _learn(self, at: datetime, delay: timedelta) -> None:
        day, seconds = at.astimezone(UTC).toordinal(), round(delay.total_seconds())
        self.delays[day] = max(seconds, self.delays.get(day, 0))
        for old in sorted(self.delays)[:-_DAYS_KEPT]:
            del self.delays[old]

    @property
    def usual_delay(self) -> timedelta | None:
        """Return the longest delay of 13 of 14 days, of all days while there are fewer; None before any data came."""
        if not self.delays:
            return None
        longest_first = sorted(self.delays.values(), reverse=True)
        return timedelta(seconds=longest_first[1 if len(longest_first) == _DAYS_KEPT else 0])

    @property
    def is_late(self) -> bool:
        """Return whether the last look found less than usual."""
        return self._is_beyond(_LATE_FACTOR, _LATE_AFTER)

    @property
    def is_silent(self) -> bool:
        """Return whether the last look found so little that a person should know."""
        return self._is_beyond(_SILENT_FACTOR, _SILENT_AFTER)

    def _is_beyond(self, factor: float, least: timedelta) -> bool:
        return self.looked_at is not None and self.overdue(self.looked_at) > self._limit(factor, least)

    def _limit(self, factor: float, least: timedelta) -> timedelta:
        usual = self.usual_delay or timedelta(0)
        if len(self.delays) < _DAYS_TO_LEARN:
            usual = max(usual, _UNLEARNED_DELAY)
        return max(factor * usual, least)

    def stored(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON; a look does not, since nobody looked in between."""
        delays = {str(day): seconds for day, seconds in self.delays.items()}
        return {"newest_end": self.newest_end.timestamp(), "delays": delays}

    @classmethod
    def restored(cls, source: Source, stored: Mapping[str, Any]) -> Self:
        """Return what `stored` was made from."""
        return cls(
            source=source,
            newest_end=datetime.fromtimestamp(stored["newest_end"], UTC),
            delays={int(day): seconds for day, seconds in stored["delays"].items()},
        )


type TrackKey = tuple[str, Source]
"""Key of the catalogue, source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PointFreshness:
    """What is known of one point.

    `last_data` is the end of the newest bucket of any series, None where the point never had data.
    `usual_delay_minutes` is by key of the catalogue. `late_series` are keys; None stands for not judged, `is_silent` alike.
    """

    last_data: datetime | None = None
    usual_delay_minutes: Mapping[str, int] = field(default_factory=dict)
    late_series: tuple[str, ...] | None = None
    is_silent: bool | None = None

    @property
    def is_late(self) -> bool | None:
        """Return whether any series is late."""
        return None if self.late_series is None else bool(self.late_series)


def judge(tracks: Mapping[TrackKey, Track], watched: Collection[Source]) -> PointFreshness:
    """Return how fresh a point is, from its tracks; those of sources that nobody watches are not judged.

    Series of which newer data has been seen are judged, the others only if there is no such series: a meter that was
    replaced may have left series behind. A series is late if it is late in every source. A point that was heard before is
    silent if all its series are; None where nobody has looked yet.
    """
    seen = {key: track for key, track in tracks.items() if key[1] in watched}
    learned = {key: track for key, track in seen.items() if track.delays}
    looked = {key: track for key, track in (learned or seen).items() if track.looked_at is not None}
    in_time = {key for (key, _), track in looked.items() if not track.is_late}
    late = dict.fromkeys(key for key, _ in looked if key not in in_time)
    heard = [track.is_silent for track in learned.values() if track.looked_at is not None]
    return PointFreshness(
        last_data=max((track.newest_end for track in tracks.values()), default=None),
        usual_delay_minutes=_usual_delay_minutes(tracks),
        late_series=tuple(late) if looked else None,
        is_silent=None if learned and not heard else bool(heard) and all(heard),
    )


def _usual_delay_minutes(tracks: Mapping[TrackKey, Track]) -> dict[str, int]:
    """Return the shorter of two sources, in whole minutes, rounded up."""
    minutes: dict[str, int] = {}
    for (key, _), track in tracks.items():
        if (usual := track.usual_delay) is not None:
            rounded_up = ceil(usual / timedelta(minutes=1))
            minutes[key] = min(rounded_up, minutes.get(key, rounded_up))
    return minutes
