"""Run the demo: `script/demo`."""

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
from typing import Final

from .account import HOME_PASSWORD, HOME_USER
from .dashboards import DASHBOARD, fill_dashboard, make_dashboard
from .errors import DemoError
from .history_progress import COMPLETE_PERCENT, follow_history
from .home import HomeFolder
from .lock import exclusively
from .progress import say
from .recorder_file import RecorderFile
from .stage import REPOSITORY, Stage, set_stage
from .table import command_table, device_table, kind_table, request_table

# Thirteen months of all meters take a quarter of an hour on two slow cores with Home Assistant 2026.10.
IMPORT_LASTS: Final = timedelta(hours=3)
# The newest 35 days are read first; of the days of 13 months they are 8.9 %.
NEWEST_PERCENT: Final = 9.0


def parse_arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    check = "script/demo --check [pytest's arguments] runs tests/e2e in its place"
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__, epilog=check)
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
    await show_history(stage)


async def show_history(stage: Stage) -> None:
    """Tell how the import goes on and when there is something to see, and stay."""
    dashboard = f"{stage.api.url}/energy"
    recorder = RecorderFile(path=HomeFolder(root=stage.root).database)
    say("Importing the history, the newest 35 days first")
    await follow_history(stage.api, stage.entry_id, recorder, until=NEWEST_PERCENT, longest=IMPORT_LASTS)
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


async def run(root: Path) -> None:
    """Start everything in `root`, show it, and stop it."""
    async with set_stage(root) as stage:
        await stage.while_running(show(stage))


async def until_stopped(work: Coroutine[None, None, None]) -> None:
    """Do the work until Ctrl-C or SIGTERM ends it in order."""
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


def main() -> int:
    """Return the exit code: 0 after a demo that was stopped by its user."""
    arguments = parse_arguments()
    root = REPOSITORY / ".demo" / version("homeassistant")
    root.mkdir(parents=True, exist_ok=True)
    try:
        with exclusively(root.with_name(f"{root.name}.lock")):
            if arguments.fresh:
                shutil.rmtree(root)
                root.mkdir()
            asyncio.run(until_stopped(run(root)))
    except DemoError as error:
        say(f"script/demo: {error}")
        say("script/demo --fresh forgets this Home Assistant and starts from nothing")
        return 1
    except TimeoutError:
        say(f"script/demo: gave up waiting; the logs are in {root}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
