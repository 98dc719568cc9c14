"""How far the import of the history has come, told as it goes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import time
from typing import Final

from .api import HomeApi
from .errors import DemoError
from .inventory import UNAVAILABLE, read_inventory
from .progress import Pace, in_minutes, say
from .recorder_file import RecorderFile

COMPLETE_PERCENT: Final = 100.0
POLL_SECONDS: Final = 0.5
# A line every ten seconds or so.
HOURS_TOLD: Final = 10_000
UNKNOWN: Final = frozenset({"unknown", UNAVAILABLE})


async def history_progress(api: HomeApi, entity_id: str) -> float | None:
    """Return the percentage; None before it is known."""
    state = str((await api.get(f"/api/states/{entity_id}"))["state"])
    return None if state in UNKNOWN else float(state)


async def progress_entity(api: HomeApi, entry_id: str) -> str:
    """Return the entity that tells the account's progress."""
    for entity in (await read_inventory(api, entry_id)).entities:
        if entity.key == "history_progress":
            return entity.entity_id
    raise DemoError("there is no sensor of the history's progress")


async def follow_history(
    api: HomeApi,
    entry_id: str,
    recorder: RecorderFile,
    *,
    until: float,
    longest: timedelta,
    tell: Callable[[str], None] = say,
    what: str = "History",
) -> None:
    """Tell what is new, and return as soon as at least so many percent are known to be done.

    That is each whole percentage of what has to be done, with the time that is left; before the first is known, how
    many hours are stored.

    Raises:
        DemoError: that took longer than the longest time

    """
    entity_id = await progress_entity(api, entry_id)
    told, pace = "", Pace()
    try:
        async with asyncio.timeout(longest.total_seconds()):
            while (percent := await history_progress(api, entity_id)) is None or percent < until:
                share = None if percent is None else percent / until
                done = _hours_stored(recorder) if share is None else f"{int(100 * share)} %"
                left = None if share is None else pace.left(share, time.monotonic())
                if done and done != told:
                    told = done
                    tell(f"{what}: {done}" + ("" if left is None else f", {in_minutes(left)}"))
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise DemoError(f"The history stood at {told or 'nothing'} after {longest.total_seconds():.0f} s") from error


def _hours_stored(recorder: RecorderFile) -> str:
    """Return the hours that are stored, rounded down; nothing below the first round figure."""
    count = recorder.row_count() // HOURS_TOLD * HOURS_TOLD
    return f"{count} hours" if count else ""
