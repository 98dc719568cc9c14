"""The responses of ListDataEx: raw rows as they are stored."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from operator import attrgetter
from typing import Any, Final

from .envelope import Envelope, OddError, members, number_or_none, place, text, text_or_none, told, whole, whole_or_none
from .json_values import JsonArray, JsonObject, shown
from .models import RawReading
from .oddities import Listing, Oddities, OddityKind
from .wire_time import Stamp, StampReader, passes

# What is odd about a row, by the key; anything else is a row of another shape.
_KINDS: Final = {
    "date": OddityKind.STAMP,
    "point.code": OddityKind.POINT_ID,
    "value": OddityKind.VALUE,
    "original": OddityKind.VALUE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRows:
    """A response of ListDataEx: `listed` counts all its rows; `lacks_rows` where the platform counts more than it lists."""

    rows: Listing[RawReading]
    listed: int
    lacks_rows: bool


def raw_readings(envelope: Envelope, zone: tzinfo) -> RawRows:
    """Return the rows in order of time, and the platform's own count of them (API document: ListDataEx).

    Rows are given as they are stored: two of one point, series, index and time stay two.
    """
    reader = _RawReader(Oddities(envelope.method), StampReader(zone))
    listed = envelope.rows()
    rows = reader.readings(listed)
    lacks_rows = reader.lacks_rows(envelope, len(listed))
    return RawRows(rows=Listing(rows, reader.oddities.found()), listed=len(listed), lacks_rows=lacks_rows)


@dataclass(frozen=True, slots=True)
class _RawReader:
    """Decodes the rows of one response; what cannot be used is left out with its row.

    `repeated` are the rows with a stamp that the clock showed twice, those of one point, series and date together.
    `lost` tells of rows that were left out the point, and the date on the clock, None for what the row does not tell.
    """

    oddities: Oddities
    stamps: StampReader
    rows: list[RawReading | None] = field(default_factory=list)
    repeated: defaultdict[Any, list[tuple[int, Stamp]]] = field(default_factory=lambda: defaultdict(list))
    lost: set[tuple[str | None, date | None]] = field(default_factory=set)

    def readings(self, rows: JsonArray) -> list[RawReading]:
        """Return the rows in order of time."""
        for index, entry in enumerate(rows):
            self.rows.append(self._read(entry, index))
        for (point, day, *_), group in self.repeated.items():
            is_complete = self.lost.isdisjoint({(point, day), (point, None), (None, day), (None, None)})
            self._place_repeated(group, is_complete=is_complete)
        return sorted((row for row in self.rows if row is not None), key=attrgetter("interval_end"))

    def lacks_rows(self, envelope: Envelope, listed: int) -> bool:
        """Return whether the platform's own count is higher; not so where that cannot be read."""
        try:
            counted = whole(envelope.properties or {}, "rowCount")
        except OddError as odd:
            self.oddities.add(OddityKind.ROW_COUNT, "rowCount", shown(odd.value))
            return False
        if counted != listed:
            kind = OddityKind.ROWS_MISSING if counted > listed else OddityKind.ROW_COUNT
            self.oddities.add(kind, "rowCount", f"{counted} for {listed} rows")
        return counted > listed

    def _read(self, entry: object, index: int) -> RawReading | None:
        stamp: Stamp | None = None
        try:
            row = members(entry)
            stamp = self._stamp(row)
            reading = self._reading(row, self.stamps.instant(stamp))
        except OddError as odd:
            at = place(f"data[{index}]", odd.key)
            point = told(text, entry, "point.code")
            self.oddities.add(_KINDS.get(odd.key, OddityKind.ROW_SHAPE), at, shown(odd.value), point_code=point)
            self.lost.add((point, None if stamp is None else stamp.wall.date()))
            return None
        if reading.note is None and (note := row.get("note")) is not None:
            self.oddities.add(OddityKind.TEXT, f"data[{index}].note", shown(note), point_code=reading.point)
        if len(stamp.instants) > 1:
            series = (reading.definition, reading.variant, reading.type, reading.index)
            self.repeated[reading.point, stamp.wall.date(), *series].append((index, stamp))
        return reading

    def _stamp(self, row: JsonObject) -> Stamp:
        if (stamp := self.stamps.stamp(row.get("date"))) is None:
            raise OddError(row.get("date"), "date")
        return stamp

    def _reading(self, row: JsonObject, interval_end: datetime) -> RawReading:
        note = row.get("note")
        return RawReading(
            point=text_or_none(row, "point.code"),
            definition=text_or_none(row, "definition.code"),
            variant=text_or_none(row, "variant.code"),
            type=text_or_none(row, "type.code"),
            index=whole_or_none(row, "index"),
            interval_end=interval_end,
            unit=text_or_none(row, "definition.unit.code"),
            value=number_or_none(row, "value"),
            original=number_or_none(row, "original"),
            note=note if isinstance(note, str) else None,
        )

    def _place_repeated(self, group: list[tuple[int, Stamp]], *, is_complete: bool) -> None:
        """Say which of two passes the rows of one repeated hour belong to, where that can be told."""
        walls = [stamp.wall for _, stamp in group]
        rows_of_stamp = Counter(walls)
        for (index, stamp), choice in zip(group, passes(walls), strict=True):
            row = self.rows[index]
            if row is None:
                continue
            if is_complete or rows_of_stamp[stamp.wall] > 1:
                self.rows[index] = replace(row, interval_end=stamp.instants[min(choice, 1)])
                continue
            # The row beside it, which was left out, may have been the other one of its pair.
            where, example = f"data[{index}].date", f"{stamp.wall}, once of twice"
            self.oddities.add(OddityKind.STAMP, where, example, point_code=row.point)
            self.rows[index] = None
