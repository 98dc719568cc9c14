"""GetData over measurements: aggregates of readings by bucket of the wall clock."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any, Final

from simulator.checks import Refused, choice, text, whole_number
from simulator.profile import Profile
from simulator.said_series import AGGREGATED, SaidSeries, Series, said_series
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
# The units that the document lists, in lower case.
LISTED_UNITS: Final = frozenset({"kwh", "wh", "v", "a", "kvarh", "varh"})
ROUNDINGS: Final = {"rounded": ROUND_HALF_UP, "truncated": ROUND_DOWN}

type Partial = tuple[int, int, float, int, float, float]
"""Numbers of a series and of an edge, and sum, count, maximum and minimum of the readings there."""
type Owner = tuple[int, int | None]
"""Point and index (None: all are one) of a row."""
type Key = tuple[int, int | None, int]
"""Point and index as in Owner, and the number of the bucket of a row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Whose readings are asked for: ids of points, the platform's second and switches."""

    point_ids: frozenset[int]
    now: int
    profile: Profile

    def chosen(self, series: Series) -> Series:
        """Return the series of the selected points."""
        return [one for one in series if one.point_id in self.point_ids]

    def point_cell(self, point_id: int) -> str | int:
        """Return what a row says of its point."""
        return str(point_id) if self.profile.row_ids == "text" else point_id


def measurement_rows(
    store: Readable, selection: Selection, series: dict[str, Any], buckets: list[Bucket]
) -> list[list[Any]]:
    """Return the rows of one measurement series: `[label, id, value]`."""
    profile = selection.profile
    definition, variant, function, per_unit, decimals = _checked(series, profile)
    chosen = selection.chosen(said_series(store, profile, definition, variant, AGGREGATED))
    owners = [_owner(one, selection) for one in chosen]
    groups: dict[Key, list[Partial]] = defaultdict(list)
    edges = [(bucket.first_second, bucket.last_second) for bucket in buckets]
    for partial in partials(store, chosen, edges, selection.now):
        groups[*owners[partial[0]], partial[1]].append(partial)
    values: dict[Key, Decimal | None] = {
        key: rounded(_aggregate(function, found) / per_unit, decimals, profile) for key, found in groups.items()
    }
    if profile.empty_buckets != "omit":
        values = _filled(values, owners, edges, decimals, selection)
    return [
        [buckets[number].label, selection.point_cell(point_id), value]
        for (point_id, _, number), value in values.items()
    ]


def _owner(one: SaidSeries, selection: Selection) -> Owner:
    """Return which rows a series is in: of its point, and of its index or of all."""
    return one.point_id, one.index if selection.profile.indices == "rows" else None


def _filled(
    values: dict[Key, Decimal | None],
    owners: Sequence[Owner],
    edges: list[tuple[int, int]],
    decimals: int,
    selection: Selection,
) -> dict[Key, Decimal | None]:
    """Return the values and one for each bucket without readings, up to now or ahead of it too."""
    wanted = selection.profile.empty_buckets
    filler = None if wanted.startswith("null") else rounded(Decimal(0), decimals, selection.profile)
    filled = [number for number, edge in enumerate(edges) if wanted.endswith("ahead") or edge[0] <= selection.now]
    return {
        (*owner, number): values.get((*owner, number), filler) for owner in dict.fromkeys(owners) for number in filled
    }


def _checked(series: dict[str, Any], profile: Profile) -> tuple[str, str, str, int, int]:
    definition, variant = text(series, "definition"), text(series, "variant")
    check_definition(definition)
    check_variant(variant)
    choice(series, "type", ("actual",))
    function = choice(series, "xFunction", FUNCTIONS)
    per_unit = _stored_per_unit(text(series, "unit"), definition, profile.units)
    return definition, variant, function, per_unit, whole_number(series, "decimalPoints", MOST_DECIMALS)


def _stored_per_unit(unit: str, definition: str, units: str) -> int:
    """Return by what the stored unit is divided; `units` is the switch."""
    listed = unit.casefold() in LISTED_UNITS
    if units == "ignored" or (units == "unlisted_ignored" and not listed):
        return 1
    stored, per_unit = UNITS.get(_ANY_CASE.get(unit.casefold(), unit), ("", 0))
    if not stored or (units == "unlisted_refused" and not listed):
        raise Refused(f"Unknown unit '{unit}'")
    if stored != STORED_UNITS[definition]:
        raise Refused(f"Unit '{unit}' is not a unit of '{definition}'")
    return per_unit


def check_definition(definition: str) -> None:
    """Refuse a definition that the platform does not know."""
    if definition not in STORED_UNITS:
        raise Refused(f"Unknown definition '{definition}'")


def check_variant(variant: str) -> None:
    """Refuse a variant that the platform does not know."""
    if variant not in VARIANTS:
        raise Refused(f"Unknown variant '{variant}'")


def partials(store: Readable, series: Series, edges: Sequence[tuple[int, int]], now: int) -> list[Partial]:
    """Return sum, count, maximum and minimum of the visible readings of each series between each pair of seconds."""
    database = store.database
    database.execute("DELETE FROM edge")
    database.execute("DELETE FROM part")
    database.executemany("INSERT INTO edge VALUES (?, ?, ?)", [(n, *edge) for n, edge in enumerate(edges)])
    # In the order of the stored series, which is that of the primary key, and so of the rows.
    numbered = sorted(enumerate(series), key=lambda pair: pair[1].series[0])
    database.executemany(
        "INSERT INTO part(said, series) VALUES (?, ?)",
        [(number, stored) for number, one in numbered for stored in one.series],
    )
    query = _STORED if all(len(one.series) == 1 for one in series) else _SUMMED
    rows: list[Partial] = database.execute(query, (store.late_seconds, now)).fetchall()
    return rows if all(one.factor == 1 for one in series) else [_scaled(row, series[row[0]].factor) for row in rows]


# One search of the primary key per series and edge, rows counted once each.
_READINGS: Final = (
    " FROM part p CROSS JOIN edge e CROSS JOIN sample x"
    " ON x.series = p.series AND x.end_utc BETWEEN e.first_second AND e.last_second"
    " WHERE COALESCE(x.revealed_utc, x.end_utc + ?) <= ? AND x.value IS NOT NULL"
)
# No sorting, whatever the range: the order of `n` is that of `said`.
_STORED: Final = (
    "SELECT p.said, e.n, SUM(x.value), COUNT(x.value), MAX(x.value), MIN(x.value)" + _READINGS + " GROUP BY p.n, e.n"
)
_SUMMED: Final = (
    "SELECT said, n, SUM(value), COUNT(value), MAX(value), MIN(value)"
    " FROM (SELECT p.said AS said, e.n AS n, SUM(x.value) AS value"
    + _READINGS
    + " GROUP BY p.said, e.n, x.end_utc, x.copy)"
    " GROUP BY said, n"
)


def _scaled(partial: Partial, factor: float) -> Partial:
    number, edge, total, count, highest, lowest = partial
    lowest, highest = sorted((highest * factor, lowest * factor))
    return number, edge, total * factor, count, highest, lowest


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


def rounded(value: Decimal, decimals: int, profile: Profile) -> Decimal:
    """Return the value with this many decimals, halves away from zero, as far as the switches have it."""
    if profile.most_decimals is not None:
        decimals = min(decimals, profile.most_decimals)
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUNDINGS[profile.decimals])
