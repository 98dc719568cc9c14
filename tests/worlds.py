"""Simulated worlds, built once: whoever starts the simulator with the same options gets a copy in memory."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
import sqlite3

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
    copy = sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False)
    copy.execute("PRAGMA temp_store = MEMORY")
    source.backup(copy)
    source.close()
    return Store(copy, options)
