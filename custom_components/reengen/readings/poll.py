"""One poll: what to ask GetData for, and the values that sensors show."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property, partial
from typing import Final

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import (
    CostSeries,
    Oddity,
    Point,
    ReadingSeries,
    ReengenClient,
    Resolution,
    floor_to_bucket,
    merged_oddities,
    next_bucket,
    run_parts,
)
from custom_components.reengen.const import LATEST_LEVEL_WINDOW, QUARTER_HOUR
from custom_components.reengen.measurements import COSTS, Kind, Measurement
from custom_components.reengen.points import RefusedParts

from .power import ACTIVE_POWER, POWER_FACTOR, interval_length, mean_power, power_factor, powers_of, reactive_of


class Window(StrEnum):
    """The stretch of time that a sensor's value stands for; the name ends its key."""

    TODAY = "today"
    THIS_MONTH = "this_month"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, None where the platform says null, and the start of what it stands for.

    `length` is how long the interval of a power is, None while nothing tells and for all else.
    """

    value: float | None
    start: datetime
    length: timedelta | None = None


type SampleKey = tuple[int, str, Window]
"""Point id, key of the catalogue, window."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What one poll found.

    `refused` are the samples that the platform would not answer for, `unreadable` those that it has, or has a newer
    one of, in a row that could not be read. `oddities` are no news to listeners.
    """

    samples: Mapping[SampleKey, Sample] = field(default_factory=dict)
    refused: frozenset[SampleKey] = frozenset()
    unreadable: frozenset[SampleKey] = frozenset()
    oddities: tuple[Oddity, ...] = field(default=(), compare=False)

    @cached_property
    def told(self) -> frozenset[tuple[int, str]]:
        """Return the points and keys that the platform says or refuses anything of."""
        return frozenset((point_id, key) for point_id, key, _ in (*self.samples, *self.refused))


@dataclass(frozen=True, kw_only=True)
class PollPlan:
    """What is asked for: the points (id by code), the chosen rows of the catalogue and the platform's zone.

    `reactive` are the energies of quarter hours that power factors are made of.
    """

    point_ids: Mapping[str, int]
    sums: tuple[Measurement, ...]
    levels: tuple[Measurement, ...]
    powers: tuple[Measurement, ...]
    reactive: tuple[Measurement, ...]
    costs: tuple[str, ...]
    zone: tzinfo

    @classmethod
    def of(
        cls, options: AccountOptions, points: Sequence[Point], zone: tzinfo, *, has_power_factor: bool = False
    ) -> PollPlan:
        """Read the plan from the options of a config entry."""
        chosen = options.measurements
        return cls(
            point_ids={point.code: point.id for point in points},
            sums=tuple(measurement for measurement in chosen if measurement.kind is Kind.SUM),
            levels=tuple(measurement for measurement in chosen if measurement.kind is Kind.LEVEL),
            powers=powers_of(options),
            reactive=reactive_of(options) if has_power_factor else (),
            costs=options.costs,
            zone=zone,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    """One request of a poll: the series that it asks for, and how, for some points (codes) in some series (keys)."""

    keys: tuple[str, ...]
    window: Window
    send: Callable[[Sequence[str], Sequence[str]], Awaitable[Readings]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Period:
    """A day or month of the platform's clock, half-open."""

    window: Window
    resolution: Resolution
    start: datetime
    end: datetime


_RESOLUTIONS: Final = {Window.TODAY: Resolution.DAY, Window.THIS_MONTH: Resolution.MONTH}


_NOTHING: Final = Readings()


async def poll(
    client: ReengenClient, refused: RefusedParts, plan: PollPlan, now: datetime, before: Readings = _NOTHING
) -> Readings:
    """Ask for today, this month, the latest quarter hours and the costs, side by side.

    These are at most five requests, more where a response would be beyond the row budget: eight for 1 000 points and
    four series, nine if all four are looked for in quarter hours. `before` is what the last poll found. What the
    platform refuses is left out and named. Raises: ReengenError.
    """
    asked = [partial(_answered, refused, plan, request) for request in _requests(client, plan, now, before)]
    return _together(await run_parts(asked if plan.point_ids else ()))


