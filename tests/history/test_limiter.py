"""Pieces of work that overlap: how many at once, in which order, and what a failure does."""

import asyncio
import gc
import logging

from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.history.compare import limited
from custom_components.reengen.history.recorder_work import async_finish


@given(at_once=st.integers(1, 4), pauses=st.lists(st.integers(0, 3), max_size=12))
def test_all_is_done_in_order_and_so_many_at_once(at_once: int, pauses: list[int]) -> None:
    running: set[int] = set()
    most, begun, ended = 0, [], []

    async def piece(number: int, pause: int) -> None:
        nonlocal most
        running.add(number)
        most = max(most, len(running))
        begun.append(number)
        for _ in range(pause):
            await asyncio.sleep(0)
        running.remove(number)
        ended.append(number)

    async def run() -> None:
        async with limited(asyncio.Semaphore(at_once)) as start:
            for number, pause in enumerate(pauses):
                await start(piece, number, pause)

    asyncio.run(run())
    assert begun == list(range(len(pauses)))
    assert sorted(ended) == begun
    assert most <= at_once


async def test_contexts_that_share_a_limiter_are_one() -> None:
    limiter = asyncio.Semaphore(2)
    running = most = done = 0

    async def piece() -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done += 1

    async def context() -> None:
        async with limited(limiter) as start:
            for _ in range(5):
                await start(piece)

    await asyncio.gather(context(), context(), context())
    assert (most, done) == (2, 15)


@pytest.mark.parametrize("steps", range(3))
async def test_pieces_that_are_cancelled_release_the_limiter(steps: int) -> None:
    limiter = asyncio.Semaphore(2)

    async def context() -> None:
        async with limited(limiter) as start:
            for _ in range(2):
                await start(asyncio.Event().wait)
            for _ in range(steps):
                await asyncio.sleep(0)
            # Without a step, the pieces end before they have begun.
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await context()
    await asyncio.wait_for(asyncio.gather(limiter.acquire(), limiter.acquire()), 1)


async def test_after_a_failure_nothing_is_begun_and_what_runs_ends() -> None:
    failure = ValueError("of a piece")
    ended: list[str] = []

    async def fails() -> None:
        raise failure

    async def takes_long(name: str) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        ended.append(name)

    async def begin() -> None:
        async with limited(asyncio.Semaphore(2)) as start:
            await start(takes_long, "before")
            await start(fails)
            await start(takes_long, "after")

    with pytest.raises(ValueError, match="of a piece") as raised:
        await begin()
    assert raised.value is failure
    assert ended == ["before"]


async def test_a_failure_of_the_body_waits_for_what_runs() -> None:
    ended: list[str] = []

    async def takes_long() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        ended.append("piece")

    async def begin() -> None:
        async with limited(asyncio.Semaphore(1)) as start:
            await start(takes_long)
            raise KeyError("of the body")

    with pytest.raises(KeyError, match="of the body"):
        await begin()
    assert ended == ["piece"]


async def test_whoever_is_cancelled_cancels_what_runs() -> None:
    begun, cancelled = asyncio.Event(), []

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def begin() -> None:
        async with limited(asyncio.Semaphore(1)) as start:
            await start(waits)

    task = asyncio.create_task(begin())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled


@pytest.mark.parametrize("failure", [None, OSError("the disk is full")], ids=["done", "failed"])
async def test_work_outlasts_whoever_waits_for_it(
    hass: HomeAssistant, failure: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Its failure is told to those who still wait, and not logged when nobody does."""
    ended: list[str] = []

    async def work(may_end: asyncio.Event) -> str:
        await may_end.wait()
        ended.append("work")
        if failure is not None:
            raise failure
        return "result"

    async def run() -> None:
        may_end = asyncio.Event()
        task = asyncio.create_task(work(may_end))
        patient, impatient = (asyncio.create_task(async_finish(hass, task)) for _ in range(2))
        await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        assert not ended
        may_end.set()
        if failure is None:
            assert await patient == "result"
        else:
            with pytest.raises(OSError, match="the disk is full"):
                await patient
        assert ended == ["work"]

    async def run_alone() -> None:
        may_end = asyncio.Event()
        task = asyncio.create_task(work(may_end))
        waiter = asyncio.create_task(async_finish(hass, task))
        await asyncio.sleep(0)
        waiter.cancel()
        may_end.set()
        await asyncio.wait([task, waiter])
        del task

    await run()
    await run_alone()
    gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
