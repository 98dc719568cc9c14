"""An event loop's clock that only waiting moves: no deadline depends on how fast the machine is, or takes its time."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import selectors
from typing import Any, Final, cast
from unittest.mock import patch

# What was sent from this machine to this machine has arrived by then.
GRACE_SECONDS: Final = 0.01
# Longer waits are those of a test for another thread, and Home Assistant's timers.
LONGEST_LEAP_SECONDS: Final = 1.0


class LeapingClock:
    """Stands still while anything is under way, and leaps to the next timer when all that is left is to wait for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over from the loop's clock."""
        self._loop = loop
        self._now = loop.time()
        self._selector = cast("selectors.BaseSelector", getattr(loop, "_selector"))  # noqa: B009 - no public name
        self._select = self._selector.select
        self._run_in_executor: Callable[..., asyncio.Future[Any]] = loop.run_in_executor
        self._threads = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the loop go by this clock."""
        with (
            patch.object(self._loop, "time", lambda: self._now),
            patch.object(self._loop, "run_in_executor", self._counted),
            patch.object(self._selector, "select", self._leap),
        ):
            yield

    def _counted(self, *job: Any) -> asyncio.Future[Any]:
        future = self._run_in_executor(*job)
        self._threads += 1
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: asyncio.Future[Any]) -> None:
        self._threads -= 1

    def _leap(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._threads or timeout is None or not 0 < timeout <= LONGEST_LEAP_SECONDS:
            return self._select(timeout)
        events = self._select(GRACE_SECONDS)
        if not events:
            self._now += timeout
        return events
