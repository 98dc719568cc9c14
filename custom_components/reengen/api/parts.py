"""Requests in parts: a few are sent at a time, and their responses become one."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

from .models import CostResponse, CostTotal, MeasurementResponse
from .oddities import Oddity, merged_oddities
from .reading_series import ReadingSeries
from .request_limiter import MOST_AT_ONCE

# As many as are under way wait for their turns besides: else what is less urgent would go between two parts.
_BEGUN_AT_ONCE: Final = 2 * MOST_AT_ONCE

type Window = tuple[datetime, datetime]


async def run_parts[T](parts: Iterable[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
    """Run the parts, a few at a time, and return their results in the order of the parts.

    Between the parts of a long request others that are as urgent have their turn. The first failure ends the other
    parts and is raised as it is.
    """
    begun = asyncio.Semaphore(_BEGUN_AT_ONCE)

    async def in_turn(part: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with begun:
            return await part()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(part)) for part in parts]
    except ExceptionGroup as failures:
        failure = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise failure


def merged_measurements(parts: Sequence[MeasurementResponse], windows: Sequence[Window]) -> MeasurementResponse:
    """Return one response of parts that share their series; every part was asked for its window, of other points or times."""
    if len(parts) == 1:
        return parts[0]
    start, end = _covered([(part.start, part.end) for part in parts], windows)
    columns = zip(*(part.series for part in parts), strict=True)
    series = tuple(_joined(column, ReadingSeries.joined) for column in columns)
    return MeasurementResponse(series=series, start=start, end=end, oddities=_oddities(parts))


def merged_costs(parts: Sequence[CostResponse], windows: Sequence[Window]) -> CostResponse:
    """Return one response of parts that share their series; every part was asked for other points."""
    if len(parts) == 1:
        return parts[0]
    start, end = _covered([(part.start, part.end) for part in parts], windows)
    columns = zip(*(part.series for part in parts), strict=True)
    series = tuple(_joined(column, _all_totals) for column in columns)
    unknown = tuple(frozenset().union(*each) for each in zip(*(part.unknown for part in parts), strict=True))
    return CostResponse(series=series, start=start, end=end, oddities=_oddities(parts), unknown=unknown)


def _joined[T](column: Iterable[T | None], join: Callable[[Iterable[T]], T]) -> T | None:
    """Return the rows of one series in all parts; null only where every part said null."""
    known = [rows for rows in column if rows is not None]
    return join(known) if known else None


def _all_totals(parts: Iterable[tuple[CostTotal, ...]]) -> tuple[CostTotal, ...]:
    return tuple(chain.from_iterable(parts))


def _oddities(parts: Sequence[MeasurementResponse] | Sequence[CostResponse]) -> tuple[Oddity, ...]:
    return merged_oddities(chain.from_iterable(part.oddities for part in parts))


def _covered(
    echoes: Sequence[tuple[datetime | None, datetime | None]], windows: Sequence[Window]
) -> tuple[datetime | None, datetime | None]:
    """Return the first unbroken stretch that every point was answered for; None where a part did not say."""
    stretches: dict[Window, Window] = {}
    for window, (start, end) in zip(windows, echoes, strict=True):
        if start is None or end is None:
            return None, None
        begin, after = stretches.get(window, (start, end))
        stretches[window] = max(start, begin), min(end, after)
    covered_start = covered_end = min(stretches)[0]
    for _, (begin, after) in sorted(stretches.items()):
        if after <= begin:
            continue
        if covered_start == covered_end:
            covered_start, covered_end = begin, after
        elif begin <= covered_end:
            covered_end = max(covered_end, after)
        else:
            break
    return covered_start, covered_end
