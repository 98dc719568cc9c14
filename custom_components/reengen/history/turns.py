"""Work that overlaps: a few pieces at once, begun in order, and pieces that outlast those who wait for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

type Start = Callable[..., Awaitable[None]]
"""Begins a coroutine function with its arguments as soon as it is its turn."""


@asynccontextmanager
async def in_turns(turns: asyncio.Semaphore) -> AsyncIterator[Start]:
    """Give what begins pieces of work, each when it has a turn; all are done when the context ends.

    As many run at once as there are turns, of all contexts that share them.

    After a failure, also of the body, nothing more is begun, what runs is brought to its end, and then the first
    failure is raised as it is.
    """
    failures: list[Exception] = []

    async def run(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        try:
            await work(*args)
        except Exception as error:  # noqa: BLE001 - raised when the others have ended
            failures.append(error)

    async def start(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        await turns.acquire()
        if failures:
            turns.release()
            raise failures[0]
        # Not at the end of the piece: one that is cancelled before its first step has none.
        group.create_task(run(work, *args)).add_done_callback(lambda _: turns.release())

    async with asyncio.TaskGroup() as group:
        try:
            yield start
        except Exception as error:  # noqa: BLE001 - raised when the others have ended
            failures.append(error)
    if failures:
        raise failures[0]


async def to_its_end[ResultT](work: asyncio.Future[ResultT]) -> ResultT:
    """Return the result of work that goes on when whoever waits for it here is cancelled."""
    # A shield would do, but logs a failure that nobody waits for any more as an error.
    work.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([work])
    return work.result()
