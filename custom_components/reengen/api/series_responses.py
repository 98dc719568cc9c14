"""The responses of GetData with measurements: rows as columns, checked against what was asked.

A row that is missing, a row with null, a row with zero and a row that cannot be used stay four different things: what
a row that was left out may have been is `unknown`.
"""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Final, NamedTuple

from .data_series import QueryContext, covered, each_series
from .envelope import ID_END, Envelope, OddError, number_or_none, whole
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

# In the place of a value that is no number, until its row in a repeated hour has a bucket.
_UNREADABLE: Final = float("nan")


def measurements(envelope: Envelope, query: QueryContext) -> MeasurementResponse:
    """Return the readings of each requested series (API document: Get Measurement Data).

    Rows of buckets that were not asked for are left out; a label off the boundaries of the resolution is kept as it
    came. Of two rows of one bucket and point neither is kept where their values differ. All of it is named in
    `oddities`. Raises ReengenResponseError where the response has no data for its series.
    """
    if query.resolution is None:
        raise ValueError("measurements are read against a resolution")
    oddities = Oddities(envelope.method)
    labels = _Labels(query, query.resolution)

    def readings(rows: JsonArray, where: str) -> ReadingSeries:
        return _SeriesReader(labels, oddities, where, by_point=query.by_point).readings(rows)

    series = each_series(envelope, query, oddities, readings, _UNKNOWN_SERIES)
    start, end = covered(envelope, query, oddities)
    return MeasurementResponse(series=series, start=start, end=end, oddities=oddities.found())


class _Place(NamedTuple):
    """Where a label stands on the clock.

    `start` is the bucket that bears the label, if it is the only one and was asked for, else None. `starts` are all
    buckets that bear it, `wanted` those that were asked for. `kind` is what is odd about the label.
    """

    start: datetime | None
    wall: datetime
    starts: tuple[datetime, ...]
    wanted: tuple[datetime, ...]
    kind: OddityKind | None


class _Labels:
    """What the labels of one response mean; each is worked out once."""

    def __init__(self, query: QueryContext, resolution: Resolution) -> None:
        self._zone = query.zone
        self._resolution = resolution
        self._stamps = StampReader(query.zone)
        self._first = floor_to_bucket(query.start, resolution, query.zone)
        self._end = as_utc(query.end)
        self.known: dict[str, _Place] = {}

    def place(self, label: object) -> _Place | None:
        """Return where a label stands, None for what is no time."""
        if isinstance(label, str) and (known := self.known.get(label)) is not None:
            return known
        if (stamp := self._stamps.stamp(label)) is None:
            return None
        starts = bucket_starts(stamp, self._resolution, self._zone)
        on_boundary = floor_wall(stamp.wall, self._resolution) == stamp.wall
        wanted = tuple(start for start in starts if self._wants(start, on_boundary=on_boundary))
        kind = None
        if starts and not wanted:
            kind = OddityKind.LABEL_OUT_OF_RANGE
        elif not on_boundary:
            kind = OddityKind.LABEL_OFF_BOUNDARY
        place = _Place(wanted[0] if len(starts) == len(wanted) == 1 else None, stamp.wall, starts, wanted, kind)
        self.known[str(label)] = place
        return place

    def _wants(self, start: datetime, *, on_boundary: bool) -> bool:
        """Tell whether a bucket was asked for; one off the boundaries may begin before the range and reach into it."""
        if start >= self._first:
            return start < self._end
        return not on_boundary and self._first - start < _LONGEST[self._resolution]


