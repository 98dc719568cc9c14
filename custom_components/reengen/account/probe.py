"""Which measurements and costs the chosen points have data for, so that a form can preselect them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
import random
from typing import Final

from custom_components.reengen.api import (
    ROW_BUDGET,
    CostGroup,
    CostSeries,
    MeasurementSeries,
    ReengenClient,
    ReengenError,
    ReengenRefusedError,
    Resolution,
    floor_to_bucket,
    next_bucket,
)
from custom_components.reengen.const import LOGGER
from custom_components.reengen.measurements import COSTS, MEASUREMENTS, UTILITIES

# What nearly every meter has; preselected where the platform does not say.
_USUAL: Final = ("active_energy_import",)

# The last month and this one: what reports at all has reported by then.
RECENT_MONTHS: Final = 2

# The platform only answers point by point, and one response has to do.
_MOST_POINTS: Final = ROW_BUDGET // (len(MEASUREMENTS) * RECENT_MONTHS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preselection:
    """Keys of the catalogue: measurements, costs; `utilities` are those of proposals, with the series that has data."""

    measurements: tuple[str, ...] = _USUAL
    costs: tuple[str, ...] = ()
    utilities: Mapping[str, MeasurementSeries] = field(default_factory=dict)


def recent_months(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the last month and this one on the clock of the zone, half-open."""
    this_month = floor_to_bucket(now, Resolution.MONTH, zone)
    last_month = floor_to_bucket(this_month - timedelta(days=1), Resolution.MONTH, zone)
    return last_month, next_bucket(this_month, Resolution.MONTH, zone)


async def probe(client: ReengenClient, codes: Sequence[str], now: datetime, zone: tzinfo) -> Preselection:
    """Ask once for all measurements, all costs and all utilities of the points each, in the last month and this one.

    Of very many points a sample is asked for. What the platform refuses together is asked for one by one; after any
    other failure the usual stands, and what was found before. `zone` is the platform's.
    """
    asked = codes
    if len(codes) > _MOST_POINTS:
        # By chance, as every tenth machine of a plant may be of one kind; always the same chance.
        asked = random.Random(len(codes)).sample(codes, _MOST_POINTS)  # noqa: S311
    start, end = recent_months(now, zone)

    async def measured(series: Sequence[MeasurementSeries]) -> Iterable[bool]:
        response = await client.get_data(series, points=asked, start=start, end=end, resolution=Resolution.MONTH)
        return [any(reading.value is not None for reading in readings or ()) for readings in response.series]

    async def charged(groups: Sequence[CostGroup]) -> Iterable[bool]:
        response = await client.get_cost(
            [CostSeries(group=group) for group in groups], points=asked, start=start, end=end
        )
        return [any(total.cost is not None for total in totals or ()) for totals in response.series]

    measurements: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    utilities: dict[str, MeasurementSeries] = {}
    try:
        with_data = await _with_data([row.series for row in MEASUREMENTS.values()], measured)
        measurements = tuple(key for key, row in MEASUREMENTS.items() if row.series in with_data)
        groups = await _with_data(list(COSTS.values()), charged)
        costs = tuple(key for key, group in COSTS.items() if group in groups)
        with_data = await _with_data([each for row in UTILITIES.values() for each in row.series], measured)
        found = {key: [each for each in row.series if each in with_data] for key, row in UTILITIES.items()}
        utilities = {key: series[0] for key, series in found.items() if series}
    except ReengenError as error:
        LOGGER.debug("What the points measure was not found out: %s", error)
    usual = () if utilities else _USUAL
    return Preselection(measurements=measurements or usual, costs=costs, utilities=utilities)


async def _with_data[AskedT](
    asked: Sequence[AskedT], ask: Callable[[Sequence[AskedT]], Awaitable[Iterable[bool]]]
) -> list[AskedT]:
    try:
        found = await ask(asked)
    except ReengenRefusedError:
        return [] if len(asked) == 1 else [each for one in asked for each in await _with_data([one], ask)]
    return [each for each, has_data in zip(asked, found, strict=True) if has_data]
