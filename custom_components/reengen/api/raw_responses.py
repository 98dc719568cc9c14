"""ListDataEx: raw rows as they are stored; it does not page, so a window whose response is cut short is asked for in halves."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from operator import attrgetter
from typing import Any, Final

from .envelope import Envelope, OddError, members, number_or_none, place, text, text_or_none, told, whole, whole_or_none
from .errors import ReengenError
from .json_values import JsonArray, JsonObject, shown
from .models import RawReading
from .oddities import Listing, Oddities, OddityKind
from .portions import is_too_large
from .wire_time import WIRE_STEP, Stamp, StampReader, is_repeated, passes

# What is odd about a row, by the key; anything else is a row of another shape.
_KINDS: Final = {
    "date": OddityKind.STAMP,
    "point.code": OddityKind.POINT_ID,
    "value": OddityKind.VALUE,
    "original": OddityKind.VALUE,
}

# Meters store a row every 5 to 60 minutes: where the rows of a window as short as this do not fit into a response, those
# of a shorter window do not fit either.
_SHORTEST_WINDOW: Final = timedelta(minutes=15)

# A platform that caps its responses caps them at a round number of rows, and its `rowCount` may count only these.
_ROUND_COUNT: Final = 1000


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
            counted = whole(envelope.properties, "rowCount")
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


async def listed_in_halves(
    ask: Callable[[datetime, datetime], Awaitable[RawRows]],
    start: datetime,
    end: datetime,
    zone: tzinfo,
    whole: RawRows | None = None,
) -> Listing[RawReading]:
    """Return all rows of a window in order of time; `whole` is the response for twice the window, if there was one.

    Raises what `ask` raises for a window that cannot be halved.
    """
    found: RawRows | None = None
    try:
        found = await ask(start, end)
    except ReengenError as error:
        if not is_too_large(error) or (middle := middle_of(start, end, zone)) is None:
            raise
    else:
        middle = middle_of(start, end, zone) if _may_be_cut_short(found, whole) else None
        if middle is None:
            return found.rows
    first = await listed_in_halves(ask, start, middle, zone, found)
    return Listing.joined([first, await listed_in_halves(ask, middle, end, zone, found)])


def middle_of(start: datetime, end: datetime, zone: tzinfo) -> datetime | None:
    """Return where to halve a window of raw rows, or None where it is too short for that."""
    middle = start + (end - start) // 2 // WIRE_STEP * WIRE_STEP
    # The wire cannot say which pass of a repeated hour is meant.
    while is_repeated(middle, zone) or is_repeated(middle - WIRE_STEP, zone):
        middle += _SHORTEST_WINDOW
    return middle if middle - start >= _SHORTEST_WINDOW and middle < end else None


def _may_be_cut_short(found: RawRows, whole: RawRows | None) -> bool:
    """Tell whether a response may lack rows that a shorter window would have; `whole` is that of twice the window."""
    if found.listed and found.listed % _ROUND_COUNT == 0:
        return True
    # A response that is cut short has as many rows for half the window. With fewer rows for the half nothing was cut, and
    # the platform counts something else.
    return found.lacks_rows and (whole is None or found.listed >= whole.listed)
