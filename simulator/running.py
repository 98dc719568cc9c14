"""A platform in operation: what was asked of it, which faults wait, and what a test may see and do."""

import asyncio
from collections import deque
from dataclasses import dataclass
import sqlite3
from typing import Any

from simulator.clock import Clock
from simulator.edits import WorldEdits
from simulator.faults import FAULTS
from simulator.methods import Payload, Platform
from simulator.options import WorldOptions
from simulator.profile import Profile
from simulator.records import ExecutionRecord, RequestRecord, WriteRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuedFault:
    """A fault that waits for the next request of a method (None: of any)."""

    name: str
    method: str | None
    options: dict[str, Any]


class RunningPlatform(WorldEdits):
    """A platform with the requests that arrived, those under way, and the faults that wait for the next ones."""

    def __init__(self, platform: Platform) -> None:
        """Begin without a request and without a fault."""
        super().__init__(platform)
        self.requests: list[RequestRecord] = []
        self.responses: deque[tuple[int, Payload]] = deque(maxlen=2)
        self.stopping = asyncio.Event()
        self.running: set[asyncio.Task[Any]] = set()
        self.active: dict[str, int] = {}
        self._faults: list[QueuedFault] = []

    @property
    def options(self) -> WorldOptions:
        """Return what the world was made from."""
        return self.platform.options

    @property
    def database(self) -> sqlite3.Connection:
        """Return the world's database; its schema stands in `docs/simulator.md`."""
        return self.platform.store.database

    @property
    def clock(self) -> Clock:
        """Return the platform's clock."""
        return self.platform.clock

    @property
    def profile(self) -> Profile:
        """Return the switches."""
        return self.platform.profile

    @property
    def executions(self) -> list[ExecutionRecord]:
        """Return every command that really ran, oldest first."""
        return self.platform.executions

    @property
    def writes(self) -> list[WriteRecord]:
        """Return every row that was really written, oldest first."""
        return self.platform.writes

    def fail_next(self, fault: str, *, method: str | None = None, times: int = 1, **options: Any) -> None:
        """Queue a fault for the next `times` requests of a method; raises ValueError for an unknown name or option."""
        if fault not in FAULTS:
            raise ValueError(f"unknown fault {fault!r}")
        known = FAULTS[fault].options
        for name in options:
            if name not in known:
                raise ValueError(f"fault {fault!r} has no option {name!r}")
        self._faults += [QueuedFault(name=fault, method=method, options={**known, **options})] * times

    def clear_faults(self) -> None:
        """Forget every queued fault."""
        self._faults.clear()

    def take_fault(self, method: str | None) -> QueuedFault | None:
        """Return and remove the oldest queued fault that is meant for a method."""
        for position, fault in enumerate(self._faults):
            if fault.method in {None, method}:
                return self._faults.pop(position)
        return None

    def expire_sessions(self) -> None:
        """Let every connection id die."""
        self.platform.sessions.expire_all()

    def count(self, method: str | None = None) -> int:
        """Return how many requests of a method (None: all) have arrived."""
        return sum(method is None or request.method == method for request in self.requests)
