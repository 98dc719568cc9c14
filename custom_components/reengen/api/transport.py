"""One POST to the platform with its headers, deadline and bound of size: the response, or why there is none."""

import asyncio
import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
import json
import ssl
from typing import Any, Final, Literal, override

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from .envelope import Envelope, parse_envelope
from .errors import (
    ReengenCertificateError,
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenRequestError,
    ReengenResponseError,
    ReengenTimeoutError,
)
from .redaction import Redactor

# The one method that is asked without a connection id (API document: Endpoint).
AUTHENTICATE: Final = "Authenticate"
# 10 000 rows of ListDataEx are about 2 MB; ten times that and more is no response to anything the client asks.
RESPONSE_LIMIT: Final = 32 * 1024 * 1024
# Enough of a proxy's error page to recognise it, little enough for a line of a log.
_EXCERPT_LENGTH: Final = 200
# Secrets are hidden before the excerpt is cut, so that none is cut in half and shown; this bounds that work.
_EXCERPT_WINDOW: Final = 16 * 1024
# A server that asks for a pause of more than a day is asked again after a day.
_LONGEST_RETRY_AFTER: Final = 86_400.0


type ServerTrust = ssl.SSLContext | aiohttp.Fingerprint | Literal[True]
"""Which certificate of the server is trusted: one that the context verifies, the one with the fingerprint, or, for True,
one that the session's own context verifies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpResponse:
    """A response whose body has not been read as JSON; it took `seconds` to come, `retry_after` is in seconds too."""

    status: int
    content_type: str
    location: str
    retry_after: float | None
    body: bytes = field(repr=False)
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """Return the beginning of the body as text, whatever it is."""
        return self.body[:_EXCERPT_WINDOW].decode("utf-8", "replace")


class Transport:
    """Sends one request to the platform's one address (API document: Endpoint)."""

    def __init__(
        self, session: aiohttp.ClientSession, *, url: str, tenant: str, redact: Redactor, ssl: ServerTrust = True
    ) -> None:
        """Check address and tenant; raises ReengenRequestError."""
        self._session = session
        self._ssl = ssl
        self._url = checked_url(url)
        self._host = self._url.authority
        self._language = f"en,{_checked_header('tenant name', tenant, shown=repr(tenant))}"
        self._redact = redact

    async def post(self, query: Mapping[str, Any], *, connection_id: str | None, seconds: float) -> HttpResponse:
        """Send the query once and return the response of whatever status.

        Raises ReengenRequestError (nothing was sent), ReengenConnectionError and ReengenResponseError (too large).
        """
        method = str(query["$"])
        headers = self._headers(connection_id)
        body = _Body(_encoded(query, method))
        try:
            return await self._exchange(body, headers, method, seconds)
        except ReengenError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever aiohttp raises is a failed connection to the callers
            failure = self._failure(error, method, seconds, sent=body.left)
        # Raised outside of the `except`, so that the failure has no context: aiohttp's errors hold the request's headers,
        # and so the connection id.
        raise failure

    def _headers(self, connection_id: str | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if connection_id is not None:
            headers["XConnectionId"] = _checked_header("connection id", connection_id, shown="given by the platform")
            headers["XLang"] = self._language
        return headers

    async def _exchange(self, body: _Body, headers: dict[str, str], method: str, seconds: float) -> HttpResponse:
        clock = asyncio.get_running_loop().time
        begun = clock()
        async with self._session.post(
            self._url,
            data=body,
            headers=headers,
            # A redirect would carry body and connection id to another address, or turn the request into a GET.
            allow_redirects=False,
            raise_for_status=False,
            # The session's owner may have middlewares that repeat requests; a command must not pass them.
            middlewares=(),
            ssl=self._ssl,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            return HttpResponse(
                status=response.status,
                content_type=response.headers.get("Content-Type", ""),
                location=response.headers.get("Location", ""),
                retry_after=_retry_after(response.headers),
                body=await _bounded_body(response, method),
                seconds=clock() - begun,
            )

    def _failure(self, error: Exception, method: str, seconds: float, *, sent: bool) -> ReengenConnectionError:
        reason = self._redact(f"{type(error).__name__}: {error}")
        if isinstance(error, TimeoutError):
            doing = f"answer {method}" if sent else f"take a connection for {method}"
            return ReengenTimeoutError(
                f"{self._host} did not {doing} within {seconds:.0f} s.", method=method, sent=sent
            )
        if isinstance(error, aiohttp.ServerFingerprintMismatch):
            text = f"The certificate of {self._host} has another SHA-256 fingerprint: {error.got.hex(':').upper()}"
            return ReengenCertificateError(text, method=method, sent=False)
        if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)) and not sent:
            text = f"No trusted connection to {self._host} could be made: {reason}"
            return ReengenCertificateError(text, method=method, sent=False)
        what = f"The connection to {self._host} broke during {method}" if sent else f"No connection to {self._host}"
        return ReengenConnectionError(f"{what}: {reason}", method=method, sent=sent)


