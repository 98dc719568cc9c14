"""One request and its response: sent, counted, decoded; what a failure says, without secrets."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import logging
from typing import Any, Final

from .envelope import Envelope
from .errors import ReengenAuthenticationError, ReengenError, ReengenRateLimitError, ReengenRefusedError
from .json_values import garbage_collection_waits
from .redaction import Redactor
from .refusals import (
    SessionRefusedError,
    looks_like_login,
    may_be_of_session,
    refuses_credentials,
    refuses_session,
    says_too_many,
    too_many,
)
from .request_limiter import RequestLimiter
from .transport import AUTHENTICATE, HttpResponse, Transport, open_envelope
from .wording import wording_of

_LOGGER: Final = logging.getLogger(__name__)

type Query = Mapping[str, Any]
type Decoder[T] = Callable[[Envelope], T]

# Decoding 64 KiB takes about a millisecond; more than that is worth the way to a thread and back.
_LARGE_BODY: Final = 64 * 1024


@dataclass(kw_only=True, slots=True)
class RequestCounters:
    """What a client did since it was made, for diagnostics; `last_error` holds no secret."""

    requests: dict[str, int] = field(default_factory=dict)
    logins: int = 0
    rows: int = 0
    last_error: str | None = None


@dataclass(slots=True)
class Exchange:
    """Sends requests, each of them once; `redact` knows the password, `account` names user and tenant in texts."""

    transport: Transport
    redact: Redactor
    account: str
    counters: RequestCounters = field(default_factory=RequestCounters)
    limiter: RequestLimiter = field(default_factory=RequestLimiter)

    async def send[T](self, query: Query, decode: Decoder[T], connection_id: str | None, seconds: float) -> T:
        """Send a query once and return what its response holds.

        Raises any ReengenError but ReengenSessionError and ReengenOutcomeUnknownError; SessionRefusedError for what is
        about the connection id. Where another refusal may be, the error has its `wording`.
        """
        method = str(query["$"])
        self.counters.requests[method] = self.counters.requests.get(method, 0) + 1
        response = await self.transport.post(query, connection_id=connection_id, seconds=seconds)
        _LOGGER.debug("%s: HTTP %d, %d bytes", method, response.status, len(response.body))
        if len(response.body) > _LARGE_BODY:
            return await asyncio.to_thread(self._open, response, query, decode)
        return self._open(response, query, decode)

    def note(self, error: ReengenError, method: str) -> None:
        """Note a failure, and go on one by one where it comes of too many requests at once."""
        if self.limiter.are_several and too_many(error):
            _LOGGER.info("%s was one of too many requests at once: from now on they go one by one", method)
            self.limiter.go_one_by_one()
        self.counters.last_error = str(error)

    @garbage_collection_waits()
    def _open[T](self, response: HttpResponse, query: Query, decode: Decoder[T]) -> T:
        method, is_refusal = str(query["$"]), True
        try:
            envelope = open_envelope(response, method, self.redact)
            is_refusal = False
            if envelope.message:
                _LOGGER.debug("%s succeeded with the message: %s", method, self.redact(envelope.message))
            return decode(envelope)
        except ReengenError as error:
            failure = self._verdict(error, response, method)
            if is_refusal and method != AUTHENTICATE and may_be_of_session(failure, response):
                said = (
                    failure.server_message if isinstance(failure, ReengenRefusedError) else self.redact(response.text)
                )
                failure.wording = wording_of(response.status, said, query)
            cause = failure.__cause__ if isinstance(failure.__cause__, ReengenError) else None
        # The context may be a parser's error, which holds the whole response and perhaps a connection id.
        failure.__context__ = None
        raise failure from cause

    def _verdict(self, error: ReengenError, response: HttpResponse, method: str) -> ReengenError:
        """Return what the failure means for the session, or the failure itself, without secrets."""
        error.args = (self.redact(str(error)),)
        error.server_message = self.redact(error.server_message)
        if method == AUTHENTICATE:
            return self.wrong_credentials(error.server_message) if refuses_credentials(error, response) else error
        if says_too_many(error):
            return ReengenRateLimitError(
                str(error), method=method, status=response.status, retry_after=response.retry_after
            )
        certain = refuses_session(error, response)
        if not certain and not looks_like_login(error, response):
            return error
        refusal = SessionRefusedError(str(error), method=method, server_message=error.server_message)
        refusal.certain = certain
        return refusal

    def wrong_credentials(self, reason: str) -> ReengenAuthenticationError:
        """Return the error for credentials that the platform refuses."""
        text = self.redact(f"The platform refused {self.account}: {reason or 'no reason given'}.")
        return ReengenAuthenticationError(text, method=AUTHENTICATE)
