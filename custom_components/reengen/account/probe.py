"""Which measurements and costs the chosen points have data for, so that a form can preselect them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
import random
from typing import Final

from custom_components.reengen.api import (
    ROW_BUDGET,
    CostSeries,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenError,
    ReengenRefusedError,
    Resolution,
    floor_to_bucket,
    next_bucket,
)
from custom_components.reengen.const import LOGGER
from custom_components.reengen.measurements import COSTS, MEASUREMENTS

# What nearly every meter has; preselected where the platform does not say.
_USUAL: Final = ("active_energy_import",)

# The last month and this one.
_MONTHS: Final = 2

# The platform only answers point by point, and one response has to do.
_MOST_POINTS: Final = ROW_BUDGET // (len(MEASUREMENTS) * _MONTHS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preselection:
    """Keys of the catalogue: measurements, costs."""

    measurements: tuple[str, ...] = _USUAL
    costs: tuple[str, ...] = ()


async def probe(client: ReengenClient, codes: Sequence[str], now: datetime, zone: tzinfo) -> Preselection:
    """Ask once for all measurements and once for all costs of the points, in the last month and this one.

    Of very many points a sample is asked for. What the platform refuses together is asked for one by one; after any
    other failure the usual stands. `zone` is the platform's.
    """
    asked = codes
    if len(codes) > _MOST_POINTS:
        # By chance, as every tenth machine of a plant may be of one kind; always the same chance.
        asked = random.Random(len(codes)).sample(codes, _MOST_POINTS)  # noqa: S311
    this_month = floor_to_bucket(now, Resolution.MONTH, zone)
    start = floor_to_bucket(this_month - timedelta(days=1), Resolution.MONTH, zone)
    end = next_bucket(this_month, Resolution.MONTH, zone)

    async def measured(keys: Sequence[str]) -> Iterable[bool]:
        response = await client.get_data(
            [MEASUREMENTS[key].series for key in keys],
            points=asked,
            start=start,
            end=end,
            resolution=Resolution.MONTH,
        )
        return [any(reading.value is not None for reading in readings or ()) for readings in response.series]

    async def charged(keys: Sequence[str]) -> Iterable[bool]:
        response = await client.get_cost(
            [CostSeries(group=COSTS[key]) for key in keys], points=asked, start=start, end=end
        )
        return [any(total.cost is not None for total in totals or ()) for totals in response.series]

    measurements: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    try:
        measurements = await _keys_with_data(MEASUREMENTS, measured)
        costs = await _keys_with_data(COSTS, charged)
    except ReengenError as error:
        LOGGER.debug("What the points measure was not found out: %s", error)
    return Preselection(measurements=measurements or _USUAL, costs=costs)


async def _keys_with_data(
    catalogue: Mapping[str, object], ask: Callable[[Sequence[str]], Awaitable[Iterable[bool]]]
) -> tuple[str, ...]:
    keys = tuple(catalogue)
    try:
        found = await ask(keys)
    except ReengenAuthenticationError:
        raise
    except ReengenRefusedError:
        found = [await _answers(ask, key) for key in keys]
    return tuple(key for key, has_data in zip(keys, found, strict=True) if has_data)


async def _answers(ask: Callable[[Sequence[str]], Awaitable[Iterable[bool]]], key: str) -> bool:
    try:
        return any(await ask((key,)))
    except ReengenAuthenticationError:
        raise
    except ReengenRefusedError:
        return False
