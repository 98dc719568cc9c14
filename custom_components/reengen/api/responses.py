"""One decoder for each shape of response: from a successful envelope to frozen values.

What cannot be used is left out at the smallest level that holds it, and named in `oddities`: an option of a command, a
row, a point. All decoders raise ReengenResponseError where the response lacks its data or holds another shape in its place.
Keys that nobody asked for are ignored.
"""

from collections.abc import Iterable, Iterator
from typing import Any
import unicodedata

from .envelope import Envelope, OddError, members, place, response_error, text, text_or_none, told, whole
from .errors import ReengenResponseError
from .json_values import REPLACEMENT, JsonArray, JsonObject, shown
from .models import Command, CommandOption, DataValue, Point
from .oddities import Listing, Oddities, OddityKind
from .point_tree import PointTree


def connection_id(envelope: Envelope) -> str:
    """Return the connection id, which is a secret (API document: Authenticate)."""
    value = envelope.properties.get("connectionId")
    if not isinstance(value, str) or not value:
        raise response_error(envelope.method, "connectionId", "expected a connection id")
    return value


def point_hierarchy(envelope: Envelope) -> PointTree:
    """Return the points, without the nameless root that stands for all (API document: GetPointHierarchy)."""
    oddities = Oddities(envelope.method)
    points: list[Point] = []
    is_root_seen = False
    for entry, where in _each(envelope.rows()):
        item = entry[1] if isinstance(entry, list) and len(entry) > 1 else None
        try:
            if not is_root_seen and isinstance(item, dict) and item.get("code") is None and item.get("id") is None:
                is_root_seen = True
                continue
            points.append(_point(entry, where, oddities))
        except OddError as odd:
            # A key of text is a key of the object, which is the second element of the entry.
            at = place(place(where, 1), odd.key) if isinstance(odd.key, str) else place(where, odd.key)
            point_id, point_code = told(whole, item, "id"), told(text, item, "code")
            oddities.add(OddityKind.POINT, at, shown(odd.value), point_id=point_id, point_code=point_code)
    return PointTree(points, oddities.found())


def data_values(envelope: Envelope) -> Listing[DataValue]:
    """Return the rows of the Data Science table (API document: GetDCData)."""
    oddities = Oddities(envelope.method)
    values: list[DataValue] = []
    for entry, where in _each(envelope.rows()):
        try:
            values.append(_data_value(members(entry)))
        except OddError as odd:
            point_code = told(_point_of_value, entry, "point")
            oddities.add(OddityKind.DATA_VALUE, place(where, odd.key), shown(odd.value), point_code=point_code)
    return Listing(values, oddities.found())


def changed_data_values(envelope: Envelope) -> Listing[DataValue]:
    """Return the echo of a change (API document: ManageDCData).

    The platform has said that it made the change: an echo that cannot be read is no failure of it.
    """
    try:
        return data_values(envelope)
    except ReengenResponseError as error:
        oddities = Oddities(envelope.method)
        oddities.add(OddityKind.DATA_VALUE, error.where, shown(envelope.properties.get("data")))
        return Listing((), oddities.found())


def commands(envelope: Envelope, point: str | None = None) -> Listing[Command]:
    """Return the commands of a point, of known and unknown types (API document: ListAvailableCommands).

    `point` is the code that was asked for, for the oddities. Two commands of one code that differ in more than
    their names are both left out: nobody can tell which of them would run.
    """
    oddities = Oddities(envelope.method, point)
    found: dict[str, Command] = {}
    contradicted: set[str] = set()
    for entry, where in _each(envelope.rows()):
        try:
            command = _command(members(entry), where, oddities)
        except OddError as odd:
            oddities.add(OddityKind.COMMAND, place(where, odd.key), shown(odd.value))
            continue
        first = found.setdefault(command.code, command)
        if first is command:
            continue
        if _takes(command) == _takes(first):
            oddities.add(OddityKind.SAME_VALUE_TWICE, f"{where}.code", shown(command.code))
        else:
            contradicted.add(command.code)
            oddities.add(OddityKind.COMMAND, f"{where}.code", f"{shown(command.code)} twice")
    return Listing((each for each in found.values() if each.code not in contradicted), oddities.found())


