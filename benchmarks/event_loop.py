"""How long the event loop was held up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import time

# Between two looks at the clock; far below the stretches that are looked for.
TICK_SECONDS = 0.001


class LongestStretch:
    """The longest time, in milliseconds, that the loop did not get back to its timer."""

    milliseconds = 0.0

    def __init__(self) -> None:
        """Start counting now."""
        self._last = time.perf_counter()
        self._handle = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.milliseconds = max(self.milliseconds, (now - self._last - TICK_SECONDS) * 1000)
        self._last = now
        self._handle = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """Stop counting."""
        self._handle.cancel()


@contextmanager
def longest_stretch() -> Iterator[LongestStretch]:
    """Measure while the context lasts."""
    watch = LongestStretch()
    try:
        yield watch
    finally:
        watch.stop()