async def _answered(refused: RefusedParts, plan: PollPlan, request: _Request) -> Readings:
    found = await refused.ask("GetData", tuple(plan.point_ids), request.keys, request.send)
    left_out = frozenset((plan.point_ids[code], key, request.window) for code, key in found.refused)
    return _together([*(readings for _, readings in found.parts), Readings(refused=left_out)])


def _together(parts: Sequence[Readings]) -> Readings:
    samples: dict[SampleKey, Sample] = {}
    for part in parts:
        samples.update(part.samples)
    return Readings(
        samples=samples,
        refused=frozenset().union(*(part.refused for part in parts)),
        unreadable=frozenset().union(*(part.unreadable for part in parts)),
        oddities=merged_oddities(oddity for part in parts for oddity in part.oddities),
    )


def _requests(client: ReengenClient, plan: PollPlan, now: datetime, before: Readings) -> Iterator[_Request]:
    for window, resolution in _RESOLUTIONS.items():
        start = floor_to_bucket(now, resolution, plan.zone)
        end = next_bucket(start, resolution, plan.zone)
        period = _Period(window=window, resolution=resolution, start=start, end=end)
        if plan.sums:
            yield _Request(
                keys=tuple(row.key for row in plan.sums),
                window=window,
                send=partial(_period_sums, client, plan.sums, period),
            )
        if plan.costs:
            yield _Request(keys=plan.costs, window=window, send=partial(_period_costs, client, period))
    if plan.levels or plan.powers:
        end = floor_to_bucket(now, Resolution.FIFTEEN_MINUTES, plan.zone)
        yield _Request(
            keys=tuple(row.key for row in (*plan.levels, *plan.powers, *plan.reactive)),
            window=Window.LATEST,
            send=partial(_latest, client, plan, end=end, before=before),
        )


async def _period_sums(
    client: ReengenClient,
    measurements: Sequence[Measurement],
    period: _Period,
    codes: Sequence[str],
    keys: Sequence[str],
) -> Readings:
    rows = [row for row in measurements if row.key in keys]
    response = await client.get_data(
        [row.series for row in rows],
        points=codes,
        start=period.start,
        end=period.end,
        resolution=period.resolution,
    )
    samples = {
        (reading.point_id, row.key, period.window): Sample(reading.value, period.start)
        for row, readings in zip(rows, response.series, strict=True)
        for reading in readings or ()
    }
    unreadable = frozenset(
        (point_id, row.key, period.window)
        for row, readings in zip(rows, response.series, strict=True)
        for _, point_id in (() if readings is None else readings.unknown)
        if point_id is not None
    )
    return Readings(samples=samples, unreadable=unreadable.difference(samples), oddities=response.oddities)


async def _period_costs(client: ReengenClient, period: _Period, codes: Sequence[str], keys: Sequence[str]) -> Readings:
    response = await client.get_cost(
        [CostSeries(group=COSTS[key]) for key in keys], points=codes, start=period.start, end=period.end
    )
    samples = {
        (total.point_id, key, period.window): Sample(total.cost, period.start)
        for key, totals in zip(keys, response.series, strict=True)
        for total in totals or ()
    }
    return Readings(samples=samples, oddities=response.oddities)


