"""One POST: what goes over the wire, what comes back, and what every failure becomes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import gzip
import ipaddress
from pathlib import Path
import socket
import ssl
from typing import Any, override

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from custom_components.reengen.api.errors import (
    ReengenAnswerError,
    ReengenCertificateError,
    ReengenConnectionError,
    ReengenRequestError,
    ReengenTimeoutError,
)
from custom_components.reengen.api.redaction import Redactor
from custom_components.reengen.api.transport import (
    ANSWER_LIMIT,
    AnswerTooLargeError,
    HttpAnswer,
    Transport,
    open_envelope,
)

from .conftest import (
    CONNECTION_ID,
    PASSWORD,
    RawServer,
    envelope,
    everything_told,
    http_bytes,
    learn_of_closed_connections,
)

QUERY = {"$": "GetPointHierarchy"}
OK = http_bytes(envelope({"data": []}))


def transport_to(session: aiohttp.ClientSession, url: str, *, tenant: str = "xyz") -> Transport:
    redact = Redactor(PASSWORD)
    redact.add(CONNECTION_ID)
    return Transport(session, url=url, tenant=tenant, redact=redact)


async def post(session: aiohttp.ClientSession, url: str, *, seconds: float = 5.0, query: Any = None) -> HttpAnswer:
    return await transport_to(session, url).post(query or QUERY, connection_id=CONNECTION_ID, seconds=seconds)


# What goes over the wire


async def test_request_of_a_method(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    raw_server.answers = [OK]
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
    raw_server.answers = [OK]
    query = {"$": "Authenticate", "properties": {"tenant": "xyz", "user": "demo", "password": PASSWORD}}
    await transport_to(http, raw_server.url).post(query, connection_id=None, seconds=5.0)
    (request,) = raw_server.requests
    assert request.headers["content-type"] == "application/json"
    assert {"xconnectionid", "xlang"}.isdisjoint(request.headers)


@pytest.mark.parametrize("path", ["/api/do/", "/api/do", "/", "/a%20b/%C5%9F/"])
async def test_address_is_used_as_it_is(http: aiohttp.ClientSession, raw_server: RawServer, path: str) -> None:
    raw_server.answers = [OK]
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
    raw_server.answers = [http_bytes(status=status, Location="/elsewhere/")]
    answer = await post(http, raw_server.url)
    assert (answer.status, answer.location) == (int(status[:3]), "/elsewhere/")
    assert len(raw_server.requests) == 1


async def test_dropped_connection_is_not_sent_again(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    """The aiohttp session sends a GET again when a kept connection breaks; it must never do so with our POST."""
    raw_server.answers = [OK, None, OK]
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

    raw_server.answers, raw_server.write_on = [OK], close
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

    raw_server.answers = [OK]
    async with aiohttp.ClientSession(middlewares=(twice,)) as session:
        await post(session, raw_server.url)
    assert len(raw_server.requests) == 1


async def test_session_stays_as_it_was(raw_server: RawServer) -> None:
    raw_server.answers = [http_bytes(status="500 Broken")]
    timeout = aiohttp.ClientTimeout(total=77)
    async with aiohttp.ClientSession(raise_for_status=True, timeout=timeout, headers={"X-Own": "1"}) as session:
        assert (await post(session, raw_server.url)).status == 500
        assert not session.closed
        assert session.timeout is timeout
        assert dict(session.headers) == {"X-Own": "1"}


# Why nothing came back, and whether the request had left


class NoNames(AbstractResolver):
    """Resolves nothing."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(None, "Name or service not known")

    @override
    async def close(self) -> None:
        pass


