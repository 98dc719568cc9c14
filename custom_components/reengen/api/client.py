"""ReengenClient: one short method for each method of the API."""

from collections.abc import Awaitable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from http import HTTPStatus
from itertools import batched
from typing import Any, Final, Self

import aiohttp

from . import queries, responses
from .adaptations import AS_ASSUMED, Adaptations
from .envelope import Envelope
from .errors import ReengenError, ReengenHttpError
from .models import (
    Command,
    CostResponse,
    CostSeries,
    DataValue,
    DataValueChange,
    ImportRow,
    MeasurementResponse,
    MeasurementSeries,
    RawReading,
    Resolution,
)
from .oddities import Listing, Oddity, merged_oddities
from .parts import merged_costs, merged_measurements, run_parts
from .point_tree import PointTree
from .raw_responses import RawRows
from .redaction import Redactor
from .request_limiter import Urgency
from .retry import RetryPolicy
from .row_budget import ROW_BUDGET, split_by_rows
from .session import Decoder, IdRefusal, Query, RequestCounters, Session
from .standing import Standing
from .transport import ResponseTooLargeError, ServerTrust, Transport
from .wire_time import WIRE_STEP, is_repeated
from .zero_fill import without_filled

# ListDataEx does not page. Meters store a row every 5 to 60 minutes: where the rows of a window as short as this do not
# fit into a response, those of a shorter window do not fit either.
_SHORTEST_RAW_WINDOW: Final = timedelta(minutes=15)

# A platform that caps its responses caps them at a round number of rows, and its `rowCount` may count only these.
_ROUND_COUNT: Final = 1000


