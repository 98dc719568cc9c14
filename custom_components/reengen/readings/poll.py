"""One poll: what to ask GetData for, and the values that sensors show."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from custom_components.reengen.api import (
    CostSeries,
    Resolution,
    floor_to_bucket,
    merged_oddities,
    next_bucket,
    run_parts,
)
from custom_components.reengen.measurements import COSTS
from custom_components.reengen.points import HomeClient, RefusedParts, Send

from .quarter_hours import latest
from .samples import PollPlan, Readings, Sample, SampleKey, Window

_RESOLUTIONS: Final = {Window.TODAY: Resolution.DAY, Window.THIS_MONTH: Resolution.MONTH}


async def poll(client: HomeClient, refused: RefusedParts, plan: PollPlan, now: datetime, before: Readings) -> Readings:
    """Ask for today, this month, the latest quarter hours and the costs, side by side.

    These are at most five requests, more where a response would be beyond the row budget: of 1 000 points and four series,
    two of them with quarter hours, six, and eight at most. `before` is what the last poll found. What the platform refuses
    is left out and named.
    Raises: ReengenError.
    """
    requests = _requests(client, plan, now, before) if plan.point_ids else ()
    return _together(await run_parts([partial(_answered, refused, plan, *request) for request in requests]))


async def _answered(
    refused: RefusedParts, plan: PollPlan, window: Window, keys: Sequence[str], send: Send[Readings]
) -> Readings:
    found = await refused.ask("GetData", tuple(plan.point_ids), keys, send)
    left_out = frozenset((plan.point_ids[code], key, window) for code, key in found.refused)
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


def _requests(
    client: HomeClient, plan: PollPlan, now: datetime, before: Readings
) -> Iterator[tuple[Window, Sequence[str], Send[Readings]]]:
    """Yield the requests of a poll: the window and the keys of what it asks for, and what sends it."""
    for window in _RESOLUTIONS:
        if plan.sums:
            yield window, [row.key for row in plan.sums], partial(_sums, client, plan, now=now, window=window)
        if plan.costs:
            yield window, plan.costs, partial(_costs, client, plan, now=now, window=window)
    if plan.levels or plan.powers:
        end = floor_to_bucket(now, Resolution.FIFTEEN_MINUTES, plan.zone)
        keys = [row.key for row in (*plan.levels, *plan.powers, *plan.reactive)]
        yield Window.LATEST, keys, partial(latest, client, plan, end=end, before=before)


def _period(plan: PollPlan, now: datetime, window: Window) -> tuple[datetime, datetime]:
    """Return the day or month of the platform's clock, half-open."""
    start = floor_to_bucket(now, _RESOLUTIONS[window], plan.zone)
    return start, next_bucket(start, _RESOLUTIONS[window], plan.zone)


async def _sums(
    client: HomeClient, plan: PollPlan, codes: Sequence[str], keys: Sequence[str], *, now: datetime, window: Window
) -> Readings:
    rows = [row for row in plan.sums if row.key in keys]
    start, end = _period(plan, now, window)
    response = await client.get_data(
        [row.series for row in rows], points=codes, start=start, end=end, resolution=_RESOLUTIONS[window]
    )
    found = [(row.key, series) for row, series in zip(rows, response.series, strict=True) if series is not None]
    samples = {
        (reading.point_id, key, window): Sample(reading.value, start) for key, series in found for reading in series
    }
    unreadable = frozenset(
        (point_id, key, window) for key, series in found for _, point_id in series.unknown if point_id is not None
    )
    return Readings(samples=samples, unreadable=unreadable.difference(samples), oddities=response.oddities)


async def _costs(
    client: HomeClient, plan: PollPlan, codes: Sequence[str], keys: Sequence[str], *, now: datetime, window: Window
) -> Readings:
    start, end = _period(plan, now, window)
    series = [CostSeries(group=COSTS[key], include_tax=plan.tax) for key in keys]
    response = await client.get_cost(series, points=codes, start=start, end=end)
    samples = {
        (total.point_id, key, window): Sample(total.cost, start)
        for key, totals in zip(keys, response.series, strict=True)
        for total in totals or ()
    }
    return Readings(samples=samples, oddities=response.oddities)
