"""Run the tests marked `every_database` on a PostgreSQL and a MariaDB of their own.

Each server is made for the run in a temporary folder, listens on a socket in it alone, belongs to an unprivileged
user, and is gone when its tests end. Nothing of the machine's own servers is used. A server that is not installed or
does not start is skipped, with the reason.
"""

from collections.abc import Iterator, Sequence
import contextlib
from dataclasses import dataclass
from importlib.metadata import version as distribution_version
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any, Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from demo.programs import ends_with_parent, log_tail
from demo.progress import say

REPOSITORY: Final = Path(__file__).parents[2]
# Debian keeps the programs of each version apart, and out of the PATH.
POSTGRESQL_VERSIONS: Final = Path("/usr/lib/postgresql")
# Who owns the servers where root starts them, as PostgreSQL refuses to run as root.
UNPRIVILEGED: Final = "nobody"
# A start takes one to four seconds on two cores.
LONGEST_START_SECONDS: Final = 60
LONGEST_STOP_SECONDS: Final = 30
POLL_SECONDS: Final = 0.1


class NotAvailableError(Exception):
    """A server is not here or does not start; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """How a server is made and started, and the distribution of its driver; `{folder}` is its own folder."""

    name: str
    driver: str
    make: tuple[str, ...]
    serve: tuple[str, ...]
    url: str


# What a test writes need not survive a crash of the machine.
SERVERS: Final = (
    Server(
        name="PostgreSQL",
        driver="psycopg2-binary",
        make=("initdb", "-D", "{folder}/data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"),
        serve=("postgres", "-D", "{folder}/data", "-k", "{folder}", "-h", "", "-F"),
        url="postgresql+psycopg2://tests@/postgres?host={folder}",
    ),
    Server(
        name="MariaDB",
        driver="PyMySQL",
        make=(
            *("mariadb-install-db", "--no-defaults", "--datadir={folder}/data"),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        ),
        serve=(
            *("mariadbd", "--no-defaults", "--datadir={folder}/data", "--socket={folder}/socket"),
            *("--pid-file={folder}/pid", "--skip-networking", "--innodb-flush-log-at-trx-commit=0"),
            *("--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci"),
        ),
        url="mysql+pymysql://root@localhost/mysql?unix_socket={folder}/socket&charset=utf8mb4",
    ),
)


def find_program(name: str) -> str:
    """Return the path of a program, also where Debian keeps those of servers: the newest one.

    Raises:
        NotAvailableError: there is none

    """
    versions = POSTGRESQL_VERSIONS.glob("*/bin")
    newest_first = sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    places = [*map(str, newest_first), os.environ.get("PATH", os.defpath), "/usr/sbin"]
    if found := shutil.which(name, path=os.pathsep.join(places)):
        return found
    raise NotAvailableError(f"{name} is not installed")


@contextlib.contextmanager
def running(server: Server) -> Iterator[Engine]:
    """Make and start a server; yield what connects to it; stop it, and remove all it wrote.

    Raises:
        NotAvailableError: it is not installed or does not start

    """
    with TemporaryDirectory(prefix="databases-") as name:
        folder = Path(name)
        start: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
            start |= {"user": UNPRIVILEGED, "extra_groups": []}
        log = folder / "log"
        with log.open("w") as output:
            make = command(server.make, folder)
            if subprocess.run(make, stdout=output, check=False, **start).returncode:
                raise NotAvailableError(f"{server.make[0]} failed{log_tail(log)}")
            serve = [*ends_with_parent(), *command(server.serve, folder)]
            process = subprocess.Popen(serve, stdout=output, start_new_session=True, **start)
        engine = create_engine(server.url.format(folder=folder))
        try:
            wait_until_ready(engine, process, log)
            yield engine
        finally:
            engine.dispose()
            stop(process)


def command(words: Sequence[str], folder: Path) -> list[str]:
    """Return the words of a command with the program's path in front and the folder in its place."""
    return [find_program(words[0]), *(word.format(folder=folder) for word in words[1:])]


def wait_until_ready(engine: Engine, process: subprocess.Popen[Any], log: Path) -> None:
    """Return when the server lets us in.

    Raises:
        NotAvailableError: it ended, or took too long

    """
    latest = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < latest:
        with contextlib.suppress(OperationalError), engine.connect():
            return
        if process.poll() is not None:
            raise NotAvailableError(f"it ended with exit code {process.returncode}{log_tail(log)}")
        time.sleep(POLL_SECONDS)
    raise NotAvailableError(f"it did not start within {LONGEST_START_SECONDS} s{log_tail(log)}")


def stop(process: subprocess.Popen[Any]) -> None:
    """Stop a server: first asked to, then killed."""
    process.terminate()
    try:
        process.wait(LONGEST_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def described(server: Server, engine: Engine) -> str:
    """Return the name and the version of a server that was connected to, and those of the driver."""
    found: tuple[int, ...] = engine.dialect.server_version_info or ()
    version = ".".join(str(part) for part in found[:3])
    return f"{server.name} {version} with {server.driver} {distribution_version(server.driver)}"


def passes(engine: Engine, arguments: Sequence[str]) -> bool:
    """Run the tests on a server, and return whether all of them passed."""
    url = engine.url.render_as_string(hide_password=False)
    pytest = [sys.executable, "-m", "pytest", "-p", "script.lib.pytest_home", f"--dburl={url}"]
    chosen = ["-m", "every_database", "tests/history"]
    return subprocess.run([*pytest, *chosen, *arguments], cwd=REPOSITORY, check=False).returncode == 0


def main(servers: Sequence[Server], arguments: Sequence[str]) -> int:
    """Run the tests on each of the servers that is here; return the exit code."""
    failed = False
    for server in servers:
        started = time.monotonic()
        try:
            with running(server) as engine:
                title = described(server, engine)
                say(f"{title}: the tests")
                passed = passes(engine, arguments)
        except NotAvailableError as reason:
            say(f"{server.name} is skipped: {reason}")
        else:
            failed |= not passed
            say(f"{title}: {'passed' if passed else 'FAILED'} after {time.monotonic() - started:.0f} s")
    return int(failed)


if __name__ == "__main__":
    # So that the servers are stopped also where this is ended from outside.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(SERVERS, sys.argv[1:]))
