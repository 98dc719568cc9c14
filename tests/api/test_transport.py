"""One POST: what goes over the wire, and what comes back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import gzip
from typing import Any

import aiohttp
import pytest

from custom_components.reengen.api.errors import ReengenConnectionError, ReengenRequestError, ReengenResponseError
from custom_components.reengen.api.redaction import Redactor
from custom_components.reengen.api.transport import RESPONSE_LIMIT, ResponseTooLargeError, open_envelope

from .conftest import CONNECTION_ID, PASSWORD, RawServer, everything_told, http_bytes, learn_of_closed_connections
from .posts import OK, QUERY, post, transport_to

# What goes over the wire


async def test_request_of_a_method(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    raw_server.responses = [OK]
    query = {"$": "GetDCData", "properties": {"point": ["xyzBeşiktaş"], "type": "test", "tenant": "xyz"}}
    await post(http, raw_server.url, query=query)
    (request,) = raw_server.requests
    assert request.line == "POST /api/do/ HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["xconnectionid"] == CONNECTION_ID
    assert request.headers["xlang"] == "en,xyz"
    assert request.json == query
    assert "Beşiktaş".encode() in request.body


async def test_request_of_authenticate(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    raw_server.responses = [OK]
    query = {"$": "Authenticate", "properties": {"tenant": "xyz", "user": "demo", "password": PASSWORD}}
    await transport_to(http, raw_server.url).post(query, connection_id=None, seconds=5.0)
    (request,) = raw_server.requests
    assert request.headers["content-type"] == "application/json"
    assert {"xconnectionid", "xlang"}.isdisjoint(request.headers)


@pytest.mark.parametrize("path", ["/api/do/", "/api/do", "/", "/a%20b/%C5%9F/"])
async def test_address_is_used_as_it_is(http: aiohttp.ClientSession, raw_server: RawServer, path: str) -> None:
    raw_server.responses = [OK]
    await post(http, f"http://127.0.0.1:{raw_server.port}{path}")
    assert raw_server.requests[0].line == f"POST {path} HTTP/1.1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.reengen.com/api/do/",
        "ftp://host/",
        "http://",
        "file:///etc",
        "http://u:p@host/",
        "http://u@host/",
        "http://host:port/",
        "http://ho\nst/",
        "/api/do/",
        "http://[::1/",
    ],
)
async def test_address_that_is_none(http: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(ReengenRequestError):
        transport_to(http, url)


@pytest.mark.parametrize("tenant", ["", "x\r\nEvil: 1", "x\ny", "fabriğa", "x\x00", "x\ty", "ş"])
async def test_tenant_that_no_header_can_carry(http: aiohttp.ClientSession, tenant: str) -> None:
    with pytest.raises(ReengenRequestError) as caught:
        transport_to(http, "http://127.0.0.1:1/", tenant=tenant)
    assert repr(tenant) in str(caught.value)


@pytest.mark.parametrize("connection_id", ["", "secret\r\nEvil: 1", "secrét", "secret\x7f"])
async def test_connection_id_that_no_header_can_carry(
    http: aiohttp.ClientSession, raw_server: RawServer, connection_id: str
) -> None:
    transport = transport_to(http, raw_server.url)
    with pytest.raises(ReengenRequestError) as caught:
        await transport.post(QUERY, connection_id=connection_id, seconds=5.0)
    assert "secr" not in everything_told(caught.value)
    assert raw_server.requests == []


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object(), "\ud800", {1, 2}], ids=["nan", "inf", "object", "surrogate", "set"]
)
async def test_what_json_cannot_say_is_not_sent(http: aiohttp.ClientSession, raw_server: RawServer, value: Any) -> None:
    with pytest.raises(ReengenRequestError) as caught:
        await post(http, raw_server.url, query={"$": "ExecuteCommand", "properties": {"parameter": value}})
    assert caught.value.method == "ExecuteCommand"
    assert raw_server.connections == 0


# One request, whatever happens


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_redirect_is_not_followed(http: aiohttp.ClientSession, raw_server: RawServer, status: str) -> None:
    raw_server.responses = [http_bytes(status=status, Location="/elsewhere/")]
    response = await post(http, raw_server.url)
    assert (response.status, response.location) == (int(status[:3]), "/elsewhere/")
    assert len(raw_server.requests) == 1


async def test_dropped_connection_is_not_sent_again(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    """The aiohttp session sends a GET again when a kept connection breaks; it must never do so with our POST."""
    raw_server.responses = [OK, None, OK]
    await post(http, raw_server.url)
    with pytest.raises(ReengenConnectionError) as caught:
        await post(http, raw_server.url)
    assert caught.value.sent is True
    assert [request.connection for request in raw_server.requests] == [1, 1]


async def test_kept_connection_that_the_server_closed_is_replaced(
    http: aiohttp.ClientSession, raw_server: RawServer
) -> None:
    closed = asyncio.Event()

    async def close(writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()
        closed.set()

    raw_server.responses, raw_server.write_on = [OK], close
    await post(http, raw_server.url)
    await closed.wait()
    await learn_of_closed_connections(http)
    assert (await post(http, raw_server.url)).status == 200
    assert [request.connection for request in raw_server.requests] == [1, 2]


async def test_middlewares_of_the_session_are_passed_by(raw_server: RawServer) -> None:
    async def twice(request: aiohttp.ClientRequest, handler: Callable[..., Any]) -> aiohttp.ClientResponse:
        await handler(request)
        response: aiohttp.ClientResponse = await handler(request)
        return response

    raw_server.responses = [OK]
    async with aiohttp.ClientSession(middlewares=(twice,)) as session:
        await post(session, raw_server.url)
    assert len(raw_server.requests) == 1


async def test_session_stays_as_it_was(raw_server: RawServer) -> None:
    raw_server.responses = [http_bytes(status="500 Broken")]
    timeout = aiohttp.ClientTimeout(total=77)
    async with aiohttp.ClientSession(raise_for_status=True, timeout=timeout, headers={"X-Own": "1"}) as session:
        assert (await post(session, raw_server.url)).status == 500
        assert not session.closed
        assert session.timeout is timeout
        assert dict(session.headers) == {"X-Own": "1"}


# What came back


async def test_response_without_end_is_not_read_to_it(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    written = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        piece = b" " * 1_000_000
        while True:
            writer.write(b"f4240\r\n" + piece + b"\r\n")
            await writer.drain()
            written += len(piece)

    raw_server.responses = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
    raw_server.write_on = flood
    with pytest.raises(ResponseTooLargeError) as caught:
        await post(http, raw_server.url, seconds=30.0)
    assert isinstance(caught.value, ReengenResponseError)
    assert written < 2 * RESPONSE_LIMIT


async def test_small_response_that_unpacks_to_a_huge_one(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    bomb = gzip.compress(b" " * (2 * RESPONSE_LIMIT))
    raw_server.responses = [http_bytes(bomb, Content_Encoding="gzip")]
    with pytest.raises(ResponseTooLargeError):
        await post(http, raw_server.url, seconds=30.0)


@pytest.mark.parametrize(
    ("content_type", "prefix"),
    [
        ("application/json", b""),
        ("application/json; charset=utf-8", b""),
        ("application/json; charset=iso-8859-9", b""),
        ("text/html", b""),
        ("application/json", b"\xef\xbb\xbf"),
    ],
    ids=["plain", "utf-8", "wrong charset", "html", "byte order mark"],
)
async def test_body_is_utf8_whatever_the_header_says(
    http: aiohttp.ClientSession, raw_server: RawServer, content_type: str, prefix: bytes
) -> None:
    body = prefix + '{"succeeded": true, "properties": {"name": "İmalathane"}}'.encode()
    raw_server.responses = [http_bytes(gzip.compress(body), content_type=content_type, Content_Encoding="gzip")]
    response = await post(http, raw_server.url)
    opened = open_envelope(response, "GetPointHierarchy", Redactor(PASSWORD))
    assert opened.properties == {"name": "İmalathane"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"Retry_After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry_After": "999999999999"}, 86_400.0, id="bounded"),
        pytest.param({"Retry_After": "9" * 400}, 86_400.0, id="beyond a float"),
        pytest.param({"Retry_After": "-3"}, None, id="negative"),
        pytest.param({"Retry_After": "soon"}, None, id="nonsense"),
        pytest.param(
            {"Date": "Wed, 15 Jul 2026 11:00:00 GMT", "Retry_After": "Wed, 15 Jul 2026 11:01:30 GMT"}, 90.0, id="date"
        ),
        pytest.param(
            {"Date": "Wed, 15 Jul 2026 11:00:00 GMT", "Retry_After": "Wed, 15 Jul 2026 10:00:00 GMT"}, 0.0, id="past"
        ),
    ],
)
async def test_wait_that_the_server_asks_for(
    http: aiohttp.ClientSession, raw_server: RawServer, headers: dict[str, str], seconds: float | None
) -> None:
    raw_server.responses = [http_bytes(status="429 Slow Down", **headers)]
    assert (await post(http, raw_server.url)).retry_after == seconds


async def test_wait_until_a_date_by_our_own_clock(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    until = datetime.now(UTC) + timedelta(seconds=600)
    raw_server.responses = [http_bytes(status="503 Busy", Retry_After=format_datetime(until, usegmt=True))]
    waited = (await post(http, raw_server.url)).retry_after
    assert waited == pytest.approx(600.0, abs=30.0)
