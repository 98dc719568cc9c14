"""Tariffs and the cost of a range.

cost = sum over the readings of the range of value / stored_per_unit * price * (1 + tax_rate if includeTax is
Internal), with the tariff of the reading's end instant.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from simulator.checks import Range, Refused, choice, text, whole_number
from simulator.measurements import MOST_DECIMALS, Selection, partials, rounded, series_of, whole_or_exact
from simulator.store_types import Readable
from simulator.wall import Bucket, instant

UTILITIES: Final = {
    "activeEnergyCost": "electricity",
    "reactiveEnergyCost": "electricity",
    "waterCost": "water",
    "gasCost": "gas",
    "medicalGasCost": "medicalGas",
}
# cost group: definition, variant, stored units per priced unit, first price, tax
_GROUPS: Final = {
    "activeEnergyCost": ("activeEnergy", "import", 1000, Decimal("2.35"), Decimal("0.20")),
    "reactiveEnergyCost": ("reactiveEnergy", "import", 1000, Decimal("0.48"), Decimal("0.20")),
    "waterCost": ("water", "import", 1000, Decimal("38.40"), Decimal("0.10")),
    "gasCost": ("gas", "import", 1000, Decimal("9.75"), Decimal("0.20")),
    "medicalGasCost": ("medicalGas", "import", 1000, Decimal("14.20"), Decimal("0.10")),
}
FIRST_TARIFF_YEAR: Final = 2015
LAST_TARIFF_YEAR: Final = 2040
# The steps that prices go through in a year and then again: up in spring, down a little in autumn.
_QUARTER_FACTORS: Final = (Decimal("1.00"), Decimal("1.08"), Decimal("1.12"), Decimal("1.04"))
FOREVER: Final = 2**40


def tariff_rows(zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the tariff table: one price for each group and calendar quarter of the wall clock."""
    quarters = [(year, month) for year in range(FIRST_TARIFF_YEAR, LAST_TARIFF_YEAR) for month in (1, 4, 7, 10)]
    begins = [instant(datetime(year, month, 1), zone) for year, month in quarters]  # noqa: DTZ001 - wall clock
    begins[0] = 0
    ends = [*begins[1:], FOREVER]
    for group, (definition, variant, stored_per_unit, price, tax) in _GROUPS.items():
        for (_, month), begin, end in zip(quarters, begins, ends, strict=True):
            current = (price * _QUARTER_FACTORS[(month - 1) // 3]).quantize(Decimal("0.0001"))
            yield (group, UTILITIES[group], definition, variant, stored_per_unit, str(current), str(tax), begin, end)


def cost_rows(
    store: Readable, selection: Selection, series: dict[str, Any], asked: Range, buckets: list[Bucket] | None
) -> list[list[Any]]:
    """Return the rows of one cost series: `[id, cost]`, `[cost]` without break, with a date before when dated."""
    group, decimals, taxed = _checked(series)
    edges = _priced_edges(store, group, asked, buckets, taxed=taxed)
    if not edges:
        return []
    definition, variant = _GROUPS[group][:2]
    chosen = series_of(store, selection, definition, variant)
    costs: dict[tuple[int | None, int], Decimal] = {}
    found = partials(store, [series_id for series_id, _ in chosen], [edge for edge, _, _ in edges], selection.now)
    point_of = dict(chosen)
    for series_id, number, total, *_ in found:
        _, price, bucket = edges[number]
        key = (point_of[series_id] if selection.by_point else None, bucket)
        costs[key] = costs.get(key, Decimal(0)) + whole_or_exact(total) * price
    return [
        [
            *([buckets[bucket].label] if buckets else []),
            *([] if point_id is None else [point_id]),
            rounded(cost, decimals),
        ]
        for (point_id, bucket), cost in costs.items()
    ]


def _checked(series: dict[str, Any]) -> tuple[str, int, bool]:
    choice(series, "calculator", ("cost",))
    choice(series, "type", ("actual",))
    choice(series, "selection", ("own",))
    utility = choice(series, "utility", tuple(dict.fromkeys(UTILITIES.values())))
    group = choice(series, "group", tuple(UTILITIES))
    if UTILITIES[group] != utility:
        raise Refused(f"Group '{group}' does not belong to utility '{utility}'")
    taxed = text(series, "includeTax") if "includeTax" in series else "None"
    if taxed not in {"None", "Internal"}:
        raise Refused(f"Unknown includeTax '{taxed}', expected one of: None, Internal")
    return group, whole_number(series, "decimalPoints", MOST_DECIMALS), taxed == "Internal"


def _priced_edges(
    store: Readable, group: str, asked: Range, buckets: list[Bucket] | None, *, taxed: bool
) -> list[tuple[tuple[int, int], Decimal, int]]:
    """Return the stretches of one bucket and one price: their seconds, price per stored unit, bucket number."""
    spans = [(asked.first_second, asked.last_second)]
    if buckets:
        spans = [(bucket.first_second, bucket.last_second) for bucket in buckets]
    tariffs = store.database.execute(
        "SELECT valid_from_utc, valid_to_utc, price, tax_rate, stored_per_unit FROM tariff WHERE cost_group = ?"
        " AND valid_to_utc > ? AND valid_from_utc <= ? ORDER BY valid_from_utc",
        (group, asked.first_second, asked.last_second),
    ).fetchall()
    edges = []
    for number, (first, last) in enumerate(spans):
        for begin, end, price, tax, stored_per_unit in tariffs:
            stretch = (max(first, begin), min(last, end - 1))
            if stretch[0] <= stretch[1]:
                per_stored_unit = Decimal(price) * (1 + (Decimal(tax) if taxed else 0)) / stored_per_unit
                edges.append((stretch, per_stored_unit, number))
    return edges


def set_tariff(store: Readable, group: str, price: str, begin: int, end: int = FOREVER) -> None:
    """Give a cost group another price from one epoch second to before another; what it overlaps is cut."""
    rows = store.database.execute("SELECT * FROM tariff WHERE cost_group = ?", (group,)).fetchall()
    if not rows:
        raise ValueError(f"unknown cost group {group!r}")
    kept = [row[:7] + piece for row in rows for piece in _outside(row[7], row[8], begin, end)]
    kept.append((*rows[0][:5], str(Decimal(price)), rows[0][6], begin, end))
    store.database.execute("DELETE FROM tariff WHERE cost_group = ?", (group,))
    store.database.executemany("INSERT INTO tariff VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", kept)


def _outside(first: int, last: int, begin: int, end: int) -> list[tuple[int, int]]:
    pieces = [(first, min(last, begin)), (max(first, end), last)]
    return [piece for piece in pieces if piece[0] < piece[1]]
