"""ListDataEx and ImportData: readings as they are stored."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from simulator.checks import Range, Refused, choice, number, objects, text, text_array, wall_time
from simulator.measurements import check_definition, check_variant, whole_or_exact
from simulator.records import WriteRecord
from simulator.store import Store, transaction
from simulator.wall import instant, stamp
from simulator.world import STORED_UNITS, VARIANTS

# The order of the keys in the document's answer.
RAW_PROPERTIES: Final = (
    "date",
    "definition.code",
    "definition.id",
    "note",
    "original",
    "point.code",
    "point.id",
    "index",
    "type.code",
    "type.id",
    "value",
    "variant.code",
    "variant.id",
    "definition.unit.code",
)
_TWO_DECIMALS: Final = Decimal("0.01")
_DEFINITION_IDS: Final = {definition: number for number, definition in enumerate(STORED_UNITS, 1)}
_VARIANT_IDS: Final = {variant: number for number, variant in enumerate(sorted(VARIANTS), 1)}
MOST_INDICES: Final = 99


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRow:
    """One checked row of ImportData."""

    operation: str
    point: str
    definition: str
    variant: str
    index: int
    value: float | None
    date: str
    end_utc: int


def list_data(
    store: Store, points: dict[int, str], properties: dict[str, Any], asked: Range, now: int
) -> list[dict[str, Any]]:
    """Return the visible readings of the points in the range, oldest first within each series."""
    definitions, variants = text_array(properties, "definition"), text_array(properties, "variant")
    wanted = text_array(properties, "properties")
    for definition in definitions:
        check_definition(definition)
    for variant in variants:
        check_variant(variant)
    for kind in text_array(properties, "type"):
        choice({"type": kind}, "type", ("actual",))
    for name in wanted:
        if name not in RAW_PROPERTIES:
            raise Refused(f"Unknown property '{name}'")
    keys = [name for name in RAW_PROPERTIES if name in wanted]
    marks = ", ".join("?" * len(definitions)), ", ".join("?" * len(variants))
    series = store.database.execute(
        f"SELECT s.id, s.point_id, s.definition, s.variant, s.idx FROM series s JOIN point p ON p.id = s.point_id"
        f" WHERE s.definition IN ({marks[0]}) AND s.variant IN ({marks[1]})"
        " ORDER BY p.id_order, s.definition, s.variant, s.idx",
        (*definitions, *variants),
    ).fetchall()
    rows: list[dict[str, Any]] = []
    for series_id, point_id, definition, variant, index in series:
        if point_id not in points:
            continue
        fixed = _fixed_properties(point_id, points[point_id], definition, variant, index)
        rows += [
            {key: reading[key] if key in reading else fixed[key] for key in keys}
            for reading in _readings(store, series_id, asked, now)
        ]
    return rows


def _fixed_properties(point_id: int, code: str, definition: str, variant: str, index: int) -> dict[str, Any]:
    return {
        "definition.code": definition,
        "definition.id": _DEFINITION_IDS[definition],
        "point.code": code,
        "point.id": point_id,
        "index": index,
        "type.code": "actual",
        "type.id": 1,
        "variant.code": variant,
        "variant.id": _VARIANT_IDS[variant],
        "definition.unit.code": STORED_UNITS[definition],
    }


def _readings(store: Store, series_id: int, asked: Range, now: int) -> list[dict[str, Any]]:
    found = store.database.execute(
        "SELECT end_utc, value, original, note FROM sample WHERE series = ? AND end_utc BETWEEN ? AND ?"
        " AND COALESCE(revealed_utc, end_utc + ?) <= ? ORDER BY end_utc, copy",
        (series_id, asked.first_second, asked.last_second, store.late_seconds, now),
    )
    return [
        {"date": stamp(end_utc, store.zone), "value": _printed(value), "original": _printed(original), "note": note}
        for end_utc, value, original, note in found
    ]


def _printed(value: float | None) -> Decimal | None:
    """Return a number with two decimals as in the document, with more where it has more."""
    if value is None:
        return None
    exact = whole_or_exact(value)
    exponent = exact.as_tuple().exponent
    return exact if isinstance(exponent, int) and exponent < -2 else exact.quantize(_TWO_DECIMALS)


def import_data(
    store: Store, visible: dict[str, int], properties: dict[str, Any], now: datetime, existing: str, *, atomic: bool
) -> tuple[list[WriteRecord], str | None]:
    """Apply rows in their order; returns what was applied and, when stopped, why.

    `existing` is what C does to a reading that is there. Atomic: one bad row undoes all; else those before it stay.
    """
    rows = [_import_row(store, visible, row) for row in objects(properties, "data")]
    done: list[WriteRecord] = []
    try:
        with transaction(store.database):
            for row in rows:
                try:
                    _apply(store, visible[row.point], row, existing, int(now.timestamp()))
                except Refused as refusal:
                    if atomic:
                        raise
                    return done, str(refusal)
                done.append(_written(row, now))
    except Refused as refusal:
        return [], str(refusal)
    return done, None


def _import_row(store: Store, visible: dict[str, int], row: dict[str, Any]) -> ImportRow:
    operation = choice({"#": row.get("#", "C")}, "#", ("C", "U", "D"))
    point, definition, variant = (text(row, key) for key in ("point", "definition", "variant"))
    if point not in visible:
        raise Refused(f"Unknown point '{point}'")
    check_definition(definition)
    check_variant(variant)
    choice(row, "type", ("actual",))
    index = row.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or not 1 <= index <= MOST_INDICES:
        raise Refused(f"'index' must be an integer from 1 to {MOST_INDICES}")
    return ImportRow(
        operation=operation,
        point=point,
        definition=definition,
        variant=variant,
        index=index,
        value=None if operation == "D" and row.get("value") is None else number(row, "value"),
        date=row["date"] if isinstance(row.get("date"), str) else "",
        end_utc=instant(wall_time(row, "date"), store.zone),
    )


def _apply(store: Store, point_id: int, row: ImportRow, existing: str, second: int) -> None:
    series = store.series_id(point_id, row.definition, row.variant, row.index, create=row.operation == "C")
    copies = store.database.execute(
        "SELECT COUNT(*) FROM sample WHERE series = ? AND end_utc = ?", (series, row.end_utc)
    ).fetchone()[0]
    key = f"{row.point} {row.definition}/{row.variant} index {row.index} at {row.date}"
    if series is None or (row.operation in {"U", "D"} and not copies):
        raise Refused(f"There is no reading of {key}")
    if row.operation == "C" and copies and existing == "error":
        raise Refused(f"There is already a reading of {key}")
    if row.operation == "C" and copies and existing == "duplicate":
        store.database.execute(
            "INSERT INTO sample(series, end_utc, copy, value, revealed_utc) VALUES (?, ?, ?, ?, ?)",
            (series, row.end_utc, copies, row.value, second),
        )
        return
    store.put_reading(series, row.end_utc, None if row.operation == "D" else row.value, second)


def _written(row: ImportRow, now: datetime) -> WriteRecord:
    return WriteRecord(
        method="ImportData",
        operation=row.operation,
        point=row.point,
        at=now,
        value=row.value,
        type="actual",
        definition=row.definition,
        variant=row.variant,
        index=row.index,
        date=row.date,
    )
