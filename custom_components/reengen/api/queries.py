"""Typed requests as the JSON of the API document; what that document leaves undefined is refused here.

Every refusal is a ReengenRequestError: nothing was sent. Instants are aware, ranges half-open.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import tzinfo
from enum import StrEnum
import math
from typing import Any, Final

from .data_series import QueryContext
from .errors import ReengenRequestError
from .json_values import JsonObject, shown
from .models import (
    Aggregation,
    Command,
    CostGroup,
    CostSeries,
    DataValueChange,
    ImportRow,
    IncludeTax,
    MeasurementSeries,
    Operation,
    ParameterKind,
    Resolution,
)
from .wire_time import to_wire

# Every property that the API document shows, so that no two rows of one meter look alike: without
# "index" the three phases of a voltage would.
_RAW_PROPERTIES: Final = (
    "point.code",
    "definition.code",
    "variant.code",
    "index",
    "type.code",
    "date",
    "definition.unit.code",
    "value",
    "original",
    "note",
)


def authenticate(tenant: str, username: str, password: str) -> JsonObject:
    """Return the request for a connection id (API document: Authenticate)."""
    _text(tenant, "tenant")
    _text(username, "username")
    if not isinstance(password, str) or not password:
        raise ReengenRequestError("The password is empty")
    return _request("Authenticate", {"tenant": tenant, "user": username, "password": password})


def get_point_hierarchy() -> JsonObject:
    """Return the request for all points (API document: GetPointHierarchy); it has no properties."""
    return {"$": "GetPointHierarchy"}


def get_data(series: Sequence[MeasurementSeries], points: Sequence[str] | None, context: QueryContext) -> JsonObject:
    """Return the request for measurements by point; `points` None asks for all that the user may see.

    Source: API document, Get Measurement Data.
    """
    resolution = _member(Resolution, context.resolution or "", "resolution").value
    return _get_data([_measurement_series(each) for each in series], points, context, resolution=resolution)


def get_cost(series: Sequence[CostSeries], points: Sequence[str] | None, context: QueryContext) -> JsonObject:
    """Return the request for costs of the whole range; the method is GetData too, and `points` are as for get_data.

    Source: API document, Get Cost Data.
    """
    return _get_data([_cost_series(each) for each in series], points, context)


def list_data(
    points: Sequence[str],
    definitions: Sequence[str],
    variants: Sequence[str],
    types: Sequence[str],
    context: QueryContext,
) -> JsonObject:
    """Return the request for raw rows whose interval ends in the range (API document: ListDataEx)."""
    start, end = context.wire_range
    return _request(
        "ListDataEx",
        {
            "requestType": "code",
            "point": _texts(points, "points"),
            "definition": _texts(definitions, "definitions"),
            "variant": _texts(variants, "variants"),
            "type": _texts(types, "types"),
            "properties": list(_RAW_PROPERTIES),
            "start": start,
            "end": end,
        },
    )


def import_data(rows: Sequence[ImportRow], zone: tzinfo) -> JsonObject:
    """Return the request that writes raw rows (API document: ImportData).

    Refused: "CU", which this method does not have, and two rows with one key, whose order would decide.
    The two passes of a repeated hour have one key on the wire.
    """
    _some(rows, "rows")
    data = [_import_row(row, zone) for row in rows]
    _refuse_same_key(data, ("point", "definition", "variant", "type", "index", "date"))
    return _request("ImportData", {"data": data})


def get_dc_data(points: Sequence[str], type: str, tenant: str) -> JsonObject:  # noqa: A002
    """Return the request for values of the Data Science table (API document: GetDCData)."""
    properties = {"point": _texts(points, "points"), "type": _text(type, "type"), "tenant": _text(tenant, "tenant")}
    return {**_request("GetDCData", properties), "cache": None}


def manage_dc_data(changes: Sequence[DataValueChange], tenant: str) -> JsonObject:
    """Return the request that changes values of the Data Science table (API document: ManageDCData).

    Refused: two changes of one value, and a change without a value unless it deletes.
    """
    _some(changes, "changes")
    data = [_data_value_change(change, _text(tenant, "tenant")) for change in changes]
    _refuse_same_key(data, ("point", "type"))
    return _request("ManageDCData", {"data": data})


def list_available_commands(point: str) -> JsonObject:
    """Return the request for the commands of a point, by its code (API document: ListAvailableCommands)."""
    return _request("ListAvailableCommands", {"point": _text(point, "point")})


def execute_command(point: str, command: Command, parameter: Any) -> JsonObject:
    """Return the request that runs a command (API document: ExecuteCommand).

    `parameter` is what `command.kind` asks for: None, a bool, a finite number, a text or the code of an option.
    """
    properties: JsonObject = {"point": _text(point, "point"), "command": _text(command.code, "command")}
    if command.kind is ParameterKind.NONE:
        if parameter is not None:
            raise ReengenRequestError(f"The command {command.code!r} takes no parameter")
    else:
        properties["parameter"] = _parameter(command, parameter)
    return _request("ExecuteCommand", properties)


def _request(method: str, properties: JsonObject) -> JsonObject:
    return {"$": method, "properties": properties}


def _get_data(
    series: list[JsonObject], points: Sequence[str] | None, context: QueryContext, **others: str
) -> JsonObject:
    start, end = context.wire_range
    _some(series, "series")
    codes = None if points is None else _texts(points, "points")
    asked = {"series": series, "point": codes, "start": start, "end": end, "break": {"type": "point"}}
    return _request("GetData", {**asked, **others})


def _measurement_series(series: MeasurementSeries) -> JsonObject:
    return {
        "definition": _text(series.definition, "definition"),
        "variant": _text(series.variant, "variant"),
        "type": _text(series.type, "type"),
        "xFunction": _member(Aggregation, series.function, "function").value,
        "unit": _text(series.unit, "unit"),
        "decimalPoints": _count(series.decimal_points, "decimal_points"),
    }


def _cost_series(series: CostSeries) -> JsonObject:
    group = _member(CostGroup, series.group, "group")
    return {
        "calculator": "cost",
        "type": _text(series.type, "type"),
        "selection": "own",
        "utility": group.utility,
        "decimalPoints": _count(series.decimal_points, "decimal_points"),
        "group": group.value,
        "includeTax": _member(IncludeTax, series.include_tax, "include_tax").value,
    }


def _import_row(row: ImportRow, zone: tzinfo) -> JsonObject:
    operation = _member(Operation, row.operation, "operation")
    if operation is Operation.CREATE_OR_UPDATE:
        raise ReengenRequestError("ImportData knows C, U and D, but not CU")
    if row.interval_end.microsecond:
        raise ReengenRequestError(f"The platform stores whole seconds, not {row.interval_end}")
    return {
        "#": operation.value,
        "point": _text(row.point, "point"),
        "definition": _text(row.definition, "definition"),
        "variant": _text(row.variant, "variant"),
        "index": _count(row.index, "index"),
        "value": _number(row.value, "value"),
        "type": _text(row.type, "type"),
        "date": to_wire(row.interval_end, zone),
    }


def _data_value_change(change: DataValueChange, tenant: str) -> JsonObject:
    operation = _member(Operation, change.operation, "operation")
    row = {
        "point": _text(change.point, "point"),
        "type": _text(change.type, "type"),
        "tenant": tenant,
        "#": operation.value,
    }
    if change.value is not None:
        if not isinstance(change.value, str):
            raise ReengenRequestError(f"A value is a text, not {shown(change.value)}")
        row["value"] = change.value
    elif operation is not Operation.DELETE:
        raise ReengenRequestError(f"The change of {change.type!r} at {change.point!r} lacks its value")
    return row


def _parameter(command: Command, parameter: Any) -> Any:
    kind = command.kind
    if kind is ParameterKind.UNKNOWN:
        what = f"{command.command_type} {command.parameter_type or ''}".strip()
        raise ReengenRequestError(f"The command {command.code!r} is of an unknown type, {what}")
    if kind is ParameterKind.NUMBER:
        return _number(parameter, f"parameter of {command.code!r}")
    if kind is ParameterKind.INTEGER and (given := _number(parameter, f"parameter of {command.code!r}")) == int(given):
        return int(given)
    codes = [option.code for option in command.options]
    if (
        (kind is ParameterKind.BOOLEAN and isinstance(parameter, bool))
        or (kind is ParameterKind.TEXT and isinstance(parameter, str))
        or (kind is ParameterKind.OPTION and parameter in codes)
    ):
        return parameter
    wanted = f"one of {', '.join(codes)}" if kind is ParameterKind.OPTION else f"a value of type {kind}"
    raise ReengenRequestError(f"The command {command.code!r} takes {wanted}, not {shown(parameter)}")


def _refuse_same_key(rows: list[JsonObject], keys: tuple[str, ...]) -> None:
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key in seen:
            raise ReengenRequestError(f"Two rows of one batch have the same key: {', '.join(map(str, key))}")
        seen.add(key)


def _some(values: Collection[object], what: str) -> None:
    """Refuse an empty list: the API does not say whether it means none or all."""
    if not values:
        raise ReengenRequestError(f"The request has no {what}")


def _text(value: object, what: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ReengenRequestError(f"The {what} is a text that is not empty, not {shown(value)}")
    return value


def _texts(values: Sequence[object], what: str) -> list[str]:
    """Return the texts of a list that is not empty, each once."""
    if isinstance(values, str):
        raise ReengenRequestError(f"The {what} are a list, not the text {shown(values)}")
    _some(values, what)
    return list(dict.fromkeys(_text(value, what) for value in values))


def _member[E: StrEnum](kind: type[E], value: str, what: str) -> E:
    """Return the member of a closed set, also for its text."""
    try:
        return kind(value)
    except ValueError as err:
        raise ReengenRequestError(f"The {what} is one of {', '.join(kind)}, not {shown(value)}") from err


def _count(value: object, what: str) -> int:
    """Return a whole number from 0."""
    if type(value) is not int or value < 0:
        raise ReengenRequestError(f"The {what} is a whole number from 0, not {shown(value)}")
    return value


def _number(value: object, what: str) -> float:
    """Return a finite number, whole ones as they are; true and false are none."""
    # A whole number beyond those of JSON's usual readers is no finite one to them.
    with suppress(OverflowError):
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
    raise ReengenRequestError(f"The {what} is a finite number, not {shown(value)}")
