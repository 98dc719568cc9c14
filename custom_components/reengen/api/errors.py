"""The closed tree of errors that the client raises; nothing else leaves it."""

from .wording import Wording


class ReengenError(Exception):
    """A request to the platform did not end as asked; the text is a sentence for a person.

    `kind` is the sort of failure, which is explained to users; `method` the API method ("GetData"), None where none was
    under way.
    `server_message` is the platform's own free text, "" where it gave none. `wording` is how the platform refused the
    request, where that may be about the connection id.
    No text and no attribute of any error holds the password or a connection id.
    """

    kind = "unknown"
    wording: Wording | None = None

    def __init__(self, text: str, *, method: str | None = None, server_message: str = "") -> None:
        """Keep the sentence, the method it concerns and the platform's own words."""
        super().__init__(text)
        self.method = method
        self.server_message = server_message


class ReengenRequestError(ReengenError, ValueError):
    """Refused locally, before anything was sent: the API leaves such a request undefined."""

    kind = "request_invalid"


class ReengenConnectionError(ReengenError, ConnectionError):
    """No usable response came.

    `sent` is False where it is certain that the request never left: the connection was not
    opened (refused, no route, DNS, TLS). It is True where the platform may have taken it.
    """

    kind = "cannot_connect"

    def __init__(self, text: str, *, method: str | None = None, sent: bool) -> None:
        """Keep whether the request may have reached the platform."""
        super().__init__(text, method=method)
        self.sent = sent


class ReengenCertificateError(ReengenConnectionError):
    """The TLS handshake failed: the certificate does not match or is not trusted."""

    kind = "certificate_invalid"


class ReengenTimeoutError(ReengenConnectionError, TimeoutError):
    """The deadline passed; `sent` tells whether the request had left by then."""

    kind = "timeout"


class ReengenHttpError(ReengenError):
    """The platform answered with an HTTP status of failure, or a redirect, and no JSON envelope.

    `status` is the HTTP status, `retry_after` the seconds the server asked to wait (None: it did not say).
    """

    kind = "http_error"

    def __init__(self, text: str, *, method: str | None = None, status: int, retry_after: float | None = None) -> None:
        """Keep the HTTP status and the wait that the server asked for."""
        super().__init__(text, method=method)
        self.status = status
        self.retry_after = retry_after


class ReengenRateLimitError(ReengenHttpError):
    """HTTP 429: too many requests."""

    kind = "rate_limited"


class ReengenResponseError(ReengenError, ValueError):
    """The response is not what the API document describes.

    `where` names the place in it ("data.0[17][1]"; "" for the response as a whole).
    """

    kind = "unexpected_response"

    def __init__(self, text: str, *, method: str | None = None, where: str = "") -> None:
        """Keep the place in the response."""
        super().__init__(text, method=method)
        self.where = where


class ReengenRefusedError(ReengenError):
    """The platform answered `succeeded: false`: it did not do what was asked."""

    kind = "refused"


class ReengenAuthenticationError(ReengenError):
    """The platform refused tenant, user and password; nobody signs in with them again."""

    kind = "authentication_failed"


class ReengenSessionEndedError(ReengenRefusedError):
    """A write or a command was refused because the session had ended: nothing was done, and the session is renewed."""

    kind = "session_ended"


class ReengenSessionError(ReengenError):
    """The platform accepts the login and refuses the connection id that it gave; what was asked was not done."""

    kind = "session_refused"


class ReengenOutcomeUnknownError(ReengenError):
    """A write or a command was sent and its fate is not known: it may or may not have happened.

    The cause (a timeout, a dropped connection, an HTTP status, an unreadable response) is `__cause__`.
    """

    kind = "outcome_unknown"
