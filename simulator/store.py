"""The database: schema, building or reopening a world, growing it to an instant, revealing what was held back."""

from collections.abc import Sequence
from datetime import datetime
import json
from pathlib import Path
import sqlite3
from threading import RLock
from typing import Final
from zoneinfo import ZoneInfo

from simulator.commands import planned_commands
from simulator.costs import tariff_rows
from simulator.growth import grow
from simulator.load import SLOT
from simulator.options import WorldOptions
from simulator.world import METERS, SITE_SIZE, STORED_UNITS, PlannedPoint, planned_points

MEMORY: Final = ":memory:"
# Raised whenever the schema or the curves change, so that an older file is built anew.
SCHEMA_VERSION: Final = 2
SCHEMA: Final = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE unit(definition TEXT PRIMARY KEY, unit TEXT);
CREATE TABLE point(id INTEGER PRIMARY KEY, tenant TEXT, parent TEXT, code TEXT, name TEXT, starting_date TEXT,
    id_order INTEGER, kind TEXT, scale_kw REAL, feeder INTEGER, extra INTEGER);
CREATE UNIQUE INDEX point_code ON point(code);
CREATE TABLE series(id INTEGER PRIMARY KEY, point_id INTEGER, definition TEXT, variant TEXT, idx INTEGER,
    register INTEGER, grows INTEGER, UNIQUE(point_id, definition, variant, idx));
CREATE INDEX series_kind ON series(definition, variant);
CREATE TABLE sample(series INTEGER, end_utc INTEGER, copy INTEGER DEFAULT 0, value REAL, original REAL, note TEXT,
    revealed_utc INTEGER, PRIMARY KEY(series, end_utc, copy)) WITHOUT ROWID;
CREATE TABLE revision(series INTEGER, end_utc INTEGER, value REAL, revealed_utc INTEGER);
CREATE TABLE hold(point_id INTEGER, since_utc INTEGER, until_utc INTEGER, revealed_utc INTEGER);
CREATE TABLE effect(point_id INTEGER, command TEXT, since_utc INTEGER, factor REAL);
CREATE TABLE command(point_id INTEGER, code TEXT, name TEXT, command_type TEXT, parameter_type TEXT, options TEXT,
    PRIMARY KEY(point_id, code));
CREATE TABLE tariff(cost_group TEXT, utility TEXT, definition TEXT, variant TEXT, stored_per_unit INTEGER, price TEXT,
    tax_rate TEXT, valid_from_utc INTEGER, valid_to_utc INTEGER);
