"""Home Assistant's REST and websocket interfaces, as its own frontend uses them."""

import contextlib
from datetime import timedelta
from typing import Any, Final

import aiohttp

from .errors import DemoError, LostResponseError
from .ports import LOOPBACK
from .waiting import until

REQUEST_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)
# A cold disk and byte code not yet compiled make a first start ten times as long as the usual 3 s.
START_TIMEOUT: Final = timedelta(minutes=3)


class HomeApi:
    """One Home Assistant on 127.0.0.1."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        """Talk to the Home Assistant on this port, at first without a token."""
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self.token = ""
        self._session = session

    async def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Return the response's JSON.

        Raises:
            DemoError: the response is none of success

        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with self._session.request(
                method, self.url + path, headers=headers, timeout=REQUEST_TIMEOUT, **arguments
            ) as response:
                if response.status >= 400:  # noqa: PLR2004
                    raise DemoError(
                        f"Home Assistant answered {method} {path} with {response.status}: {await response.text()}"
                    )
                return await response.json()
        except aiohttp.ClientError as error:
            raise DemoError(f"Home Assistant did not answer {method} {path}: {error}") from error

    async def get(self, path: str) -> Any:
        """Return what stands at a path."""
        return await self.request("GET", path)

    async def post(self, path: str, content: Any) -> Any:
        """Send JSON, and return the response."""
        return await self.request("POST", path, json=content)

    async def command(self, kind: str, **fields: Any) -> Any:
        """Return the result of one websocket command.

        Raises:
            DemoError: the token or the command was refused, or the connection ended

        """
        try:
            async with self._session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as socket:
                await socket.receive_json()
                await socket.send_json({"type": "auth", "access_token": self.token})
                if (await socket.receive_json())["type"] != "auth_ok":
                    raise DemoError("Home Assistant refused the demo's access token; --fresh starts from nothing")
                await socket.send_json({"id": 1, "type": kind, **fields})
                response = await socket.receive_json(timeout=REQUEST_TIMEOUT.total)
        except (aiohttp.ClientError, TypeError, TimeoutError) as error:
            raise LostResponseError(f"Home Assistant did not answer the command {kind}: {error}") from error
        if not response["success"]:
            raise DemoError(f"Home Assistant refused the command {kind}: {response['error']}")
        return response["result"]

    async def call_service(self, service: str, entity_id: str, **fields: Any) -> None:
        """Call a service on one entity, as a press in the frontend does."""
        domain, name = service.split(".")
        await self.command(
            "call_service", domain=domain, service=name, service_data=fields, target={"entity_id": entity_id}
        )

    async def ask_for_restart(self) -> None:
        """Ask for a restart; Home Assistant may be gone before it has answered."""
        with contextlib.suppress(LostResponseError):
            await self.command("call_service", domain="homeassistant", service="restart")

    async def wait_until_listening(self) -> None:
        """Wait for the first response; 404 is one, of a Home Assistant that was onboarded before."""
        await until(self._answers, f"a response of Home Assistant at {self.url}", START_TIMEOUT)

    async def wait_until_running(self) -> None:
        """Wait until every integration is set up."""
        await until(self._runs, "the end of Home Assistant's start", START_TIMEOUT)

    async def _runs(self) -> bool:
        return bool((await self.command("get_config"))["state"] == "RUNNING")

    async def _answers(self) -> bool:
        try:
            async with self._session.get(f"{self.url}/api/onboarding", timeout=REQUEST_TIMEOUT) as response:
                return response.status in {200, 404}
        except aiohttp.ClientError, TimeoutError:
            return False
