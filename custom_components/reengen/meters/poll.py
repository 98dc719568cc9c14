"""What meters say themselves: their registers, and levels phase by phase, from the raw rows of ListDataEx.

A raw row is stamped with the end of its interval and comes in the unit in which the platform stores it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import (
    ROW_BUDGET,
    Aggregation,
    Listing,
    Oddity,
    Point,
    RawReading,
    ReengenClient,
    run_parts,
)
from custom_components.reengen.const import LATEST_LEVEL_WINDOW, QUARTER_HOUR, REGISTER_SEARCH_WINDOW
from custom_components.reengen.measurements import MEASUREMENTS, Kind, Measurement, converted
from custom_components.reengen.points import RefusedParts

PHASES: Final = (1, 2, 3)

# Where a definition has several registers, what the further ones count is not documented; the first is shown.
_REGISTER_INDICES: Final = frozenset({None, 1})

# The variant of what is measured on each phase (API document: GetData, variant).
_PHASE_VARIANT: Final = "phase"

# The end of a row that ends now lies in a half-open range only if the range ends after it.
_STAMP_STEP: Final = timedelta(seconds=1)

type RegisterKey = tuple[int, str]
"""Point id, key of the catalogue."""

type PhaseKey = tuple[int, str, int]
"""Point id, key of the catalogue, phase (1, 2 or 3)."""


@dataclass(frozen=True, slots=True)
class Register:
    """What a meter's register showed at an instant, in the catalogue's unit."""

    value: float
    interval_end: datetime


@dataclass(frozen=True, kw_only=True)
class MeterData:
    """The newest registers and phases, in the catalogue's units; `unknown_units` are those that no value was made of.

    Both are by (point id, key of the catalogue), phases by their number besides. `refused` are the points and keys
    that the platform would not answer for; `oddities` are no news to listeners.
    """

    registers: Mapping[RegisterKey, Register] = field(default_factory=dict)
    phases: Mapping[PhaseKey, float] = field(default_factory=dict)
    unknown_units: frozenset[str] = frozenset()
    refused: frozenset[RegisterKey] = frozenset()
    oddities: tuple[Oddity, ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True)
class MeterPlan:
    """What is asked for: the points (id by code), whose registers and whose phases."""

    point_ids: Mapping[str, int]
    registers: tuple[Measurement, ...]
    phases: tuple[Measurement, ...]

    @classmethod
    def of(cls, options: AccountOptions, points: Sequence[Point]) -> MeterPlan:
        """Read the plan from the options of a config entry: registers of what adds up, phases of levels."""
        return cls(
            point_ids={point.code: point.id for point in points},
            registers=tuple(registers_of(options)),
            phases=tuple(phases_of(options)),
        )


def registers_of(options: AccountOptions) -> Iterator[Measurement]:
    """Yield the measurements whose registers are wanted."""
    if options.meter_readings:
        yield from _one_of_each(row for row in options.measurements if row.kind is Kind.SUM)


def phases_of(options: AccountOptions) -> Iterator[Measurement]:
    """Yield the measurements that are wanted phase by phase: means, as a raw row is no extreme."""
    if options.phases:
        yield from _one_of_each(
            row
            for row in options.measurements
            if row.series.function is Aggregation.AVG and row.series.variant == _PHASE_VARIANT
        )


def _one_of_each(measurements: Iterable[Measurement]) -> Iterator[Measurement]:
    """Yield the first of those that have one definition and variant: the meter has them but once."""
    first: dict[tuple[str, str], Measurement] = {}
    for row in measurements:
        first.setdefault((row.series.definition, row.series.variant), row)
    yield from first.values()


async def read_meters(
    client: ReengenClient,
    refused: RefusedParts,
    plan: MeterPlan,
    before: MeterData | None,
    now: datetime,
    *,
    search: bool,
) -> MeterData:
    """Ask for the newest rows of all points, in as few requests as the row budget allows.

    Registers that no new row tells of stay as `before`; `search` looks further back for those of points without any
    new one. Phases do not stay: an old level is no present one. What the platform refuses is left out and named.
    Raises: ReengenError.
    """
    recent = now - LATEST_LEVEL_WINDOW
    found: list[Listing[RawReading]] = []
    left_out: set[RegisterKey] = set()

    async def ask(rows: Sequence[Measurement], series: Mapping[str, int], start: datetime, last: datetime) -> None:
        send = partial(_rows, client, measurements=rows, series=series, start=start, last=last)
        answered = await refused.ask("ListDataEx", tuple(series), [row.key for row in rows], send)
        found.extend(answered.parts)
        left_out.update((plan.point_ids[code], key) for code, key in answered.refused)

    both = plan.registers + plan.phases
    if both and plan.point_ids:
        await ask(both, _series(plan, before), recent, now)
    if search and plan.registers:
        heard = {row.point for rows in found for row in rows if row.original is not None}
        silent = dict.fromkeys((code for code in plan.point_ids if code not in heard), _most_series(plan.registers))
        if silent:
            await ask(plan.registers, silent, now - REGISTER_SEARCH_WINDOW, recent - _STAMP_STEP)
    rows = Listing.joined(found)
    taken = _taken(rows, plan, {} if before is None else before.registers)
    return replace(taken, refused=frozenset(left_out), oddities=rows.oddities)


async def _rows(
    client: ReengenClient,
    codes: Sequence[str],
    keys: Sequence[str],
    *,
    measurements: Sequence[Measurement],
    series: Mapping[str, int],
    start: datetime,
    last: datetime,
) -> Listing[RawReading]:
    """Return the rows whose intervals end from `start` to `last`, in order of time for each point.

    `codes` and `keys` are those of the points and measurements that are asked for, `series` how many a point answers with.
    """
    wanted = [row for row in measurements if row.key in keys]
    responses = await run_parts(
        partial(
            client.list_data,
            points=group,
            definitions=_distinct(row.series.definition for row in wanted),
            variants=_distinct(row.series.variant for row in wanted),
            start=start,
            end=last + _STAMP_STEP,
        )
        for group in _groups(codes, series, last - start)
    )
    return Listing.joined(responses)


def _groups(codes: Sequence[str], series: Mapping[str, int], window: timedelta) -> Iterator[list[str]]:
    """Yield groups of points whose rows fit the budget if meters report quarter hours; `series` are those of a point.

    A response that turns out larger is no harm: one that the platform cuts short is asked for in halves by the client.
    """
    group: list[str] = []
    expected = 0
    for code in codes:
        rows = series[code] * (window // QUARTER_HOUR)
        if group and expected + rows > ROW_BUDGET:
            yield group
            group, expected = [], 0
        group.append(code)
        expected += rows
    if group:
        yield group


def _series(plan: MeterPlan, before: MeterData | None) -> dict[str, int]:
    """Return how many series each point answers with: as many as last time, and at first as many as it could."""
    if before is None:
        return dict.fromkeys(plan.point_ids, _most_series(plan.registers + plan.phases))
    counts = Counter(key[0] for key in (*before.registers, *before.phases))
    return {code: max(1, counts[point_id]) for code, point_id in plan.point_ids.items()}


def _most_series(measurements: Sequence[Measurement]) -> int:
    return sum(1 if row.kind is Kind.SUM else len(PHASES) for row in _answered(measurements))


def _answered(measurements: Sequence[Measurement]) -> Iterator[Measurement]:
    """Yield what the platform answers with: each definition in each variant, also pairs that were not chosen."""
    definitions = {row.series.definition for row in measurements}
    variants = {row.series.variant for row in measurements}
    for row in _one_of_each((*MEASUREMENTS.values(), *measurements)):
        if row.series.definition in definitions and row.series.variant in variants:
            yield row


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _taken(rows: Iterable[RawReading], plan: MeterPlan, known: Mapping[RegisterKey, Register]) -> MeterData:
    """Take the newest of each register and phase out of the rows; phases are in order of time for each point."""
    wanted = {(row.series.definition, row.series.variant): row for row in (*plan.registers, *plan.phases)}
    ids = frozenset(plan.point_ids.values())
    registers = {key: register for key, register in known.items() if key[0] in ids}
    phases: dict[PhaseKey, float] = {}
    unknown_units: set[str] = set()
    for row in rows:
        measurement = wanted.get((row.definition or "", row.variant or ""))
        point_id = plan.point_ids.get(str(row.point))
        raw = None if measurement is None else _figure(row, measurement)
        if measurement is None or point_id is None or raw is None:
            continue
        value = converted(raw, row.unit, measurement.unit)
        if value is None:
            unknown_units.add(f"{measurement.key}: {row.unit}")
        elif measurement.kind is Kind.LEVEL:
            phases[point_id, measurement.key, row.index or 0] = value
        else:
            key = (point_id, measurement.key)
            if key not in registers or registers[key].interval_end <= row.interval_end:
                registers[key] = Register(value, row.interval_end)
    return MeterData(registers=registers, phases=phases, unknown_units=frozenset(unknown_units))


def _figure(row: RawReading, measurement: Measurement) -> float | None:
    """Return the register or the phase's level, None where the row has none."""
    if measurement.kind is Kind.SUM:
        return row.original if row.index in _REGISTER_INDICES else None
    return row.value if row.index in PHASES else None
