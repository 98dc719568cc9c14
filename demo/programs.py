"""The programs the demo starts, and that none of them outlives it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
import contextlib
from dataclasses import dataclass
from pathlib import Path
import shutil
from typing import Final

from .errors import DemoError
from .progress import say

# Home Assistant writes its last states and commits when it is asked to end; it takes about a second.
GRACE_SECONDS: Final = 30
LOG_TAIL_LINES: Final = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """How a program is started; an exit with `restart_code` asks for another start, as of a service manager."""

    name: str
    arguments: tuple[str, ...]
    folder: Path
    log: Path
    env: Mapping[str, str]
    restart_code: int | None = None

    async def start(self) -> asyncio.subprocess.Process:
        """Start it once, in a session of its own.

        So Ctrl-C in the terminal reaches the demo alone, which ends the rest in order.
        """
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *ends_with_parent(),
                *self.arguments,
                cwd=self.folder,
                env=self.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@contextlib.asynccontextmanager
async def running(launch: Launch) -> AsyncIterator[Program]:
    """Keep a program running while the context is open."""
    program = Program(launch, await launch.start())
    try:
        yield program
    finally:
        await program.end()


class Program:
    """A started program; its end before the context of `running` closes is a `DemoError`."""

    def __init__(self, launch: Launch, process: asyncio.subprocess.Process) -> None:
        """Keep watch over a process that was just started."""
        self._launch = launch
        self._process = process
        self._ending = False
        self._restarted = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep())

    async def while_running[T](self, work: Coroutine[None, None, T]) -> T:
        """Return what the work returns, unless the program ends first.

        Raises:
            DemoError: the program ended

        """
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, self._keeper], return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._keeper.result()
            return await task
        finally:
            task.cancel()

    async def restarted(self, ask: Coroutine[None, None, None]) -> None:
        """Ask the program to restart, and wait until it has been started again."""
        self._restarted.clear()
        await ask
        await self.while_running(self._restarted.wait())

    async def kill(self) -> None:
        """End the program as a power cut does: at once, without a chance to write anything; it is not started again."""
        self._ending = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await asyncio.wait([self._keeper])

    async def end(self) -> None:
        """End the program: first asked to, then killed."""
        self._ending = True
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        _, alive = await asyncio.wait([self._keeper], timeout=GRACE_SECONDS)
        if alive:
            say(f"{self._launch.name} did not end within {GRACE_SECONDS} s and is killed")
            self._process.kill()
            await asyncio.wait([self._keeper])

    async def _keep(self) -> None:
        """Wait for the end, and start again where the exit code asks for it."""
        launch = self._launch
        while True:
            code = await self._process.wait()
            if self._ending:
                return
            if code != launch.restart_code:
                raise DemoError(f"{launch.name} ended with exit code {code}; see {launch.log}{log_tail(launch.log)}")
            say(f"{launch.name} restarts")
            self._process = await launch.start()
            self._restarted.set()


def log_tail(log: Path) -> str:
    """Return the end of a log, indented."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "".join(f"\n    {line}" for line in lines[-LOG_TAIL_LINES:])


def ends_with_parent() -> list[str]:
    """Return the command in front of a program that ends it even when we are killed without a chance to clean up."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
