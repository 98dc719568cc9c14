"""How many requests of one session are under way at once, and which go first."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

# A poll of a thousand points asks for six to eight things: side by side they take two or three waits for the platform.
MOST_AT_ONCE: Final = 3

# What nobody waits for has turns of its own, so that a poll finds all of its turns free, and the other way round.
MOST_IN_BACKGROUND: Final = 2


class Urgency(Enum):
    """What a request is to whoever sent it, in the order in which turns are given."""

    WRITE = auto()
    """A write or a command."""
    AWAITED = auto()
    """A read that somebody waits for."""
    BACKGROUND = auto()
    """A read that nobody waits for."""


_MOST: Final = {Urgency.AWAITED: MOST_AT_ONCE, Urgency.BACKGROUND: MOST_IN_BACKGROUND}


@dataclass(slots=True)
class RequestLimiter:
    """Lets three requests that somebody waits for go at once, and two more in the background; writes wait for nothing.

    Of equals the first goes first. From `go_one_by_one` on there is one request at a time, writes and commands too; of
    those that wait the most urgent goes first.
    """

    _is_one_by_one: bool = False
    _under_way: Counter[Urgency] = field(default_factory=Counter)
    _waiting: dict[Urgency, deque[asyncio.Future[None]]] = field(
        default_factory=lambda: {urgency: deque() for urgency in Urgency}
    )

    @property
    def are_several(self) -> bool:
        """Return whether more than one request is under way."""
        return self._under_way.total() > 1

    def go_one_by_one(self) -> None:
        """Send no two requests at once from now on."""
        self._is_one_by_one = True

    @asynccontextmanager
    async def turn(self, urgency: Urgency) -> AsyncIterator[None]:
        """Wait for a turn and hold it; one that is cancelled while it waits takes none."""
        if self._is_free(urgency):
            self._under_way[urgency] += 1
        else:
            await self._wait(urgency)
        try:
            yield
        finally:
            self._give_back(urgency)

    def _is_free(self, urgency: Urgency) -> bool:
        """Return whether there is a turn for a request; where there is one, no equal waits for it."""
        if self._is_one_by_one:
            return self._under_way.total() == 0
        return urgency is Urgency.WRITE or self._under_way[urgency] < _MOST[urgency]

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