CREATE TABLE dc_data(tenant TEXT, point TEXT, type TEXT, value TEXT, PRIMARY KEY(tenant, point, type));
"""
TEMPORARY: Final = """
CREATE TEMP TABLE edge(n INTEGER PRIMARY KEY, first_second INTEGER, last_second INTEGER);
CREATE TEMP TABLE part(n INTEGER PRIMARY KEY, said INTEGER, series INTEGER);
"""


class Store:
    """One tenant's world in SQLite; every use from more than one thread goes through `lock`."""

    def __init__(self, database: sqlite3.Connection, options: WorldOptions) -> None:
        """Take over an open database that has the schema."""
        self.database = database
        self.options = options
        self.lock = RLock()
        self.late_seconds = options.late_minutes * 60
        database.executescript(TEMPORARY)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the tenant's wall clock."""
        return self.options.zone

    def grow_to(self, now: datetime) -> None:
        """Write every reading that ends by `now`, and apply corrections that are due."""
        with self.lock:
            second = int(now.timestamp())
            target = (second + 1) // SLOT
            if target > self.next_slot:
                self._grow_slots(target)
            self._settle(second)

    @property
    def next_slot(self) -> int:
        """Return the first quarter hour that has no readings yet."""
        return int(self.database.execute("SELECT value FROM meta WHERE key = 'next_slot'").fetchone()[0])

    def _grow_slots(self, target: int) -> None:
        begin = self.next_slot
        extra_begin = max(begin, target - round(self.options.extra_window.total_seconds() / SLOT))
        with transaction(self.database):
            grow(self.database, self.options, begin, target, extra=False)
            if self.options.points > SITE_SIZE:
                grow(self.database, self.options, extra_begin, target, extra=True)
            self.database.execute("UPDATE meta SET value = ? WHERE key = 'next_slot'", (target,))
            for hold in self.database.execute("SELECT * FROM hold WHERE until_utc >= ?", (begin * SLOT,)).fetchall():
                self.apply_hold(*hold)

    def apply_hold(self, point_id: int, since_utc: int, until_utc: int, revealed_utc: int) -> None:
        """Hide a point's readings that end in (since, until] until an instant."""
        self.database.execute(
            "UPDATE sample SET revealed_utc = ? WHERE end_utc > ? AND end_utc <= ?"
            " AND series IN (SELECT id FROM series WHERE point_id = ?)",
            (revealed_utc, since_utc, until_utc, point_id),
        )

    def _settle(self, second: int) -> None:
        due = self.database.execute(
            "SELECT series, end_utc, value FROM revision WHERE revealed_utc <= ? ORDER BY revealed_utc, rowid",
            (second,),
        ).fetchall()
        if not due:
            return
        with transaction(self.database):
            for series, end_utc, value in due:
                self.put_reading(series, end_utc, value, second)
            self.database.execute("DELETE FROM revision WHERE revealed_utc <= ?", (second,))

    def put_reading(self, series: int, end_utc: int, value: float | None, revealed_utc: int) -> None:
        """Set the value of one reading, add it, or (None) delete it; the register keeps what the meter said."""
        key = (series, end_utc)
        if value is None:
            self.database.execute("DELETE FROM sample WHERE series = ? AND end_utc = ?", key)
            return
        changed = self.database.execute("UPDATE sample SET value = ? WHERE series = ? AND end_utc = ?", (value, *key))
        if not changed.rowcount:
            self.database.execute(
                "INSERT INTO sample(series, end_utc, value, revealed_utc) VALUES (?, ?, ?, ?)",
                (*key, value, revealed_utc),
            )

    def point_id(self, code: str) -> int | None:
        """Return the id of a point, None for an unknown code."""
        row = self.database.execute("SELECT id FROM point WHERE code = ?", (code,)).fetchone()
        return None if row is None else int(row[0])

    def series_id(
        self, point_id: int, definition: str, variant: str, index: int, *, create: bool = False
    ) -> int | None:
        """Return the id of a series; `create` adds one that does not grow by itself."""
        key = (point_id, definition, variant, index)
        if create:
            self.database.execute(
                "INSERT OR IGNORE INTO series(point_id, definition, variant, idx, register, grows)"
                " VALUES (?, ?, ?, ?, 0, 0)",
                key,
            )
        row = self.database.execute(
            "SELECT id FROM series WHERE point_id = ? AND definition = ? AND variant = ? AND idx = ?", key
        ).fetchone()
        return None if row is None else int(row[0])


