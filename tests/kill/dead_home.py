"""What is done to the recorder's file of a Home Assistant that does not run."""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
import sqlite3

# An import names the column `state` when it writes a row again; the shift of later sums does not.
SPY = """
CREATE TABLE spied(what TEXT);
CREATE TRIGGER spy_on_updates AFTER UPDATE OF state ON statistics BEGIN INSERT INTO spied VALUES ('written again'); END;
CREATE TRIGGER spy_on_deletes AFTER DELETE ON statistics BEGIN INSERT INTO spied VALUES ('removed'); END;
"""
# As much as a hand may do in the developer tools: "adjust a statistic".
DAMAGE = 1000.0


def spy(recorder: Path) -> None:
    """Let the database itself note each row that is written a second time or removed from now on."""
    with closing(sqlite3.connect(recorder)) as connection:
        connection.executescript(SPY)


def spied(recorder: Path) -> Counter[str]:
    """Return how many rows were `written again` and `removed`."""
    with closing(sqlite3.connect(f"file:{recorder}?mode=ro", uri=True)) as connection:
        return Counter(what for (what,) in connection.execute("SELECT what FROM spied"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """Rows whose sum was made wrong: id of the row -> the right sum."""

    recorder: Path
    sums: dict[int, float]

    def healed(self) -> int:
        """Return how many of the sums are right again."""
        with closing(sqlite3.connect(f"file:{self.recorder}?mode=ro", uri=True)) as connection:
            marks = ", ".join("?" * len(self.sums))
            found = connection.execute(f"SELECT id, sum FROM statistics WHERE id IN ({marks})", [*self.sums]).fetchall()
        # Rows in front that came meanwhile move a sum, but never by as much.
        return sum(abs(total - self.sums[row]) < DAMAGE / 2 for row, total in found)


def damage_sums(recorder: Path) -> Damage:
    """Make one sum in the middle of each summed statistic wrong."""
    with closing(sqlite3.connect(recorder)) as connection, connection:
        rows = connection.execute(
            "SELECT s.metadata_id, s.id, s.sum FROM statistics s JOIN statistics_meta m ON m.id = s.metadata_id"
            " WHERE m.has_sum AND m.source = 'reengen' ORDER BY s.metadata_id, s.start_ts"
        ).fetchall()
        of_statistic: dict[int, list[tuple[int, float]]] = {}
        for metadata_id, row, total in rows:
            of_statistic.setdefault(metadata_id, []).append((row, total))
        sums = dict(found[len(found) // 2] for found in of_statistic.values())
        connection.executemany("UPDATE statistics SET sum = sum + ? WHERE id = ?", [(DAMAGE, row) for row in sums])
    return Damage(recorder=recorder, sums=sums)
