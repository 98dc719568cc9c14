"""Simulated worlds, built once: whoever starts the simulator with the same options gets a copy in memory."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
import sqlite3
from typing import Any, ClassVar

from homeassistant.const import CONF_TIME_ZONE
import pytest

from simulator import WorldOptions
from simulator.store import MEMORY, Store, open_store


@lru_cache(maxsize=4)
def built_world(options: WorldOptions, now: datetime) -> bytes:
    """Return the database of a world that has grown to `now`; the worlds of the last few tests are kept."""
    store = open_store(options, MEMORY, now)
    try:
        return store.database.serialize()
    finally:
        store.database.close()


def copied_store(options: WorldOptions, database: str | Path, now: datetime) -> Store:
    """Return what `open_store` does, by a copy where the world is one in memory."""
    if database != MEMORY:
        return open_store(options, database, now)
    source = sqlite3.connect(MEMORY, check_same_thread=False)
    source.deserialize(built_world(options, now))
    # A test asks the database while a response is made in another thread: a statement that both had would be reset by one.
    copy = sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False, cached_statements=0)
    copy.execute("PRAGMA temp_store = MEMORY")
    source.backup(copy)
    source.close()
    return Store(copy, options)


class AnyZone:
    """Fixtures for tests that take `zone` and `instant`: the clocks stand at the instant, world and account use the zone."""

    world_age: ClassVar[timedelta] = timedelta(days=1)
    options: ClassVar[Mapping[str, Any]] = {}
    """Options of the account beside those of the module."""

    @pytest.fixture
    def now(self, instant: datetime) -> datetime:
        """Return the instant."""
        return instant

    @pytest.fixture
    def world_options(self, zone: str, instant: datetime) -> WorldOptions:
        """Describe a site and a transformer in the zone, as old as the tests need."""
        return WorldOptions(start=instant - self.world_age, time_zone=zone, points=2)

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any], zone: str) -> dict[str, Any]:
        """Let the account use the zone."""
        return {**entry_options, **self.options, CONF_TIME_ZONE: zone}
