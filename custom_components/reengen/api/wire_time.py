"""The platform's clock: naive local stamps to instants and back, and the edges of its buckets.

The API writes dates without a zone; they are read as the wall clock of the platform's zone
(a setting). Every instant that leaves this module is in UTC: Python compares two datetimes of
one zone by their wall clocks, so the two passes of a repeated hour would be equal there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
import re
from typing import Final, NamedTuple

from .errors import ReengenRequestError
from .models import Resolution

# The finest step of a stamp on the wire; the end of a range on the wire is the last such step in it.
WIRE_STEP: Final = timedelta(seconds=1)

# The resolutions of a fixed length; how long a day, a week or a month is, the calendar and the clock's changes decide.
_CLOCK_STEPS: Final = {
    Resolution.FIFTEEN_MINUTES: timedelta(minutes=15),
    Resolution.HOUR: timedelta(hours=1),
}

# No clock is changed twice within a day: between two instants a day apart with one offset all edges lie a step apart.
_QUIET: Final = timedelta(days=1)

# `datetime.fromisoformat` takes week dates, basic forms and other separators too: too much for a response.
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)


class Stamp(NamedTuple):
    """A stamp of the platform: the wall clock it shows and the instants (UTC) at which that clock shows it.

    One instant as a rule, two in a repeated hour (in order of time), none in a skipped hour.
    """

    wall: datetime
    instants: tuple[datetime, ...]


def to_wire(instant: datetime, zone: tzinfo) -> str:
    """Return the instant as "YYYY-MM-DDTHH:MM:SS" on the wall clock of `zone`; fractions of a second are cut.

    Raises ReengenRequestError for a datetime without a zone. Source: API document, GetData (start, end).
    """
    return _wall(as_utc(instant), zone).isoformat(timespec="seconds")


def range_to_wire(start: datetime, end: datetime, zone: tzinfo, *, ends_exclusively: bool = False) -> tuple[str, str]:
    """Return the half-open range as the wire's start and its inclusive end, the last second before `end`.

    With `ends_exclusively` the end is the second behind it, for a platform that leaves out the end of a range.
    All times that the clock shows in the range lie between the two texts, also where it is put back within the range.
    Raises ReengenRequestError for datetimes without a zone and where `end` is not after `start`.
    Source: API document, GetData (the range of the example ends at 23:59:59).
    """
    first, after = as_utc(start).replace(microsecond=0), as_utc(end)
    last = after.replace(microsecond=0) if after.microsecond else after - WIRE_STEP
    if after <= as_utc(start):
        raise ReengenRequestError(f"The end of the range, {end}, is not after its start, {start}")
    turns = [turn for edge in (first, last) if (turn := _turn(edge, zone)) is not None and first < turn <= last]
    walls = [_wall(each, zone) for each in (first, last, *turns, *(turn - WIRE_STEP for turn in turns))]
    wire_end = max(walls) + (WIRE_STEP if ends_exclusively else timedelta())
    return min(walls).isoformat(timespec="seconds"), wire_end.isoformat(timespec="seconds")


def as_utc(instant: datetime) -> datetime:
    """Return the instant in UTC; raises ReengenRequestError for one without a zone or beyond the calendar."""
    if instant.utcoffset() is None:
        raise ReengenRequestError(f"{instant} has no time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError as err:
        raise ReengenRequestError(f"{instant} is beyond the calendar") from err


def wall_instants(wall: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the instants (UTC, in order) at which the clock of `zone` shows the naive `wall`: none, one or two."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return (first,)
    return (first, second) if first < second else ()


def floor_to_bucket(instant: datetime, resolution: Resolution, zone: tzinfo) -> datetime:
    """Return the start (UTC) of the bucket that holds `instant`.

    Buckets begin on round times of the wall clock of `zone`, weeks on Monday; where the clock jumps
    over such a time, at the jump. In a repeated hour each pass has its own buckets.
    """
    moment = as_utc(instant)
    starts = _starts(floor_wall(_wall(moment, zone), resolution), zone)
    if resolution in _CLOCK_STEPS:
        return max(start for start in starts if start <= moment)
    return starts[0]


def next_bucket(bucket_start: datetime, resolution: Resolution, zone: tzinfo) -> datetime:
    """Return the start (UTC) of the bucket after the one that holds `bucket_start`."""
    begin = as_utc(bucket_start)
    if (step := _CLOCK_STEPS.get(resolution)) is not None:
        return _next_on_clock(begin, resolution, step, zone)
    return _starts(_following(floor_wall(_wall(begin, zone), resolution), resolution), zone)[0]


def bucket_edges(start: datetime, end: datetime, resolution: Resolution, zone: tzinfo) -> list[datetime]:
    """Return the edges (UTC) of the buckets that hold the half-open range.

    The first is the start of the bucket that holds `start`, the last the first edge at or after `end`:
    n + 1 edges for n buckets. Raises ReengenRequestError where `end` is not after `start`.
    """
    after = as_utc(end)
    if after <= as_utc(start):
        raise ReengenRequestError(f"The end of the range, {end}, is not after its start, {start}")
    edges = [floor_to_bucket(start, resolution, zone)]
    try:
        while edges[-1] < after:
            edges += _quiet_edges(edges[-1], after, resolution, zone) or [next_bucket(edges[-1], resolution, zone)]
    except OverflowError as err:
        raise ReengenRequestError(f"{end} is beyond the calendar") from err
    return edges


def bucket_starts(stamp: Stamp, resolution: Resolution, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the starts (UTC) of the buckets that bear the label `stamp`.

    Two where the clock shows it twice and buckets are shorter than a day; none where the clock skips it,
    unless a bucket is cut short by the skip and so still bears it.
    """
    if stamp.instants:
        return stamp.instants if resolution in _CLOCK_STEPS else stamp.instants[:1]
    jump = _end_of_skip(stamp.wall, zone)
    return (jump,) if floor_wall(_wall(jump, zone), resolution) == stamp.wall else ()


