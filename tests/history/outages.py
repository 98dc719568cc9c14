"""Databases that really fail in the midst of an import: full, locked, or away, each as its own server does it."""

from collections.abc import Callable, Iterator
import contextlib
from dataclasses import dataclass
import sqlite3
import threading
from typing import Any, override
from unittest.mock import patch

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.tasks import ImportStatisticsTask, RecorderTask
from sqlalchemy import create_engine, text

from .databases import DATABASE

# What SQLite says for a file without a bound.
UNBOUNDED_PAGES = 2**30


@dataclass(slots=True)
class RunTask(RecorderTask):
    """Runs something in the recorder's thread, when what it has recorded is written, and before what is queued behind it."""

    do: Callable[[Recorder], Any]

    @override
    def run(self, instance: Recorder) -> None:
        self.do(instance)


@contextlib.contextmanager
def before_import_task(recorder: Recorder, number: int, do: Callable[[Recorder], Any]) -> Iterator[None]:
    """Run something in the recorder's thread right before the import task of this number, counted from 1."""
    queue_task, seen = recorder.queue_task, 0

    def spy(task: Any) -> None:
        nonlocal seen
        if isinstance(task, ImportStatisticsTask):
            seen += 1
            if seen == number:
                queue_task(RunTask(do))
        queue_task(task)

    with patch.object(recorder, "queue_task", spy):
        yield
    assert seen >= number


def execute(recorder: Recorder, *statements: str) -> None:
    """Run statements on the recorder's own connection, and let go of it; only in its thread."""
    assert recorder.event_session is not None
    for statement in statements:
        recorder.event_session.execute(text(statement))
    recorder.event_session.commit()


@contextlib.contextmanager
def blocked(recorder: Recorder) -> Iterator[Callable[[], None]]:
    """Let the recorder come to nothing until what this yields is called, or the context ends."""
    go_on = threading.Event()
    recorder.queue_task(RunTask(lambda _: go_on.wait()))
    try:
        yield go_on.set
    finally:
        go_on.set()


@contextlib.contextmanager
def refused_by_the_database(recorder: Recorder, statistic_id: str) -> Iterator[None]:
    """Let SQLite refuse each new row of a statistic."""
    number = f"(SELECT id FROM statistics_meta WHERE statistic_id = '{statistic_id}')"
    refuse = f"CREATE TRIGGER refuse BEFORE INSERT ON statistics WHEN NEW.metadata_id = {number}"
    refuse += " BEGIN SELECT RAISE(ABORT, 'refused'); END"

    def commit(statement: str) -> None:
        recorder.queue_task(RunTask(lambda recorder: execute(recorder, statement)))

    commit(refuse)
    try:
        yield
    finally:
        commit("DROP TRIGGER refuse")


class Outage:
    """An outage of the recorder's database, as far as each kind of server can be brought to one."""

    def __init__(self, recorder: Recorder, server_url: str) -> None:
        self._recorder = recorder
        self._server_url = server_url
        # The recorder would sleep for half a minute for each thing it has to record.
        recorder.db_retry_wait = 0
        recorder.db_max_retries = 2

    def begin(self, recorder: Recorder) -> None:
        """Let every statement fail from now on; in the recorder's thread."""
        match recorder.dialect_name:
            case "sqlite":
                execute(recorder, "PRAGMA max_page_count = 1")
            case "postgresql":
                others = f"FROM pg_stat_activity WHERE datname = '{DATABASE}'"
                self._on_server(
                    f"ALTER DATABASE {DATABASE} WITH ALLOW_CONNECTIONS false",
                    f"SELECT pg_terminate_backend(pid) {others}",
                )
            case _:
                self._on_server(*(f"KILL {number}" for number in self._connections()))

    def end(self) -> None:
        """Let the database work again."""
        match self._recorder.dialect_name:
            case "sqlite":
                self._recorder.queue_task(RunTask(lambda r: execute(r, f"PRAGMA max_page_count = {UNBOUNDED_PAGES}")))
            case "postgresql":
                self._on_server(f"ALTER DATABASE {DATABASE} WITH ALLOW_CONNECTIONS true")

    def _on_server(self, *statements: str) -> list[Any]:
        engine = create_engine(self._server_url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                results = [connection.execute(text(statement)) for statement in statements]
                return [row for result in results if result.returns_rows for row in result]
        finally:
            engine.dispose()

    def _connections(self) -> list[int]:
        rows = self._on_server(f"SELECT id FROM information_schema.processlist WHERE db = '{DATABASE}'")
        return [int(row[0]) for row in rows]


@contextlib.contextmanager
def locked_by_another(file: str) -> Iterator[None]:
    """Hold SQLite's lock for writers by a connection of another program."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()
