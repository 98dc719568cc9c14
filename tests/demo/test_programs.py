"""The programs of the demo: real processes that end, restart, and never outlive it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import os
from pathlib import Path
import signal
import subprocess
import sys

import pytest

from demo.errors import DemoError
from demo.programs import Launch, running
from demo.waiting import until

REPOSITORY = Path(__file__).parents[2]
# Long beside a start of Python, short beside the patience of a person.
LONGEST = timedelta(seconds=20)

type MakeLaunch = Callable[[str], Launch]


@pytest.fixture
def launch(tmp_path: Path) -> MakeLaunch:
    """Make a launch of some Python; exit code 100 asks for another start."""

    def make(code: str) -> Launch:
        return Launch(
            name="The program",
            arguments=(sys.executable, "-c", code),
            folder=tmp_path,
            log=tmp_path / "program.log",
            env=os.environ,
            restart_code=100,
        )

    return make


def is_alive(process_id: int) -> bool:
    """Return whether a process runs; one that has ended and is not yet waited for does not."""
    status = Path(f"/proc/{process_id}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError, ProcessLookupError:
        return False


async def logged_process_id(log: Path) -> int:
    """Wait until the program has printed its process id, and return it."""

    async def printed() -> bool:
        return log.exists() and log.read_text().endswith("\n")

    await until(printed, "the line with the process id", LONGEST)
    return int(log.read_text())


async def test_it_ends_with_its_context(launch: MakeLaunch, tmp_path: Path) -> None:
    """What was started is gone when the context is left, also by an error."""
    process_id = 0

    async def fail_while_it_runs() -> None:
        nonlocal process_id
        async with running(launch("import os, time; print(os.getpid(), flush=True); time.sleep(600)")):
            process_id = await logged_process_id(tmp_path / "program.log")
            assert is_alive(process_id)
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail_while_it_runs()
    assert not is_alive(process_id)


async def test_a_killed_one_has_no_time_and_is_not_started_again(launch: MakeLaunch, tmp_path: Path) -> None:
    """Not even a program that ignores every other signal outlives it, and nobody is told of a failure."""
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)\n"
    )
    async with running(launch(code)) as program:
        process_id = await logged_process_id(tmp_path / "program.log")
        await program.kill()
        assert not is_alive(process_id)
    assert (tmp_path / "program.log").read_text() == f"{process_id}\n"


async def test_its_end_stops_what_waits_for_it(launch: MakeLaunch) -> None:
    """Nobody waits for a program that has died; the error has its exit code and what it printed."""
    async with running(launch("print('no disk left'); raise SystemExit(3)")) as program:
        with pytest.raises(DemoError, match=r"(?s)exit code 3.*no disk left"):
            await program.while_running(asyncio.sleep(LONGEST.total_seconds()))


async def test_it_is_started_again_when_it_asks(launch: MakeLaunch, tmp_path: Path) -> None:
    """The exit code of a restart starts it again, and only that one."""
    code = (
        "import pathlib, sys, time\n"
        "flag = pathlib.Path('once')\n"
        "if not flag.exists():\n"
        "    while not pathlib.Path('asked').exists(): time.sleep(0.01)\n"
        "    flag.touch(); sys.exit(100)\n"
        "time.sleep(600)\n"
    )

    async def ask() -> None:
        (tmp_path / "asked").touch()

    async with running(launch(code)) as program:
        async with asyncio.timeout(LONGEST.total_seconds()):
            await program.restarted(ask())
        assert (tmp_path / "once").exists()


async def test_it_does_not_outlive_a_killed_demo(tmp_path: Path) -> None:
    """Even a demo that is killed, and cannot clean up, leaves nothing behind."""
    log = tmp_path / "program.log"
    parent = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from demo.programs import Launch, running\n"
        "code = 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'\n"
        "async def main():\n"
        "    launch = Launch(name='x', arguments=(sys.executable, '-c', code), folder=Path(sys.argv[1]),\n"
        "        log=Path(sys.argv[1]) / 'program.log', env=os.environ)\n"
        "    async with running(launch):\n"
        "        await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    demo = subprocess.Popen([sys.executable, "-c", parent, str(tmp_path)], cwd=REPOSITORY)  # noqa: ASYNC220, S603
    process_id = await logged_process_id(log)
    demo.send_signal(signal.SIGKILL)
    demo.wait(LONGEST.total_seconds())

    async def gone() -> bool:
        return not is_alive(process_id)

    await until(gone, "the end of the program", LONGEST)
