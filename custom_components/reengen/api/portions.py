"""A read of GetData in portions: as many as the platform takes, smaller ones where it fails, and what they add up to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple, Protocol

from .data_series import QueryContext
from .envelope import Envelope
from .errors import ReengenError, ReengenHttpError, ReengenTimeoutError
from .exchange import Query
from .json_values import JsonArray
from .models import Resolution
from .parts import Window, run_parts
from .response_limits import ResponseLimits
from .retry import RetryPolicy, read_may_repeat
from .row_budget import Buckets, Portion
from .session import Reads
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
    """Return whether dated rows have each label for each point, of half of those asked for; a row is [date, id, value]."""
    try:
        labels, points = ({row[cell] for row in rows if len(row) == _DATED} for cell in (0, 1))
    except KeyError, TypeError:
        return False
    return len(rows) == len(labels) * len(points) and 2 * len(points) >= asked


class _Listed[R](NamedTuple):
    """A response, how many rows it has on the wire, and how many seconds it took.

    `is_even`: each series that is there has a row for every label and point that it has any of, and most points, as no
    cap leaves it.
    """

    response: R
    rows: int
    is_even: bool
    seconds: float


class _QueryOf(Protocol):
    def __call__(self, points: Sequence[str] | None, start: datetime, end: datetime) -> Query: ...


@dataclass(frozen=True, slots=True)
class DataRequest[R]:
    """What a call of GetData asks for: its query for points and a range, how responses are read and made one.

    `resolution` is None for costs.
    """

    query: _QueryOf
    decode: Callable[[Envelope, QueryContext], R]
    merge: Callable[[Sequence[R], Sequence[Window]], R]
    series_count: int
    resolution: Resolution | None = None


class DataReader:
    """Reads GetData, and learns what one response of the platform may hold."""

    def __init__(self, policy: RetryPolicy, zone: tzinfo) -> None:
        """Begin with nothing known; `zone` is the platform's."""
        self.limits = ResponseLimits()
        self.policy = policy
        self.zone = zone

    @property
    def adapted(self) -> Mapping[str, float]:
        """Return the limits that were found and are in force."""
        return self.limits.adapted(self.policy.clock())

    async def read[R](
        self, request: DataRequest[R], points: Sequence[str] | None, start: datetime, end: datetime, reads: Reads
    ) -> R:
        """Return the response for points (codes, None for all that the user may see) and a half-open range."""
        read = _PortionedRead(self, request, reads)
        if not points or not request.series_count or isinstance(points, str):
            return (await read.ask(points, start, end, is_last=True)).response
        return await read.all(Portion(tuple(dict.fromkeys(points)), start, end))


class _PortionedRead[R]:
    """One call of GetData."""

    def __init__(self, reader: DataReader, request: DataRequest[R], reads: Reads) -> None:
        self._reader = reader
        self._request = request
        self._reads = reads
        self._limits = reader.limits
        self._clock = reader.policy.clock
        self._buckets = Buckets(request.series_count, request.resolution, reader.zone)
        # A portion that came too late is not halved any more after that.
        self._patient_until = reader.policy.deadline()

    async def ask(self, points: Sequence[str] | None, start: datetime, end: datetime, *, is_last: bool) -> _Listed[R]:
        """Send one request; one that is not the last resort is not repeated where it is too slow."""
        request = self._request
        context = QueryContext(
            series_count=request.series_count,
            start=start,
            end=end,
            zone=self._reader.zone,
            resolution=request.resolution,
        )

        def listed(envelope: Envelope) -> _Listed[R]:
            rows = _rows(envelope)
            is_even = all(_is_even(each, len(points or ())) for each in rows)
            return _Listed(request.decode(envelope, context), sum(map(len, rows)), is_even, envelope.seconds)

        may_repeat = read_may_repeat if is_last else _may_repeat_in_time
        return await self._reads(request.query(points, start, end), listed, may_repeat)

    async def all(self, portion: Portion) -> R:
        """Return the response of a portion, in as many requests as it takes; raises what the requests raise."""
        now = self._clock()
        portions = self._buckets.split(portion, self._limits.rows(now), self._limits.longest(now))
        return self._merged(await run_parts([partial(self._one, each) for each in portions]), portions)

    async def _one(self, portion: Portion) -> R:
        halves, rows = self._buckets.halves(portion), self._buckets.rows(portion)
        try:
            found = await self.ask(*portion, is_last=not halves)
        except ReengenError as error:
            if not halves or not self._fails(error, portion, rows):
                raise
        else:
            if halves and not found.is_even and await self._is_capped(found.rows, rows, halves):
                return await self.all(portion)
            self._limits.came(rows, found.rows, found.seconds)
            return found.response
        # One after another: where the first one fails too, the second is not asked for.
        return self._merged([await self._one(half) for half in halves], halves)

    def _merged(self, found: Sequence[R], portions: Sequence[Portion]) -> R:
        return self._request.merge(found, [(portion.start, portion.end) for portion in portions])

    def _fails(self, error: ReengenError, portion: Portion, rows: int) -> bool:
        """Note why a portion did not come, and return whether smaller ones may."""
        if is_too_large(error):
            self._limits.too_large(rows, portion.end - portion.start, self._clock())
            return True
        if _is_too_slow(error):
            self._limits.too_slow(rows)
            return self._clock() < self._patient_until
        return False

    async def _is_capped(self, listed: int, rows: int, halves: Sequence[Portion]) -> bool:
        """Return whether the halves of a portion have more rows than the portion: then the platform caps them."""
        if not self._limits.may_be_capped(rows, listed, self._clock()):
            return False
        counts: list[int] = []
        try:
            while halves:
                counts = [(await self.ask(*half, is_last=False)).rows for half in halves]
                # Where all rows are in one half, it is cut short as well.
                full = next((half for half, count in zip(halves, counts, strict=True) if count == listed), None)
                halves = [] if full is None or sum(counts) > listed else self._buckets.halves(full)
        except ReengenError:
            return False
        if sum(counts) > listed:
            self._limits.is_cap(listed, self._clock())
            return True
        self._limits.is_whole(listed, self._clock())
        return False


def _may_repeat_in_time(error: ReengenError) -> bool:
    return read_may_repeat(error) and not _is_too_slow(error)
