"""The responses of GetData with measurements: rows as columns, checked against what was asked.

A row that is missing, a row with null, a row with zero and a row that cannot be used stay four different things: what
a row that was left out may have been is `unknown`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from types import NoneType
from typing import Any, Final, NamedTuple

from .data_series import QueryContext, data_response
from .envelope import ID_END, NUMBER_END, Envelope, OddError, number_or_none, whole
from .json_values import JsonArray, shown
from .models import MeasurementResponse, Resolution
from .oddities import Oddities, OddityKind
from .reading_series import ReadingSeries
from .wire_time import StampReader, as_utc, bucket_starts, floor_to_bucket, floor_wall, passes

# The longest a bucket is by the calendar, to tell a label off its boundary from one of another bucket.
_LONGEST: Final = {
    Resolution.FIFTEEN_MINUTES: timedelta(minutes=15),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAY: timedelta(days=1),
    Resolution.WEEK: timedelta(days=7),
    Resolution.MONTH: timedelta(days=31),
}

# A series of which nothing can be used: any of its rows may be missing.
_UNKNOWN_SERIES: Final = ReadingSeries(unknown=frozenset({(None, None)}))

# A row is [date, point id, value].
_WIDTH: Final = 3

# Of so many queries labels stay known: more than an import has under way at once, and few enough to cost no memory.
_QUERIES_KNOWN: Final = 4

# Stand for label and start before the first row.
_NO_LABEL: Final[Any] = object()
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)

# Stands for a value that is no number until its row in a repeated hour has a bucket.
_UNREADABLE: Final = float("nan")


def measurements(envelope: Envelope, query: QueryContext) -> MeasurementResponse:
    """Return the readings of each requested series (API document: Get Measurement Data).

    Rows of buckets that were not asked for are left out; a label off the boundaries of the resolution is kept as it
    came. Of two rows of one bucket and point neither is kept where their values differ. All of it is named in
    `oddities`. Raises ReengenResponseError where the response has no data for its series.
    """
    labels = _labels(query)

    def readings(rows: JsonArray, where: str, oddities: Oddities) -> ReadingSeries:
        return _columns(rows, labels) or _SeriesReader(labels, oddities, where).readings(rows)

    return data_response(envelope, query, readings, _UNKNOWN_SERIES)


class _Place(NamedTuple):
    """Where a label stands on the clock.

    `starts` are the buckets that bear the label, `wanted` those of them that were asked for. `kind` is what is odd about
    the label.
    """

    wall: datetime
    starts: tuple[datetime, ...]
    wanted: tuple[datetime, ...]
    kind: OddityKind | None


class _Labels:
    """What the labels of responses to a query mean; each is worked out once."""

    def __init__(self, query: QueryContext, resolution: Resolution) -> None:
        self._zone = query.zone
        self._adaptations = query.adaptations
        self._resolution = resolution
        self._stamps = StampReader(query.zone)
        self._first = floor_to_bucket(query.start, resolution, query.zone)
        self._end = as_utc(query.end)
        self._known: dict[str, _Place] = {}

    def place(self, label: object) -> _Place | None:
        """Return where a label stands, None for what is no time."""
        if isinstance(label, str) and (known := self._known.get(label)) is not None:
            return known
        stamp = self._stamps.stamp(label)
        if stamp is None or (stamp := self._adaptations.start_stamp(stamp, self._resolution, self._zone)) is None:
            return None
        starts = bucket_starts(stamp, self._resolution, self._zone)
        on_boundary = floor_wall(stamp.wall, self._resolution) == stamp.wall
        wanted = tuple(start for start in starts if self._wants(start, on_boundary=on_boundary))
        kind = None
        if starts and not wanted:
            kind = OddityKind.LABEL_OUT_OF_RANGE
        elif not on_boundary:
            kind = OddityKind.LABEL_OFF_BOUNDARY
        self._known[str(label)] = place = _Place(stamp.wall, starts, wanted, kind)
        return place

    def start(self, label: object) -> datetime:
        """Return the start of the one bucket that bears a label; raises LookupError where it is odd in any way."""
        place = self.place(label)
        if place is None or place.kind is not None or len(place.starts) != 1:
            raise LookupError(label)
        return place.starts[0]

    def _wants(self, start: datetime, *, on_boundary: bool) -> bool:
        """Tell whether a bucket was asked for; one off the boundaries may begin before the range and reach into it."""
        if start >= self._first:
            return start < self._end
        return not on_boundary and self._first - start < _LONGEST[self._resolution]


@lru_cache(maxsize=_QUERIES_KNOWN)
def _labels(query: QueryContext) -> _Labels:
    """Return what labels mean; an import asks the same of many points after one another."""
    if query.resolution is None:
        raise ValueError("measurements are read against a resolution")
    return _Labels(query, query.resolution)


def _columns(rows: JsonArray, labels: _Labels) -> ReadingSeries | None:
    """Return the readings of rows that are all as the API document has them, one for each bucket and point, else None.

    The document promises no order; most responses are in that of time and then point id.
    """
    try:
        return _read_in_order(rows, labels) or _read_in_order(sorted(rows, key=itemgetter(0, 1)), labels)
    except LookupError, OverflowError, TypeError, ValueError:
        return None


def _read_in_order(rows: JsonArray, labels: _Labels) -> ReadingSeries | None:
    """Return the readings of rows in order of time and then point id, None where they are in another or come twice.

    Raises LookupError, OverflowError, TypeError or ValueError for a row that is odd in any other way. Ten thousand rows
    take no call of a function each.
    """
    starts: list[datetime] = []
    point_ids: list[int] = []
    values: list[Any] = []
    label, start, newest_id = _NO_LABEL, _BEFORE_ALL, -1
    for row_label, point_id, value in rows:
        if row_label != label:
            following = labels.start(row_label)
            if following <= start:
                return None
            label, start, newest_id = row_label, following, -1
        if point_id <= newest_id:
            return None
        newest_id = point_id
        starts.append(start)
        point_ids.append(point_id)
        values.append(value)
    if {*map(type, point_ids)} != {int} or max(point_ids) >= ID_END:
        raise ValueError(point_ids)
    return ReadingSeries(bucket_starts=starts, point_ids=point_ids, values=_numbers(values))


def _numbers(cells: Sequence[Any]) -> Sequence[float | None]:
    """Return the numbers and nulls of a column; raises ValueError where a cell is anything else."""
    kinds = {*map(type, cells)}
    if not kinds <= {float, int, NoneType}:
        raise ValueError(cells)
    numbers = cells if kinds == {float} else [None if cell is None else float(cell) for cell in cells]
    # One that is too large, or nan, makes the sum so.
    if not sum(map(abs, filter(None, numbers))) < NUMBER_END:
        raise ValueError(cells)
    return numbers


@dataclass(frozen=True, slots=True)
class _SeriesReader:
    """Decodes one series row by row; what cannot be used is left out as the smallest thing that it may have been.

    `repeated` are place, value and whereabouts of the rows with a label that the clock showed twice, by point and date.
    `lost` tells of rows that were left out the id, and the date on the clock, None for what the row does not tell.
    """

    labels: _Labels
    oddities: Oddities
    where: str
    kept: dict[tuple[datetime, int], float | None] = field(default_factory=dict)
    repeated: defaultdict[tuple[int, date], list[tuple[_Place, float | None, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    unknown: set[tuple[datetime | None, int | None]] = field(default_factory=set)
    lost: set[tuple[int | None, date | None]] = field(default_factory=set)

    def readings(self, rows: JsonArray) -> ReadingSeries:
        """Return the readings of the series, in order of time and then point id."""
        for index, row in enumerate(rows):
            self._take(row, f"{self.where}[{index}]")
        for (point_id, day), group in self.repeated.items():
            self._place_repeated(point_id, day, group)
        kept = {key: value for key, value in self.kept.items() if key not in self.unknown}
        starts, point_ids = [start for start, _ in kept], [point_id for _, point_id in kept]
        return ReadingSeries.in_order(starts, point_ids, [*kept.values()], frozenset(self.unknown))

    def _take(self, row: object, where: str) -> None:
        place = self.labels.place(row[0]) if isinstance(row, list) and row else None
        if not isinstance(row, list) or len(row) != _WIDTH:
            # A cell may have been lost or added before the point and the value.
            return self._leave_out(OddityKind.ROW_SHAPE, where, row, place)
        try:
            point_id = whole(row, 1)
        except OddError as odd:
            return self._leave_out(OddityKind.POINT_ID, f"{where}[1]", odd.value, place)
        if place is None:
            return self._leave_out(OddityKind.STAMP, f"{where}[0]", row[0], None, point_id)
        try:
            value = number_or_none(row, 2)
        except OddError as odd:
            if len(place.starts) <= 1:
                return self._leave_out(OddityKind.VALUE, f"{where}[2]", odd.value, place, point_id)
            self.oddities.add(OddityKind.VALUE, f"{where}[2]", shown(odd.value), point_id=point_id)
            value = _UNREADABLE
        if not place.starts:
            kind = OddityKind.SKIPPED_HOUR if value else OddityKind.SKIPPED_HOUR_EMPTY
            return self._leave_out(kind, where, row[0], place, point_id)
        if place.kind is not None:
            is_kept = place.kind is OddityKind.LABEL_OFF_BOUNDARY
            self.oddities.add(place.kind, where, shown(row[0]), point_id=point_id if is_kept else None)
        if len(place.starts) > 1:
            self.repeated[point_id, place.wall.date()].append((place, value, where))
        elif place.wanted:
            self._keep(place.wanted[0], point_id, value, where)
        return None

    def _keep(self, start: datetime, point_id: int, value: float | None, where: str) -> None:
        """Keep a reading; of two of one bucket and point the first, or neither where they differ."""
        key = (start, point_id)
        if key not in self.kept:
            self.kept[key] = value
        elif self.kept[key] == value:
            self.oddities.add(OddityKind.SAME_VALUE_TWICE, where, shown(value), point_id=point_id)
        else:
            example = f"{shown(self.kept[key])} and {shown(value)}"
            self.oddities.add(OddityKind.TWO_VALUES, where, example, point_id=point_id)
            self.unknown.add(key)

    def _leave_out(
        self, kind: OddityKind, where: str, got: object, place: _Place | None, point_id: int | None = None
    ) -> None:
        """Name a row that is left out, and what it may have been."""
        self.oddities.add(kind, where, shown(got), point_id=point_id)
        if kind.loses_data:
            buckets = place.wanted if place is not None and place.starts else (None,)
            self.unknown.update((bucket, point_id) for bucket in buckets)
            self.lost.add((point_id, None if place is None else place.wall.date()))

    def _place_repeated(self, point_id: int, day: date, group: list[tuple[_Place, float | None, str]]) -> None:
        """Give the rows of one point with labels that the clock showed twice their starts."""
        walls = [place.wall for place, _, _ in group]
        rows_of_label = Counter(walls)
        is_complete = self.lost.isdisjoint({(point_id, day), (point_id, None), (None, day), (None, None)})
        for (place, value, where), choice in zip(group, passes(walls), strict=True):
            rows = rows_of_label[place.wall]
            if rows > len(place.starts):
                example = f"one of {rows} for {place.wall}"
                self._leave_out(OddityKind.TWO_VALUES, where, example, place, point_id)
                continue
            if rows == 1 and not is_complete:
                # The row beside it, which was left out, may have been the other one of its pair.
                self._leave_out(OddityKind.STAMP, where, f"{place.wall}, once of twice", place, point_id)
                continue
            start = place.wanted[0] if rows == len(place.wanted) == 1 else place.starts[choice]
            if value is _UNREADABLE:
                self.unknown.add((start, point_id))
            elif start in place.wanted:
                self._keep(start, point_id, value, where)
