"""How many requests of one session are under way at once, and which go first."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Final

# A poll of a thousand points asks for six to eight things: four at a time take two waits for the platform.
MOST_AT_ONCE: Final = 4

# A poll finds two turns free at once and all four within one wait, so that six requests still take two.
MOST_IN_BACKGROUND: Final = 2


class Urgency(Enum):
    """What a request is to whoever sent it, in the order in which turns are given."""

    WRITE = auto()
    """A write or a command."""
    AWAITED = auto()
    """A read that somebody waits for."""
    BACKGROUND = auto()
    """A read that nobody waits for."""


class RequestLimiter:
    """Lets four requests go at once, two of them in the background; writes and commands wait for nothing.

    Of those that wait the most urgent go first, equals in the order in which they came. From `go_one_by_one` on there
    is one at a time, and writes and commands wait as well.
    """

    def __init__(self) -> None:
        """Begin with no request under way."""
        self._most = MOST_AT_ONCE
        self._under_way = Counter[Urgency]()
        self._waiting: dict[Urgency, deque[asyncio.Future[None]]] = {urgency: deque() for urgency in Urgency}

    @property
    def are_several(self) -> bool:
        """Return whether more than one request is under way."""
        return self._under_way.total() > 1

    def go_one_by_one(self) -> None:
        """Send no two requests at once from now on."""
        self._most = 1

    @asynccontextmanager
    async def turn(self, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for a turn and hold it; one that is cancelled while it waits takes none."""
        if self._is_free(urgency) or (urgency is Urgency.WRITE and self._most > 1):
            self._under_way[urgency] += 1
        else:
            await self._wait(urgency)
        try:
            yield
        finally:
            self._give_back(urgency)

    def _is_free(self, urgency: Urgency) -> bool:
        """Return whether there is a turn for a request; none that is as urgent waits where there is one."""
        if urgency is Urgency.BACKGROUND and self._under_way[urgency] >= MOST_IN_BACKGROUND:
            return False
        return self._under_way.total() < self._most

    async def _wait(self, urgency: Urgency) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting[urgency].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._give_back(urgency)
            raise

    def _give_back(self, urgency: Urgency) -> None:
        self._under_way[urgency] -= 1
        for each, waiting in self._waiting.items():
            while waiting and self._is_free(each):
                turn = waiting.popleft()
                # Whoever waited may have been cancelled.
                if not turn.done():
                    self._under_way[each] += 1
                    turn.set_result(None)
