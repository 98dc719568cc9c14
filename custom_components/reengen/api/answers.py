"""One decoder for each shape of answer: from a successful envelope to frozen values.

All of them raise ReengenAnswerError, naming the place in the answer, for anything that is not what the API
document describes. Keys that nobody asked for are ignored.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from .envelope import Envelope, parse_envelope
from .json_values import JsonObject, shown
from .models import Command, CommandOption, DataValue, Point, RawReading, RequestType
from .names import readable
from .point_tree import PointTree
from .series_answers import QueryContext, costs, measurements
from .wire_time import Stamp, StampReader, passes

__all__ = [
    "Envelope",
    "QueryContext",
    "commands",
    "connection_id",
    "costs",
    "data_values",
    "measurements",
    "parse_envelope",
    "point_hierarchy",
    "raw_readings",
]


def connection_id(envelope: Envelope) -> str:
    """Return the connection id, which is a secret (API document: Authenticate)."""
    value = (envelope.properties or {}).get("connectionId")
    if not isinstance(value, str) or not value:
        raise envelope.error("connectionId", "a connection id")
    return value


def point_hierarchy(envelope: Envelope) -> PointTree:
    """Return the points, without the nameless root that stands for all (API document: GetPointHierarchy)."""
    points = (_point(envelope, entry, f"data[{index}]") for index, entry in enumerate(envelope.rows()))
    return PointTree([point for point in points if point is not None])


def raw_readings(envelope: Envelope, request_type: RequestType, zone: tzinfo) -> tuple[list[RawReading], int]:
    """Return the rows in order of time, and the platform's own count of them (API document: ListDataEx).

    Rows are given as they are stored: two of one point, series, index and time stay two.
    """
    stamps = StampReader(zone, method=envelope.method)
    rows: list[RawReading] = []
    repeated: dict[object, list[tuple[int, Stamp]]] = {}
    for index, entry in enumerate(envelope.rows()):
        where = f"data[{index}]"
        row = envelope.members(entry, where)
        date = row.get("date")
        reading = _raw_reading(envelope, row, where, request_type, stamps.read(date, f"{where}.date"))
        rows.append(reading)
        if len((stamp := stamps.stamp(date, where)).instants) > 1:
            key = (reading.point, reading.definition, reading.variant, reading.type, reading.index, stamp.wall.date())
            repeated.setdefault(key, []).append((index, stamp))
    for group in repeated.values():
        for (index, stamp), choice in zip(group, passes([stamp.wall for _, stamp in group]), strict=True):
            rows[index] = replace(rows[index], interval_end=stamp.instants[min(choice, 1)])
    rows.sort(key=_interval_end)
    return rows, envelope.integer(envelope.properties or {}, "rowCount", "")


def data_values(envelope: Envelope) -> tuple[DataValue, ...]:
    """Return the rows of the Data Science table (API document: GetDCData, ManageDCData)."""
    return tuple(_data_value(envelope, entry, f"data[{index}]") for index, entry in enumerate(envelope.rows()))


def commands(envelope: Envelope) -> tuple[Command, ...]:
    """Return the commands of a point, of known and unknown types (API document: ListAvailableCommands)."""
    found = tuple(_command(envelope, entry, f"data[{index}]") for index, entry in enumerate(envelope.rows()))
    _refuse_twice(envelope, (command.code for command in found), "data")
    return found


def _point(envelope: Envelope, entry: object, where: str) -> Point | None:
    pair = envelope.array(entry, where)
    if len(pair) != 2:  # noqa: PLR2004
        raise envelope.error(where, "a name and an object", got=f"{len(pair)} elements")
    label = envelope.text_or_none(pair, 0, where)
    where = f"{where}[1]"
    item = envelope.members(pair[1], where)
    if item.get("code") is None and item.get("id") is None:
        return None
    code = envelope.text(item, "code", where, "a point code")
    starting_date = item.get("startingDate")
    return Point(
        id=envelope.integer(item, "id", where, "a point id"),
        code=code,
        name=readable(envelope.text_or_none(item, "name", where) or label or code) or code,
        parent_code=envelope.text_or_none(item, "parent", where) or None,
        starting_date=None if starting_date is None else str(starting_date),
    )


def _raw_reading(
    envelope: Envelope, row: JsonObject, where: str, request_type: RequestType, interval_end: datetime
) -> RawReading:
    text, number = envelope.text_or_none, envelope.number_or_none
    by_id = request_type is RequestType.ID
    return RawReading(
        point=envelope.integer_or_none(row, "point.id", where) if by_id else text(row, "point.code", where),
        definition=text(row, "definition.code", where),
        variant=text(row, "variant.code", where),
        type=text(row, "type.code", where),
        index=envelope.integer_or_none(row, "index", where),
        interval_end=interval_end,
        unit=text(row, "definition.unit.code", where),
        value=number(row, "value", where),
        original=number(row, "original", where),
        note=text(row, "note", where),
    )


def _interval_end(reading: RawReading) -> datetime:
    return reading.interval_end


def _data_value(envelope: Envelope, entry: object, where: str) -> DataValue:
    row = envelope.members(entry, where)
    if (value := envelope.text_or_none(row, "value", where)) is None:
        raise envelope.error(f"{where}.value", "a text", got="null or nothing")
    point = row.get("point")
    if isinstance(point, list) and len(point) == 1:
        row = row | {"point": point[0]}
    return DataValue(
        tenant=envelope.text(row, "tenant", where),
        point=envelope.text(row, "point", where, "a point code"),
        type=envelope.text(row, "type", where),
        value=value,
    )


def _command(envelope: Envelope, entry: object, where: str) -> Command:
    row = envelope.members(entry, where)
    code = envelope.text(row, "code", where, "a command code")
    place = f"{where}.options"
    options = [] if row.get("options") is None else envelope.array(row["options"], place)
    found = tuple(_option(envelope, option, f"{place}[{index}]") for index, option in enumerate(options))
    _refuse_twice(envelope, (option.code for option in found), place)
    return Command(
        code=code,
        name=readable(envelope.text_or_none(row, "name", where) or code) or code,
        command_type=envelope.text(row, "commandType", where, "a command type"),
        parameter_type=envelope.text_or_none(row, "parameterType", where),
        options=found,
    )


def _option(envelope: Envelope, entry: object, where: str) -> CommandOption:
    row = envelope.members(entry, where)
    code = envelope.text(row, "code", where, "an option code")
    return CommandOption(code=code, name=readable(envelope.text_or_none(row, "name", where) or code) or code)


def _refuse_twice(envelope: Envelope, codes: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise envelope.error(where, "codes that differ", got=f"{shown(code)} twice")
        seen.add(code)
