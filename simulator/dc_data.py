"""The Data Science table: GetDCData and ManageDCData."""

from datetime import datetime
from typing import Any

from simulator.checks import Refused, choice, objects, text, text_array
from simulator.records import WriteRecord
from simulator.store import Store, transaction


def get_dc_data(store: Store, visible: dict[str, int], tenant: str, properties: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the values of a type, in the order of the points asked for; none is an empty response."""
    kind = text(properties, "type")
    _check_tenant(tenant, properties)
    rows = []
    for point in text_array(properties, "point"):
        _check_point(visible, point)
        found = store.database.execute(
            "SELECT value FROM dc_data WHERE tenant = ? AND point = ? AND type = ?", (tenant, point, kind)
        ).fetchone()
        if found is not None:
            rows.append(_row(tenant, point, kind, found[0]))
    return rows


def manage_dc_data(
    store: Store, visible: dict[str, int], tenant: str, properties: dict[str, Any], now: datetime
) -> tuple[list[dict[str, Any]], list[WriteRecord]]:
    """Create, update or delete values, all or none; returns the rows as answered and what was applied."""
    rows: list[dict[str, Any]] = []
    writes: list[WriteRecord] = []
    with transaction(store.database):
        for row in objects(properties, "data"):
            operation = choice(row, "#", ("C", "U", "CU", "D"))
            _check_tenant(tenant, row)
            point, kind = _point_of(row), text(row, "type")
            _check_point(visible, point)
            value = row.get("value") if operation == "D" else text(row, "value")
            _apply(store, operation, (tenant, point, kind), value)
            rows.append(_row(tenant, point, kind, value))
            writes.append(
                WriteRecord(
                    method="ManageDCData",
                    operation=operation,
                    point=point,
                    at=now,
                    value=value,
                    type=kind,
                    tenant=tenant,
                )
            )
    return rows, writes


def _apply(store: Store, operation: str, key: tuple[str, str, str], value: str | None) -> None:
    where = "WHERE tenant = ? AND point = ? AND type = ?"
    exists = store.database.execute(f"SELECT 1 FROM dc_data {where}", key).fetchone() is not None
    if operation == "C" and exists:
        raise Refused(f"There is already a value of type '{key[2]}' at '{key[1]}'")
    if operation in {"U", "D"} and not exists:
        raise Refused(f"There is no value of type '{key[2]}' at '{key[1]}'")
    if operation == "D":
        store.database.execute(f"DELETE FROM dc_data {where}", key)
    else:
        store.database.execute("INSERT OR REPLACE INTO dc_data VALUES (?, ?, ?, ?)", (*key, value))


def _point_of(row: dict[str, Any]) -> str:
    """Return the point: the document's table says array, its example has a text."""
    point = row.get("point")
    if isinstance(point, list) and len(point) == 1:
        point = point[0]
    return text({"point": point}, "point")


def _check_tenant(tenant: str, values: dict[str, Any]) -> None:
    if text(values, "tenant") != tenant:
        raise Refused(f"Tenant '{values['tenant']}' is not the tenant of this connection")


def _check_point(visible: dict[str, int], point: str) -> None:
    if point not in visible:
        raise Refused(f"Unknown point '{point}'")


def _row(tenant: str, point: str, kind: str, value: str | None) -> dict[str, Any]:
    return {"tenant": tenant, "point": point, "type": kind, "value": value}
