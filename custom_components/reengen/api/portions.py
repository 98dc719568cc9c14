"""Reads of GetData in several requests: as large as the platform takes them, and what their responses add up to."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence, Sized
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import Any, Final, NamedTuple

from .data_series import QueryContext
from .envelope import Envelope
from .errors import ReengenError, ReengenHttpError, ReengenTimeoutError
from .exchange import Query
from .json_values import JsonArray
from .models import DataResponse
from .oddities import merged_oddities
from .request_limiter import MOST_AT_ONCE
from .response_limits import Buckets, Portion, ResponseLimits
from .retry import read_may_repeat
from .session import Session
from .transport import ResponseTooLargeError

_DATED: Final = 3
_TOO_SLOW: Final = (HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.REQUEST_TIMEOUT)
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
    start, end = _covered(parts, windows)
    return DataResponse(
        series=tuple(join(known) if known else None for known in columns),
        start=start,
        end=end,
        oddities=merged_oddities(chain.from_iterable(part.oddities for part in parts)),
    )


def _covered(parts: Sequence[DataResponse[Any]], windows: Sequence[Window]) -> tuple[datetime | None, datetime | None]:
    """Return the first unbroken stretch that every point was answered for; None where a part did not say."""
    stretches: dict[Window, Window] = {}
    for window, part in zip(windows, parts, strict=True):
        if part.start is None or part.end is None:
            return None, None
        begin, after = stretches.get(window, (part.start, part.end))
        stretches[window] = max(part.start, begin), min(part.end, after)
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


def _is_too_slow(error: ReengenError) -> bool:
    """Tell whether a response did not come in time: a deadline, or a gateway's (HTTP 504 and 408)."""
    if isinstance(error, ReengenTimeoutError):
        return error.sent
    return isinstance(error, ReengenHttpError) and error.status in _TOO_SLOW


def is_too_large(error: ReengenError) -> bool:
    """Tell whether a response would be, or is, too large: HTTP 413, and what outgrew the bound of the transport."""
    is_413 = isinstance(error, ReengenHttpError) and error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return is_413 or isinstance(error, ResponseTooLargeError)


def _rows(envelope: Envelope) -> list[JsonArray]:
    """Return the rows of each series in a response of GetData, as they are on the wire."""
    data = envelope.properties.get("data")
    series = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [rows for rows in series if isinstance(rows, list)]


def _is_even(rows: JsonArray, asked: int) -> bool:
    """Return whether dated rows have each label for each of several points, most of those asked for; a row is [date, id, value]."""
    try:
        labels, points = ({row[cell] for row in rows if len(row) == _DATED} for cell in (0, 1))
    except KeyError, TypeError:
        return False
    return len(rows) == len(labels) * len(points) and 2 * len(points) > asked > 1


class _Listed[S: Sized](NamedTuple):
    """A response, how many rows it has on the wire, and how many seconds it took.

    `is_even`: each series that is there has a row for every label and point that it has any of, and most points, as no
    cap leaves it.
    """

    response: DataResponse[S]
    rows: int
    is_even: bool
    seconds: float


@dataclass(slots=True)
class PortionedRead[S: Sized]:
    """One call of GetData; what one response of the platform may hold is learned for the calls that follow.

    `query` makes a request for points and a range, `decode` reads its response, `join` makes one of the rows of a series in
    several responses.
    """

    query: Callable[[Sequence[str] | None, QueryContext], Query]
    decode: Callable[[Envelope, QueryContext], DataResponse[S]]
    join: Callable[[Iterable[S]], S]
    context: QueryContext
    session: Session
    limits: ResponseLimits
    _buckets: Buckets = field(init=False)
    _patient_until: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin; nothing is sent yet."""
        self._buckets = Buckets(self.context.series_count, self.context.resolution, self.context.zone)
        # A portion that came too late is not halved any more after that.
        self._patient_until = self.session.policy.deadline()

    async def of(self, points: Sequence[str] | None) -> DataResponse[S]:
        """Return the response for points: codes, None for all that the user may see."""
        context = self.context
        if not points or not context.series_count or isinstance(points, str):
            return (await self._ask(points, context.start, context.end, is_last=True)).response
        return await self._all(Portion(tuple(dict.fromkeys(points)), context.start, context.end))

    async def _ask(self, points: Sequence[str] | None, start: datetime, end: datetime, *, is_last: bool) -> _Listed[S]:
        """Send one request; one that is not the last resort is not repeated where it is too slow."""
        context = replace(self.context, start=start, end=end)

        def listed(envelope: Envelope) -> _Listed[S]:
            rows = _rows(envelope)
            is_even = all(_is_even(each, len(points or ())) for each in rows)
            response = self.decode(envelope, context)
            return _Listed(response, sum(map(len, rows)), is_even, envelope.seconds)

        may_repeat = read_may_repeat if is_last else _may_repeat_in_time
        return await self.session.read(self.query(points, context), listed, may_repeat)

    async def _all(self, portion: Portion) -> DataResponse[S]:
        """Return the response of a portion, in as many requests as it takes; raises what the requests raise."""
        portions = self._buckets.split(portion, self.limits.rows, self.limits.longest)
        return self._merged(await run_parts([partial(self._one, each) for each in portions]), portions)

    async def _one(self, portion: Portion) -> DataResponse[S]:
        halves, rows = self._buckets.halves(portion), self._buckets.rows(portion)
        try:
            found = await self._ask(*portion, is_last=not halves)
        except ReengenError as error:
            if not halves or not self._fails(error, portion, rows):
                raise
        else:
            if halves and not found.is_even and await self._is_capped(found.rows, rows, halves):
                return await self._all(portion)
            self.limits.came(rows, found.rows, found.seconds)
            return found.response
        # One after another: where the first one fails too, the second is not asked for.
        return self._merged([await self._one(half) for half in halves], halves)

    def _merged(self, found: Sequence[DataResponse[S]], portions: Sequence[Portion]) -> DataResponse[S]:
        return merged(found, [(portion.start, portion.end) for portion in portions], self.join)

    def _fails(self, error: ReengenError, portion: Portion, rows: int) -> bool:
        """Note why a portion did not come, and return whether smaller ones may."""
        if is_too_large(error):
            self.limits.too_large(rows, portion.end - portion.start)
            return True
        if _is_too_slow(error):
            self.limits.too_slow(rows)
            return self.session.policy.clock() < self._patient_until
        return False

    async def _is_capped(self, listed: int, rows: int, halves: Sequence[Portion]) -> bool:
        """Return whether the halves of a portion have more rows than the portion: then the platform caps them."""
        if not self.limits.may_be_capped(rows, listed):
            return False
        counts: list[int] = []
        try:
            while halves:
                counts = [(await self._ask(*half, is_last=False)).rows for half in halves]
                # Where all rows are in one half, it is cut short as well.
                full = next((half for half, count in zip(halves, counts, strict=True) if count == listed), None)
                halves = [] if full is None or sum(counts) > listed else self._buckets.halves(full)
        except ReengenError:
            return False
        if sum(counts) > listed:
            self.limits.is_cap(listed)
            return True
        self.limits.is_whole(listed)
        return False


def _may_repeat_in_time(error: ReengenError) -> bool:
    return read_may_repeat(error) and not _is_too_slow(error)
