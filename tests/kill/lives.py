"""One Home Assistant in many lives: each begins on the same files and is ended by SIGKILL while it imports."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
import random
from typing import Any

import aiohttp

from demo.api import HomeApi
from demo.home import HomeFolder, home_assistant
from demo.ports import free_port
from demo.programs import Program, running
from demo.recorder_file import RecorderFile
from demo.stage import home_running
from demo.waiting import until

# A task of the recorder takes less, so that the kill falls anywhere in one.
LONGEST_DELAY_SECONDS = 0.1
# A slow machine reads and compares for some seconds before the first row of a life.
LONGEST_WAIT = timedelta(minutes=2)
# What heals some twenty sums takes a hundred times as long.
GLANCE_SECONDS = 0.005


@dataclass(frozen=True, kw_only=True, slots=True)
class Kill:
    """When a life ended: rows that were there at its begin, and when it was dead."""

    rows_before: int
    rows_after: int


class Lives:
    """The files, and how a life on them begins and ends."""

    def __init__(self, session: aiohttp.ClientSession, root: Path, chance: random.Random) -> None:
        """Keep one port for all lives: the account of the demo's user belongs to the address."""
        self.folder = HomeFolder(root=root)
        self.recorder = RecorderFile(path=self.folder.database)
        self._session = session
        self._root = root
        self._ports: dict[str, Any] = {"home_port": free_port([])}
        self._chance = chance

    @contextlib.asynccontextmanager
    async def life(self) -> AsyncIterator[tuple[Program, HomeApi]]:
        """Start Home Assistant on the files; the import is under way when this yields."""
        async with home_running(self._session, self._root, self._ports) as begun:
            yield begun

    async def kill_in_import(self, most_rows: int) -> Kill:
        """Live until some new rows, as many as chance draws, and a moment longer; 0: only the moment."""
        before = self.recorder.row_count()
        async with self.life() as (program, _):
            await self.import_rows(program, most_rows, before=before)
            await self.kill(program)
        return Kill(rows_before=before, rows_after=self.recorder.row_count())

    async def import_rows(self, program: Program, most_rows: int, *, before: int | None = None) -> int:
        """Let the program import, beyond the rows that were there before, as many as chance draws; return how many."""
        before = self.recorder.row_count() if before is None else before
        wanted = self._chance.randint(min(1, most_rows), most_rows)

        async def written() -> bool:
            return self.recorder.row_count() >= before + wanted

        await program.while_running(until(written, f"{wanted} new rows", LONGEST_WAIT))
        return wanted

    async def kill_after_first(self, seen: Callable[[], int]) -> int:
        """Live until something has happened for the first time; return how often it had when the process was dead."""

        async def happened() -> None:
            async with asyncio.timeout(LONGEST_WAIT.total_seconds()):
                while not seen():  # noqa: ASYNC110 - a database tells nobody
                    await asyncio.sleep(GLANCE_SECONDS)

        async with running(home_assistant(self.folder)) as program:
            await program.while_running(happened())
            await program.kill()
        return seen()

    async def kill(self, program: Program) -> None:
        """Kill within the time of a task of the recorder."""
        await asyncio.sleep(self._chance.uniform(0.0, LONGEST_DELAY_SECONDS))
        await program.kill()

    async def stored(self, file: str, text: str) -> None:
        """Wait until Home Assistant has stored something; it writes its files a second after a change."""
        path = self.folder.config / ".storage" / file

        async def is_stored() -> bool:
            return path.exists() and text in path.read_text()

        await until(is_stored, f"{text} in {path}", LONGEST_WAIT)