class NoEnd(NoNames):
    """Never comes to an end."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        await asyncio.Event().wait()
        return []


async def test_nobody_listens(http: aiohttp.ClientSession) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ReengenConnectionError) as caught:
        await post(http, f"http://127.0.0.1:{port}/")
    assert caught.value.sent is False
    assert f"127.0.0.1:{port}" in str(caught.value)


async def test_name_that_is_unknown() -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoNames())) as session:
        with pytest.raises(ReengenConnectionError) as caught:
            await post(session, "http://platform.invalid/")
    assert caught.value.sent is False
    assert "platform.invalid" in str(caught.value)


async def test_deadline_while_connecting() -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoEnd())) as session:
        with pytest.raises(ReengenTimeoutError) as caught:
            await post(session, "http://platform.invalid/", seconds=0.05)
    assert caught.value.sent is False


async def test_deadline_while_waiting_for_a_free_connection(raw_server: RawServer) -> None:
    raw_server.answers = [b""]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        first = asyncio.create_task(post(session, raw_server.url))
        await raw_server.arrived.wait()
        with pytest.raises(ReengenTimeoutError) as caught:
            await post(session, raw_server.url, seconds=0.05)
        assert caught.value.sent is False
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert len(raw_server.requests) == 1


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"],
    ids=["silence", "in the head", "in the body"],
)
async def test_deadline_while_waiting_for_the_answer(
    http: aiohttp.ClientSession, raw_server: RawServer, beginning: bytes
) -> None:
    raw_server.answers = [beginning]
    with pytest.raises(ReengenTimeoutError) as caught:
        await post(http, raw_server.url, seconds=0.05)
    assert caught.value.sent is True
    assert caught.value.method == "GetPointHierarchy"


async def test_slow_drip_does_not_outlive_the_deadline(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    raw_server.answers, raw_server.write_on = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"], drip
    with pytest.raises(ReengenTimeoutError) as caught:
        await post(http, raw_server.url, seconds=0.1)
    assert caught.value.sent is True


@pytest.mark.parametrize(
    "broken",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnonsense",
        b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n",
    ],
    ids=["no answer", "short body", "short chunk", "bad chunk", "no HTTP", "no gzip", "bad length"],
)
async def test_connection_that_breaks(http: aiohttp.ClientSession, raw_server: RawServer, broken: bytes | None) -> None:
    raw_server.answers = [broken]

    async def close(writer: asyncio.StreamWriter) -> None:
        writer.close()

    raw_server.write_on = close
    with pytest.raises(ReengenConnectionError) as caught:
        await post(http, raw_server.url)
    assert caught.value.sent is True
    assert CONNECTION_ID not in everything_told(caught.value)


async def test_session_that_is_closed(raw_server: RawServer) -> None:
    async with aiohttp.ClientSession() as session:
        pass
    with pytest.raises(ReengenConnectionError) as caught:
        await post(session, raw_server.url)
    assert caught.value.sent is False


async def test_handshake_without_end(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    """The raw server waits for the end of a request's head, which TLS never sends."""
    with pytest.raises(ReengenTimeoutError) as caught:
        await post(http, raw_server.url.replace("http:", "https:"), seconds=0.1)
    assert caught.value.sent is False


async def test_no_tls_behind_https(http: aiohttp.ClientSession) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    with pytest.raises(ReengenCertificateError) as caught:
        await post(http, f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/")
    assert caught.value.sent is False
    listener.close()
    listener.close_clients()
    await listener.wait_closed()


@pytest.fixture
async def untrusted_port(tmp_path: Path) -> AsyncIterator[int]:
    """Serve TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "platform")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = RawServer(answers=[OK])
    listener = await server.listen(context)
    yield server.port
    await server.close(listener)


async def test_certificate_that_is_not_trusted(http: aiohttp.ClientSession, untrusted_port: int) -> None:
    with pytest.raises(ReengenCertificateError) as caught:
        await post(http, f"https://127.0.0.1:{untrusted_port}/")
    assert caught.value.sent is False
    assert "certificate" in str(caught.value).lower()


# What came back


async def test_answer_without_end_is_not_read_to_it(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    written = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        piece = b" " * 1_000_000
        while True:
            writer.write(b"f4240\r\n" + piece + b"\r\n")
            await writer.drain()
            written += len(piece)

    raw_server.answers = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
    raw_server.write_on = flood
    with pytest.raises(AnswerTooLargeError) as caught:
        await post(http, raw_server.url, seconds=30.0)
    assert isinstance(caught.value, ReengenAnswerError)
    assert written < 2 * ANSWER_LIMIT


async def test_small_answer_that_unpacks_to_a_huge_one(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    bomb = gzip.compress(b" " * (2 * ANSWER_LIMIT))
    raw_server.answers = [http_bytes(bomb, Content_Encoding="gzip")]
    with pytest.raises(AnswerTooLargeError):
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
    raw_server.answers = [http_bytes(gzip.compress(body), content_type=content_type, Content_Encoding="gzip")]
    answer = await post(http, raw_server.url)
    opened = open_envelope(answer, "GetPointHierarchy", Redactor(PASSWORD))
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
    raw_server.answers = [http_bytes(status="429 Slow Down", **headers)]
    assert (await post(http, raw_server.url)).retry_after == seconds


async def test_wait_until_a_date_by_our_own_clock(http: aiohttp.ClientSession, raw_server: RawServer) -> None:
    until = datetime.now(UTC) + timedelta(seconds=600)
    raw_server.answers = [http_bytes(status="503 Busy", Retry_After=format_datetime(until, usegmt=True))]
    waited = (await post(http, raw_server.url)).retry_after
    assert waited == pytest.approx(600.0, abs=30.0)
