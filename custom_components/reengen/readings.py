"""One poll: what to ask GetData for, and the values that sensors show."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import Any, Final

from .api import (
    ROW_BUDGET,
    CostSeries,
    Point,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenRefusedError,
    Resolution,
    floor_to_bucket,
    next_bucket,
)
from .catalogue import COSTS, Kind, Measurement, chosen_measurements
from .const import CONF_COSTS, LATEST_LEVEL_WINDOW, LOGGER

QUARTER_HOUR: Final = timedelta(minutes=15)


class Window(StrEnum):
    """The stretch of time that a sensor's value stands for; the name ends its key."""

    TODAY = "today"
    THIS_MONTH = "this_month"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, None where the platform says null, and the start of what it stands for."""

    value: float | None
    start: datetime


type SampleKey = tuple[int, str, Window]
"""Point id, key of the catalogue, window."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What one poll found; `refused` names the keys and windows that the platform would not answer."""

    samples: Mapping[SampleKey, Sample]
    refused: frozenset[tuple[str, Window]]


@dataclass(frozen=True, kw_only=True)
class PollPlan:
    """What is asked for: the points' codes, the chosen rows of the catalogue and the platform's zone."""

    codes: tuple[str, ...]
    sums: tuple[Measurement, ...]
    levels: tuple[Measurement, ...]
    costs: tuple[str, ...]
    zone: tzinfo

    @classmethod
    def of(cls, options: Mapping[str, Any], points: Sequence[Point], zone: tzinfo) -> PollPlan:
        """Read the plan from the options of a config entry."""
        chosen = chosen_measurements(options)
        return cls(
            codes=tuple(point.code for point in points),
            sums=tuple(measurement for measurement in chosen if measurement.kind is Kind.SUM),
            levels=tuple(measurement for measurement in chosen if measurement.kind is Kind.LEVEL),
            costs=tuple(key for key in options.get(CONF_COSTS, ()) if key in COSTS),
            zone=zone,
        )


type _Samples = dict[SampleKey, Sample]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    """One request of a poll, and what it is for."""

    keys: tuple[str, ...]
    window: Window
    send: Callable[[], Awaitable[_Samples]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Period:
    """A day or month of the platform's clock, half-open."""

    window: Window
    resolution: Resolution
    start: datetime
    end: datetime


_RESOLUTIONS: Final = {Window.TODAY: Resolution.DAY, Window.THIS_MONTH: Resolution.MONTH}


async def poll(client: ReengenClient, plan: PollPlan, now: datetime) -> Readings:
    """Ask for today, this month, the latest quarter hours and the costs: at most five requests within the row budget.

    Where the platform refuses a part (a cost without a tariff, say), that part is named in `refused` and the rest
    stands; when it refuses everything, the first refusal is raised. Raises: ReengenError.
    """
    samples: _Samples = {}
    refusals: dict[tuple[str, Window], ReengenRefusedError] = {}
    requests = list(_requests(client, plan, now))
    for request in requests:
        try:
            samples.update(await request.send())
        except ReengenAuthenticationError:
            raise
        except ReengenRefusedError as error:
            LOGGER.debug("%s, %s: %s", ", ".join(request.keys), request.window, error)
            refusals.update(((key, request.window), error) for key in request.keys)
    if requests and len(refusals) == sum(len(request.keys) for request in requests):
        raise next(iter(refusals.values()))
    return Readings(samples=samples, refused=frozenset(refusals))


def _requests(client: ReengenClient, plan: PollPlan, now: datetime) -> Iterator[_Request]:
    if not plan.codes:
        return
    for window, resolution in _RESOLUTIONS.items():
        start = floor_to_bucket(now, resolution, plan.zone)
        end = next_bucket(start, resolution, plan.zone)
        period = _Period(window=window, resolution=resolution, start=start, end=end)
        if plan.sums:
            keys = tuple(row.key for row in plan.sums)
            yield _Request(keys=keys, window=window, send=partial(_period_sums, client, plan, period))
        if plan.costs:
            yield _Request(keys=plan.costs, window=window, send=partial(_period_costs, client, plan, period))
    if plan.levels:
        send = partial(_latest_levels, client, plan, now)
        yield _Request(keys=tuple(row.key for row in plan.levels), window=Window.LATEST, send=send)


async def _period_sums(client: ReengenClient, plan: PollPlan, period: _Period) -> _Samples:
    answer = await client.get_data(
        [row.series for row in plan.sums],
        points=plan.codes,
        start=period.start,
        end=period.end,
        resolution=period.resolution,
    )
    return {
        (reading.point_id, row.key, period.window): Sample(reading.value, period.start)
        for row, readings in zip(plan.sums, answer.series, strict=True)
        for reading in readings or ()
        if reading.point_id is not None
    }


async def _period_costs(client: ReengenClient, plan: PollPlan, period: _Period) -> _Samples:
    answer = await client.get_cost(
        [CostSeries(group=COSTS[key]) for key in plan.costs], points=plan.codes, start=period.start, end=period.end
    )
    return {
        (total.point_id, key, period.window): Sample(total.cost, period.start)
        for key, totals in zip(plan.costs, answer.series, strict=True)
        for total in totals or ()
        if total.point_id is not None
    }


async def _latest_levels(client: ReengenClient, plan: PollPlan, now: datetime) -> _Samples:
    """Take the newest complete quarter hour that has a value; the search is as deep as the row budget allows."""
    end = floor_to_bucket(now, Resolution.FIFTEEN_MINUTES, plan.zone)
    deepest = LATEST_LEVEL_WINDOW // QUARTER_HOUR
    quarters = min(deepest, max(1, ROW_BUDGET // (len(plan.codes) * len(plan.levels))))
    answer = await client.get_data(
        [row.series for row in plan.levels],
        points=plan.codes,
        start=end - quarters * QUARTER_HOUR,
        end=end,
        resolution=Resolution.FIFTEEN_MINUTES,
    )
    return {
        (reading.point_id, row.key, Window.LATEST): Sample(reading.value, reading.bucket_start)
        for row, readings in zip(plan.levels, answer.series, strict=True)
        for reading in sorted(readings or (), key=attrgetter("bucket_start"))
        if reading.point_id is not None and reading.value is not None
    }
