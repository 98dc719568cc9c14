"""Bad weather by name: each fault is one row, and one small function that answers a call in its way."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final, Protocol

from aiohttp import web
import orjson

from simulator.bodies import BODY_CHANGES, PAYLOAD_CHANGES
from simulator.methods import LOGIN_PAGE, Payload, Reply, failure

JSON: Final = "application/json"
HTML: Final = "text/html"
TIMED_OUT: Final = "SocketTimeoutException: connect timed out"
# The size of the pieces in which a dripping response leaves.
DRIP_PIECES: Final = 8


class Call(Protocol):
    """One request on its way through the server."""

    async def execute(self) -> Reply:
        """Do what was asked, once, and return the reply; later calls return the same reply."""

    def send(self, reply: Reply) -> web.StreamResponse:
        """Return the ordinary response for a reply."""

    def abort(self) -> web.StreamResponse:
        """Break the connection off without a response."""

    async def silence(self) -> web.StreamResponse:
        """Say nothing until the client leaves or the server stops."""

    async def wait(self, seconds: float) -> None:
        """Let time pass, or until the server stops."""

    async def stream(self, pieces: list[bytes], *, pause: float = 0.0, whole: bool = True) -> web.StreamResponse:
        """Send the body piece by piece; not `whole`: break off after the last."""

    def expire_session(self) -> None:
        """Let the connection id of this request die."""

    def earlier_response(self) -> Payload | None:
        """Return the latest response to an earlier request."""


type Run = Callable[[Call, Mapping[str, Any]], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault: what it does, in a line, and its options with their defaults."""

    description: str
    run: Run
    options: Mapping[str, Any] = field(default_factory=dict)


def encoded(payload: Any) -> bytes:
    """Return JSON text; decimals are written with all their digits, trailing zeros too."""
    return orjson.dumps(payload, default=lambda number: orjson.Fragment(format(number, "f")))


