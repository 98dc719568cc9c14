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
from simulator.measurements import MOST_DECIMALS, Selection, partials, rounded, whole_or_exact
from simulator.profile import Profile
from simulator.said_series import PRICED, said_series
from simulator.store_types import Readable
from simulator.wall import Bucket, buckets as buckets_of, instant, stamp

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
    """Return the rows of one cost series: `[id, cost]`, with a date before when dated."""
    profile = selection.profile
    group, decimals, taxed = _checked(series, profile)
    spans = [(asked.first_second, asked.last_second)]
    if buckets is not None:
        spans = [(bucket.first_second, bucket.last_second) for bucket in buckets]
    edges = _priced_edges(store, group, spans, taxed=taxed) if spans else []
    if not edges:
        return []
    definition, variant = _GROUPS[group][:2]
    chosen = selection.chosen(said_series(store, profile, definition, variant, PRICED))
    costs: dict[tuple[int, int], Decimal] = {}
    for said, number, total, *_ in partials(store, chosen, [edge for edge, _, _ in edges], selection.now):
        _, price, span = edges[number]
        key = (chosen[said].point_id, span)
        costs[key] = costs.get(key, Decimal(0)) + whole_or_exact(total) * price
    charge = Decimal(str(profile.standing_charge)) * (1 + (_GROUPS[group][4] if taxed else 0))
    months = [_whole_months(span, profile.zone(store.zone)) if charge else 0 for span in spans]
    return [
        [
            *([buckets[span].label] if buckets else []),
            selection.point_cell(point_id),
            rounded(cost + charge * months[span], decimals, profile),
        ]
        for (point_id, span), cost in costs.items()
    ]


def _whole_months(span: tuple[int, int], zone: ZoneInfo) -> int:
    """Return how many calendar months lie whole between two seconds."""
    months = buckets_of(*span, "month", zone, label="first")
    return sum(
        (stamp(month.first_second, zone), stamp(month.last_second + 1, zone)) == (month.label, month.following)
        for month in months
    )


def _checked(series: dict[str, Any], profile: Profile) -> tuple[str, int, bool]:
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
    included = {"asked": taxed == "Internal", "never": False, "always": True}[profile.cost_tax]
    return group, whole_number(series, "decimalPoints", MOST_DECIMALS), included


def _priced_edges(
    store: Readable, group: str, spans: list[tuple[int, int]], *, taxed: bool
) -> list[tuple[tuple[int, int], Decimal, int]]:
    """Return the stretches of one span and one price: their seconds, price per stored unit, number of the span."""
    tariffs = store.database.execute(
        "SELECT valid_from_utc, valid_to_utc, price, tax_rate, stored_per_unit FROM tariff WHERE cost_group = ?"
        " AND valid_to_utc > ? AND valid_from_utc <= ? ORDER BY valid_from_utc",
        (group, spans[0][0], spans[-1][1]),
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
