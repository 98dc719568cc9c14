"""A POST without a response: why nothing came back, and whether the request had left."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import socket
from typing import override

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
import pytest

from custom_components.reengen.api.errors import ReengenCertificateError, ReengenConnectionError, ReengenTimeoutError
from tests.certificates import Identity

from .conftest import CONNECTION_ID, RawServer, everything_told
from .posts import OK, post


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
    raw_server.responses = [b""]
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
async def test_deadline_while_waiting_for_the_response(
    http: aiohttp.ClientSession, raw_server: RawServer, beginning: bytes
) -> None:
    raw_server.responses = [beginning]
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

    raw_server.responses, raw_server.write_on = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"], drip
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
        # Longer than a header of gzip: with less, some of the libraries that Home Assistant may use wait for more.
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\nnonsense and no gzip here",
        b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n",
    ],
    ids=["no response", "short body", "short chunk", "bad chunk", "no HTTP", "no gzip", "bad length"],
)
async def test_connection_that_breaks(http: aiohttp.ClientSession, raw_server: RawServer, broken: bytes | None) -> None:
    raw_server.responses = [broken]

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
    context = Identity.make("platform", hosts=["127.0.0.1"]).server_context(tmp_path)
    server = RawServer(responses=[OK])
    listener = await server.listen(context)
    yield server.port
    await server.close(listener)


async def test_certificate_that_is_not_trusted(http: aiohttp.ClientSession, untrusted_port: int) -> None:
    with pytest.raises(ReengenCertificateError) as caught:
        await post(http, f"https://127.0.0.1:{untrusted_port}/")
    assert caught.value.sent is False
    assert "certificate" in str(caught.value).lower()
