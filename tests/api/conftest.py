"""What the tests of the client share: an aiohttp session, a clock that only sleeping moves, a server of raw bytes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
import ssl
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from custom_components.reengen.api import ReengenClient, RetryPolicy
from simulator import Simulator, WorldOptions

type RawResponse = bytes | None

PASSWORD = "demo-password"
CONNECTION_ID = "c04e229f-7d43-4936-823a-30b8f7706ef6"
ISTANBUL = ZoneInfo("Europe/Istanbul")
# A Wednesday, 14:20 in Istanbul; the simulated world has data from midnight two days before.
NOW = datetime(2026, 7, 15, 11, 20, tzinfo=UTC)
START = datetime(2026, 7, 13, tzinfo=ISTANBUL)


@pytest.fixture(autouse=True)
def _waits_are_over_at_once(leaping_clock: None) -> None:
    """Let no deadline of a test take its time, or pass early on a busy machine."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let the tests use sockets; the plugin holds them to this machine."""


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Return an aiohttp session, as the client's user brings it."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@dataclass
class Patience:
    """A clock that stands still but for the pauses between attempts, which it writes down."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.pauses.append(seconds)
        self.now += seconds

    def policy(self, **changes: Any) -> RetryPolicy:
        """Return a policy on this clock, without jitter."""
        return RetryPolicy(clock=lambda: self.now, sleep=self.sleep, random=lambda: 1.0, **changes)


@pytest.fixture
def patience() -> Patience:
    """Return a clock for retries."""
    return Patience()


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Serve a small world on 127.0.0.1, its clock at NOW."""
    options = WorldOptions(start=START, level_days=0.2, extra_days=0.1, password=PASSWORD)
    async with await Simulator.start(options, now=NOW) as running:
        yield running


type MakeClient = Callable[..., ReengenClient]


@pytest.fixture
def make_client(http: aiohttp.ClientSession, simulator: Simulator, patience: Patience) -> MakeClient:
    """Return what makes a client for the simulated platform; keywords replace its arguments."""

    def make(**changes: Any) -> ReengenClient:
        arguments = {
            "url": simulator.url,
            "tenant": simulator.options.tenant,
            "username": simulator.options.user,
            "password": simulator.options.password,
            "time_zone": ISTANBUL,
            "retry": patience.policy(),
        }
        return ReengenClient(http, **{**arguments, **changes})

    return make


@pytest.fixture
def client(make_client: MakeClient) -> ReengenClient:
    """Return a client for the simulated platform."""
    return make_client()


@dataclass(frozen=True)
class RawRequest:
    """One request as it came over the socket; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        """Return the body."""
        return json.loads(self.body)


@dataclass
class RawServer:
    """Answers each request with the next bytes of `responses`; None drops the connection, b"" leaves it open in silence.

    It goes on with the last of them. `write_on` goes on where a response ends.
    """

    responses: list[RawResponse]
    requests: list[RawRequest] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    write_on: Callable[[asyncio.StreamWriter], Any] | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Return the address of the platform's endpoint."""
        return f"http://127.0.0.1:{self.port}/api/do/"

    async def listen(self, context: ssl.SSLContext | None = None) -> asyncio.Server:
        """Begin to serve on a free port."""
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = listener.sockets[0].getsockname()[1]
        return listener

    async def close(self, listener: asyncio.Server) -> None:
        """End every connection."""
        listener.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await listener.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        connection = self.connections
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *lines = head.rstrip("\r\n").split("\r\n")
                headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append(RawRequest(line, headers, body, connection))
                self.arrived.set()
                response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
                if response is None:
                    break
                writer.write(response)
                await writer.drain()
                if self.write_on is not None:
                    await self.write_on(writer)
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def raw_server() -> AsyncIterator[RawServer]:
    """Serve raw bytes on a free port."""
    server = RawServer(responses=[None])
    listener = await server.listen()
    yield server
    await server.close(listener)


def http_bytes(
    body: bytes | str | dict[str, Any] = b"",
    *,
    status: str = "200 OK",
    content_type: str = "application/json",
    **headers: str,
) -> bytes:
    """Return a whole HTTP response."""
    content = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def envelope(
    properties: dict[str, Any] | None = None, *, succeeded: bool = True, message: str | None = None
) -> dict[str, Any]:
    """Return an envelope as the API document prints it."""
    return {"properties": properties or {}, "succeeded": succeeded, "message": message, "statistics": {}}


def everything_told(error: BaseException) -> str:
    """Return all that a log or a report could show of an error: texts, attributes and what it came from."""
    told = []
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        told += [str(each), repr(each), repr(vars(each)), repr(each.args)]
        waiting += [each.__cause__, each.__context__]
    return "\n".join(told)


async def learn_of_closed_connections(session: aiohttp.ClientSession) -> None:
    """Let the session's loop come to the ends of connections that the server closed; nothing tells when it did."""
    connector = session.connector
    assert connector is not None
    while any(handler.is_connected() for kept in connector._conns.values() for handler, _ in kept):  # noqa: ASYNC110
        await asyncio.sleep(0)
