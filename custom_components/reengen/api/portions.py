"""A read of GetData in portions: as many as the platform takes, smaller ones where it fails, and what they add up to."""

from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple

from .data_series import QueryContext
from .envelope import Envelope
from .errors import ReengenError, ReengenHttpError, ReengenTimeoutError
from .exchange import Query
from .json_values import JsonArray
from .models import DataResponse
from .parts import merged, run_parts
from .response_limits import ResponseLimits
from .retry import read_may_repeat
from .row_budget import Buckets, Portion
from .session import Session
from .transport import ResponseTooLargeError

_DATED: Final = 3
_TOO_SLOW: Final = (HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.REQUEST_TIMEOUT)


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
    data = (envelope.properties or {}).get("data")
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


@dataclass(frozen=True, slots=True)
class DataRequest[S: Sized]:
    """What a call of GetData asks for: its query for points and a range, how a response is read, how series are joined."""

    query: Callable[[Sequence[str] | None, QueryContext], Query]
    decode: Callable[[Envelope, QueryContext], DataResponse[S]]
    join: Callable[[Iterable[S]], S]
    context: QueryContext


class PortionedRead[S: Sized]:
    """One call of GetData; what one response of the platform may hold is learned for the calls that follow."""

    def __init__(self, request: DataRequest[S], session: Session, limits: ResponseLimits) -> None:
        """Begin; nothing is sent yet."""
        self._request = request
        self._session = session
        self._limits = limits
        self._clock = session.policy.clock
        context = request.context
        self._buckets = Buckets(context.series_count, context.resolution, context.zone)
        # A portion that came too late is not halved any more after that.
        self._patient_until = session.policy.deadline()

    async def of(self, points: Sequence[str] | None) -> DataResponse[S]:
        """Return the response for points: codes, None for all that the user may see."""
        context = self._request.context
        if not points or not context.series_count or isinstance(points, str):
            return (await self._ask(points, context.start, context.end, is_last=True)).response
        return await self._all(Portion(tuple(dict.fromkeys(points)), context.start, context.end))

    async def _ask(self, points: Sequence[str] | None, start: datetime, end: datetime, *, is_last: bool) -> _Listed[S]:
        """Send one request; one that is not the last resort is not repeated where it is too slow."""
        context = replace(self._request.context, start=start, end=end)

        def listed(envelope: Envelope) -> _Listed[S]:
            rows = _rows(envelope)
            is_even = all(_is_even(each, len(points or ())) for each in rows)
            response = self._request.decode(envelope, context)
            return _Listed(response, sum(map(len, rows)), is_even, envelope.seconds)

        may_repeat = read_may_repeat if is_last else _may_repeat_in_time
        return await self._session.read(self._request.query(points, context), listed, may_repeat)

    async def _all(self, portion: Portion) -> DataResponse[S]:
        """Return the response of a portion, in as many requests as it takes; raises what the requests raise."""
        portions = self._buckets.split(portion, self._limits.rows, self._limits.longest)
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
            self._limits.came(rows, found.rows, found.seconds)
            return found.response
        # One after another: where the first one fails too, the second is not asked for.
        return self._merged([await self._one(half) for half in halves], halves)

    def _merged(self, found: Sequence[DataResponse[S]], portions: Sequence[Portion]) -> DataResponse[S]:
        return merged(found, [(portion.start, portion.end) for portion in portions], self._request.join)

    def _fails(self, error: ReengenError, portion: Portion, rows: int) -> bool:
        """Note why a portion did not come, and return whether smaller ones may."""
        if is_too_large(error):
            self._limits.too_large(rows, portion.end - portion.start)
            return True
        if _is_too_slow(error):
            self._limits.too_slow(rows)
            return self._clock() < self._patient_until
        return False

    async def _is_capped(self, listed: int, rows: int, halves: Sequence[Portion]) -> bool:
        """Return whether the halves of a portion have more rows than the portion: then the platform caps them."""
        if not self._limits.may_be_capped(rows, listed):
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
            self._limits.is_cap(listed)
            return True
        self._limits.is_whole(listed)
        return False


def _may_repeat_in_time(error: ReengenError) -> bool:
    return read_may_repeat(error) and not _is_too_slow(error)
