"""ReengenClient: one short method for each method of the API."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Self

import aiohttp

from . import queries, responses
from .adaptations import AS_ASSUMED, Adaptations
from .cost_responses import costs, joined_totals
from .data_series import QueryContext
from .envelope import Envelope
from .exchange import Exchange, RequestCounters
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
from .oddities import Listing
from .point_tree import PointTree
from .portions import PortionedRead
from .raw_responses import RawRows, listed_in_halves, raw_readings
from .reading_series import ReadingSeries
from .redaction import Redactor
from .request_limiter import Urgency
from .response_limits import ResponseLimits
from .retry import RetryPolicy
from .series_responses import measurements
from .session import IdRefusal, Session
from .sign_in import SignIn
from .standing import Standing
from .transport import ServerTrust, Transport
from .zero_fill import without_filled


class ReengenClient:
    """The platform in the name of one user of one tenant.

    Instants are aware datetimes and ranges half-open, [start, end); `time_zone` is the zone that the platform's clock
    shows, `adaptations` are what the platform does otherwise than assumed. Nothing but ReengenError and its subclasses
    leaves a method. Reads raise any of them but ReengenOutcomeUnknownError; they are repeated as the retry policy says,
    also behind a new login. Writes and commands take effect at most once: after ReengenOutcomeUnknownError they may have,
    after any other error they have not.

    The aiohttp session is the caller's and is neither changed nor closed here. Give one without a shared cookie jar: a
    cookie may tie a request to another tenant's login.
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
        self._limits = ResponseLimits(policy.clock)
        self._tenant = tenant
        self.time_zone = time_zone
        self.adaptations = AS_ASSUMED
        # The codes of all points by id, as they were listed last; shared by all copies.
        self._codes: dict[int, str] = {}
        standing = standing or Standing()
        exchange = Exchange(transport, redact, f"user {username!r} of tenant {tenant!r}")
        sign_in = SignIn(exchange, queries.authenticate(tenant, username, password), policy, standing)
        self._session = Session(exchange=exchange, sign_in=sign_in, policy=policy, standing=standing)

    def in_background(self) -> Self:
        """Return the client for what nobody waits for: its reads wait behind the others, and hold half of the turns."""
        return self._sharing(_session=replace(self._session, urgency=Urgency.BACKGROUND))

    def with_adaptations(self, adaptations: Adaptations) -> Self:
        """Return the client for a platform that does so much otherwise."""
        return self._sharing(adaptations=adaptations)

    def without_guesses(self) -> Self:
        """Return the client for what counts its requests: none of its reads logs in because of unknown words."""
        return self._sharing(_session=replace(self._session, may_guess=False))

    def _sharing(self, **others: Any) -> Self:
        """Return a client that shares everything but these, above all the session."""
        client = copy(self)
        vars(client).update(others)
        return client

    @property
    def counters(self) -> RequestCounters:
        """Return what was asked and answered so far, for diagnostics."""
        return self._session.exchange.counters

    @property
    def adapted(self) -> Mapping[str, float]:
        """Return the limits of this platform's responses that were found and are in force, by their reason.

        `too_large`, `cap` and `too_slow` are rows of a request, `range_hours` is its length.
        """
        return self._limits.adapted

    @property
    def is_refused(self) -> bool:
        """Return whether the platform refused the credentials, so that nobody signs in with them again."""
        return self._session.standing.is_refused

    async def authenticate(self) -> None:
        """Log in anew (API document: Authenticate).

        Raises ReengenAuthenticationError where tenant, user and password are refused; that is not repeated.
        """
        await self._session.sign_in.connected_anew()

    async def refusal_of_made_up_id(self) -> IdRefusal | None:
        """Return how a connection id that was never issued is refused, None where the platform takes it.

        One request, which is not repeated; the session goes on as it was, and knows a dead id by this refusal.
        """
        return await self._session.refusal_of_made_up_id()

    def trust_refusal(self, refusal: IdRefusal) -> None:
        """Let a connection id count as refused in the words that an earlier client found so."""
        self._session.trust_refusal(refusal)

    async def get_point_hierarchy(self) -> PointTree:
        """Return the points that the user may see (API document: GetPointHierarchy)."""
        tree = await self._session.read(queries.get_point_hierarchy(), responses.point_hierarchy)
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
        fit in ROW_BUDGET rows and in what the platform was found to take, else several. Where the platform fails on a
        request because it is too large or too slow, or caps the response, smaller ones follow.
        Source: API document, GetData, Get Measurement Data.
        """
        context = self._context(start, end, resolution=resolution, series_count=len(series))
        query = partial(queries.get_data, series)
        read = PortionedRead(query, measurements, ReadingSeries.joined, context, self._session, self._limits)
        response = await read.of(points)
        self.counters.rows += response.row_count
        if self.adaptations.fills_with_zeros:
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

        `points` and requests as for `get_data`. Source: API document, GetData, Get Cost Data.
        """
        context = self._context(start, end, series_count=len(series))
        query = partial(queries.get_cost, series)
        response = await PortionedRead(query, costs, joined_totals, context, self._session, self._limits).of(points)
        self.counters.rows += response.row_count
        return response

    def _context(self, start: datetime, end: datetime, **others: Any) -> QueryContext:
        return QueryContext(start=start, end=end, zone=self.time_zone, adaptations=self.adaptations, **others)

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

        `points` are codes. A window whose response is cut short is asked for in halves. Rows that cannot be used are left
        out and named in `oddities` of what is returned.
        Source: API document, ListDataEx.
        """
        decode = partial(raw_readings, zone=self.time_zone)

        async def ask(start: datetime, end: datetime) -> RawRows:
            query = queries.list_data(points, definitions, variants, types, self._context(start, end))
            return await self._session.read(query, decode)

        listing = await listed_in_halves(ask, start, end, self.time_zone)
        if self.adaptations.ends_exclusively(None):
            # Where the end itself is sent, a row that is stamped with it may come too.
            listing = Listing((row for row in listing if row.interval_end < end), listing.oddities)
        self.counters.rows += len(listing)
        return listing

    async def import_data(self, rows: Sequence[ImportRow]) -> None:
        """Write raw rows, values in the definition's stored unit (API document: ImportData).

        The platform gives no result for a single row: what a failed batch did must be read back.
        """
        await self._session.write(queries.import_data(rows, self.time_zone), _nothing)

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
        return await self._session.read(query, responses.data_values)

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
        return await self._session.read(
            queries.list_available_commands(point), partial(responses.commands, point=point)
        )

    async def execute_command(self, point: str, command: Command, parameter: Any = None) -> None:
        """Run a command on a point, given by its code (API document: ExecuteCommand).

        `parameter` must fit the command (ReengenRequestError). That the platform accepted it does not mean that
        the device has done it.
        """
        await self._session.write(queries.execute_command(point, command, parameter), _nothing)


def _nothing(_: Envelope) -> None:
    """Decode a response whose `succeeded` is all it says."""
