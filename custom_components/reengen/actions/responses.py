"""Values of the client as the JSON that actions answer with.

Keys are the API's own in snake case. Instants are ISO 8601 with the offset of the platform's zone. What the
platform left out is left out, what it called null is null. `warnings` say in words what could not be used.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from custom_components.reengen.api import (
    Command,
    CostResponse,
    CostTotal,
    DataResponse,
    DataValue,
    Listing,
    MeasurementResponse,
    PointTree,
    RawReading,
    Reading,
)

type Json = dict[str, Any]


def stamp(instant: datetime, zone: tzinfo) -> str:
    """Return the instant on the clock of the zone, with its offset."""
    return instant.astimezone(zone).isoformat()


def point_hierarchy(tree: PointTree) -> Json:
    """Return all points, parents and codes as the platform spells them; `path` are the names from the root down."""
    return {
        "data": [
            {
                "id": point.id,
                "code": point.code,
                "name": point.name,
                "parent": point.parent_code,
                "starting_date": point.starting_date,
                "path": list(tree.path(point)),
            }
            for point in tree.points
        ],
        "warnings": list(map(str, tree.oddities)),
    }


def measurements(response: MeasurementResponse, asked: Sequence[Json], tree: PointTree, zone: tzinfo) -> Json:
    """Return the readings of each series as it was asked for, in its unit; null where the platform answered null."""

    def row(each: Reading) -> Json:
        start = stamp(each.bucket_start, zone)
        return {"bucket_start": start, **_point(each.point_id, tree), "value": each.value}

    keys = ("definition", "variant", "type", "x_function", "unit")
    return _of_series(response, [{key: str(series[key]) for key in keys} for series in asked], row, tree, zone)


def costs(response: CostResponse, asked: Sequence[Json], tree: PointTree, zone: tzinfo, currency: str) -> Json:
    """Return the costs of the whole range for each series as it was asked for, in the account's currency."""

    def row(each: CostTotal) -> Json:
        return {**_point(each.point_id, tree), "cost": each.cost}

    keys = ("group", "include_tax", "type")
    named = [{**{key: series[key] for key in keys}, "currency": currency} for series in asked]
    return _of_series(response, named, row, tree, zone)


def _of_series[E](
    response: DataResponse[Any], named: Sequence[Json], row: Callable[[E], Json], tree: PointTree, zone: tzinfo
) -> Json:
    found: Sequence[Iterable[E] | None] = response.series
    edges = {"start": response.start, "end": response.end}
    unlisted = sorted(point_id for point_id in point_ids(response) if tree.by_id(point_id) is None)
    listed = ", ".join(map(str, unlisted))
    return {
        **{name: stamp(edge, zone) for name, edge in edges.items() if edge is not None},
        "series": [
            {**name, "data": None if rows is None else [row(each) for each in rows]}
            for name, rows in zip(named, found, strict=True)
        ],
        "warnings": [
            *map(str, response.oddities),
            *([f"points that the hierarchy does not list: {listed}"] if unlisted else []),
        ],
    }


def raw_readings(rows: Listing[RawReading], zone: tzinfo) -> Json:
    """Return raw rows, values in the stored unit that each names; `date` is the end of the interval."""
    keys = ("point", "definition", "variant", "type", "index", "value", "unit", "original", "note")
    return {
        "data": [{"date": stamp(row.interval_end, zone), **{key: getattr(row, key) for key in keys}} for row in rows],
        "row_count": len(rows),
        "warnings": list(map(str, rows.oddities)),
    }


def data_values(values: Listing[DataValue]) -> Json:
    """Return rows of the Data Science table; values are texts."""
    return {
        "data": [{"tenant": row.tenant, "point": row.point, "type": row.type, "value": row.value} for row in values],
        "warnings": list(map(str, values.oddities)),
    }


def commands(listing: Listing[Command]) -> Json:
    """Return commands as listed; `parameter_type` and `options` only where a command has them."""
    return {"data": [_command(command) for command in listing], "warnings": list(map(str, listing.oddities))}


def point_ids(response: DataResponse[Any]) -> set[int]:
    """Return the ids of the points that the response has rows of."""
    return {each.point_id for rows in response.series for each in rows or ()}


def _command(command: Command) -> Json:
    described: Json = {"code": command.code, "name": command.name, "command_type": command.command_type}
    if command.parameter_type is not None:
        described["parameter_type"] = command.parameter_type
    if command.options:
        described["options"] = [{"code": option.code, "name": option.name} for option in command.options]
    return described


def _point(point_id: int, tree: PointTree) -> Json:
    """Return how a row names its point: code and id, no code for a point that is not listed."""
    point = tree.by_id(point_id)
    return {"point_id": point_id} if point is None else {"point": point.code, "point_id": point_id}
