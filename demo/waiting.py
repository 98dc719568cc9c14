"""Waiting for a program of its own to be ready."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from .errors import DemoError

# Short beside what is waited for, long beside what asking costs.
POLL_SECONDS: Final = 0.1


async def until(condition: Callable[[], Awaitable[bool]], what: str, longest: timedelta) -> None:
    """Ask again and again until the condition holds.

    Raises:
        DemoError: it did not within the longest time

    """
    try:
        async with asyncio.timeout(longest.total_seconds()):
            while True:
                if await condition():
                    return
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise DemoError(f"{what} did not happen within {longest.total_seconds():.0f} s") from error