def floor_wall(wall: datetime, resolution: Resolution) -> datetime:
    """Return the naive label of the bucket that the naive `wall` falls into."""
    if resolution is Resolution.FIFTEEN_MINUTES:
        return wall.replace(minute=wall.minute - wall.minute % 15, second=0, microsecond=0)
    if resolution is Resolution.HOUR:
        return wall.replace(minute=0, second=0, microsecond=0)
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if resolution is Resolution.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if resolution is Resolution.MONTH else day


def is_repeated(instant: datetime, zone: tzinfo) -> bool:
    """Tell whether the wall clock of `zone` shows the time of `instant` twice."""
    return len(wall_instants(_wall(as_utc(instant), zone), zone)) > 1


def passes(walls: Sequence[datetime]) -> list[int]:
    """Return for each label of one repeated hour, in the order of the response, the pass it belongs to: 0 or 1.

    `walls` are the labels of one point and series. The first row of a label is pass 0, the second pass 1
    (a third is 2, which no clock shows). A label that came once stands before or after the place where the
    clock was put back, if the order of its neighbours shows exactly one such place; else it is pass 0.
    """
    times = Counter(walls)
    turns = [index for index, (left, right) in enumerate(pairwise(walls), start=1) if right <= left]
    turn = turns[0] if len(turns) == 1 else len(walls)
    seen: Counter[datetime] = Counter()
    result = []
    for index, wall in enumerate(walls):
        result.append(seen[wall] if times[wall] > 1 else int(index >= turn))
        seen[wall] += 1
    return result


@dataclass(frozen=True, slots=True)
class StampReader:
    """Reads stamps on the wall clock of a zone; each text is parsed once, as many rows and responses share it."""

    zone: tzinfo
    _stamps: dict[str, Stamp | None] = field(default_factory=dict)

    def read(self, text: object) -> datetime | None:
        """Return the instant (UTC) of a stamp as `instant` does; None for anything but a stamp."""
        stamp = self.stamp(text)
        return None if stamp is None else self.instant(stamp)

    def instant(self, stamp: Stamp) -> datetime:
        """Return the instant (UTC) of a stamp; of a repeated time the first, of a skipped one as if not skipped."""
        if stamp.instants:
            return stamp.instants[0]
        return stamp.wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def stamp(self, text: object) -> Stamp | None:
        """Return the stamp of `text`, without a zone (wall clock) or with Z or an offset (exact instant).

        None for anything else.
        """
        if not isinstance(text, str):
            return None
        if text not in self._stamps:
            try:
                self._stamps[text] = self._parse(text)
            except ValueError, OverflowError:
                self._stamps[text] = None
        return self._stamps[text]

    def _parse(self, text: str) -> Stamp:
        if _STAMP.fullmatch(text) is None:
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return Stamp(moment, wall_instants(moment, self.zone))
        instant = moment.astimezone(UTC)
        return Stamp(_wall(instant, self.zone), (instant,))


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError as err:
        raise ReengenRequestError(f"{moment} is beyond the calendar") from err


def _starts(label: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Return when the clock shows `label`, or where it jumps over it."""
    return wall_instants(label, zone) or (_end_of_skip(label, zone),)


def _turn(moment: datetime, zone: tzinfo) -> datetime | None:
    """Return when the clock is put back if `moment` is in a repeated hour, else None."""
    first, *second = wall_instants(_wall(moment, zone), zone)
    return _change(first, second[0], zone) if second else None


def _end_of_skip(wall: datetime, zone: tzinfo) -> datetime:
    """Return the instant at which the clock jumps over `wall`, which it never shows."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change(before, wall.replace(tzinfo=zone, fold=0).astimezone(UTC), zone)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the second at which the clock is changed, which lies after `before` and not after `after`."""
    new_offset = after.astimezone(zone).utcoffset()
    while after - before > WIRE_STEP:
        middle = before + timedelta(seconds=(after - before) // WIRE_STEP // 2)
        if middle.astimezone(zone).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after


def _next_on_clock(begin: datetime, resolution: Resolution, step: timedelta, zone: tzinfo) -> datetime:
    after = begin + step
    here, there = begin.astimezone(zone), after.astimezone(zone)
    wall = here.replace(tzinfo=None, fold=0)
    label = floor_wall(wall, resolution)
    if label == wall and here.utcoffset() == there.utcoffset():
        return after
    beyond = floor_wall(there.replace(tzinfo=None, fold=0), resolution)
    labels = (label, label + step, beyond, beyond + step)
    return min(start for each in labels for start in _starts(each, zone) if start > begin)


def _quiet_edges(begin: datetime, after: datetime, resolution: Resolution, zone: tzinfo) -> list[datetime]:
    """Return the edges of the day after `begin`, up to `after`; none where the clock changes or steps are long."""
    step = _CLOCK_STEPS.get(resolution)
    here, there = begin.astimezone(zone), (begin + _QUIET).astimezone(zone)
    if step is None or here.utcoffset() != there.utcoffset() or next_bucket(begin, resolution, zone) != begin + step:
        return []
    count = min(_QUIET // step, -((begin - after) // step))
    return [begin + step * number for number in range(1, count + 1)]


def _following(label: datetime, resolution: Resolution) -> datetime:
    if resolution is Resolution.MONTH:
        return (label + timedelta(days=32)).replace(day=1)
    return label + timedelta(days=7 if resolution is Resolution.WEEK else 1)
