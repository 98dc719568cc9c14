"""Run the demo: `script/demo`, or headless with its assertions: `script/demo --check`."""

import argparse
import asyncio
from collections.abc import Coroutine
import contextlib
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
import shutil
import signal
import sys
import time
from typing import Final

from .account import HOME_PASSWORD, HOME_USER
from .check import CHECKED_DAYS, run_check
from .dashboards import DASHBOARD, make_dashboard
from .errors import DemoError
from .history_progress import COMPLETE_PERCENT, fill_dashboard, follow_history
from .home import HomeFolder
from .lock import exclusively
from .progress import say
from .recorder_file import RecorderFile
from .stage import REPOSITORY, Stage, set_stage
from .table import command_table, device_table, kind_table, request_table

# Thirteen months of all meters take a quarter of an hour on two slow cores with Home Assistant 2026.10.
IMPORT_LASTS: Final = timedelta(hours=3)


def parse_arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="assert what the demo shows, stop, and exit 0 if all holds"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the last start: new Home Assistant, new world")
    parser.add_argument("--ha", metavar="VERSION", help="the version of Home Assistant (taken by the shell script)")
    return parser.parse_args()


async def show(stage: Stage) -> None:
    """Print what runs and how to get in, and stay until stopped or until one of the programs ends."""
    inventory = await stage.inventory()
    print(summary(stage, "Devices", device_table(inventory)))
    print("Entities", kind_table(inventory), "", sep="\n")
    print("Commands", command_table(inventory), "", sep="\n")
    print("Requests to the platform so far", request_table(await stage.simulation.requests()), "", sep="\n")
    print("Ctrl-C stops everything; the next start goes on from here.", flush=True)
    await stage.platform.while_running(stage.home.while_running(show_history(stage)))


async def show_history(stage: Stage) -> None:
    """Tell how the import goes on and when there is something to see, and stay."""
    dashboard = f"{stage.api.url}/energy"
    recorder = RecorderFile(path=HomeFolder(root=stage.root).database)
    say("Importing the history, the newest 35 days first")
    await follow_history(stage.api, stage.entry_id, recorder, until=0.0, longest=IMPORT_LASTS)
    added = await fill_dashboard(stage.api, stage.entry_id)
    say(f"The newest 35 days are there; the Energy dashboard has {added} records more: {dashboard}")
    await make_dashboard(stage.api, stage.entry_id)
    say(f"The dashboard of the factory: {stage.api.url}/{DASHBOARD}")
    await follow_history(stage.api, stage.entry_id, recorder, until=COMPLETE_PERCENT, longest=IMPORT_LASTS)
    say(f"The history is complete. Open {dashboard}, and {stage.api.url}/config/tools/statistics for each statistic")
    await asyncio.Event().wait()


def summary(stage: Stage, heading: str, devices: str) -> str:
    """Return where everything is, and the table of devices."""
    account = stage.simulation.account
    return "\n".join(
        [
            "",
            f"Home Assistant {version('homeassistant')}: {stage.api.url}",
            f"  user {HOME_USER}, password {HOME_PASSWORD}",
            f"Simulated platform: {account.url}",
            f"  tenant {account.tenant}, user {account.username}, password {account.password}",
            f"  control surface {stage.simulation.control_url}",
            f"Files: {stage.root}",
            "",
            heading,
            devices,
            "",
        ]
    )


async def run(root: Path, *, check: bool) -> None:
    """Start everything in `root`, show or check it, and stop it."""
    options = ("--days", str(CHECKED_DAYS)) if check else ()
    async with set_stage(root, *options) as stage:
        work = run_check(stage) if check else show(stage)
        await stage.platform.while_running(stage.home.while_running(work))
        say("Stopping")


async def until_stopped(work: Coroutine[None, None, None]) -> bool:
    """Do the work, with Ctrl-C and SIGTERM ending it in order; return whether one of them did."""
    task = asyncio.ensure_future(work)
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            say("Stopping")
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return stopped


def main() -> int:
    """Return the exit code: 0 after the check or after a demo that was stopped by its user."""
    arguments = parse_arguments()
    started = time.monotonic()
    name = version("homeassistant")
    root = REPOSITORY / ".demo" / (f"check-{name}" if arguments.check else name)
    root.mkdir(parents=True, exist_ok=True)
    try:
        with exclusively(root.with_name(f"{root.name}.lock")):
            if arguments.check or arguments.fresh:
                shutil.rmtree(root)
                root.mkdir()
            stopped = asyncio.run(until_stopped(run(root, check=arguments.check)))
    except DemoError as error:
        say(f"script/demo: {error}")
        if not arguments.check:
            say("script/demo --fresh forgets this Home Assistant and starts from nothing")
        return 1
    except TimeoutError:
        say(f"script/demo: gave up waiting; the logs are in {root}")
        return 1
    if arguments.check and not stopped:
        say(f"Checked with Home Assistant {name} in {time.monotonic() - started:.0f} s: all holds")
    return 130 if arguments.check and stopped else 0


if __name__ == "__main__":
    sys.exit(main())
