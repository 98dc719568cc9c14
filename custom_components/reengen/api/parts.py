"""Requests in parts: a few are sent at a time, and their responses become one."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence, Sized
from datetime import datetime
from itertools import chain
from typing import Any, Final

from .models import DataResponse
from .oddities import merged_oddities
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


def merged[S: Sized](
    parts: Sequence[DataResponse[S]], windows: Sequence[Window], join: Callable[[Iterable[S]], S]
) -> DataResponse[S]:
    """Return one response of parts that share their series; every part was asked for its window, of other points or times.

    `join` makes one of the rows of a series in several parts; it is null only where every part said null.
    """
    if len(parts) == 1:
        return parts[0]
    columns = (
        [rows for rows in column if rows is not None] for column in zip(*(part.series for part in parts), strict=True)
    )
    start, end = _covered([(part.start, part.end) for part in parts], windows)
    return DataResponse(
        series=tuple(join(known) if known else None for known in columns),
        start=start,
        end=end,
        oddities=merged_oddities(chain.from_iterable(part.oddities for part in parts)),
    )


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
