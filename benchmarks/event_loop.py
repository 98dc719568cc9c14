"""How long the event loop was held up, and by what."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import gc
import threading
import time
from typing import Any

# Between two looks at the clock: far below the stretches that are looked for, and seldom enough not to slow down what
# is measured (a look every millisecond took a tenth of an import's time).
TICK_SECONDS = 0.005

# Shorter stretches are not looked into.
_WORTH_KEEPING_SECONDS = 0.01

type Span = tuple[float, float]
"""From when to when."""


class Stretches:
    """The times from one run of a timer to its next, which is due after five milliseconds; they are part of it.

    The interpreter's garbage collector stops every thread and goes through all objects of the process, Home
    Assistant's own among them, whoever's turn it is: it is counted apart as well.
    """

    def __init__(self) -> None:
        """Start counting now."""
        self._held_up: list[tuple[float, float, float]] = []
        self._collections: list[Span] = []
        self.collections_of_everything = 0
        self.loop_work_ms = 0.0
        self._loop_thread = threading.get_ident()
        self._collecting_since = (0.0, 0.0, 0.0)
        self._loop_collected = 0.0
        self._last = _clocks()
        gc.callbacks.append(self._on_collection)
        self._handle = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    @property
    def longest_ms(self) -> float:
        """Return the longest stretch."""
        return max((end - begin for begin, end, _ in self._held_up), default=0.0) * 1000

    @property
    def longest_without_collector_ms(self) -> float:
        """Return the longest stretch, each without the part of it in which the collector was at work."""
        return max((end - begin - self._collecting(begin, end) for begin, end, _ in self._held_up), default=0.0) * 1000

    @property
    def process_work_ms(self) -> float:
        """Return for how long all threads of the process together worked in a stretch, the collector left out."""
        return max((work - self._collecting(begin, end) for begin, end, work in self._held_up), default=0.0) * 1000

    @property
    def longest_collection_ms(self) -> float:
        """Return the longest pass of the collector."""
        return max((end - begin for begin, end in self._collections), default=0.0) * 1000

    def _collecting(self, begin: float, end: float) -> float:
        return sum(max(0.0, min(end, after) - max(begin, first)) for first, after in self._collections)

    def _on_collection(self, phase: str, info: dict[str, Any]) -> None:
        # Only one thread collects at a time.
        now = _clocks()
        if phase == "start":
            self._collecting_since = now
            return
        begin, loop_begin, _ = self._collecting_since
        self._collections.append((begin, now[0]))
        self.collections_of_everything += info["generation"] == len(gc.get_count()) - 1
        if threading.get_ident() == self._loop_thread:
            self._loop_collected += now[1] - loop_begin

    def _tick(self) -> None:
        now = _clocks()
        passed, loop_work, process_work = (after - before for after, before in zip(now, self._last, strict=True))
        if passed > _WORTH_KEEPING_SECONDS:
            self._held_up.append((self._last[0], now[0], process_work))
        # By the processor's clock: what callbacks took, whatever else the machine does.
        self.loop_work_ms = max(self.loop_work_ms, (loop_work - self._loop_collected) * 1000)
        self._last, self._loop_collected = now, 0.0
        self._handle = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """Stop counting."""
        self._handle.cancel()
        gc.callbacks.remove(self._on_collection)


def _clocks() -> tuple[float, float, float]:
    """Return the time, and what the processor has worked for this thread and for the process."""
    return time.perf_counter(), time.thread_time(), time.process_time()


@contextmanager
def measured_stretches() -> Iterator[Stretches]:
    """Measure while the context lasts."""
    watch = Stretches()
    try:
        yield watch
    finally:
        watch.stop()