def _each(rows: JsonArray) -> Iterator[tuple[Any, str]]:
    for index, entry in enumerate(rows):
        yield entry, f"data[{index}]"


def _point(entry: object, where: str, oddities: Oddities) -> Point:
    if not isinstance(entry, list) or len(entry) != 2:  # noqa: PLR2004
        raise OddError(entry)
    label, item = entry
    item = members(item, 1)
    point_id, code = whole(item, "id"), text(item, "code")
    parent, starting_date = item.get("parent"), item.get("startingDate")
    if parent is not None and type(parent) is not str:
        oddities.add(OddityKind.PARENT, f"{where}[1].parent", shown(parent), point_id=point_id, point_code=code)
    name = item.get("name")
    if name is not None and type(name) is not str:
        oddities.add(OddityKind.TEXT, f"{where}[1].name", shown(name), point_id=point_id, point_code=code)
    return Point(
        id=point_id,
        code=code,
        name=readable(_words(name) or _words(label) or code) or code,
        parent_code=_words(parent),
        starting_date=starting_date if starting_date is None or type(starting_date) is str else shown(starting_date),
    )


def readable(text: str) -> str:
    """Return a name without control characters, each of which becomes a space, and without spaces around it.

    Nobody can read one, and PostgreSQL refuses every row with a NUL.
    """
    return "".join(" " if unicodedata.category(each) == "Cc" else each for each in text).strip()


def _words(value: object) -> str | None:
    """Return a text that is not empty, None for anything else."""
    return value if isinstance(value, str) and value else None


def _data_value(row: JsonObject) -> DataValue:
    value = text_or_none(row, "value")
    if value is None or REPLACEMENT in value:
        raise OddError(value, "value")
    return DataValue(
        tenant=text(row, "tenant"), point=_point_of_value(row, "point"), type=text(row, "type"), value=value
    )


def _point_of_value(row: JsonObject, key: str) -> str:
    """Return the code of the point, which may stand in an array of its own."""
    point = row.get(key)
    return text({key: point[0]} if isinstance(point, list) and len(point) == 1 else row, key)


def _command(row: JsonObject, where: str, oddities: Oddities) -> Command:
    code = text(row, "code")
    command_type, parameter_type = text(row, "commandType"), text_or_none(row, "parameterType")
    return Command(
        code=code,
        name=_name(row, where, oddities) or code,
        command_type=command_type,
        parameter_type=parameter_type,
        options=tuple(_options(row.get("options"), f"{where}.options", oddities)),
    )


def _options(options: object, where: str, oddities: Oddities) -> Iterable[CommandOption]:
    """Return the options that can be used, the first of each code; a command without any cannot be run."""
    found: dict[str, CommandOption] = {}
    if options is not None and not isinstance(options, list):
        oddities.add(OddityKind.COMMAND_OPTION, where, shown(options))
    for index, entry in enumerate(options if isinstance(options, list) else ()):
        at = f"{where}[{index}]"
        try:
            row = members(entry)
            code = text(row, "code")
        except OddError as odd:
            oddities.add(OddityKind.COMMAND_OPTION, place(at, odd.key), shown(odd.value))
            continue
        if code in found:
            oddities.add(OddityKind.SAME_VALUE_TWICE, f"{at}.code", shown(code))
        else:
            found[code] = CommandOption(code=code, name=_name(row, at, oddities) or code)
    return found.values()


def _name(row: JsonObject, where: str, oddities: Oddities) -> str:
    name = row.get("name")
    if not isinstance(name, str | None):
        oddities.add(OddityKind.TEXT, f"{where}.name", shown(name))
    return readable(_words(name) or "")


def _takes(command: Command) -> tuple[object, ...]:
    """Return all that tells one command from another but its names."""
    return command.command_type, command.parameter_type, frozenset(option.code for option in command.options)
