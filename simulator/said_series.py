"""Which series the platform says there are: the stored ones, or what switches make of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from simulator.profile import Profile
from simulator.store_types import Readable
from simulator.world import LEVELS

# Phases of these add up to the point's own; those of voltage do not.
_ADDED_PHASES: Final = frozenset({"activePower", "current"})
# About the square root of three, and such that quarters of a volt stay exact.
LINE_TO_LINE: Final = 1.75
_NO_TOTAL: Final = frozenset({"temperature"})
_GENERATED: Final = frozenset({"export", "produced"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SaidSeries:
    """One series as it is said of a point: each reading is the sum of the stored `series` at one end, times `factor`."""

    point_id: int
    index: int
    series: tuple[int, ...]
    factor: float = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What the series of one list measure, and the points directly below each point."""

    definition: str
    variant: str
    children: Mapping[int, Sequence[int]]


type Series = list[SaidSeries]
type Change = Callable[[Series, Kind], Series]


def said_series(
    store: Readable, profile: Profile, definition: str, variant: str, changes: Mapping[tuple[str, str], Change]
) -> Series:
    """Return the series of all points, in the order of the hierarchy; `changes` are those that concern the caller."""
    rows = store.database.execute(
        "SELECT s.id, s.point_id, s.idx FROM series s JOIN point p ON p.id = s.point_id"
        " WHERE s.definition = ? AND s.variant = ? ORDER BY p.id_order, s.idx",
        (definition, variant),
    )
    said = [SaidSeries(point_id=point_id, index=index, series=(series,)) for series, point_id, index in rows]
    wanted = [change for (switch, value), change in changes.items() if getattr(profile, switch) == value]
    if not wanted:
        return said
    kind = Kind(definition=definition, variant=variant, children=_children(store))
    for change in wanted:
        said = change(said, kind)
    return said


def _children(store: Readable) -> dict[int, list[int]]:
    """Return the ids below each point; a parent's spelling may differ in case."""
    children: dict[int, list[int]] = {}
    for parent, child in store.database.execute(
        "SELECT p.id, c.id FROM point c JOIN point p ON lower(p.code) = lower(c.parent) ORDER BY p.id_order, c.id_order"
    ):
        children.setdefault(parent, []).append(child)
    return children


def _of_children(said: Series, kind: Kind) -> Series:
    """Return for each point that has something below it the sum of that, down to the lowest meters."""
    return _rolled_up(said, kind, own_too=False)


def _with_children(said: Series, kind: Kind) -> Series:
    """Return for each point its own meter and what is said of the points directly below it."""
    return _rolled_up(said, kind, own_too=True)


def _rolled_up(said: Series, kind: Kind, *, own_too: bool) -> Series:
    if kind.definition in LEVELS:
        return said
    own = {(one.point_id, one.index): one.series for one in said}

    def parts(point_id: int, index: int, above: tuple[int, ...] = ()) -> tuple[int, ...]:
        below = [child for child in kind.children.get(point_id, ()) if child not in above]
        fed = tuple(part for child in below for part in parts(child, index, (*above, point_id)))
        metered = own.get((point_id, index), ())
        return metered + fed if own_too or not fed else fed

    points = dict.fromkeys([*(point_id for point_id, _ in own), *kind.children])
    indices = sorted({index for _, index in own})
    found = [
        SaidSeries(point_id=point_id, index=index, series=parts(point_id, index))
        for point_id in points
        for index in indices
    ]
    return [one for one in found if one.series]


def _without_parents(said: Series, kind: Kind) -> Series:
    """Return the series that are no roll-up: a roll-up has no meter to read."""
    stored = set(said)
    return [one for one in _of_children(said, kind) if one in stored]


def _by_point(said: Series) -> dict[int, Series]:
    points: dict[int, Series] = {}
    for one in said:
        points.setdefault(one.point_id, []).append(one)
    return points


def _joined_phases(said: Series, kind: Kind) -> Series:
    """Return one series for each point, the sum of its phases."""
    if kind.definition not in _ADDED_PHASES:
        return said
    return [
        SaidSeries(point_id=point_id, index=1, series=tuple(part for one in phases for part in one.series))
        for point_id, phases in _by_point(said).items()
    ]


def _with_totals(said: Series, kind: Kind) -> Series:
    """Return the series with a total of each point's as its last index, voltages with those from line to line."""
    if kind.definition in _NO_TOTAL:
        return said
    return [one for phases in _by_point(said).values() for one in [*phases, *_beside(phases, kind)]]


def _beside(phases: Series, kind: Kind) -> Series:
    last = max(one.index for one in phases)
    if kind.definition == "voltage":
        return [replace(one, index=last + number, factor=LINE_TO_LINE) for number, one in enumerate(phases, 1)]
    return [replace(phases[0], index=last + 1, series=tuple(part for one in phases for part in one.series))]


def _first_index(said: Series, _: Kind) -> Series:
    """Return the lowest index of each point."""
    return [phases[0] for phases in _by_point(said).values()]


def _negated(said: Series, kind: Kind) -> Series:
    """Return energy that leaves the site or is produced with the other sign."""
    if kind.definition != "activeEnergy" or kind.variant not in _GENERATED:
        return said
    return [replace(one, factor=-one.factor) for one in said]


# (switch, value): what it makes of the series; in this order.
_EVERYWHERE: Final[dict[tuple[str, str], Change]] = {
    ("phase_power", "total"): _joined_phases,
    ("indices", "total_beside"): _with_totals,
    ("generated", "negative"): _negated,
}
PRICED: Final[dict[tuple[str, str], Change]] = {
    ("parents", "children"): _of_children,
    ("parents", "own_and_children"): _with_children,
}
AGGREGATED: Final[dict[tuple[str, str], Change]] = {**PRICED, **_EVERYWHERE, ("indices", "first"): _first_index}
LISTED: Final[dict[tuple[str, str], Change]] = {("parents", "children"): _without_parents, **_EVERYWHERE}
