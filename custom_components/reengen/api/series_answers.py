"""The answers of GetData: rows of measurements and of costs, checked against what was asked.

A row that is missing, a row with null and a row with zero stay three different things.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
import math
from typing import Final, NamedTuple

from .envelope import Envelope
from .json_values import JsonArray, Rows, shown
from .models import CostAnswer, CostTotal, MeasurementAnswer, Resolution
from .oddities import Oddities, OddityKind
from .reading_series import ReadingSeries
from .wire_time import WIRE_STEP, StampReader, as_utc, bucket_starts, floor_to_bucket, floor_wall, passes, range_to_wire

# The longest a bucket is by the calendar, to tell a label off its boundary from one of another bucket.
_LONGEST: Final = {
    Resolution.FIFTEEN_MINUTES: timedelta(minutes=15),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAY: timedelta(days=1),
    Resolution.WEEK: timedelta(days=7),
    Resolution.MONTH: timedelta(days=31),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryContext:
    """What an answer of GetData is read against; `resolution` is None for costs.

    `start` and `end` are the half-open range of the request, `zone` is the platform's.
    """

    series_count: int
    start: datetime
    end: datetime
    zone: tzinfo
    by_point: bool = True
    resolution: Resolution | None = None


class _Place(NamedTuple):
    """Where a label stands: its wall clock, the buckets that bear it, and which of them were asked for."""

    wall: datetime
    starts: tuple[datetime, ...]
    wanted: tuple[bool, ...]


def measurements(envelope: Envelope, query: QueryContext) -> MeasurementAnswer:
    """Return the readings of each requested series (API document: Get Measurement Data).

    Rows of buckets that were not asked for are left out with a warning; a label off the boundaries of the
    resolution is kept with a warning. Raises ReengenAnswerError for a series that is missing, a row of
    another shape, a second row of one bucket and point, a value in an hour that the clock skipped.
    """
    if query.resolution is None:
        raise ValueError("measurements are read against a resolution")
    oddities = Oddities(envelope.method)
    decoder = _Measurements(envelope, query, query.resolution, oddities)
    series = tuple(
        None if rows is None else decoder.readings(rows, where) for rows, where in _series(envelope, query, oddities)
    )
    start, end = _covered(envelope, query)
    return MeasurementAnswer(series=series, start=start, end=end, oddities=oddities.found())


def costs(envelope: Envelope, query: QueryContext) -> CostAnswer:
    """Return the totals of each requested cost (API document: Get Cost Data).

    Rows that carry a date are summed by point; a null among them makes the total null, since the sum of
    the others is not the cost of the range. Raises ReengenAnswerError for a series that is missing, a row
    of another shape, a second row of one point (and date).
    """
    oddities = Oddities(envelope.method)
    stamps = StampReader(query.zone, method=envelope.method)
    series = tuple(
        None if rows is None else _totals(envelope, query, stamps, rows, where)
        for rows, where in _series(envelope, query, oddities)
    )
    start, end = _covered(envelope, query)
    unknown: tuple[frozenset[int | None], ...] = tuple(frozenset() for _ in series)
    return CostAnswer(series=series, start=start, end=end, oddities=oddities.found(), unknown=unknown)


def _series(envelope: Envelope, query: QueryContext, oddities: Oddities) -> Iterator[tuple[JsonArray | None, str]]:
    """Give for each requested position its rows, None for null, and its place in the answer."""
    data = envelope.data()
    if isinstance(data, list | Rows) and len(data) == query.series_count:
        data = {str(position): rows for position, rows in enumerate(data)}
    members = envelope.members(data, "data")
    asked = [str(position) for position in range(query.series_count)]
    for key in asked:
        where = f"data.{key}"
        if key not in members:
            raise envelope.error(where, "the rows of this series", got="no such key")
        yield (None if members[key] is None else envelope.array(members[key], where)), where
    for key in members.keys() - set(asked):
        oddities.add(OddityKind.SERIES_NOT_ASKED_FOR, "data", shown(key))


def _covered(envelope: Envelope, query: QueryContext) -> tuple[datetime | None, datetime | None]:
    """Return what the platform says it covered, half-open; an echo of the request is the request's range."""
    stamps = StampReader(query.zone, method=envelope.method)
    echo = envelope.properties or {}
    start, end = echo.get("start"), echo.get("end")
    asked_start, asked_end = range_to_wire(query.start, query.end, query.zone)
    first = None if start is None else as_utc(query.start) if start == asked_start else stamps.read(start, "start")
    after = None if end is None else as_utc(query.end) if end == asked_end else stamps.read(end, "end") + WIRE_STEP
    return first, after


