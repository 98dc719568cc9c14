"""The server: one address and its lifecycle."""

import asyncio
from datetime import datetime
import logging
from pathlib import Path
import ssl
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from simulator.clock import Clock
from simulator.control import METHODS_PATH, control_routes
from simulator.dispatch import HttpCall
from simulator.methods import LOGIN_PAGE, Platform
from simulator.options import WorldOptions
from simulator.profile import Profile
from simulator.running import RunningPlatform
from simulator.store import open_store

HOST: Final = "127.0.0.1"
# A batch of imported readings may be large; beyond this nobody means it.
MOST_REQUEST_BYTES: Final = 64 * 2**20
# How long a stop waits for responses under way.
GRACE_SECONDS: Final = 1.0
# A client on the same loop needs these turns to see that its idle connections are gone, so that its next request
# meets a closed port and not a dying connection.
TURNS_TO_NOTICE: Final = 5
_LOGGER: Final = logging.getLogger(__name__)


class Simulator(RunningPlatform):
    """A platform that listens on 127.0.0.1; made by `start`, ended by `stop`."""

    def __init__(self, platform: Platform, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Wrap a platform; `start` makes it listen, behind TLS where a context is given."""
        super().__init__(platform)
        self._port = port
        self._tls = tls
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls,
        options: WorldOptions | None = None,
        *,
        database: str | Path = ":memory:",
        now: datetime | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Build or reopen the world and listen, with `tls` by https; `now` makes a clock that stands still there.

        Raises OSError when the port is taken, ValueError for a database of something else.
        """
        options = options or WorldOptions()
        clock = Clock(now)
        loop = asyncio.get_running_loop()
        store = await loop.run_in_executor(None, open_store, options, database, clock.now())
        clock.on_move = store.grow_to
        simulator = cls(Platform(options, store, clock, Profile()), port, tls)
        try:
            await simulator.start_listening()
        except OSError:
            simulator.platform.close()
            raise
        return simulator

    async def stop(self) -> None:
        """Stop listening, let what runs end, close the databases."""
        await self.stop_listening()
        self.platform.close()

    async def __aenter__(self) -> Self:
        """Return the running simulator."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def start_listening(self) -> None:
        """Listen, on the same port as before."""
        if self._runner is not None:
            return
        self.stopping.clear()
        application = web.Application(client_max_size=MOST_REQUEST_BYTES)
        application.router.add_post(METHODS_PATH, self._handle)
        application.router.add_get("/login", self._login_page)
        application.add_routes(control_routes(self))
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=GRACE_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port, reuse_address=True, ssl_context=self._tls).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = runner.addresses[0][1]

    async def stop_listening(self) -> None:
        """Refuse connections from now on and break off those that are open."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        self.stopping.set()
        await runner.cleanup()
        if self.running:
            await asyncio.wait(self.running)
        for _ in range(TURNS_TO_NOTICE):
            await asyncio.sleep(0)

    @property
    def url(self) -> str:
        """Return the address of the nine methods."""
        return f"{self._scheme}://{HOST}:{self._port}{METHODS_PATH}"

    @property
    def control_url(self) -> str:
        """Return the address below which the control surface is."""
        return f"{self._scheme}://{HOST}:{self._port}/control/"

    @property
    def _scheme(self) -> str:
        return "http" if self._tls is None else "https"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = await HttpCall.received(self, request)
        response = await call.answer()
        record = call.record
        _LOGGER.debug("%s: status %s, rows %s, fault %s", record.method, record.status, record.rows, record.fault)
        return response

    async def _login_page(self, _: web.Request) -> web.Response:
        return web.Response(text=LOGIN_PAGE, content_type="text/html")