async def _latest(
    client: ReengenClient, plan: PollPlan, codes: Sequence[str], keys: Sequence[str], *, end: datetime, before: Readings
) -> Readings:
    """Take the newest complete quarter hour that has a value, as far back for many points as for a few."""
    rows = [row for row in (*plan.levels, *plan.powers, *plan.reactive) if row.key in keys]
    response = await client.get_data(
        [row.series for row in rows],
        points=codes,
        start=end - LATEST_LEVEL_WINDOW,
        end=end,
        resolution=Resolution.FIFTEEN_MINUTES,
    )
    samples: dict[SampleKey, Sample] = {}
    unreadable: set[SampleKey] = set()
    for row, readings in zip(rows, response.series, strict=True):
        if readings is None or row in plan.reactive:
            continue
        newest = _newest(readings)
        hidden = _hidden(readings, newest, end)
        unreadable |= {(point_id, row.key, Window.LATEST) for point_id in hidden}
        ends = _ends(readings) if row in plan.powers else {}
        for point_id in newest.keys() - hidden:
            key = (point_id, row.key, Window.LATEST)
            value, start = newest[point_id]
            samples[key] = _power(value, ends[point_id], before.samples.get(key)) if ends else Sample(value, start)
    samples |= _power_factors(plan, {row.key: found for row, found in zip(rows, response.series, strict=True)}, end)
    return Readings(samples=samples, unreadable=frozenset(unreadable), oddities=response.oddities)


def _power_factors(plan: PollPlan, found: Mapping[str, ReadingSeries | None], end: datetime) -> dict[SampleKey, Sample]:
    """Return the power factor of the newest quarter hour in which a point has an active and a reactive energy."""
    samples: dict[SampleKey, Sample] = {}
    # The first energy comes last, so that it counts.
    for row in reversed(plan.reactive):
        active, reactive = found.get(ACTIVE_POWER), found.get(row.key)
        if active is None or reactive is None:
            continue
        kvarh = _quarter_hours(reactive)
        for (point_id, start), kwh in _quarter_hours(active).items():
            if (point_id, start) in kvarh:
                factor = power_factor(kwh, kvarh[point_id, start])
                samples[point_id, POWER_FACTOR, Window.LATEST] = Sample(factor, start)
        for point_id in _hidden(active, _newest(active), end) | _hidden(reactive, _newest(reactive), end):
            samples.pop((point_id, POWER_FACTOR, Window.LATEST), None)
    return samples


def _quarter_hours(readings: ReadingSeries) -> dict[tuple[int, datetime], float]:
    """Return the values that there are by point and start, in order of time."""
    columns = zip(readings.point_ids, readings.bucket_starts, readings.values, strict=True)
    return {(point_id, start): value for point_id, start, value in columns if value is not None}


def _ends(readings: ReadingSeries) -> dict[int, set[datetime]]:
    """Return the ends of the quarter hours in which each point has a value."""
    ends: dict[int, set[datetime]] = {}
    for point_id, value, start in zip(readings.point_ids, readings.values, readings.bucket_starts, strict=True):
        if value is not None:
            ends.setdefault(point_id, set()).add(start + QUARTER_HOUR)
    return ends


def _power(energy: float, ends: Collection[datetime], before: Sample | None) -> Sample:
    """Return the power of the newest energy (kWh); unknown while nothing tells for how long the energy was measured.

    One value alone does not tell, but the last poll may have seen two: of a meter that reports by the hour, and late.
    """
    end, length = max(ends), interval_length(ends) or (None if before is None else before.length)
    if length is None:
        return Sample(None, end - QUARTER_HOUR)
    return Sample(mean_power(energy, length), end - length, length)


def _newest(readings: ReadingSeries) -> dict[int, tuple[float, datetime]]:
    """Return the newest value of each point, and the start of its quarter hour; readings are in order of time."""
    columns = zip(readings.point_ids, readings.values, readings.bucket_starts, strict=True)
    return {point_id: (value, start) for point_id, value, start in columns if value is not None}


def _hidden(readings: ReadingSeries, newest: Mapping[int, tuple[float, datetime]], end: datetime) -> set[int]:
    """Return the points that have a newer quarter hour in a row that could not be read: an older value is not theirs.

    A row that does not tell its quarter hour may be of the last one. One that does not tell its point hides nothing.
    """
    last = end - QUARTER_HOUR
    return {
        point_id
        for start, point_id in readings.unknown
        if point_id is not None and (point_id not in newest or newest[point_id][1] < (start or last))
    }
