"""Load and solar curves: energy per quarter hour as a pure function of seed, point and time.

Nothing here has a state: the same quarter hour always has the same energy, however a world was extended.
A slot is the number of a quarter hour since the epoch; slot `s` covers [900 s, 900 (s + 1)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.wall import offset_segments

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

SLOT: Final = 900
DAY: Final = 86_400
WH_PER_KW_SLOT: Final = 250.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """The habits of one sort of load.

    `hours` is the working day of the wall clock, `idle` the share of the scale that always flows, `saturday` and
    `sunday` the share of a working day, `cooling` and `heating` how much the season adds; `tangent` is reactive
    energy per active, `capacitive` the same for the capacitive side; `roof_kw` is a solar roof of the point's own.
    """

    hours: tuple[float, float] = (0.0, 24.0)
    idle: float = 0.1
    saturday: float = 0.5
    sunday: float = 0.05
    cooling: float = 0.0
    heating: float = 0.0
    tangent: float = 0.35
    capacitive: float = 0.02
    roof_kw: float = 0.0


KINDS: Final = {
    "losses": Kind(idle=0.7, saturday=1.0, sunday=0.8, roof_kw=510.0),
    "lighting": Kind(
        hours=(5.5, 23.5), idle=0.18, saturday=0.7, sunday=0.35, heating=0.25, tangent=0.2, capacitive=0.05
    ),
    "workshop": Kind(hours=(7.0, 23.0), idle=0.08, saturday=0.6, sunday=0.0, tangent=0.5, capacitive=0.01),
    "storage": Kind(hours=(6.0, 20.0), idle=0.3, saturday=0.8, sunday=0.2, heating=0.4),
    "compressor": Kind(hours=(6.5, 23.25), idle=0.15, saturday=0.7, sunday=0.1, tangent=0.55),
    "office": Kind(hours=(8.0, 18.5), idle=0.2, saturday=0.2, sunday=0.05, cooling=0.5, heating=0.2, tangent=0.25),
    "server": Kind(idle=0.92, saturday=1.0, sunday=1.0, cooling=0.08, tangent=0.15, capacitive=0.12),
    "cooling": Kind(hours=(6.0, 22.0), idle=0.25, saturday=0.7, sunday=0.3, cooling=1.1, tangent=0.45),
    "charging": Kind(hours=(8.5, 20.0), idle=0.01, saturday=0.5, sunday=0.3, tangent=0.05, capacitive=0.08),
    "shop": Kind(hours=(9.0, 22.0), idle=0.2, saturday=1.2, sunday=1.1, cooling=0.4, roof_kw=14.0),
    "generator": Kind(idle=0.05, saturday=1.0, sunday=1.0),
    "water": Kind(hours=(6.5, 23.0), idle=0.03, saturday=0.6, sunday=0.1),
    "gas": Kind(hours=(5.0, 22.0), idle=0.1, saturday=0.7, sunday=0.4, heating=1.5),
    "medicalGas": Kind(hours=(8.0, 20.0), idle=0.2, saturday=0.5, sunday=0.3),
    "solar": Kind(),
    "none": Kind(),
}
# Readings of these kinds come five minutes past the quarter, now and then ten, as the document's example does.
IRREGULAR_KINDS: Final = frozenset({"shop"})
IRREGULAR_DELAY: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadPoint:
    """What the curves need to know of a point; `effects` are (from epoch second, factor) per command, in order."""

    id: int
    kind: str
    scale_kw: float
    feeder: int | None = None
    effects: tuple[tuple[tuple[int, float], ...], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Energies:
    """Whole Wh (VArh) per slot, a row for each point in the order given; meters of feeders count what they feed."""

    slots: Integers
    active: Integers
    reactive: Integers
    capacitive: Integers
    roof: Integers


def noise(seed: int, keys: Integers, slots: Integers) -> Floats:
    """Return one number in [0, 1) for each key (rows) and slot (columns), by splitmix64."""
    mixed = (
        keys.astype(np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15)
        ^ slots.astype(np.uint64)[None, :] * np.uint64(0xBF58476D1CE4E5B9)
        ^ np.uint64((seed * 0x94D049BB133111EB) % 2**64)
    )
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


def energies(points: Sequence[LoadPoint], first_slot: int, end_slot: int, *, seed: int, zone: ZoneInfo) -> Energies:
    """Return the energies of slots [first_slot, end_slot); every feeder stands before what it feeds."""
    slots = np.arange(first_slot, end_slot, dtype=np.int64)
    wall = _wall_seconds(slots, zone)
    ids = np.array([point.id for point in points], dtype=np.int64)
    own = _own_loads(points, slots, wall)
    own *= 0.85 + 0.3 * noise(seed, ids, slots)
    own *= 0.92 + 0.16 * noise(seed + 1, ids, wall // DAY)
    active = np.rint(own).astype(np.int64)
    tangents = np.array([[KINDS[point.kind].tangent] for point in points])
    capacities = np.array([[KINDS[point.kind].capacitive] for point in points])
    reactive = np.rint(own * tangents * (0.9 + 0.2 * noise(seed + 2, ids, slots))).astype(np.int64)
    capacitive = np.rint(own * capacities * (0.5 + noise(seed + 3, ids, slots))).astype(np.int64)
    for measured in (active, reactive, capacitive):
        _add_fed(points, measured)
    roofs = np.array([[point.scale_kw if point.kind == "solar" else KINDS[point.kind].roof_kw] for point in points])
    roof = np.rint(roofs * _sky(seed, slots, wall)[None, :] * WH_PER_KW_SLOT).astype(np.int64)
    return Energies(slots=slots, active=active, reactive=reactive, capacitive=capacitive, roof=roof)


def _own_loads(points: Sequence[LoadPoint], slots: Integers, wall: Integers) -> Floats:
    """Return the Wh per slot of each point without what it feeds, as habit and commands have it."""
    shapes = {kind: _shape(KINDS[kind], wall) for kind in {point.kind for point in points}}
    own = np.empty((len(points), len(slots)))
    for row, point in enumerate(points):
        own[row] = 0.0 if point.kind == "solar" else shapes[point.kind] * point.scale_kw * WH_PER_KW_SLOT
        for steps in point.effects:
            own[row] *= _factor(steps, slots)
    return own


def _sky(seed: int, slots: Integers, wall: Integers) -> Floats:
    """Return the share of its peak that a roof gives under the day's clouds."""
    everywhere = np.zeros(1, dtype=np.int64)
    clear_share = 0.35 + 0.65 * noise(seed + 4, everywhere, wall // DAY)[0]
    sky: Floats = _sun(wall) * clear_share * (0.9 + 0.1 * noise(seed + 5, everywhere, slots)[0])
    return sky


def irregular(values: Integers, shift: Integers) -> Integers:
    """Return the energies between stamps that lie `shift` seconds after the ends of their slots.

    `values` are n + 1 slots, `shift` the n + 1 delays of the slot before the first up to the last but one of them.
    """
    taken_by_reading_before: Integers = values * shift // SLOT
    between: Integers = values[:-1] - taken_by_reading_before[:-1] + taken_by_reading_before[1:]
    return between


def irregular_shift(seed: int, point_id: int, slots: Integers) -> Integers:
    """Return by how many seconds each slot's reading of an irregular meter is late: 300, now and then 600."""
    late = noise(seed + 6, np.array([point_id], dtype=np.int64), slots)[0] < 0.06
    return np.where(late, 2 * IRREGULAR_DELAY, IRREGULAR_DELAY).astype(np.int64)


def _add_fed(points: Sequence[LoadPoint], measured: Integers) -> None:
    rows: dict[int | None, int] = {point.id: row for row, point in enumerate(points)}
    for row in range(len(points) - 1, -1, -1):
        feeder = points[row].feeder
        if feeder in rows:
            measured[rows[feeder]] += measured[row]


def _factor(steps: tuple[tuple[int, float], ...], slots: Integers) -> Floats:
    factor = np.ones(len(slots))
    for since, value in steps:
        factor[(slots + 1) * SLOT > since] = value
    return factor


def _wall_seconds(slots: Integers, zone: ZoneInfo) -> Integers:
    begins = slots * SLOT
    wall = begins.copy()
    if len(slots):
        for first, last, offset in offset_segments(int(begins[0]), int(begins[-1]) + SLOT, zone):
            wall[(begins >= first) & (begins <= last)] += offset
    return wall


def _shape(kind: Kind, wall: Integers) -> Floats:
    hour = (wall % DAY) / 3600.0 + 0.125
    weekday = (wall // DAY + 3) % 7
    share = np.select([weekday == 5, weekday == 6], [kind.saturday, kind.sunday], 1.0)
    begin, end = kind.hours
    ramp = np.clip(np.minimum(hour - begin, end - hour) / 0.75, 0.0, 1.0)
    midday = 1.0 - 0.12 * np.exp(-(((hour - 12.5) / 0.7) ** 2))
    season = np.sin(2.0 * np.pi * (_day_of_year(wall) - 110.0) / 365.25)
    weather = 1.0 + kind.cooling * np.maximum(season, 0.0) + kind.heating * np.maximum(-season, 0.0)
    shape: Floats = (kind.idle + (1.0 - kind.idle) * ramp * midday * share) * weather
    return shape


def _sun(wall: Integers) -> Floats:
    """Return the share of the peak that a roof at 41 degrees north gives under a clear sky."""
    season = np.sin(2.0 * np.pi * (_day_of_year(wall) - 80.0) / 365.25)
    daylight = 12.1 + 2.9 * season
    hour = (wall % DAY) / 3600.0 + 0.125
    height = np.sin(np.pi * np.clip((hour - (13.0 - daylight / 2.0)) / daylight, 0.0, 1.0))
    sun: Floats = (0.72 + 0.2 * season) * np.maximum(height, 0.0) ** 1.3
    return sun


def _day_of_year(wall: Integers) -> Floats:
    return np.mod(wall / DAY, 365.25)
