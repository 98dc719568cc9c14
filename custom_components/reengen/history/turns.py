"""Work that overlaps: a few pieces at once, begun in order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

type Start = Callable[..., Awaitable[None]]
"""Begins a coroutine function with its arguments as soon as it is its turn."""


@asynccontextmanager
async def in_turns(at_once: int) -> AsyncIterator[Start]:
    """Give what begins pieces of work, of which at most so many run at once; all are done when the context ends.

    The first failure, also of the body, ends the others and is raised as it is.
    """
    turns = asyncio.Semaphore(at_once)

    async def start(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        await turns.acquire()
        group.create_task(work(*args)).add_done_callback(lambda _: turns.release())

    try:
        async with asyncio.TaskGroup() as group:
            yield start
    except ExceptionGroup as failures:
        failure = failures.exceptions[0]
    else:
        return
    raise failure
