"""Clocks of tests: a frozen one, and an event loop's that only waiting moves.

By the second no deadline depends on how fast the machine is, or takes its time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
import selectors
from typing import Any, Final, cast
from unittest.mock import patch

from freezegun import api, freeze_time
from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.patch_time import HAFakeDate, HAFakeDatetime

type PassTime = Callable[[timedelta], Awaitable[None]]
"""Moves both clocks on, fires the timers due by then, and waits for what they start."""

# What was sent from this machine to this machine has arrived by then.
GRACE_SECONDS: Final = 0.01
# Longer waits are those of a test for another thread, and Home Assistant's timers.
LONGEST_LEAP_SECONDS: Final = 1.0


class FrozenDate(HAFakeDate):
    """The class of dates while the clock is frozen: knows today, and makes dates of the usual kind."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return a date whose arithmetic is that of the interpreter, many times faster than the class's own."""
        return api.real_date(*args, **kwargs)


class FrozenDatetime(HAFakeDatetime):
    """The class of datetimes while the clock is frozen: knows the time, and makes datetimes of the usual kind."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return a datetime whose arithmetic is that of the interpreter, many times faster than the class's own."""
        return api.real_datetime(*args, **kwargs)


@contextmanager
def frozen(now: datetime) -> Iterator[FrozenDateTimeFactory]:
    """Freeze the wall clock."""
    replaced: dict[str, Any] = {
        "FakeDate": FrozenDate,
        "FakeDatetime": FrozenDatetime,
        # Whether a module has got another name since the clock was frozen last.
        "_get_module_attributes_hash": lambda module: (id(module), len(getattr(module, "__dict__", ()))),
    }
    with patch.multiple("freezegun.api", **replaced), freeze_time(now) as factory:
        assert isinstance(factory, FrozenDateTimeFactory)
        yield factory


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
