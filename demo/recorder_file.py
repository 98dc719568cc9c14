"""The hourly statistics in the recorder's SQLite file, read by plain SQL while Home Assistant runs or is dead."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
import sqlite3
from typing import Final, NamedTuple

from .account import DOMAIN

# Home Assistant may be in the middle of a write-ahead log that the next reader has to take in first.
BUSY_SECONDS: Final = 30.0


class StoredRow(NamedTuple):
    """A row of the table of hourly statistics; `start` in epoch seconds."""

    start: float
    state: float | None
    sum: float | None
    mean: float | None
    min: float | None
    max: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecorderFile:
    """The recorder's database of one Home Assistant."""

    path: Path

    def row_count(self) -> int:
        """Return how many rows the account's statistics have; 0 before the recorder has made its tables."""
        if not self.path.exists():
            return 0
        with closing(self._connection()) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'statistics_meta'").fetchone():
                return 0
            (count,) = connection.execute(
                "SELECT COUNT(*) FROM statistics WHERE metadata_id IN (SELECT id FROM statistics_meta WHERE source = ?)",
                (DOMAIN,),
            ).fetchone()
            return int(count)

    def statistics(self) -> Iterator[tuple[str, Sequence[StoredRow]]]:
        """Yield the id and the rows, oldest first, of each statistic of the account, also of one without rows."""
        with closing(self._connection()) as connection:
            rows = connection.execute(
                "SELECT m.statistic_id, s.start_ts, s.state, s.sum, s.mean, s.min, s.max FROM statistics_meta m"
                " LEFT JOIN statistics s ON s.metadata_id = m.id WHERE m.source = ? ORDER BY m.statistic_id, s.start_ts",
                (DOMAIN,),
            )
            for statistic_id, found in groupby(rows, key=itemgetter(0)):
                yield statistic_id, [StoredRow(*row[1:]) for row in found if row[1] is not None]

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=BUSY_SECONDS)
