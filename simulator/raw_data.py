"""ListDataEx and ImportData: readings as they are stored."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from simulator.checks import Range, Refused, choice, number, objects, text, text_array, wall_time
from simulator.measurements import check_definition, check_variant, whole_or_exact
from simulator.profile import Profile
from simulator.records import WriteRecord
from simulator.said_series import LISTED, SaidSeries, said_series
from simulator.store import Store, transaction
from simulator.wall import instant, stamp
from simulator.world import STORED_UNITS, VARIANTS

# The order of the keys in the document's response.
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
# What a reading covers, in seconds, where its stamp is said to be its start.
INTERVAL: Final = 900


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What readings are looked for and how they are said: the range, the platform's second, zone and switches."""

    asked: Range
    now: int
    zone: ZoneInfo
    profile: Profile


def list_data(
    store: Store, points: dict[int, str], properties: dict[str, Any], listing: Listing
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
    rows: list[dict[str, Any]] = []
    for one, definition, variant in _listed(store, points, set(definitions), set(variants), listing.profile):
        fixed = _fixed_properties(one.point_id, points[one.point_id], definition, variant, one.index)
        rows += [
            {key: reading[key] if key in reading else fixed[key] for key in keys}
            for reading in _readings(store, one, listing)
        ]
    return rows


def _listed(
    store: Store, points: dict[int, str], definitions: set[str], variants: set[str], profile: Profile
) -> list[tuple[SaidSeries, str, str]]:
    """Return the series with definition and variant: by point in the order of the hierarchy, then by their names."""
    order = dict(store.database.execute("SELECT id, id_order FROM point").fetchall())
    found = [
        (one, definition, variant)
        for definition in definitions
        for variant in variants
        for one in said_series(store, profile, definition, variant, LISTED)
        if one.point_id in points
    ]
    return sorted(found, key=lambda row: (order[row[0].point_id], row[1], row[2], row[0].index))


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


def _readings(store: Store, one: SaidSeries, listing: Listing) -> list[dict[str, Any]]:
    shift = INTERVAL - 1 if listing.profile.raw_stamp == "start" else 0
    marks = ", ".join("?" * len(one.series))
    found = store.database.execute(
        f"SELECT end_utc, SUM(value), SUM(original), MAX(note) FROM sample WHERE series IN ({marks})"
        " AND end_utc BETWEEN ? AND ? AND COALESCE(revealed_utc, end_utc + ?) <= ?"
        " GROUP BY end_utc, copy ORDER BY end_utc, copy",
        (
            *one.series,
            *(listing.asked.first_second + shift, listing.asked.last_second + shift),
            *(store.late_seconds, listing.now),
        ),
    )
    readings = []
    for end_utc, value, original, note in found:
        register = _printed(original, one.factor)
        as_register = listing.profile.raw_value == "register" and register is not None
        readings.append(
            {
                "date": stamp(end_utc - shift, listing.zone),
                "value": register if as_register else _printed(value, one.factor),
                "original": register,
                "note": note,
            }
        )
    return readings


def _printed(value: float | None, factor: float) -> Decimal | None:
    """Return a number with two decimals as in the document, with more where it has more."""
    if value is None:
        return None
    exact = whole_or_exact(value * factor)
    exponent = exact.as_tuple().exponent
    return exact if isinstance(exponent, int) and exponent < -2 else exact.quantize(_TWO_DECIMALS)


def import_data(
    store: Store, visible: dict[str, int], properties: dict[str, Any], now: datetime, profile: Profile
) -> tuple[list[WriteRecord], str | None]:
    """Apply rows in their order; returns what was applied and, when stopped, why.

    A bad row undoes all, or those before it stay: the switch `import_atomic` decides.
    """
    zone = profile.raw_zone(store.zone)
    rows = [_import_row(visible, row, zone) for row in objects(properties, "data")]
    done: list[WriteRecord] = []
    try:
        with transaction(store.database):
            for row in rows:
                try:
                    _apply(store, visible[row.point], row, profile, int(now.timestamp() + profile.import_seconds))
                except Refused as refusal:
                    if profile.import_atomic:
                        raise
                    return done, str(refusal)
                done.append(_written(row, now))
    except Refused as refusal:
        return [], str(refusal)
    return done, None


def _import_row(visible: dict[str, int], row: dict[str, Any], zone: ZoneInfo) -> ImportRow:
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
        end_utc=instant(wall_time(row, "date"), zone),
    )


def _apply(store: Store, point_id: int, row: ImportRow, profile: Profile, second: int) -> None:
    series = store.series_id(point_id, row.definition, row.variant, row.index, create=row.operation == "C")
    copies = store.database.execute(
        "SELECT COUNT(*) FROM sample WHERE series = ? AND end_utc = ?", (series, row.end_utc)
    ).fetchone()[0]
    key = f"{row.point} {row.definition}/{row.variant} index {row.index} at {row.date}"
    if series is None or (row.operation in {"U", "D"} and not copies):
        raise Refused(f"There is no reading of {key}")
    if row.operation == "C" and copies and profile.import_existing == "error":
        raise Refused(f"There is already a reading of {key}")
    value, register = _stored(store, series, row, profile.import_value)
    if row.operation == "C" and copies and profile.import_existing == "duplicate":
        store.database.execute(
            "INSERT INTO sample(series, end_utc, copy, value, revealed_utc) VALUES (?, ?, ?, ?, ?)",
            (series, row.end_utc, copies, value, second),
        )
        return
    store.put_reading(series, row.end_utc, value, second)
    if register is not None:
        store.database.execute(
            "UPDATE sample SET original = ? WHERE series = ? AND end_utc = ?", (register, series, row.end_utc)
        )


def _stored(store: Store, series: int, row: ImportRow, meaning: str) -> tuple[float | None, float | None]:
    """Return what is stored of an imported value: the difference (None: deleted) and the register, where it is one."""
    if row.operation == "D" or row.value is None:
        return None, None
    if meaning == "kilo":
        return row.value * 1000, None
    if meaning == "difference":
        return row.value, None
    before = store.database.execute(
        "SELECT original FROM sample WHERE series = ? AND end_utc < ? AND original IS NOT NULL"
        " ORDER BY end_utc DESC LIMIT 1",
        (series, row.end_utc),
    ).fetchone()
    return (0 if before is None else row.value - before[0]), row.value


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
