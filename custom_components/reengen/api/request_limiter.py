"""How many requests of one session are under way at once."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

# A poll asks for four or five things: side by side they take two waits for the platform in place of five.
MOST_AT_ONCE: Final = 3


class RequestLimiter:
    """Lets three requests go at once, in the order in which they came; writes and commands wait for nothing.

    From `go_one_by_one` on there is one at a time, and writes and commands go before the reads that wait.
    """

    def __init__(self) -> None:
        """Begin with no request under way."""
        self._most = MOST_AT_ONCE
        self._under_way = 0
        self._reads: deque[asyncio.Future[None]] = deque()
        self._writes: deque[asyncio.Future[None]] = deque()

    @property
    def are_several(self) -> bool:
        """Return whether more than one request is under way."""
        return self._under_way > 1

    def go_one_by_one(self) -> None:
        """Send no two requests at once from now on."""
        self._most = 1

    @asynccontextmanager
    async def turn(self, *, is_write: bool) -> AsyncIterator[None]:
        """Wait for a turn and hold it; one that is cancelled while it waits takes none."""
        if self._under_way < self._most or (is_write and self._most > 1):
            self._under_way += 1
        else:
            await self._wait(self._writes if is_write else self._reads)
        try:
            yield
        finally:
            self._give_back()

    async def _wait(self, queue: deque[asyncio.Future[None]]) -> None:
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._under_way -= 1
        while self._under_way < self._most and (queue := self._writes or self._reads):
            turn = queue.popleft()
            # Whoever waited may have been cancelled.
            if not turn.done():
                self._under_way += 1
                turn.set_result(None)
