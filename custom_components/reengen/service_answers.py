"""Values of the client as the JSON that actions answer with.

Keys are the API's own in snake case. Instants are ISO 8601 with the offset of the platform's zone. What the
platform left out is left out, what it called null is null.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from .api import (
    Command,
    CostAnswer,
    CostSeries,
    CostTotal,
    DataValue,
    MeasurementAnswer,
    MeasurementSeries,
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
        "warnings": list(tree.warnings),
    }


def measurements(answer: MeasurementAnswer, series: Sequence[MeasurementSeries], tree: PointTree, zone: tzinfo) -> Json:
    """Return the readings of each series, in its unit; `data` is null where the platform answered null."""
    return {
        **_covered(answer, zone),
        "series": [
            {
                "definition": asked.definition,
                "variant": asked.variant,
                "type": asked.type,
                "x_function": asked.function.value,
                "unit": asked.unit,
                "data": None
                if found is None
                else [
                    {
                        "bucket_start": stamp(each.bucket_start, zone),
                        **_point(each.point_id, tree),
                        "value": each.value,
                    }
                    for each in found
                ],
            }
            for asked, found in zip(series, answer.series, strict=True)
        ],
        "warnings": [*answer.warnings, *_unlisted(point_ids(answer), tree)],
    }


def costs(answer: CostAnswer, series: Sequence[CostSeries], tree: PointTree, zone: tzinfo, currency: str) -> Json:
    """Return the costs of the whole range for each series, in the account's currency."""
    return {
        **_covered(answer, zone),
        "series": [
            {
                "group": asked.group.value,
                "include_tax": asked.include_tax.value,
                "type": asked.type,
                "currency": currency,
                "data": None
                if found is None
                else [{**_point(each.point_id, tree), "cost": each.cost} for each in found],
            }
            for asked, found in zip(series, answer.series, strict=True)
        ],
        "warnings": [*answer.warnings, *_unlisted(point_ids(answer), tree)],
    }


def raw_readings(rows: Sequence[RawReading], zone: tzinfo) -> Json:
    """Return raw rows, values in the stored unit that each names; `date` is the end of the interval."""
    return {
        "data": [
            {
                "date": stamp(row.interval_end, zone),
                "point": row.point,
                "definition": row.definition,
                "variant": row.variant,
                "type": row.type,
                "index": row.index,
                "value": row.value,
                "unit": row.unit,
                "original": row.original,
                "note": row.note,
            }
            for row in rows
        ],
        "row_count": len(rows),
    }


def data_values(values: Iterable[DataValue]) -> Json:
    """Return rows of the Data Science table; values are texts."""
    return {
        "data": [{"tenant": row.tenant, "point": row.point, "type": row.type, "value": row.value} for row in values]
    }


def commands(listing: Iterable[Command]) -> Json:
    """Return commands as listed; `parameter_type` and `options` only where a command has them."""
    return {"data": [_command(command) for command in listing]}


def point_ids(answer: MeasurementAnswer | CostAnswer) -> set[int]:
    """Return the ids of the points that the answer has rows of."""
    series: Sequence[Sequence[Reading | CostTotal] | None] = answer.series
    return {each.point_id for found in series for each in found or () if each.point_id is not None}


def _command(command: Command) -> Json:
    described: Json = {"code": command.code, "name": command.name, "command_type": command.command_type}
    if command.parameter_type is not None:
        described["parameter_type"] = command.parameter_type
    if command.options:
        described["options"] = [{"code": option.code, "name": option.name} for option in command.options]
    return described


def _covered(answer: MeasurementAnswer | CostAnswer, zone: tzinfo) -> Json:
    edges: Mapping[str, datetime | None] = {"start": answer.start, "end": answer.end}
    return {name: stamp(edge, zone) for name, edge in edges.items() if edge is not None}


def _point(point_id: int | None, tree: PointTree) -> Json:
    """Return how a row names its point: code and id, no code for a point that is not listed, nothing if merged."""
    if point_id is None:
        return {}
    point = tree.by_id(point_id)
    return {"point_id": point_id} if point is None else {"point": point.code, "point_id": point_id}


def _unlisted(ids: Iterable[int], tree: PointTree) -> list[str]:
    unknown = sorted(each for each in ids if tree.by_id(each) is None)
    return [f"points that the hierarchy does not list: {', '.join(map(str, unknown))}"] if unknown else []
