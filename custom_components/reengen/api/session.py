"""Reads, writes and commands in the name of one user; what a refusal leads to, and what became of a write."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import logging
from typing import Final, NamedTuple
from uuid import uuid4

from .errors import ReengenError, ReengenRefusedError, ReengenSessionEndedError, ReengenSessionError
from .exchange import Decoder, Exchange, Query
from .queries import get_point_hierarchy
from .refusals import SessionRefusedError, says_not_done, write_failure
from .request_limiter import Urgency
from .retry import RetryPolicy, read_may_repeat, write_may_repeat
from .sign_in import Connection, SignIn
from .standing import Standing
from .wording import wording_of

_LOGGER: Final = logging.getLogger(__name__)

# A refusal takes no work, and a list of points little.
_GLANCE_SECONDS: Final = 30.0
_GLANCE_METHOD: Final = str(get_point_hierarchy()["$"])

type _Ask[T] = Callable[[Connection], Awaitable[T]]


class IdRefusal(NamedTuple):
    """How the platform refuses a connection id that it never issued; `words` hold no secret and nothing that changes.

    `is_recognised` tells whether the client knows such a refusal for one of the connection id without having asked.
    """

    status: int
    words: str
    is_recognised: bool


@dataclass(kw_only=True)
class Session:
    """Asks the platform in the name of one user of one tenant (API document: Authenticate).

    `urgency` is that of its reads; without `may_guess` nothing logs in because of unknown words.
    """

    exchange: Exchange
    sign_in: SignIn
    policy: RetryPolicy
    standing: Standing
    urgency: Urgency = Urgency.AWAITED
    may_guess: bool = True

    async def read[T](
        self, query: Query, decode: Decoder[T], may_repeat: Callable[[ReengenError], bool] = read_may_repeat
    ) -> T:
        """Ask as often as the retry policy says; a dead connection id costs one login and one more request.

        So does a refusal in unknown words where Standing and `may_guess` allow a guess. A few requests are under way at
        once; after a refusal of too many they go one by one (RequestLimiter). Raises any ReengenError but
        ReengenOutcomeUnknownError and ReengenSessionEndedError.
        """
        ask, method = self._asking(query, decode, may_repeat, self.urgency), str(query["$"])
        connection = await self.sign_in.connected()
        try:
            return await ask(connection)
        except ReengenError as error:
            failure = error
        renewed = await self._renewed(connection, method, failure)
        if renewed is None:
            raise self._for_callers(connection, failure)
        _LOGGER.debug("%s: the connection id was refused, asking again with another one", method)
        try:
            found = await ask(renewed)
        except ReengenError as error:
            again = error
        else:
            self.sign_in.helped(failure.wording)
            return found
        is_certain = self._is_certain(method, again)
        if is_certain or (again.wording and again.wording == failure.wording):
            self.sign_in.was_in_vain(renewed, method, again.wording, is_certain=is_certain)
        raise self._for_callers(renewed, again)

    async def write[T](self, query: Query, decode: Decoder[T]) -> T:
        """Send a write or a command; it takes effect at most once.

        It is sent again only if it never left, or if the platform itself refused the connection id (HTTP 401,
        `succeeded` false and words about the session, or the words for an id that was never issued where a read is
        refused alike). A login page, a redirect or a 403 in HTML proves no such refusal: a gateway may put its page in
        the place of the platform's response.

        Raises ReengenRefusedError, ReengenRateLimitError (HTTP 429 refuses before the work, RFC 6585),
        ReengenConnectionError with `sent` False, or whatever kept the login from happening: the platform did
        not do it; ReengenSessionEndedError says that the id was dead and is renewed.
        ReengenOutcomeUnknownError: it may have done it.
        """
        method = str(query["$"])
        try:
            return await self._written(self._asking(query, decode, write_may_repeat, Urgency.WRITE), method)
        except ReengenError as error:
            failure = write_failure(error, method)
            if failure is error:
                raise
        raise failure from failure.__cause__

    async def refusal_of_made_up_id(self) -> IdRefusal | None:
        """Ask once with a connection id that was never issued; None where the platform takes it.

        In these words a connection id counts as refused from now on. Raises ReengenError where the response is neither
        data nor a refusal; nothing about the session, which goes on as it was.
        """
        made_up = str(uuid4())
        self.exchange.redact.add(made_up)
        error = await self._glance(made_up, Urgency.BACKGROUND)
        if error is None:
            return None
        if error.wording is None:
            raise error
        refusal = IdRefusal(*error.wording, is_recognised=isinstance(error, SessionRefusedError))
        self.trust_refusal(refusal)
        return refusal

    def trust_refusal(self, refusal: IdRefusal) -> None:
        """Let a connection id count as refused in the words that were found for one that was never issued."""
        known = wording_of(refusal.status, refusal.words, get_point_hierarchy())
        self.standing.certain = None if refusal.is_recognised else known

    def _asking[T](
        self, query: Query, decode: Decoder[T], may_repeat: Callable[[ReengenError], bool], urgency: Urgency
    ) -> _Ask[T]:
        """Return what sends a query with a connection id, as often as the retry policy says, under one deadline."""
        deadline, method = self.policy.deadline(), str(query["$"])

        async def ask(connection: Connection) -> T:
            async def once(seconds: float) -> T:
                async with self.exchange.limiter.turn(urgency):
                    try:
                        found = await self.exchange.send(query, decode, connection.id, seconds)
                    except ReengenError as error:
                        self.exchange.note(error, method)
                        raise
                self.sign_in.works(connection, method)
                return found

            return await self.policy.run(once, may_repeat, deadline=deadline, method=method)

        return ask

    async def _renewed(self, connection: Connection, method: str, failure: ReengenError) -> Connection | None:
        """Return another id in the place of one that is dead, or may be; None where there is to be none."""
        if self._is_certain(method, failure):
            if not self.sign_in.gives_up(connection, method, failure.wording):
                return None
            return await self.sign_in.connected()
        if failure.wording is None or not self.may_guess:
            return None
        return await self.sign_in.guessed(connection, method, failure.wording)

    async def _written[T](self, ask: _Ask[T], method: str) -> T:
        connection = await self.sign_in.connected()
        try:
            return await ask(connection)
        except ReengenError as error:
            failure = error
        if not await self._is_for_its_id(connection, method, failure):
            raise failure
        _LOGGER.debug("%s: the connection id was refused, sending it again with another one", method)
        connection = await self.sign_in.connected()
        try:
            return await ask(connection)
        except SessionRefusedError as error:
            again = error
        if not again.certain:
            raise again
        self.sign_in.was_in_vain(connection, method, again.wording, is_certain=True)
        raise self._for_callers(connection, again)

    async def _is_for_its_id(self, connection: Connection, method: str, failure: ReengenError) -> bool:
        """Return whether a write was certainly refused for its connection id, so that it is sent again with another one.

        Raises ReengenSessionEndedError where another id is there and the words allow no such certainty.
        """
        if isinstance(failure, SessionRefusedError):
            is_dead = self.sign_in.gives_up(connection, method, failure.wording)
            if failure.certain and not is_dead:
                raise self._for_callers(connection, failure)
            return failure.certain
        is_certain = self._is_certain(method, failure)
        if not await self._has_ended(connection, method, failure) or not says_not_done(failure):
            return False
        if is_certain:
            return True
        text = f"The session had ended, so the platform refused {method} and did nothing: {failure}"
        raise ReengenSessionEndedError(text, method=method, server_message=failure.server_message)

    async def _has_ended(self, connection: Connection, method: str, failure: ReengenError) -> bool:
        """Return whether a read is refused like a write with the same id, and not with another id."""
        wording, now = failure.wording, self.policy.clock()
        if wording is None or not self.standing.is_open(method, wording, now):
            return False
        same = await self._glance(connection.id)
        if same is None:
            self.standing.is_no_matter(method, wording, now)
        if same is None or same.wording != wording:
            return False
        try:
            renewed = await self._renewed(connection, _GLANCE_METHOD, same)
        except ReengenError:
            return False
        if renewed is None:
            return False
        other = await self._glance(renewed.id)
        if other is None:
            self.sign_in.works(renewed, _GLANCE_METHOD)
            self.sign_in.helped(wording)
        elif other.wording == wording:
            is_certain = self._is_certain(_GLANCE_METHOD, other)
            self.sign_in.was_in_vain(renewed, method, wording, is_certain=is_certain)
        return other is None

    async def _glance(self, connection_id: str, urgency: Urgency = Urgency.WRITE) -> ReengenError | None:
        """Return how the list of points is refused to a connection id, None where it is not."""
        async with self.exchange.limiter.turn(urgency):
            try:
                await self.exchange.send(get_point_hierarchy(), lambda _: None, connection_id, _GLANCE_SECONDS)
            except ReengenError as error:
                return error
        return None

    def _is_certain(self, method: str, failure: ReengenError) -> bool:
        """Return whether a refusal counts as one of the connection id."""
        is_known = self.standing.is_certain(method, failure.wording, self.policy.clock())
        return is_known or isinstance(failure, SessionRefusedError)

    def _for_callers(self, connection: Connection, failure: ReengenError) -> ReengenError:
        """Return the error that callers get in the place of one that never leaves the session."""
        if not isinstance(failure, SessionRefusedError):
            return failure
        if connection.worked:
            # The id is good for other requests, or died young; either way the credentials are good.
            text = f"The platform refuses {failure.method} as it would with a dead connection id: {failure}"
            return ReengenRefusedError(text, method=failure.method, server_message=failure.server_message)
        text = f"The platform accepts the login of {self.exchange.account} and refuses its connection id: {failure}"
        return ReengenSessionError(text, method=failure.method)
