"""The simulated platform in a process of its own, so that its work is not measured as ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import re
import sys
import tempfile
from typing import Any
from urllib.parse import urljoin

import aiohttp

# Data of this many days is enough for a poll of today and this month.
DAYS = 2


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A running simulator."""

    url: str
    database: str
    tenant: str
    username: str
    password: str
    session: aiohttp.ClientSession

    async def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Read from the control surface, or post to it."""
        url = urljoin(self.url, f"/control/{path}")
        request = self.session.get(url) if body is None else self.session.post(url, json=body)
        async with request as response:
            response.raise_for_status()
            return await response.json()


@asynccontextmanager
async def running_platform(points: int, days: int = DAYS) -> AsyncIterator[Platform]:
    """Serve a tenant of so many points with so many days of data for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "world.db")
        arguments = ["--port", "0", "--points", str(points), "--days", str(days)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulator", *arguments, "--database", database,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            said = await _read_banner(process)
            async with aiohttp.ClientSession() as session:
                yield Platform(
                    url=said["url"],
                    database=database,
                    tenant=said["tenant"],
                    username=said["user"],
                    password=said["password"],
                    session=session,
                )
        finally:
            process.terminate()
            await process.wait()


async def _read_banner(process: asyncio.subprocess.Process) -> dict[str, str]:
    said: dict[str, str] = {}
    assert process.stdout is not None
    while not {"url", "tenant", "user", "password"} <= said.keys():
        line = (await process.stdout.readline()).decode()
        if not line:
            raise RuntimeError("the simulator ended before it served")
        if found := re.match(r"\s*([\w ]+?)\s*:?\s+(\S+)\s*$", line):
            said[found[1].lower()] = found[2]
    return said
