"""Run the demo: `script/demo`."""

import argparse
import asyncio
from collections.abc import Coroutine, Mapping, Sequence
import contextlib
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
import shutil
import signal
import sys
from typing import Any, Final

from .account import HOME_PASSWORD, HOME_USER
from .automations import prepare_automation
from .dashboards import fill_dashboard
from .errors import DemoError
from .history_progress import COMPLETE_PERCENT, follow_history
from .home import HomeFolder
from .inventory import Inventory
from .language import LANGUAGES
from .lock import exclusively
from .progress import LastLines, say
from .recorder_file import RecorderFile
from .stage import REPOSITORY, Stage, set_stage
from .table import command_table, device_table, kind_table, request_table

# Thirteen months of all meters take a quarter of an hour on two slow cores with Home Assistant 2026.10.
IMPORT_LASTS: Final = timedelta(hours=3)
# The newest 35 days are read first; of the days of 13 months they are 8.9 %.
NEWEST_PERCENT: Final = 9.0
NEWEST: Final = "The newest 35 days of history"


def parse_arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    check = "script/demo --check [pytest's arguments] runs tests/e2e in its place"
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__, epilog=check)
    parser.add_argument("--fresh", action="store_true", help="forget the last start: new Home Assistant, new world")
    parser.add_argument("--language", choices=LANGUAGES, help="of Home Assistant; at first en, later as before")
    parser.add_argument("--verbose", action="store_true", help="print devices, entities, commands and requests too")
    parser.add_argument("--ha", metavar="VERSION", help="the version of Home Assistant (taken by the shell script)")
    return parser.parse_args()


async def show(stage: Stage, *, verbose: bool) -> None:
    """Print how to get in and how far the import is, and stay until stopped or until one of the programs ends."""
    inventory = await stage.inventory()
    automation = await prepare_automation(stage.api, inventory, stage.language)
    if verbose:
        print(tables(stage, inventory, await stage.simulation.requests()), flush=True)
        say(f"The automation that is ready: {automation}")
    last = LastLines(f"  {stage.api.url}", f"  user {HOME_USER}, password {HOME_PASSWORD}; Ctrl-C stops everything")
    await show_history(stage, last)
    await asyncio.Event().wait()


async def show_history(stage: Stage, last: LastLines) -> None:
    """Tell how the import goes on, and fill the Energy dashboard when there is something to see in it."""
    recorder = RecorderFile(path=HomeFolder(root=stage.root).database)
    last.tell(f"{NEWEST}: begun")
    importing = partial(follow_history, stage.api, stage.entry_id, recorder, longest=IMPORT_LASTS, tell=last.tell)
    await importing(until=NEWEST_PERCENT, what=NEWEST)
    await fill_dashboard(stage.api, stage.entry_id)
    await importing(until=COMPLETE_PERCENT, what="History of 13 months")
    last.end("History of 13 months: complete")


def tables(stage: Stage, inventory: Inventory, requests: Sequence[Mapping[str, Any]]) -> str:
    """Return where everything is, and the tables of devices, entities, commands and requests."""
    account = stage.simulation.account
    lines = [
        "",
        f"Home Assistant {version('homeassistant')}: {stage.api.url}",
        f"Simulated platform: {account.url}",
        f"  tenant {account.tenant}, user {account.username}, password {account.password}",
        f"  control surface {stage.simulation.control_url}",
        f"Files: {stage.root}",
    ]
    for heading, text in (
        ("Devices", device_table(inventory)),
        ("Entities", kind_table(inventory)),
        ("Commands", command_table(inventory)),
        ("Requests to the platform so far", request_table(requests)),
    ):
        lines += ["", heading, text]
    return "\n".join([*lines, ""])


async def run(root: Path, arguments: argparse.Namespace) -> None:
    """Start everything in `root`, show it, and stop it."""
    async with set_stage(root, language=arguments.language) as stage:
        await stage.while_running(show(stage, verbose=arguments.verbose))


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
            asyncio.run(until_stopped(run(root, arguments)))
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