class _SeriesReader:
    """Decodes one series into columns; a row that is left out has no start."""

    def __init__(self, labels: _Labels, oddities: Oddities, where: str, *, by_point: bool) -> None:
        self._labels = labels
        self._oddities = oddities
        self._where = where
        self._by_point = by_point
        self._starts: list[datetime | None] = []
        self._point_ids: list[int | None] = []
        self._values: list[float | None] = []
        # The rows with a label that the clock showed twice.
        self._repeated: dict[int, _Place] = {}
        self._unknown: set[tuple[datetime | None, int | None]] = set()
        # Of rows that were left out: the id, and the date on the clock, None for what the row does not tell.
        self._lost: set[tuple[int | None, date | None]] = set()

    def readings(self, rows: JsonArray) -> ReadingSeries:
        """Return the readings of the series, in order of time and then point id."""
        self._take_apart(rows)
        self._place_repeated()
        starts, point_ids, values = self._starts, self._point_ids, self._values
        first_rows: defaultdict[int | None, dict[datetime, int]] = defaultdict(dict)
        kept: list[int] = []
        for index, start in enumerate(starts):
            if start is None:
                continue
            of_point = first_rows[point_ids[index]]
            if start in of_point:
                self._second(of_point[start], index)
            else:
                of_point[start] = index
                kept.append(index)
        if self._unknown:
            kept = [index for index in kept if (starts[index], point_ids[index]) not in self._unknown]
        return ReadingSeries.in_order(
            [start for index in kept if (start := starts[index]) is not None],
            [point_ids[index] for index in kept],
            [values[index] for index in kept],
            frozenset(self._unknown),
        )

    def _take_apart(self, rows: JsonArray) -> None:
        """Take the rows of [date, point id if asked by point, value] apart."""
        known, by_point, width = self._labels.known, self._by_point, 3 if self._by_point else 2
        starts, point_ids, values = self._starts, self._point_ids, self._values
        for index, row in enumerate(rows):
            # Ten thousand rows as the API document has them take no call of a function.
            if type(row) is list and len(row) == width and type(row[0]) is str:
                place, point_id, value = known.get(row[0]), row[1] if by_point else None, row[-1]
                if (
                    place is not None
                    and place.start is not None
                    and place.kind is None
                    and ((type(point_id) is int and 0 <= point_id < ID_END) or not by_point)
                    and type(value) is float
                    and isfinite(value)
                ):
                    starts.append(place.start)
                    point_ids.append(point_id)
                    values.append(value)
                    continue
            start, point_id, value = self._cells(row, index, width)
            starts.append(start)
            point_ids.append(point_id)
            values.append(value)

    def _cells(self, row: object, index: int, width: int) -> tuple[datetime | None, int | None, float | None]:
        """Take any row apart; what cannot be used is left out as the smallest thing that it may have been."""
        where = f"{self._where}[{index}]"
        place = self._labels.place(row[0]) if isinstance(row, list) and row else None
        if not isinstance(row, list) or len(row) != width:
            # A cell may have been lost or added before the point and the value.
            return self._left_out(OddityKind.ROW_SHAPE, where, row, place)
        try:
            point_id = whole(row, 1) if self._by_point else None
        except OddError as odd:
            return self._left_out(OddityKind.POINT_ID, f"{where}[1]", odd.value, place)
        if place is None:
            return self._left_out(OddityKind.STAMP, f"{where}[0]", row[0], None, point_id)
        try:
            value = number_or_none(row, width - 1)
        except OddError as odd:
            if len(place.starts) <= 1:
                return self._left_out(OddityKind.VALUE, f"{where}[{width - 1}]", odd.value, place, point_id)
            self._oddities.add(OddityKind.VALUE, f"{where}[{width - 1}]", shown(odd.value), point_id=point_id)
            value = _UNREADABLE
        if not place.starts:
            kind = OddityKind.SKIPPED_HOUR if value else OddityKind.SKIPPED_HOUR_EMPTY
            return self._left_out(kind, where, row[0], place, point_id)
        if place.kind is not None:
            is_kept = place.kind is OddityKind.LABEL_OFF_BOUNDARY
            self._oddities.add(place.kind, where, shown(row[0]), point_id=point_id if is_kept else None)
        if len(place.starts) > 1:
            self._repeated[index] = place
        return place.start, point_id, value

    def _left_out(
        self, kind: OddityKind, where: str, got: object, place: _Place | None, point_id: int | None = None
    ) -> tuple[None, int | None, None]:
        """Name a row that is left out, and what it may have been."""
        self._oddities.add(kind, where, shown(got), point_id=point_id)
        if kind.loses_data:
            buckets = place.wanted if place is not None and place.starts else (None,)
            self._unknown.update((bucket, point_id) for bucket in buckets)
            self._lost.add((point_id, None if place is None else place.wall.date()))
        return None, point_id, None

    def _second(self, first: int, index: int) -> None:
        """Take a second row of one bucket and point for the first, or neither of them."""
        point_id, got = self._point_ids[index], shown(self._values[index])
        if self._values[first] == self._values[index]:
            self._oddities.add(OddityKind.SAME_VALUE_TWICE, f"{self._where}[{index}]", got, point_id=point_id)
        else:
            example = f"{shown(self._values[first])} and {got}"
            self._oddities.add(OddityKind.TWO_VALUES, f"{self._where}[{index}]", example, point_id=point_id)
            self._unknown.add((self._starts[index], point_id))

    def _place_repeated(self) -> None:
        """Give the rows with a label that the clock showed twice their starts."""
        groups: defaultdict[tuple[int | None, date], list[int]] = defaultdict(list)
        for index, place in self._repeated.items():
            groups[self._point_ids[index], place.wall.date()].append(index)
        for (point_id, day), indexes in groups.items():
            walls = [self._repeated[index].wall for index in indexes]
            rows_of_label = Counter(walls)
            is_complete = self._lost.isdisjoint({(point_id, day), (point_id, None), (None, day), (None, None)})
            for index, choice in zip(indexes, passes(walls), strict=True):
                self._place_row(index, choice, rows_of_label[self._repeated[index].wall], is_complete=is_complete)

    def _place_row(self, index: int, choice: int, rows_of_label: int, *, is_complete: bool) -> None:
        place, point_id, where = self._repeated[index], self._point_ids[index], f"{self._where}[{index}]"
        if rows_of_label > len(place.starts):
            self._left_out(OddityKind.TWO_VALUES, where, f"one of {rows_of_label} for {place.wall}", place, point_id)
        elif rows_of_label == 1 and not is_complete:
            # The row beside it, which was left out, may have been the other one of its pair.
            self._left_out(OddityKind.STAMP, where, f"{place.wall}, once of twice", place, point_id)
        else:
            start = place.wanted[0] if rows_of_label == len(place.wanted) == 1 else place.starts[choice]
            if self._values[index] is _UNREADABLE:
                self._unknown.add((start, point_id))
            elif start in place.wanted:
                self._starts[index] = start
