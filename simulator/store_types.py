"""What the methods need of a store."""

import sqlite3
from typing import Protocol
from zoneinfo import ZoneInfo


class Readable(Protocol):
    """An open world."""

    database: sqlite3.Connection
    late_seconds: int

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the tenant's wall clock."""