class _Measurements:
    """Decodes the series of one answer; what a label means is worked out once."""

    def __init__(self, envelope: Envelope, query: QueryContext, resolution: Resolution, oddities: Oddities) -> None:
        self._envelope = envelope
        self._query = query
        self._resolution = resolution
        self._oddities = oddities
        self._stamps = StampReader(query.zone, method=envelope.method)
        self._first = floor_to_bucket(query.start, resolution, query.zone)
        self._end = as_utc(query.end)
        self._places: dict[str, _Place] = {}

    def readings(self, series: JsonArray, where: str) -> ReadingSeries:
        """Return the readings of one series, in order of time and then point id."""
        places, point_ids, values = self._columns(series, where)
        choices = self._choices(places, point_ids)
        seen: defaultdict[int | None, set[datetime]] = defaultdict(set)
        starts: list[datetime] = []
        kept: list[int] = []
        for index, place in enumerate(places):
            choice = choices.get(index, 0)
            if not place.starts:
                self._skip(place, values[index], f"{where}[{index}]")
                continue
            if choice >= len(place.starts):
                raise self._twice(place, f"{where}[{index}]")
            if not place.wanted[choice]:
                continue
            bucket_start = place.starts[choice]
            if bucket_start in seen[point_ids[index]]:
                raise self._twice(place, f"{where}[{index}]")
            seen[point_ids[index]].add(bucket_start)
            starts.append(bucket_start)
            kept.append(index)
        return ReadingSeries.in_order(starts, [point_ids[index] for index in kept], [values[index] for index in kept])

    def _columns(
        self, series: JsonArray, series_where: str
    ) -> tuple[list[_Place], list[int | None], list[float | None]]:
        """Take the rows of [date, point id if asked by point, value] apart."""
        envelope, by_point = self._envelope, self._query.by_point
        width = 3 if by_point else 2
        shape = "a row of date, point id and value" if by_point else "a row of date and value"
        places: list[_Place] = []
        point_ids: list[int | None] = []
        values: list[float | None] = []
        for index, row in enumerate(series):
            where = f"{series_where}[{index}]"
            if not isinstance(row, list) or len(row) != width:
                raise envelope.error(where, shape, got=shown(row))
            places.append(self._place(row[0], where))
            point_ids.append(envelope.integer(row, 1, where, "a point id") if by_point else None)
            values.append(envelope.number_or_none(row, width - 1, where))
        return places, point_ids, values

    def _place(self, label: object, where: str) -> _Place:
        if isinstance(label, str) and (place := self._places.get(label)) is not None:
            return place
        stamp = self._stamps.stamp(label, f"{where}[0]")
        starts = bucket_starts(stamp, self._resolution, self._query.zone)
        on_boundary = floor_wall(stamp.wall, self._resolution) == stamp.wall
        place = _Place(stamp.wall, starts, tuple(self._wants(start, on_boundary=on_boundary) for start in starts))
        if starts and not any(place.wanted):
            self._oddities.add(OddityKind.LABEL_OUT_OF_RANGE, where, shown(label))
        elif not on_boundary:
            self._oddities.add(OddityKind.LABEL_OFF_BOUNDARY, where, shown(label))
        self._places[str(label)] = place
        return place

    def _wants(self, start: datetime, *, on_boundary: bool) -> bool:
        """Tell whether a bucket was asked for; one off the boundaries may begin before the range and reach into it."""
        if start >= self._first:
            return start < self._end
        return not on_boundary and self._first - start < _LONGEST[self._resolution]

    def _choices(self, places: list[_Place], point_ids: list[int | None]) -> dict[int, int]:
        """Return, for the rows with a label that the clock showed twice, which of the two they are."""
        groups: dict[tuple[int | None, object], list[int]] = {}
        for index, place in enumerate(places):
            if len(place.starts) > 1:
                groups.setdefault((point_ids[index], place.wall.date()), []).append(index)
        choices: dict[int, int] = {}
        for indexes in groups.values():
            walls = [places[index].wall for index in indexes]
            times = Counter(walls)
            for index, choice in zip(indexes, passes(walls), strict=True):
                wanted = places[index].wanted
                decided = times[places[index].wall] == 1 and sum(wanted) == 1
                choices[index] = wanted.index(True) if decided else choice
        return choices

    def _skip(self, place: _Place, value: float | None, where: str) -> None:
        if value:
            got = f"{place.wall}, which it skips"
            raise self._envelope.error(where, f"a time on the clock of {self._query.zone}", got=got)
        self._oddities.add(OddityKind.SKIPPED_HOUR, where, str(place.wall))

    def _twice(self, place: _Place, where: str) -> Exception:
        what = f"another one for {place.wall}"
        return self._envelope.error(where, "one row for each bucket and point", got=what)


def _totals(
    envelope: Envelope, query: QueryContext, stamps: StampReader, rows: JsonArray, series_where: str
) -> tuple[CostTotal, ...]:
    parts: dict[int | None, dict[datetime | None, float | None]] = {}
    for index, row in enumerate(rows):
        where = f"{series_where}[{index}]"
        date, point_id, cost = _cost(envelope, query, stamps, row, where)
        of_point = parts.setdefault(point_id, {})
        if date in of_point or (of_point and (date is None or None in of_point)):
            raise envelope.error(where, "one cost for each point", got=f"another one: {shown(row)}")
        of_point[date] = cost
    end = as_utc(query.end)
    totals = {
        point_id: [cost for date, cost in dated.items() if date is None or date < end]
        for point_id, dated in parts.items()
    }
    return tuple(CostTotal(point_id, _sum(values)) for point_id, values in totals.items() if values)


def _cost(
    envelope: Envelope, query: QueryContext, stamps: StampReader, row: object, where: str
) -> tuple[datetime | None, int | None, float | None]:
    """Take a row apart: [date?, point id if asked by point, cost], or a bare cost."""
    cells = row if isinstance(row, list) else [row]
    width = 2 if query.by_point else 1
    if len(cells) not in {width, width + 1}:
        shape = "a row of point id and cost" if query.by_point else "a cost"
        raise envelope.error(where, shape, got=shown(row))
    date = stamps.read(cells[0], f"{where}[0]") if len(cells) > width else None
    last = len(cells) - 1
    point_id = envelope.integer(cells, last - 1, where, "a point id") if query.by_point else None
    return date, point_id, envelope.number_or_none(cells, last, where)


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if len(known) == len(values) else None
