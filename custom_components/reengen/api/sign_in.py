"""The connection id in use: one login at a time, and when an id is given up for another one."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
import math
from typing import Final

from .envelope import Envelope
from .errors import ReengenAuthenticationError, ReengenError, ReengenResponseError, ReengenSessionError
from .exchange import Exchange, Query
from .responses import connection_id
from .retry import RetryPolicy, read_may_repeat
from .standing import LONGEST_PAUSE, Standing
from .transport import AUTHENTICATE, is_header_value
from .wording import Wording

# Seconds after which an id that nothing was asked with may be dead.
_OLD: Final = 900.0


@dataclass(eq=False, kw_only=True, slots=True)
class Connection:
    """A connection id since an instant, the methods that it has worked for, and the refusals that led to it in vain."""

    id: str = field(repr=False)
    since: float
    worked: set[str] = field(default_factory=set)
    in_vain: set[tuple[str, Wording]] = field(default_factory=set)


@dataclass(slots=True)
class SignIn:
    """Keeps the living connection id of one user of one tenant (API document: Authenticate); `query` is the login's."""

    exchange: Exchange
    query: Query = field(repr=False)
    policy: RetryPolicy
    standing: Standing
    _connection: Connection | None = None
    _login: asyncio.Task[Connection] | None = None
    _waiting: int = 0
    _vain_until: float = -math.inf

    async def connected_anew(self) -> Connection:
        """Log in anew, or wait for the login under way; raises as reads do."""
        self._connection = None
        return await self.connected()

    async def connected(self) -> Connection:
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

    def gives_up(self, connection: Connection, method: str, wording: Wording | None) -> bool:
        """Forget an id that was refused as a dead one, and return whether another one may help.

        Where the id has worked for this method, the id is dead. A refusal of another method may be about that method
        alone, and a refusal of an id that has never worked about the platform: a login after every one of these would
        make logins without end.
        """
        if self._connection is connection:
            now = self.policy.clock()
            if wording is not None and not self.standing.is_open(method, wording, now):
                return False
            if method not in connection.worked:
                if now < (self._vain_until if connection.worked else self.standing.paused_until):
                    return False
                self._waits(connection)
            self._connection = None
        return True

    async def guessed(self, connection: Connection, method: str, wording: Wording) -> Connection | None:
        """Return another id in the place of one that may be dead, None where there is to be none.

        An id that was accepted once is given up on a guess as Standing allows, and kept where the login fails.
        Raises ReengenAuthenticationError.
        """
        now, standing = self.policy.clock(), self.standing
        if self._connection is connection:
            is_proven = connection.worked or now - connection.since >= _OLD
            if standing.is_refused or not is_proven or not standing.may_log_in(method, wording, now):
                return None
            standing.logs_in(wording, now)
            self._connection = None
        try:
            return await self.connected()
        except ReengenAuthenticationError:
            raise
        except ReengenError:
            self._connection = self._connection or connection
            return None

    def works(self, connection: Connection, method: str) -> None:
        """Note that an id was accepted: refusals that were the same with it were not about the id before."""
        connection.worked.add(method)
        self.standing.works()
        for refused_method, wording in connection.in_vain:
            self.standing.is_no_matter(refused_method, wording, self.policy.clock())
        connection.in_vain.clear()

    def was_in_vain(self, connection: Connection, method: str, wording: Wording | None, *, is_certain: bool) -> None:
        """Note that an id was refused like the one before; `is_certain`: in words about the connection id."""
        if is_certain:
            self._waits(connection)
        if wording is None:
            return
        if connection.worked:
            self.standing.is_no_matter(method, wording, self.policy.clock())
        else:
            connection.in_vain.add((method, wording))

    def helped(self, wording: Wording | None) -> None:
        """Note that an id was accepted for what the one before was refused for."""
        self._vain_until = -math.inf
        self.standing.helped(wording)

    def _waits(self, connection: Connection) -> None:
        now = self.policy.clock()
        self._vain_until = now + LONGEST_PAUSE
        if not connection.worked:
            self.standing.paused_until = now + self.standing.next_pause()

    async def _log_in(self) -> Connection:
        deadline = self.policy.deadline()
        send = partial(self.exchange.send, self.query, self._issued_id, None)
        try:
            issued = await self.policy.run(send, read_may_repeat, deadline=deadline, method=AUTHENTICATE)
        except ReengenError as error:
            self.exchange.note(error, AUTHENTICATE)
            self.standing.is_refused |= isinstance(error, ReengenAuthenticationError)
            raise
        self.exchange.counters.logins += 1
        self._connection = Connection(id=issued, since=self.policy.clock())
        return self._connection

    def _issued_id(self, envelope: Envelope) -> str:
        issued = connection_id(envelope)
        self.exchange.redact.add(issued)
        if not is_header_value(issued):
            text = "The platform gave a connection id that no header can carry."
            raise ReengenResponseError(text, method=AUTHENTICATE, where="connectionId")
        return issued

    def _check_standing(self) -> None:
        if self.standing.is_refused:
            raise self.exchange.wrong_credentials(
                "it did so before, and is not asked again until they are entered anew"
            )
        if not self.exchange.counters.logins and self.policy.clock() < self.standing.paused_until:
            text = f"The platform refused the connection ids that it gave to {self.exchange.account}"
            raise ReengenSessionError(f"{text} a short while ago, and was not asked again.", method=AUTHENTICATE)
