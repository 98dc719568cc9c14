"""The simulated platform of the demo: a process of its own, asked over its control surface."""

from collections.abc import Mapping
from datetime import timedelta
import os
from pathlib import Path
import sys
from typing import Any, Final

import aiohttp

from .account import DOMAIN, Account
from .errors import DemoError
from .ports import LOOPBACK
from .programs import Launch
from .waiting import until

# The account of the simulator's world, and its clock.
TENANT: Final = "xyz"
USERNAME: Final = "demo"
PASSWORD: Final = "demo-password"  # noqa: S105 - the made-up account of a made-up tenant
TIME_ZONE: Final = "Europe/Istanbul"
# What the ids of the account's statistics begin with.
STATISTICS_PREFIX: Final = f"{DOMAIN}:{TENANT}_"
# Thirteen months of quarter hours are written on the first start.
BUILD_TIMEOUT: Final = timedelta(minutes=3)


def simulator(repository: Path, root: Path, port: int, *options: str) -> Launch:
    """Return how the simulator is started, with further options of its own; its world is kept in `root`."""
    arguments = ("--port", str(port), "--database", str(database_file(root)), "--time-zone", TIME_ZONE, *options)
    return Launch(
        name="The simulator",
        arguments=(sys.executable, "-m", "simulator", *arguments),
        folder=repository,
        log=root / "simulator.log",
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def database_file(root: Path) -> Path:
    """Return the simulator's database."""
    return root / "simulator.sqlite"


def has_entity(command: Mapping[str, Any]) -> bool:
    """Return whether a command becomes an entity: all but those of a type that nobody described."""
    if command["type"] == "SingleParameter":
        return command["parameter_type"] in {"boolean", "double", "integer", "string"}
    return command["type"] in {"NoParameter", "MultiOption", "MultiParameter"}


class Simulation:
    """The running simulator, seen from outside."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        """Ask the simulator on this port."""
        self.port = port
        self.account = Account(
            url=f"http://{LOOPBACK}:{port}/api/do/", tenant=TENANT, username=USERNAME, password=PASSWORD
        )
        self.control_url = f"http://{LOOPBACK}:{port}/control/"
        self._session = session

    async def wait_until_ready(self) -> None:
        """Wait for the first response: the world is built by then."""
        await until(self._answers, "a response of the simulator", BUILD_TIMEOUT)

    async def _answers(self) -> bool:
        try:
            await self.points()
        except aiohttp.ClientConnectionError:
            return False
        return True

    async def points(self) -> list[dict[str, Any]]:
        """Return the tenant's points: id, code, name, parent."""
        return await self._list("points")

    async def requests(self) -> list[dict[str, Any]]:
        """Return the requests that the platform got, oldest first."""
        return await self._list("requests")

    async def executions(self) -> list[dict[str, Any]]:
        """Return the commands that the platform ran, oldest first."""
        return await self._list("executions")

    async def commands(self) -> list[dict[str, Any]]:
        """Return the commands of all points: point, code, name, type, parameter_type."""
        return await self._list("commands")

    async def control(self, action: str, **asked: Any) -> None:
        """Use the control surface."""
        async with self._session.post(self.control_url + action, json=asked) as response:
            if response.status != 200:  # noqa: PLR2004
                raise DemoError(f"The simulator answered {action} with {response.status}: {await response.text()}")

    async def _list(self, name: str) -> list[dict[str, Any]]:
        async with self._session.get(self.control_url + name) as response:
            if response.status != 200:  # noqa: PLR2004
                raise DemoError(f"The simulator answered {name} with {response.status}: {await response.text()}")
            content = await response.json()
            return list(content)