class _Body(aiohttp.BytesPayload):
    """A request's body that knows whether any of it may have left.

    aiohttp takes the body only when a connection is open, and without a body the platform has no request: so a deadline
    that passed while connecting is told from one that passed while waiting for the response.
    """

    left = False

    @override
    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self.left = True
        await super().write_with_length(writer, content_length)


def open_envelope(response: HttpResponse, method: str, redact: Redactor) -> Envelope:
    """Return the envelope of a response that says it succeeded.

    Raises ReengenRateLimitError, ReengenRefusedError (caused by a ReengenHttpError where the status is 500 or
    more, since the platform may be in disorder), ReengenHttpError and ReengenResponseError.
    """
    described = f"HTTP {response.status}, {response.content_type or 'no content type'}"
    http_error = ReengenRateLimitError if response.status == HTTPStatus.TOO_MANY_REQUESTS else ReengenHttpError
    http_failure = http_error(
        f"{method} was answered with {described}: {excerpt(response, method, redact)}",
        method=method,
        status=response.status,
        retry_after=response.retry_after,
    )
    if (
        response.status == HTTPStatus.TOO_MANY_REQUESTS
        or HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST
    ):
        raise http_failure
    try:
        envelope = parse_envelope(response.body.removeprefix(codecs.BOM_UTF8), method)
    except ReengenRefusedError as refused:
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise refused from http_failure
        raise
    except ReengenResponseError as unreadable:
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise http_failure from None
        text = f"{unreadable} The response ({described}) begins: {excerpt(response, method, redact)}"
        raise ReengenResponseError(text, method=method, where=unreadable.where) from None
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise http_failure
    return replace(envelope, seconds=response.seconds)


def excerpt(response: HttpResponse, method: str, redact: Redactor) -> str:
    """Return the beginning of a body for an error's text, in one line and without secrets."""
    if method == AUTHENTICATE and "connectionid" in response.text.lower():
        return "(not shown, as it may hold a connection id)"
    text = " ".join(redact(response.text).split())
    return f"{text[:_EXCERPT_LENGTH]}…" if len(text) > _EXCERPT_LENGTH else text or "(empty)"


def is_header_value(text: str) -> bool:
    """Tell whether the text can stand in a header: printable ASCII, not empty."""
    return bool(text) and text.isascii() and text.isprintable()


def _checked_header(name: str, value: str, *, shown: str) -> str:
    if not is_header_value(value):
        raise ReengenRequestError(f"The {name} ({shown}) must be plain ASCII without line breaks, and not empty.")
    return value


def checked_url(url: str) -> URL:
    """Return an http(s) address without a user name; raises ReengenRequestError for anything else."""
    try:
        # yarl takes line breaks out of an address without a word.
        parsed = URL(url if url.isprintable() else "")
    except ValueError:
        parsed = URL()
    # A user or password in the address would be sent along and end up in logs.
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.raw_user or parsed.raw_password:
        raise ReengenRequestError("The address of the platform must be an http or https URL without a user name.")
    return parsed


def _encoded(query: Mapping[str, Any], method: str) -> bytes:
    try:
        return json.dumps(query, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        reason = type(error).__name__
    raise ReengenRequestError(f"The request for {method} cannot be written as JSON ({reason}).", method=method)


async def _bounded_body(response: aiohttp.ClientResponse, method: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > RESPONSE_LIMIT:
            raise ResponseTooLargeError(
                f"The response to {method} is larger than {RESPONSE_LIMIT} bytes.", method=method
            )
    return bytes(body)


class ResponseTooLargeError(ReengenResponseError):
    """The response outgrew the bound and was not read to its end; a smaller range may fit."""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date (RFC 9110, section 10.2.3)."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), _LONGEST_RETRY_AFTER)
    until = _http_date(text)
    if until is None:
        return None
    # Against the server's own clock where it tells it: ours may be wrong.
    asked = _http_date(headers.get("Date", "")) or datetime.now(UTC)
    return min(max((until - asked).total_seconds(), 0.0), _LONGEST_RETRY_AFTER)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
