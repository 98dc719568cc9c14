"""From curves to stored readings: fills the database up to an instant, however often it is called."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
import sqlite3
from typing import Final

import numpy as np

from simulator.load import (
    DAY,
    IRREGULAR_KINDS,
    SLOT,
    WH_PER_KW_SLOT,
    Energies,
    Floats,
    Integers,
    LoadPoint,
    energies,
    irregular,
    irregular_shift,
    noise,
)
from simulator.options import WorldOptions
from simulator.world import LEVELS

type SampleRow = tuple[int, int, float, int | None]

# Bounds the memory of one step; a year of forty points takes seven steps.
SLOTS_PER_STEP: Final = 64 * 96
INSERT: Final = "INSERT OR IGNORE INTO sample(series, end_utc, value, original) VALUES (?, ?, ?, ?)"
# Volume and export are derived from the same curves; the rows of Energies they come from.
_FROM_ROWS: Final = {
    ("activeEnergy", "import"): "active",
    ("activeEnergy", "produced"): "roof",
    ("reactiveEnergy", "import"): "reactive",
    ("inductiveReactiveEnergy", "import"): "reactive",
    ("reactiveEnergy", "export"): "capacitive",
    ("capacitiveEnergy", "export"): "capacitive",
    ("water", "import"): "active",
    ("gas", "import"): "active",
    ("medicalGas", "import"): "active",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesRow:
    """One stored series that grows by itself."""

    id: int
    point_id: int
    definition: str
    variant: str
    idx: int
    register: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """The energies of some points over some slots (and one more), and how to find a point in them."""

    energies: Energies
    rows: dict[int, int]
    points: Sequence[LoadPoint]
    seed: int

    def columns_from(self, first_slot: int) -> slice:
        """Return the columns from a slot on, without the one slot more; none for a slot beyond."""
        last = len(self.energies.slots) - 1
        return slice(min(max(0, first_slot - int(self.energies.slots[0])), last), last)


def grow(database: sqlite3.Connection, options: WorldOptions, first_slot: int, end_slot: int, *, extra: bool) -> None:
    """Write the readings of slots [first_slot, end_slot) of the fixed or of the generated points."""
    points = load_points(database, extra=extra)
    level_start = end_slot - round(options.level_days * DAY / SLOT)
    for begin in range(first_slot, end_slot, SLOTS_PER_STEP):
        end = min(begin + SLOTS_PER_STEP, end_slot)
        stretch = _stretch(points, begin, end, options)
        _write(database, stretch, _growing_series(database, extra=extra), level_start)


def grow_point(database: sqlite3.Connection, options: WorldOptions, point_id: int, begin: int, end: int) -> None:
    """Write the readings of slots [begin, end) of one point alone, without what it feeds."""
    points = [point for point in load_points(database, extra=False) if point.id == point_id]
    rows = [row for row in _growing_series(database, extra=False) if row.point_id == point_id]
    _write(database, _stretch(points, begin, end, options), rows, begin)


def load_points(database: sqlite3.Connection, *, extra: bool) -> list[LoadPoint]:
    """Return the points as the curves need them, feeders first."""
    effects: dict[int, dict[str, list[tuple[int, float]]]] = {}
    for point_id, command, since, factor in database.execute(
        "SELECT point_id, command, since_utc, factor FROM effect ORDER BY since_utc, rowid"
    ):
        effects.setdefault(point_id, {}).setdefault(command, []).append((since, factor))
    return [
        LoadPoint(
            id=row[0],
            kind=row[1],
            scale_kw=row[2],
            feeder=row[3],
            effects=tuple(tuple(steps) for steps in effects.get(row[0], {}).values()),
        )
        for row in database.execute(
            "SELECT id, kind, scale_kw, feeder FROM point WHERE extra = ? ORDER BY id_order", (extra,)
        )
    ]


def _growing_series(database: sqlite3.Connection, *, extra: bool) -> list[SeriesRow]:
    rows = database.execute(
        "SELECT s.id, s.point_id, s.definition, s.variant, s.idx, s.register FROM series s"
        " JOIN point p ON p.id = s.point_id WHERE s.grows AND p.extra = ? AND p.kind <> 'none'",
        (extra,),
    )
    return [SeriesRow(id=r[0], point_id=r[1], definition=r[2], variant=r[3], idx=r[4], register=r[5]) for r in rows]


def _stretch(points: Sequence[LoadPoint], begin: int, end: int, options: WorldOptions) -> Stretch:
    curves = energies(points, begin, end + 1, seed=options.seed, zone=options.zone)
    return Stretch(
        energies=curves, rows={point.id: row for row, point in enumerate(points)}, points=points, seed=options.seed
    )


def _write(database: sqlite3.Connection, stretch: Stretch, series: Iterable[SeriesRow], level_start: int) -> None:
    registers: list[tuple[int, int]] = []
    rows = (
        _level_rows(stretch, row, stretch.columns_from(level_start))
        if row.definition in LEVELS
        else _register_rows(stretch, row, registers)
        for row in series
    )
    database.executemany(INSERT, chain.from_iterable(rows))
    database.executemany("UPDATE series SET register = ? WHERE id = ?", registers)


def _register_rows(stretch: Stretch, row: SeriesRow, registers: list[tuple[int, int]]) -> Iterator[SampleRow]:
    """Return the readings of a metered series, and note where its register stands after them."""
    values, ends = _interval_readings(stretch, row)
    originals = row.register + np.cumsum(values)
    registers.append((int(originals[-1]), row.id))
    return zip(repeat(row.id, len(values)), ends.tolist(), values.tolist(), originals.tolist(), strict=True)


def _interval_readings(stretch: Stretch, row: SeriesRow) -> tuple[Integers, Integers]:
    """Return the values and the end stamps of a metered series."""
    values = _flow(stretch, row)
    slots = stretch.energies.slots[:-1]
    ends = (slots + 1) * SLOT - 1
    if stretch.points[stretch.rows[row.point_id]].kind not in IRREGULAR_KINDS:
        return values[:-1], ends
    around = np.arange(slots[0] - 1, slots[-1] + 1, dtype=np.int64)
    shift = irregular_shift(stretch.seed, row.point_id, around)
    return irregular(values, shift), ends + shift[1:]


def _flow(stretch: Stretch, row: SeriesRow) -> Integers:
    """Return the energy of each slot and the one slot more; export is what a roof gives beyond the own load."""
    position = stretch.rows[row.point_id]
    source = _FROM_ROWS.get((row.definition, row.variant))
    if source is not None:
        measured: Integers = getattr(stretch.energies, source)[position]
        return measured
    surplus: Integers = np.maximum(stretch.energies.roof[position] - stretch.energies.active[position], 0)
    return surplus


def _level_rows(stretch: Stretch, row: SeriesRow, columns: slice) -> Iterator[SampleRow]:
    """Return levels in quarters of a unit, so that sums of them are exact."""
    slots = stretch.energies.slots[columns]
    ends = ((slots + 1) * SLOT - 1).tolist()
    flicker = noise(stretch.seed + 10 + row.idx, np.array([row.point_id], dtype=np.int64), slots)[0]
    active = stretch.energies.active[stretch.rows[row.point_id], columns].astype(np.float64)
    levels = np.rint(4.0 * _level(row, active * (1000.0 / WH_PER_KW_SLOT), flicker)) / 4.0
    count = len(ends)
    return zip(repeat(row.id, count), ends, levels.tolist(), repeat(None, count), strict=True)


def _level(row: SeriesRow, power: Floats, flicker: Floats) -> Floats:
    share = (0.0, 0.36, 0.31, 0.33)[row.idx] if row.idx <= 3 else 0.33
    phase_power = np.rint(power * share * (0.97 + 0.06 * flicker))
    if row.definition == "temperature":
        return 20.0 + 6.0 * flicker
    volts = 228.0 + row.idx + 5.0 * flicker
    if row.definition == "voltage":
        return volts
    return phase_power if row.definition == "activePower" else phase_power / volts
