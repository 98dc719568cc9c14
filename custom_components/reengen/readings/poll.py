"""One poll: what to ask GetData for, and the values that sensors show."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from custom_components.reengen.api import (
    CostSeries,
    IncludeTax,
    Resolution,
    floor_to_bucket,
    merged_oddities,
    next_bucket,
    run_parts,
)
from custom_components.reengen.measurements import COSTS, Measurement
from custom_components.reengen.points import HomeClient, RefusedParts

from .quarter_hours import latest
from .samples import PollPlan, Readings, Sample, SampleKey, Window


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
    client: HomeClient, refused: RefusedParts, plan: PollPlan, now: datetime, before: Readings = _NOTHING
) -> Readings:
    """Ask for today, this month, the latest quarter hours and the costs, side by side.

    These are at most five requests, more where a response would be beyond the row budget: of 1 000 points and four series,
    two of them with quarter hours, six, and eight at most. `before` is what the last poll found. What the platform refuses
    is left out and named.
    Raises: ReengenError.
    """
    asked = [partial(_answered, refused, plan, request) for request in _requests(client, plan, now, before)]
    return _together(await run_parts(asked if plan.point_ids else ()))


async def _answered(refused: RefusedParts, plan: PollPlan, request: _Request) -> Readings:
    found = await refused.ask("GetData", tuple(plan.point_ids), request.keys, request.send)
    left_out = frozenset((plan.point_ids[code], key, request.window) for code, key in found.refused)
    return _together([*found.parts, Readings(refused=left_out)])


def _together(parts: Sequence[Readings]) -> Readings:
    samples: dict[SampleKey, Sample] = {}
    quarter_hours: dict[tuple[int, str], Mapping[datetime, float]] = {}
    for part in parts:
        samples.update(part.samples)
        quarter_hours.update(part.quarter_hours)
    return Readings(
        samples=samples,
        quarter_hours=quarter_hours,
        refused=frozenset().union(*(part.refused for part in parts)),
        unreadable=frozenset().union(*(part.unreadable for part in parts)),
        oddities=merged_oddities(oddity for part in parts for oddity in part.oddities),
    )


def _requests(client: HomeClient, plan: PollPlan, now: datetime, before: Readings) -> Iterator[_Request]:
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
            yield _Request(keys=plan.costs, window=window, send=partial(_period_costs, client, plan.tax, period))
    if plan.levels or plan.powers:
        end = floor_to_bucket(now, Resolution.FIFTEEN_MINUTES, plan.zone)
        yield _Request(
            keys=tuple(row.key for row in (*plan.levels, *plan.powers, *plan.reactive)),
            window=Window.LATEST,
            send=partial(latest, client, plan, end=end, before=before),
        )


async def _period_sums(
    client: HomeClient,
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


async def _period_costs(
    client: HomeClient, tax: IncludeTax, period: _Period, codes: Sequence[str], keys: Sequence[str]
) -> Readings:
    series = [CostSeries(group=COSTS[key], include_tax=tax) for key in keys]
    response = await client.get_cost(series, points=codes, start=period.start, end=period.end)
    samples = {
        (total.point_id, key, period.window): Sample(total.cost, period.start)
        for key, totals in zip(keys, response.series, strict=True)
        for total in totals or ()
    }
    return Readings(samples=samples, oddities=response.oddities)
