"""GetData over measurements: aggregates of readings by bucket of the wall clock."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from simulator.checks import Refused, choice, text, whole_number
from simulator.store_types import Readable
from simulator.wall import Bucket
from simulator.world import STORED_UNITS, VARIANTS

MOST_DECIMALS: Final = 12
FUNCTIONS: Final = ("sum", "avg", "max", "min")
# Spelling of a unit: the stored unit it is a multiple of, and how many stored units one of it is.
UNITS: Final = {
    "Wh": ("Wh", 1),
    "kWh": ("Wh", 1000),
    "MWh": ("Wh", 1_000_000),
    "VArh": ("VArh", 1),
    "kVArh": ("VArh", 1000),
    "MVArh": ("VArh", 1_000_000),
    "W": ("W", 1),
    "kW": ("W", 1000),
    "V": ("V", 1),
    "kV": ("V", 1000),
    "A": ("A", 1),
    "degC": ("degC", 1),
    "L": ("L", 1),
    "m3": ("L", 1000),
}
# Only these are written with varying capitals (the document has VArh and kvarh); M and m differ elsewhere.
_ANY_CASE: Final = {unit.casefold(): unit for unit in ("Wh", "kWh", "VArh", "kVArh", "MVArh")}

type Partial = tuple[int, int, float, int, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Whose readings are asked for: ids of points, one row per point or all merged, and the platform's second.

    `empty_buckets` says what a bucket without readings gives: nothing (omit), null or zero; `dated_costs` whether a
    resolution splits costs too.
    """

    point_ids: frozenset[int]
    by_point: bool
    now: int
    empty_buckets: str
    dated_costs: bool


def measurement_rows(
    store: Readable, selection: Selection, series: dict[str, Any], buckets: list[Bucket]
) -> list[list[Any]]:
    """Return the rows of one measurement series: `[label, id, value]`, or `[label, value]` without break."""
    definition, variant, function, per_unit, decimals = _checked(series)
    chosen = series_of(store, selection, definition, variant)
    point_of = dict(chosen)
    groups: dict[tuple[int | None, int], list[Partial]] = defaultdict(list)
    edges = [(bucket.first_second, bucket.last_second) for bucket in buckets]
    for partial in partials(store, list(point_of), edges, selection.now):
        groups[point_of[partial[0]] if selection.by_point else None, partial[1]].append(partial)
    values: dict[tuple[int | None, int], Decimal | None] = {
        key: rounded(_aggregate(function, found) / per_unit, decimals) for key, found in groups.items()
    }
    if selection.empty_buckets != "omit":
        filler = None if selection.empty_buckets == "null" else rounded(Decimal(0), decimals)
        started = [number for number, edge in enumerate(edges) if edge[0] <= selection.now]
        points = dict.fromkeys(point_of.values()) if selection.by_point else {None: None}
        values = {(point, number): values.get((point, number), filler) for point in points for number in started}
    return [
        [buckets[number].label, *([] if point_id is None else [point_id]), value]
        for (point_id, number), value in values.items()
    ]


def _checked(series: dict[str, Any]) -> tuple[str, str, str, int, int]:
    definition, variant = text(series, "definition"), text(series, "variant")
    check_definition(definition)
    check_variant(variant)
    choice(series, "type", ("actual",))
    function = choice(series, "xFunction", FUNCTIONS)
    unit = text(series, "unit")
    stored, per_unit = UNITS.get(_ANY_CASE.get(unit.casefold(), unit), ("", 0))
    if stored != STORED_UNITS[definition]:
        raise Refused(f"Unit '{unit}' is not a unit of '{definition}'" if stored else f"Unknown unit '{unit}'")
    return definition, variant, function, per_unit, whole_number(series, "decimalPoints", MOST_DECIMALS)


def check_definition(definition: str) -> None:
    """Refuse a definition that the platform does not know."""
    if definition not in STORED_UNITS:
        raise Refused(f"Unknown definition '{definition}'")


def check_variant(variant: str) -> None:
    """Refuse a variant that the platform does not know."""
    if variant not in VARIANTS:
        raise Refused(f"Unknown variant '{variant}'")


def series_of(store: Readable, selection: Selection, definition: str, variant: str) -> list[tuple[int, int]]:
    """Return (series id, point id) of the selected points, in the order of the hierarchy."""
    rows = store.database.execute(
        "SELECT s.id, s.point_id FROM series s JOIN point p ON p.id = s.point_id"
        " WHERE s.definition = ? AND s.variant = ? ORDER BY p.id_order, s.idx",
        (definition, variant),
    )
    return [(series, point) for series, point in rows if point in selection.point_ids]


def partials(store: Readable, series_ids: Sequence[int], edges: Sequence[tuple[int, int]], now: int) -> list[Partial]:
    """Return (series, edge number, sum, count, max, min) of the visible readings between each pair of seconds.

    One search of the primary key per series and edge, rows counted once each: no sorting, whatever the range.
    """
    database = store.database
    database.execute("DELETE FROM edge")
    database.execute("DELETE FROM chosen")
    database.executemany("INSERT INTO edge VALUES (?, ?, ?)", [(n, *edge) for n, edge in enumerate(edges)])
    database.executemany("INSERT INTO chosen VALUES (?)", [(series,) for series in series_ids])
    return database.execute(
        "SELECT c.id, e.n, SUM(x.value), COUNT(x.value), MAX(x.value), MIN(x.value)"
        " FROM chosen c CROSS JOIN edge e CROSS JOIN sample x"
        " ON x.series = c.id AND x.end_utc BETWEEN e.first_second AND e.last_second"
        " WHERE COALESCE(x.revealed_utc, x.end_utc + ?) <= ? AND x.value IS NOT NULL GROUP BY c.id, e.n",
        (store.late_seconds, now),
    ).fetchall()


def _aggregate(function: str, found: Sequence[Partial]) -> Decimal:
    if function == "max":
        return whole_or_exact(max(partial[4] for partial in found))
    if function == "min":
        return whole_or_exact(min(partial[5] for partial in found))
    total = sum((whole_or_exact(partial[2]) for partial in found), Decimal(0))
    return total if function == "sum" else total / sum(partial[3] for partial in found)


def whole_or_exact(value: float) -> Decimal:
    """Return a stored number as the decimal that it prints as."""
    return Decimal(int(value)) if float(value).is_integer() else Decimal(repr(value))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Return the value with this many decimals, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
