"""The connection id: one login at a time, used until it is refused; what became of a write."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
import logging
import math
from typing import Any, Final, NamedTuple
from uuid import uuid4

from .envelope import Envelope
from .errors import (
    ReengenAuthenticationError,
    ReengenError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenResponseError,
    ReengenSessionError,
)
from .json_values import garbage_collection_waits
from .queries import authenticate, get_point_hierarchy
from .redaction import Redactor
from .refusals import (
    SessionRefusedError,
    is_forbidden,
    looks_like_login,
    reason,
    refuses_credentials,
    refuses_session,
    says_too_many,
    too_many,
    write_failure,
)
from .request_limiter import RequestLimiter, Urgency
from .responses import connection_id
from .retry import RetryPolicy, read_may_repeat, write_may_repeat
from .standing import LONGEST_PAUSE, Standing
from .transport import AUTHENTICATE, HttpResponse, Transport, is_header_value, open_envelope

_LOGGER: Final = logging.getLogger(__name__)

type Query = Mapping[str, Any]
type Decoder[T] = Callable[[Envelope], T]

# Decoding 64 KiB takes about a millisecond; more than that is worth the way to a thread and back.
_LARGE_BODY: Final = 64 * 1024

# A refusal takes no work.
_MADE_UP_SECONDS: Final = 30.0


class IdRefusal(NamedTuple):
    """How the platform refuses a connection id that it never issued; `words` hold no secret.

    `is_recognised` tells whether the client knows such a refusal for one of the connection id.
    """

    status: int
    words: str
    is_recognised: bool


@dataclass(kw_only=True, slots=True)
class RequestCounters:
    """What a client did since it was made, for diagnostics; `last_error` holds no secret."""

    requests: dict[str, int] = field(default_factory=dict)
    logins: int = 0
    rows: int = 0
    last_error: str | None = None


@dataclass(eq=False, kw_only=True, slots=True)
class _Connection:
    """A connection id, and the methods that it has worked for."""

    id: str = field(repr=False)
    worked: set[str] = field(default_factory=set)


class Session:
    """Asks the platform in the name of one user of one tenant (API document: Authenticate)."""

    def __init__(
        self,
        transport: Transport,
        *,
        tenant: str,
        username: str,
        password: str,
        policy: RetryPolicy,
        redact: Redactor,
        standing: Standing,
    ) -> None:
        """Refuse credentials that no request can carry (ReengenRequestError); `redact` must know the password."""
        self.counters = RequestCounters()
        self.standing = standing
        self._transport = transport
        self._account = f"user {username!r} of tenant {tenant!r}"
        self._login_query = authenticate(tenant, username, password)
        self._policy = policy
        self._redact = redact
        self._connection: _Connection | None = None
        self._login: asyncio.Task[_Connection] | None = None
        self._waiting = 0
        self._limiter = RequestLimiter()
        self._vain_until = -math.inf

    def __repr__(self) -> str:
        """Name the account and nothing secret."""
        return f"<Session of {self._account} at {self._transport.host}>"

    async def authenticate(self) -> None:
        """Log in anew, or wait for the login under way; raises as `read` does."""
        self._connection = None
        await self._connected()

    async def read[T](self, query: Query, decode: Decoder[T], urgency: Urgency = Urgency.AWAITED) -> T:
        """Ask as often as the retry policy says; a dead connection id costs one login and one more request.

        A few requests are under way at once; after a refusal of too many they go one by one (RequestLimiter).
        Raises any ReengenError but ReengenOutcomeUnknownError.
        """
        return await self._run(query, decode, read_may_repeat, lambda _: True, urgency)

    async def refusal_of_made_up_id(self) -> IdRefusal | None:
        """Ask once with a connection id that was never issued; None where the platform takes it.

        Raises ReengenConnectionError and ReengenResponseError as a read does, and nothing about the session.
        """
        made_up, query = str(uuid4()), get_point_hierarchy()
        method = str(query["$"])
        self._redact.add(made_up)
        self.counters.requests[method] = self.counters.requests.get(method, 0) + 1
        async with self._limiter.turn(Urgency.BACKGROUND):
            response = await self._transport.post(query, connection_id=made_up, seconds=_MADE_UP_SECONDS)
        try:
            self._open(response, method, lambda _: None)
        except ReengenError as error:
            is_recognised = isinstance(error, SessionRefusedError)
            return IdRefusal(status=response.status, words=self._redact(reason(error)), is_recognised=is_recognised)
        return None

    async def write[T](self, query: Query, decode: Decoder[T]) -> T:
        """Send a write or a command; it takes effect at most once.

        It is sent again only if it never left, or if the platform itself refused the connection id (HTTP 401, or
        `succeeded` false and words about the session). A login page, a redirect or a 403 in HTML proves no such
        refusal: a gateway may put its page in the place of the platform's response.

        Raises ReengenRefusedError, ReengenRateLimitError (HTTP 429 refuses before the work, RFC 6585),
        ReengenConnectionError with `sent` False, or whatever kept the login from happening: the platform did
        not do it. ReengenOutcomeUnknownError: it may have.
        """
        method = str(query["$"])
        try:
            return await self._run(query, decode, write_may_repeat, lambda refusal: refusal.certain, Urgency.WRITE)
        except ReengenError as error:
            failure = write_failure(error, method)
            if failure is error:
                raise
        raise failure from failure.__cause__

    async def _run[T](
        self,
        query: Query,
        decode: Decoder[T],
        may_repeat: Callable[[ReengenError], bool],
        may_replay: Callable[[SessionRefusedError], bool],
        urgency: Urgency,
    ) -> T:
        deadline = self._policy.deadline()

        async def attempt(connection: _Connection) -> T:
            async def ask(seconds: float) -> T:
                async with self._limiter.turn(urgency):
                    return await self._exchange(query, decode, connection, seconds)

            return await self._policy.run(ask, may_repeat, deadline=deadline, method=str(query["$"]))

        connection = await self._connected()
        try:
            return await attempt(connection)
        except SessionRefusedError as refusal:
            is_dead = self._gives_up(connection, refusal.method)
            if not may_replay(refusal):
                raise
            failure = self._for_callers(connection, refusal)
        if not is_dead:
            raise failure
        _LOGGER.debug("%s: the connection id was refused, logging in anew", query["$"])
        connection = await self._connected()
        try:
            found = await attempt(connection)
        except SessionRefusedError as refusal:
            if not may_replay(refusal):
                raise
            self._is_in_vain(connection)
            failure = self._for_callers(connection, refusal)
        else:
            self._vain_until = -math.inf
            return found
        raise failure

    def _gives_up(self, connection: _Connection, method: str | None) -> bool:
        """Forget an id that was refused, and return whether another one may help.

        Where the id has worked for this method, the id is dead. A refusal of another method may be about that method
        alone, and a refusal of an id that has never worked about the platform: a login after every one of these would
        make logins without end.
        """
        if self._connection is connection:
            if method not in connection.worked:
                until = self._vain_until if connection.worked else self.standing.paused_until
                if self._policy.clock() < until:
                    return False
                self._is_in_vain(connection)
            self._connection = None
        return True

    def _is_in_vain(self, connection: _Connection) -> None:
        now = self._policy.clock()
        self._vain_until = now + LONGEST_PAUSE
        if not connection.worked:
            self.standing.paused_until = now + self.standing.next_pause()

    async def _connected(self) -> _Connection:
        """Return the living connection id; many callers without one cause one login."""
        if self._connection is not None:
            return self._connection
        if self._login is None or self._login.done():
            self._check_standing()
            self._login = asyncio.create_task(self._log_in(), name="reengen login")
        login = self._login
        self._waiting += 1
        try:
            # `wait` leaves the task alone when this caller is cancelled.
            await asyncio.wait((login,))
        finally:
            self._waiting -= 1
            if not self._waiting and not login.done():
                # No caller waits for the login any more, and the next caller must not wait for a cancelled task.
                login.cancel()
                self._login = None
        return login.result()

    async def _log_in(self) -> _Connection:
        deadline = self._policy.deadline()
        ask = partial(self._exchange, self._login_query, self._issued_id, None)
        try:
            issued = await self._policy.run(ask, read_may_repeat, deadline=deadline, method=AUTHENTICATE)
        except ReengenAuthenticationError:
            self.standing.is_refused = True
            raise
        self.counters.logins += 1
        self._connection = _Connection(id=issued)
        return self._connection

    def _check_standing(self) -> None:
        if self.standing.is_refused:
            raise self._wrong_credentials("it did so before, and is not asked again until they are entered anew")
        if not self.counters.logins and self._policy.clock() < self.standing.paused_until:
            text = f"The platform refused the connection ids that it gave to {self._account}"
            raise ReengenSessionError(f"{text} a short while ago, and was not asked again.", method=AUTHENTICATE)

    async def _exchange[T](self, query: Query, decode: Decoder[T], connection: _Connection | None, seconds: float) -> T:
        method = str(query["$"])
        self.counters.requests[method] = self.counters.requests.get(method, 0) + 1
        try:
            issued = None if connection is None else connection.id
            response = await self._transport.post(query, connection_id=issued, seconds=seconds)
            _LOGGER.debug("%s: HTTP %d, %d bytes", method, response.status, len(response.body))
            opened = await self._opened(response, method, decode)
        except ReengenError as error:
            if connection is not None and is_forbidden(error):
                self._gives_up(connection, method)
            if self._limiter.are_several and too_many(error):
                _LOGGER.info("%s was one of too many requests at once: from now on they go one by one", method)
                self._limiter.go_one_by_one()
            self.counters.last_error = str(error)
            raise
        if connection is not None:
            connection.worked.add(method)
            self.standing.works()
        return opened

    async def _opened[T](self, response: HttpResponse, method: str, decode: Decoder[T]) -> T:
        if len(response.body) > _LARGE_BODY:
            return await asyncio.to_thread(self._open, response, method, decode)
        return self._open(response, method, decode)

    @garbage_collection_waits()
    def _open[T](self, response: HttpResponse, method: str, decode: Decoder[T]) -> T:
        try:
            envelope = open_envelope(response, method, self._redact)
            if envelope.message:
                _LOGGER.debug("%s succeeded with the message: %s", method, self._redact(envelope.message))
            return decode(envelope)
        except ReengenError as error:
            failure = self._verdict(error, response, method)
            cause = failure.__cause__ if isinstance(failure.__cause__, ReengenError) else None
        # The context may be a parser's error, which holds the whole response and perhaps a connection id.
        failure.__context__ = None
        raise failure from cause

    def _issued_id(self, envelope: Envelope) -> str:
        issued = connection_id(envelope)
        self._redact.add(issued)
        if not is_header_value(issued):
            text = "The platform gave a connection id that no header can carry."
            raise ReengenResponseError(text, method=AUTHENTICATE, where="connectionId")
        return issued

    def _verdict(self, error: ReengenError, response: HttpResponse, method: str) -> ReengenError:
        """Return what the failure means for the session, or the failure itself, without secrets."""
        error.args = (self._redact(str(error)),)
        if isinstance(error, ReengenRefusedError):
            error.server_message = self._redact(error.server_message)
        if method == AUTHENTICATE:
            return self._wrong_credentials(reason(error)) if refuses_credentials(error, response) else error
        if says_too_many(error):
            return ReengenRateLimitError(
                str(error), method=method, status=response.status, retry_after=response.retry_after
            )
        certain = refuses_session(error, response)
        if not certain and not looks_like_login(error, response):
            return error
        refusal = SessionRefusedError(str(error), method=method, server_message=reason(error))
        refusal.certain = certain
        return refusal

    def _wrong_credentials(self, reason: str) -> ReengenAuthenticationError:
        text = self._redact(f"The platform refused {self._account}: {reason or 'no reason given'}.")
        return ReengenAuthenticationError(text, method=AUTHENTICATE, server_message=reason)

    def _for_callers(self, connection: _Connection, refusal: SessionRefusedError) -> ReengenError:
        """Return the error that callers get for the refusal of a connection id."""
        if connection.worked:
            # The id is good for other requests, or died young; either way the credentials are good.
            text = f"The platform refuses {refusal.method} as it would with a dead connection id: {refusal}"
            return ReengenRefusedError(text, method=refusal.method, server_message=refusal.server_message)
        text = f"The platform accepts the login of {self._account} and refuses its connection id: {refusal}"
        return ReengenSessionError(text, method=refusal.method)