class transaction:  # noqa: N801 - reads like a statement
    """Commit what the block wrote, or nothing of it; a block within a block belongs to the outer one."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Remember the database, which is in autocommit mode."""
        self.database = database
        self.outermost = not database.in_transaction

    def __enter__(self) -> None:
        """Begin."""
        if self.outermost:
            self.database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Commit, or roll back after an error."""
        if self.outermost:
            self.database.execute("COMMIT" if kind is None else "ROLLBACK")


def open_store(
    options: WorldOptions, database: str | Path, now: datetime, points: Sequence[PlannedPoint] | None = None
) -> Store:
    """Return a world grown to `now`: from a file that was made with equal options, or built anew.

    Raises ValueError for a file that is not a world of this simulator.
    """
    path = None if str(database) == MEMORY else Path(database)
    if path is not None and path.exists() and not _matches(path, options):
        path.unlink()
    if path is None:
        connection = _connect(MEMORY)
        _build(connection, options, now, points)
    else:
        if not path.exists():
            _build_file(path, options, now)
        connection = _connect(str(path))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    store = Store(connection, options)
    store.grow_to(now)
    return store


def _connect(database: str) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _fingerprint(options: WorldOptions) -> str:
    return json.dumps({"schema": SCHEMA_VERSION, **options.fingerprint()}, sort_keys=True)


def _matches(path: Path, options: WorldOptions) -> bool:
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'options'").fetchone()
    except sqlite3.DatabaseError as error:
        raise ValueError(f"{path} is not a database of this simulator; give another file") from error
    finally:
        connection.close()
    return row is not None and row[0] == _fingerprint(options)


def _build_file(path: Path, options: WorldOptions, now: datetime) -> None:
    """Build beside the wanted file, so that a broken-off build leaves nothing that looks whole."""
    unfinished = path.with_name(path.name + ".building")
    unfinished.unlink(missing_ok=True)
    connection = _connect(str(unfinished))
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    _build(connection, options, now, None)
    store = Store(connection, options)
    store.grow_to(now)
    connection.close()
    unfinished.replace(path)


def _build(
    connection: sqlite3.Connection, options: WorldOptions, now: datetime, points: Sequence[PlannedPoint] | None
) -> None:
    first_slot = -(-int(options.first_instant(now).timestamp()) // SLOT)
    planned = planned_points(options.points) if points is None else points
    connection.executescript(SCHEMA)
    connection.execute(
        "CREATE VIEW reading AS SELECT s.point_id, s.definition, s.variant, s.idx, x.end_utc, x.value, x.original, x.note,"
        f" COALESCE(x.revealed_utc, x.end_utc + {options.late_minutes * 60}) AS revealed_utc"
        " FROM sample x JOIN series s ON s.id = x.series"
    )
    with transaction(connection):
        connection.executemany("INSERT INTO unit VALUES (?, ?)", STORED_UNITS.items())
        connection.executemany("INSERT INTO tariff VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", tariff_rows(options.zone))
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [("options", _fingerprint(options)), ("next_slot", str(first_slot))]
        )
        insert_points(connection, options, planned)
        connection.execute("INSERT INTO dc_data VALUES (?, 'xyzBesiktas', 'test', '3')", (options.tenant,))


def insert_points(connection: sqlite3.Connection, options: WorldOptions, planned: Sequence[PlannedPoint]) -> None:
    """Add points, their series and their commands."""
    ids = {point.code: point.id for point in planned}
    order = connection.execute("SELECT COALESCE(MAX(id_order), 0) FROM point").fetchone()[0]
    for position, point in enumerate(planned, order + 1):
        connection.execute(
            "INSERT INTO point VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                point.id,
                options.tenant,
                point.parent,
                point.code,
                point.name,
                point.starting_date,
                position,
                point.kind,
                point.scale_kw,
                ids.get(point.feeder) if point.feeder else None,
                point.extra,
            ),
        )
        connection.executemany(
            "INSERT INTO series(point_id, definition, variant, idx, register, grows) VALUES (?, ?, ?, ?, ?, 1)",
            _series_rows(point),
        )
        connection.executemany("INSERT INTO command VALUES (?, ?, ?, ?, ?, ?)", planned_commands(point.code, point.id))


def _series_rows(point: PlannedPoint) -> list[tuple[int | None, str, str, int, int]]:
    rows = []
    for name in point.meters:
        meter = METERS[name]
        # A meter that has been running for years before the world begins, different for each point.
        register = 40_000_000 + (point.id or 0) * 7_919 % 250_000_000
        rows += [(point.id, meter.definition, meter.variant, index, register) for index in meter.indices]
    return rows