async def _reset_before_body(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    return call.abort()


async def _reset_after_execution(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    await call.execute()
    return call.abort()


async def _reset_mid_response(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    body = encoded((await call.execute()).payload)
    return await call.stream([body[: len(body) // 2]], whole=False)


async def _timeout_before_execution(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    return await call.silence()


async def _timeout_after_execution(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    await call.execute()
    return await call.silence()


async def _slow_first_byte(call: Call, options: Mapping[str, Any]) -> web.StreamResponse:
    reply = await call.execute()
    await call.wait(options["seconds"])
    return call.send(reply)


async def _slow_drip(call: Call, options: Mapping[str, Any]) -> web.StreamResponse:
    body = encoded((await call.execute()).payload)
    size = len(body) // DRIP_PIECES + 1
    pieces = [body[begin : begin + size] for begin in range(0, len(body), size)]
    return await call.stream(pieces, pause=options["seconds"] / DRIP_PIECES)


async def _huge_response(call: Call, options: Mapping[str, Any]) -> web.StreamResponse:
    body = encoded((await call.execute()).payload)
    padding = [b'{"padding":"', *[b"x" * 2**20] * options["megabytes"], b'",']
    return await call.stream([*padding, body[1:]])


async def _stale_response(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    await call.execute()
    earlier = call.earlier_response() or {
        "properties": {"data": {"0": None}, "start": "2020-01-20T00:00:00", "end": "2020-01-23T23:59:59"},
        "succeeded": True,
        "message": None,
        "statistics": {},
    }
    return call.send(Reply(payload=earlier))


async def _expired_id(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    call.expire_session()
    return call.send(await call.execute())


async def _refused(call: Call, options: Mapping[str, Any]) -> web.StreamResponse:
    return call.send(Reply(payload=failure(options["message"])))


async def _rate_limited(call: Call, options: Mapping[str, Any]) -> web.StreamResponse:
    response = call.send(Reply(payload=failure("Too many requests"), status=429))
    wait = options["retry_after"]
    if wait == "date":
        wait = format_datetime(datetime.now(UTC) + timedelta(seconds=5), usegmt=True)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


async def _redirect_to_login(_: Call, __: Mapping[str, Any]) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "/login"}, text=LOGIN_PAGE, content_type=HTML)


def _status(status: int, message: str, content_type: str, description: str, *, title: str | None = None) -> Fault:
    """Return a fault that answers with a status; with option `executed` the request is processed all the same."""

    async def run(call: Call, options: Mapping[str, Any]) -> web.StreamResponse:
        if options["executed"]:
            await call.execute()
        if content_type == JSON:
            return call.send(Reply(payload=failure(message), status=status))
        page = (
            f"<!DOCTYPE html><html><head><title>{title or message}</title></head><body><h1>{message}</h1></body></html>"
        )
        return call.send(Reply(page=page if message else "", status=status))

    return Fault(description=description, run=run, options={"executed": False})


async def _not_authorized(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
    return call.send(Reply(payload=failure("Not authorized"), status=401))


def _reshaped(change: Callable[[Payload], Any], description: str) -> Fault:
    """Return a fault that executes and changes the payload of the response."""

    async def run(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
        reply = await call.execute()
        if reply.payload is None:
            return call.send(reply)
        return web.Response(body=encoded(change(reply.payload)), status=reply.status, content_type=JSON)

    return Fault(description=description, run=run)


def _rewritten(change: Callable[[bytes], bytes], description: str, content_type: str) -> Fault:
    """Return a fault that executes and changes the bytes of the response."""

    async def run(call: Call, _: Mapping[str, Any]) -> web.StreamResponse:
        reply = await call.execute()
        body = change(encoded(reply.payload))
        return web.Response(body=body, status=reply.status, content_type=content_type)

    return Fault(description=description, run=run)


FAULTS: Final[dict[str, Fault]] = {
    "reset_before_body": Fault(
        description="The connection breaks before anything is processed.", run=_reset_before_body
    ),
    "reset_after_execution": Fault(
        description="The request is processed, then the connection breaks without a response.",
        run=_reset_after_execution,
    ),
    "reset_mid_response": Fault(
        description="The request is processed; the connection breaks in the middle of the response.",
        run=_reset_mid_response,
    ),
    "timeout_before_execution": Fault(
        description="Nothing is processed and nothing is said until the client leaves.", run=_timeout_before_execution
    ),
    "timeout_after_execution": Fault(
        description="The request is processed, then nothing is said until the client leaves.",
        run=_timeout_after_execution,
    ),
    "slow_first_byte": Fault(
        description="The right response, `seconds` late.", run=_slow_first_byte, options={"seconds": 1.0}
    ),
    "slow_drip": Fault(
        description="The right response in pieces, over `seconds`.", run=_slow_drip, options={"seconds": 1.0}
    ),
    "http_500_json": _status(500, "Internal error", JSON, "Status 500 with a JSON envelope."),
    "http_500_html": _status(500, "Internal Server Error", HTML, "Status 500 with a page."),
    "http_502_html": _status(502, "Bad Gateway", HTML, "Status 502 with a proxy's page."),
    "http_503_html": _status(503, "Service Unavailable", HTML, "Status 503 with a proxy's page."),
    "http_504_html": _status(504, "Gateway Time-out", HTML, "Status 504 with a proxy's page."),
    "http_401_json": Fault(
        description="Status 401 with a JSON envelope. Not processed: the status says so (RFC 9110, 15.5.2).",
        run=_not_authorized,
    ),
    "http_403_html": _status(403, "Forbidden", HTML, "Status 403 with a page."),
    "http_413": _status(413, "Request Entity Too Large", HTML, "Status 413 with a page, as for a range too long."),
    "rate_limited": Fault(
        description='Status 429; `retry_after` is seconds, "date" or null for no such header. Not processed.',
        run=_rate_limited,
        options={"retry_after": 1},
    ),
    "rate_limited_text": Fault(
        description="Status 200, succeeded false, and a message that there were too many requests. Not processed.",
        run=_refused,
        options={"message": "Too many requests, please try again later"},
    ),
    "maintenance_page_200": _status(
        200, "We will be back soon", HTML, "Status 200 with a maintenance page.", title="Maintenance"
    ),
    "redirect_to_login": Fault(
        description="Status 302 to a login page, which answers with HTML. Not processed.", run=_redirect_to_login
    ),
    "empty_200": _status(200, "", HTML, "Status 200 without a body."),
    **{name: _rewritten(*row) for name, row in BODY_CHANGES.items()},
    **{name: _reshaped(*row) for name, row in PAYLOAD_CHANGES.items()},
    "huge_response": Fault(
        description="The right response behind `megabytes` of padding, streamed.",
        run=_huge_response,
        options={"megabytes": 64},
    ),
    "stale_response": Fault(description="The response to an earlier request.", run=_stale_response),
    "expired_id": Fault(
        description="The connection id dies with this request, which is not processed.", run=_expired_id
    ),
    "refused": Fault(
        description="Status 200, succeeded false, with `message`. Not processed.",
        run=_refused,
        options={"message": "The request could not be processed"},
    ),
    "connect_timed_out": Fault(
        description="The documented error response of a device that cannot be reached. Not executed.",
        run=_refused,
        options={"message": TIMED_OUT},
    ),
}