class ReengenClient:
    """The platform in the name of one user of one tenant.

    Instants are aware datetimes and ranges half-open, [start, end); `time_zone` is the zone that the platform's
    clock shows. Nothing but ReengenError and its subclasses leaves a method. Reads raise any of them but
    ReengenOutcomeUnknownError; they are repeated as the retry policy says, also behind a new login.
    Writes and commands take effect at most once: after ReengenOutcomeUnknownError they may have, after any other
    error they have not.

    The aiohttp session is the caller's and is neither changed nor closed here.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        tenant: str,
        username: str,
        password: str,
        time_zone: tzinfo,
        retry: RetryPolicy | None = None,
        ssl: ServerTrust = True,
        standing: Standing | None = None,
    ) -> None:
        """Keep the account; nothing is sent yet.

        `ssl` is what makes a certificate of the server trusted, `standing` what is known of these credentials.

        Raises ReengenRequestError for a url that is no http(s) address, and for a tenant that cannot stand in a
        header: empty, with line breaks or beyond ASCII.
        """
        redact = Redactor(password)
        transport = Transport(session, url=url, tenant=tenant, redact=redact, ssl=ssl)
        policy = retry or RetryPolicy()
        self._tenant = tenant
        self._zone = time_zone
        self._urgency = Urgency.AWAITED
        self._adaptations = AS_ASSUMED
        # The codes of all points by id, as they were listed last; shared by all copies.
        self._codes: dict[int, str] = {}
        self._session = Session(
            transport,
            tenant=tenant,
            username=username,
            password=password,
            policy=policy,
            redact=redact,
            standing=standing or Standing(),
        )

    def __repr__(self) -> str:
        """Name the account and nothing secret."""
        return f"<ReengenClient {self._session!r}>"

    def in_background(self) -> Self:
        """Return the same client for what nobody waits for: its reads wait behind the others, and hold half of the turns.

        It shares everything, above all the session.
        """
        other = copy(self)
        other._urgency = Urgency.BACKGROUND  # noqa: SLF001 - of the same class
        return other

    def adapted(self, adaptations: Adaptations) -> Self:
        """Return the same client for a platform that does so much otherwise; it shares everything, above all the session."""
        other = copy(self)
        other._adaptations = adaptations  # noqa: SLF001 - of the same class
        return other

    async def _read[T](self, query: Query, decode: Decoder[T]) -> T:
        return await self._session.read(query, decode, self._urgency)

    @property
    def time_zone(self) -> tzinfo:
        """Return the zone that the platform's clock shows."""
        return self._zone

    @property
    def adaptations(self) -> Adaptations:
        """Return what the platform does otherwise than assumed."""
        return self._adaptations

    @property
    def counters(self) -> RequestCounters:
        """Return what was asked and answered so far, for diagnostics."""
        return self._session.counters

    @property
    def is_refused(self) -> bool:
        """Return whether the platform refused the credentials, so that nobody signs in with them again."""
        return self._session.standing.is_refused

    async def authenticate(self) -> None:
        """Log in anew (API document: Authenticate).

        Raises ReengenAuthenticationError where tenant, user and password are refused; that is not repeated.
        """
        await self._session.authenticate()

    async def refusal_of_made_up_id(self) -> IdRefusal | None:
        """Return how a connection id that was never issued is refused, None where the platform takes it.

        One request, which is not repeated; the session goes on as it was.
        """
        return await self._session.refusal_of_made_up_id()

    async def get_point_hierarchy(self) -> PointTree:
        """Return the points that the user may see (API document: GetPointHierarchy)."""
        tree = await self._read(queries.get_point_hierarchy(), responses.point_hierarchy)
        self._codes.clear()
        self._codes.update((point.id, point.code) for point in tree.points)
        return tree

    async def get_data(
        self,
        series: Sequence[MeasurementSeries],
        *,
        points: Sequence[str] | None,
        start: datetime,
        end: datetime,
        resolution: Resolution,
    ) -> MeasurementResponse:
        """Return aggregated readings, in each series' unit, stamped with the start of their bucket.

        `points` are codes; None asks for all that the user may see. One request where the response is expected to
        fit in ROW_BUDGET rows, else several, cut over points first and then over time.
        Source: API document, GetData, Get Measurement Data.
        """

        async def part(codes: Sequence[str] | None, start: datetime, end: datetime) -> MeasurementResponse:
            query = queries.get_data(
                series,
                points=codes,
                start=start,
                end=end,
                resolution=resolution,
                zone=self._zone,
                ends_exclusively=self._adaptations.ends_exclusively(resolution),
            )
            context = responses.QueryContext(
                series_count=len(series),
                start=start,
                end=end,
                zone=self._zone,
                resolution=resolution,
                adaptations=self._adaptations,
            )
            return await self._read(query, partial(responses.measurements, query=context))

        portions: Sequence[tuple[Sequence[str] | None, datetime, datetime]] = [(points, start, end)]
        if points and series and not isinstance(points, str):
            portions = split_by_rows(points, len(series), start, end, resolution, self._zone)
        found = await run_parts([partial(part, *portion) for portion in portions])
        response = merged_measurements(found, [(begin, after) for _, begin, after in portions])
        self.counters.rows += response.row_count
        if self._adaptations.fills_with_zeros:
            return await without_filled(
                response, series, codes=self._codes, end=end, now=datetime.now(UTC), list_data=self.list_data
            )
        return response

    async def get_cost(
        self,
        series: Sequence[CostSeries],
        *,
        points: Sequence[str] | None,
        start: datetime,
        end: datetime,
    ) -> CostResponse:
        """Return what the range as a whole cost, in the tenant's currency, which the API does not name.

        `points` as for `get_data`. Source: API document, GetData, Get Cost Data.
        """

        async def part(codes: Sequence[str] | None) -> CostResponse:
            is_exclusive = self._adaptations.ends_exclusively(None)
            query = queries.get_cost(
                series, points=codes, start=start, end=end, zone=self._zone, ends_exclusively=is_exclusive
            )
            context = responses.QueryContext(
                series_count=len(series), start=start, end=end, zone=self._zone, adaptations=self._adaptations
            )
            return await self._read(query, partial(responses.costs, query=context))

        portions: Sequence[Sequence[str] | None] = [points]
        if points and series and not isinstance(points, str):
            portions = list(batched(dict.fromkeys(points), max(1, ROW_BUDGET // len(series)), strict=False))
        found = await run_parts([partial(part, portion) for portion in portions])
        response = merged_costs(found, [(start, end)] * len(portions))
        self.counters.rows += sum(len(totals or ()) for totals in response.series)
        return response

    async def list_data(
        self,
        *,
        points: Sequence[str],
        definitions: Sequence[str],
        variants: Sequence[str],
        start: datetime,
        end: datetime,
        types: Sequence[str] = ("actual",),
    ) -> Listing[RawReading]:
        """Return the raw rows whose interval ends in the range, in order of time, in their stored unit.

        `points` are codes. A window whose response is cut short is asked for in halves. Rows that cannot be used are left out and named in `oddities` of what is returned.
        Source: API document, ListDataEx.
        """
        is_exclusive = self._adaptations.ends_exclusively(None)

        async def ask(start: datetime, end: datetime) -> RawRows:
            query = queries.list_data(
                points=points,
                definitions=definitions,
                variants=variants,
                start=start,
                end=end,
                types=types,
                zone=self._zone,
                ends_exclusively=is_exclusive,
            )
            return await self._read(query, partial(responses.raw_readings, zone=self._zone))

        rows: list[RawReading] = []
        oddities: list[Oddity] = []
        windows: list[tuple[datetime, datetime, RawRows | None]] = [(start, end, None)]
        while windows:
            begin, after, whole = windows.pop()
            found = await _or_too_large(ask(begin, after))
            middle = self._middle(begin, after) if _may_be_cut_short(found, whole) else None
            if middle is not None:
                part = found if isinstance(found, RawRows) else None
                windows += [(middle, after, part), (begin, middle, part)]
            elif not isinstance(found, RawRows):
                raise found
            else:
                # Where the end itself is sent, a row that is stamped with it may come too.
                rows += (row for row in found.rows if not is_exclusive or row.interval_end < after)
                oddities += found.rows.oddities
        self.counters.rows += len(rows)
        return Listing(rows, merged_oddities(oddities))

    async def import_data(self, rows: Sequence[ImportRow]) -> None:
        """Write raw rows, values in the definition's stored unit (API document: ImportData).

        The platform gives no result for a single row: what a failed batch did must be read back.
        """
        await self._session.write(queries.import_data(rows, self._zone), _nothing)

    async def get_dc_data(
        self,
        *,
        points: Sequence[str],
        type: str,  # noqa: A002 - the API's own name
        tenant: str | None = None,
    ) -> Listing[DataValue]:
        """Return values of the Data Science table (API document: GetDCData); `tenant` is the session's if None.

        Rows that cannot be used are left out and named in `oddities` of what is returned.
        """
        query = queries.get_dc_data(points, type, self._tenant if tenant is None else tenant)
        return await self._read(query, responses.data_values)

    async def manage_dc_data(
        self, changes: Sequence[DataValueChange], *, tenant: str | None = None
    ) -> Listing[DataValue]:
        """Change values of the Data Science table and return the platform's echo (API document: ManageDCData).

        Where the platform says that it has done it, an echo that cannot be read is an oddity and no error.
        """
        query = queries.manage_dc_data(changes, self._tenant if tenant is None else tenant)
        return await self._session.write(query, responses.changed_data_values)

    async def list_available_commands(self, point: str) -> Listing[Command]:
        """Return the commands of a point, given by its code (API document: ListAvailableCommands).

        Commands and options that cannot be used are left out and named in `oddities` of what is returned.
        """
        return await self._read(queries.list_available_commands(point), partial(responses.commands, point=point))

    async def execute_command(self, point: str, command: Command, parameter: Any = None) -> None:
        """Run a command on a point, given by its code (API document: ExecuteCommand).

        `parameter` must fit the command (ReengenRequestError). That the platform accepted it does not mean that
        the device has done it.
        """
        await self._session.write(queries.execute_command(point, command, parameter), _nothing)

    def _middle(self, start: datetime, end: datetime) -> datetime | None:
        """Return where to halve a window of raw rows, or None where it is too short for that."""
        middle = start + (end - start) // 2 // WIRE_STEP * WIRE_STEP
        # The wire cannot say which pass of a repeated hour is meant.
        while is_repeated(middle, self._zone) or is_repeated(middle - WIRE_STEP, self._zone):
            middle += _SHORTEST_RAW_WINDOW
        return middle if middle - start >= _SHORTEST_RAW_WINDOW and middle < end else None


async def _or_too_large(asked: Awaitable[RawRows]) -> RawRows | ReengenError:
    """Return the rows, or the error that says that a response cannot hold so many."""
    try:
        return await asked
    except ResponseTooLargeError as error:
        return error
    except ReengenHttpError as error:
        if error.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        return error


def _may_be_cut_short(found: RawRows | ReengenError, whole: RawRows | None) -> bool:
    """Tell whether a response may lack rows that a shorter window would have; `whole` is that of twice the window."""
    if not isinstance(found, RawRows):
        return True
    if found.listed and found.listed % _ROUND_COUNT == 0:
        return True
    # A response that is cut short has as many rows for half the window. With fewer rows for the half nothing was cut, and
    # the platform counts something else.
    return found.lacks_rows and (whole is None or found.listed >= whole.listed)


def _nothing(_: Envelope) -> None:
    """Decode a response whose `succeeded` is all it says."""
