"""One small world on a real socket, its clock standing still."""

from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime, timedelta
import sqlite3
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest

from simulator import Simulator, WorldOptions

from .helpers import Client

# 15:07:30 on a Tuesday in Istanbul.
NOW = datetime(2026, 3, 10, 12, 7, 30, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _databases_are_closed() -> Iterator[None]:
    """Close the databases of worlds that tests build without a server, some for several modules, at the very end."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remembered(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        opened.append(connect(*args, **kwargs))
        return opened[-1]

    with patch("simulator.store.sqlite3.connect", remembered):
        yield
    for connection in opened:
        connection.close()


@pytest.fixture(autouse=True)
def _real_sockets(socket_enabled: None) -> None:
    """Let tests use sockets."""


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    """Return a running simulator with three days of readings."""
    options = WorldOptions(start=NOW - timedelta(days=3))
    async with await Simulator.start(options, now=NOW) as running:
        yield running


@pytest.fixture
async def stranger(simulator: Simulator) -> AsyncGenerator[Client]:
    """Return a client that has not logged in."""
    async with aiohttp.ClientSession() as session:
        yield Client(simulator, session)


@pytest.fixture
async def client(stranger: Client) -> Client:
    """Return a client that has logged in; its login does not count as a request."""
    await stranger.log_in()
    stranger.simulator.requests.clear()
    return stranger
