"""Pieces of work that overlap: how many at once, in which order, and what a failure does."""

import asyncio

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.history.turns import in_turns


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
        async with in_turns(at_once) as start:
            for number, pause in enumerate(pauses):
                await start(piece, number, pause)

    asyncio.run(run())
    assert begun == list(range(len(pauses)))
    assert sorted(ended) == begun
    assert most <= at_once


async def test_the_first_failure_ends_the_others_and_is_raised_as_it_is() -> None:
    ended: list[str] = []
    failure = ValueError("of a piece")

    async def fails() -> None:
        raise failure

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    async def begin() -> None:
        async with in_turns(2) as start:
            await start(waits)
            await start(fails)
            await start(waits)
            await start(waits)

    with pytest.raises(ValueError, match="of a piece") as raised:
        await begin()
    assert raised.value is failure
    assert "waits" in ended


async def test_a_failure_of_the_body_ends_what_runs() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def begin() -> None:
        async with in_turns(1) as start:
            await start(waits)
            await asyncio.sleep(0)
            raise KeyError("of the body")

    with pytest.raises(KeyError, match="of the body"):
        await begin()
    assert ended.is_set()
