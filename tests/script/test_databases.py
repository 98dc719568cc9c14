"""The servers of script/test-databases: made, started, stopped, and skipped with a reason."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from script.lib import databases
from script.lib.databases import NotAvailableError, Server, find_program, main, running


def server(*, make: str = "mkdir {folder}/data", serve: str, url: str = "sqlite:///{folder}/data/file") -> Server:
    """Return a server of two lines of shell, which lets everybody in at once unless its URL is another."""
    return Server(name="A server", driver="pytest", make=("sh", "-c", make), serve=("sh", "-c", serve), url=url)


WELL = server(serve="exec sleep 600")
NOBODY_LISTENS = "postgresql+psycopg2://tests@/postgres?host={folder}"


def living(folder: Path) -> Iterator[int]:
    """Return the ids of all processes that work in a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                yield int(process.name)
        except FileNotFoundError, ProcessLookupError, PermissionError:
            continue


def folder_of(engine: Engine) -> Path:
    """Return the folder of a server by the URL of its database."""
    return Path(str(engine.url.database)).parents[1]


def test_a_server_is_gone_with_its_context() -> None:
    with running(WELL) as engine:
        folder = folder_of(engine)
        assert (folder / "data").stat().st_uid != 0
        assert [Path(f"/proc/{process_id}").stat().st_uid != 0 for process_id in living(folder)] == [True]
    assert list(living(folder)) == []
    assert not folder.exists()


def stop_in_the_middle(found: list[Path]) -> None:
    with running(WELL) as engine:
        found.append(folder_of(engine))
        raise KeyboardInterrupt


def test_a_server_is_gone_after_an_interruption() -> None:
    found: list[Path] = []
    with pytest.raises(KeyboardInterrupt):
        stop_in_the_middle(found)
    assert list(living(found[0])) == []
    assert not found[0].exists()


def test_a_server_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "LONGEST_STOP_SECONDS", 0.2)
    stubborn = "trap '' TERM; touch {folder}/data/ready; while :; do read -r _ <{folder}/data/pipe; done"
    with running(server(make="mkdir {folder}/data && mkfifo {folder}/data/pipe", serve=stubborn)) as engine:
        folder = folder_of(engine)
        while not (folder / "data" / "ready").exists():
            assert list(living(folder))
    assert list(living(folder)) == []


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        pytest.param(
            server(make="echo no space left; exit 1", serve="exit 0"), "sh failed\n +no space left", id="make"
        ),
        pytest.param(
            server(serve="echo no memory; exit 3", url=NOBODY_LISTENS), "exit code 3\n +no memory", id="ends at once"
        ),
        pytest.param(
            Server(name="A server", driver="pytest", make=("no-such-program",), serve=(), url="sqlite://"),
            "no-such-program is not installed",
            id="not here",
        ),
    ],
)
def test_why_a_server_is_skipped(refused: Server, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotAvailableError, match=reason), running(refused):
        pass
    assert main([refused], []) == 0
    assert "A server is skipped: " in capsys.readouterr().err


def test_a_server_that_nobody_can_reach_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "LONGEST_START_SECONDS", 0.2)
    deaf = server(serve="exec sleep 600", url=NOBODY_LISTENS)
    with pytest.raises(NotAvailableError, match=r"did not start within 0\.2 s"), running(deaf):
        pass


@pytest.mark.parametrize(("outcomes", "code"), [((True, True), 0), ((False, True), 1), ((True, False), 1)])
def test_a_failing_test_on_any_server_fails(
    monkeypatch: pytest.MonkeyPatch, outcomes: tuple[bool, bool], code: int
) -> None:
    left = list(outcomes)

    def passes(_engine: Engine, arguments: Sequence[str]) -> bool:
        assert arguments == ["-k", "first"]
        return left.pop(0)

    monkeypatch.setattr(databases, "passes", passes)
    assert main([WELL, WELL], ["-k", "first"]) == code
    assert left == []


def test_the_newest_postgresql_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        programs = tmp_path / version / "bin"
        programs.mkdir(parents=True)
        (programs / "initdb").touch(mode=0o755)
    (tmp_path / "17" / "bin" / "initdb").unlink()
    monkeypatch.setattr(databases, "POSTGRESQL_VERSIONS", tmp_path)
    assert find_program("initdb") == str(tmp_path / "15" / "bin" / "initdb")
