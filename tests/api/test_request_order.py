"""In which order requests get their turns, by a clock that is moved on by hand."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
import heapq

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api.portions import run_parts
from custom_components.reengen.api.request_limiter import MOST_AT_ONCE, MOST_IN_BACKGROUND, RequestLimiter, Urgency

WRITE, AWAITED, BACKGROUND = Urgency


async def settle() -> None:
    """Let everything go as far as it can without another request ending."""
    for _ in range(10):
        await asyncio.sleep(0)


class Platform:
    """A platform that answers nothing until it is told to; requests are named, and sent through one limiter."""

    def __init__(self) -> None:
        """Have no request."""
        self.limiter = RequestLimiter()
        self.sent: list[str] = []
        self.under_way: dict[str, tuple[Urgency, asyncio.Event]] = {}
        self.waiting: dict[str, Urgency] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, urgency: Urgency) -> None:
        """Wait for a turn, and hold it until the request is answered."""
        self.waiting[name] = urgency
        try:
            async with self.limiter.turn(urgency):
                del self.waiting[name]
                self.sent.append(name)
                self.under_way[name] = (urgency, answered := asyncio.Event())
                await answered.wait()
        finally:
            self.waiting.pop(name, None)
            self.under_way.pop(name, None)

    async def begin(self, *names: str, urgency: Urgency) -> None:
        """Have these requests wait for their turns, one after another."""
        for name in names:
            self.tasks[name] = asyncio.create_task(self.ask(name, urgency))
        await settle()

    async def answer(self, *names: str) -> None:
        """Answer these requests, one after another."""
        for name in names:
            self.under_way[name][1].set()
            await settle()

    async def cancel(self, name: str) -> None:
        """Have whoever sent the request wait no longer."""
        self.tasks[name].cancel()
        with suppress(asyncio.CancelledError):
            await self.tasks[name]
        await settle()

    async def end(self) -> None:
        """Answer until nothing is left."""
        while self.under_way:
            await self.answer(next(iter(self.under_way)))

    def of(self, urgency: Urgency) -> list[str]:
        """Return the requests under way that are as urgent."""
        return [name for name, (each, _) in self.under_way.items() if each is urgency]


async def test_what_is_awaited_and_the_background_have_turns_of_their_own() -> None:
    platform = Platform()
    await platform.begin("b1", "b2", "b3", urgency=BACKGROUND)
    assert platform.sent == ["b1", "b2"]
    await platform.begin("r1", "r2", "r3", "r4", urgency=AWAITED)
    assert platform.sent == ["b1", "b2", "r1", "r2", "r3"]
    await platform.answer("b1", "r1")
    assert platform.sent[5:] == ["b3", "r4"]
    await platform.end()


async def test_writes_wait_for_nothing_where_several_go_at_once() -> None:
    platform = Platform()
    await platform.begin("r1", "r2", "r3", "r4", urgency=AWAITED)
    await platform.begin("w1", "w2", urgency=WRITE)
    assert platform.sent == ["r1", "r2", "r3", "w1", "w2"]
    # A write holds no turn of a read, and gives none away.
    await platform.answer("w1", "w2")
    assert "r4" not in platform.sent
    await platform.answer("r1")
    assert platform.sent[-1] == "r4"
    await platform.end()


async def test_one_by_one_the_most_urgent_goes_first() -> None:
    platform = Platform()
    platform.limiter.go_one_by_one()
    await platform.begin("b1", "b2", urgency=BACKGROUND)
    await platform.begin("r1", "r2", urgency=AWAITED)
    await platform.begin("w1", "w2", urgency=WRITE)
    while platform.under_way:
        assert len(platform.under_way) == 1
        assert not platform.limiter.are_several
        await platform.answer(*platform.under_way)
    assert platform.sent == ["b1", "w1", "w2", "r1", "r2", "b2"]


@pytest.mark.parametrize("urgency", [AWAITED, BACKGROUND])
async def test_one_by_one_begins_when_those_under_way_have_ended(urgency: Urgency) -> None:
    platform = Platform()
    await platform.begin("r1", "r2", urgency=AWAITED)
    platform.limiter.go_one_by_one()
    await platform.begin("next", urgency=urgency)
    await platform.answer("r1")
    assert platform.sent == ["r1", "r2"]
    await platform.answer("r2")
    assert platform.sent[-1] == "next"
    await platform.end()


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize("is_given", [False, True], ids=["while it waits", "just when its turn comes"])
async def test_who_is_cancelled_takes_no_turn(urgency: Urgency, is_given: bool) -> None:
    platform = Platform()
    platform.limiter.go_one_by_one()
    await platform.begin("first", urgency=AWAITED)
    await platform.begin("cancelled", urgency=urgency)
    if is_given:
        platform.under_way["first"][1].set()
        # One step ends the first request and gives the turn away; the next would take it.
        await asyncio.sleep(0)
        assert "first" not in platform.under_way
    await platform.cancel("cancelled")
    await platform.end()
    await platform.begin("next", urgency=BACKGROUND)
    assert platform.sent == ["first", "next"]
    assert not platform.limiter.are_several
    await platform.end()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.sampled_from(Urgency)),
        st.tuples(st.sampled_from(["answer", "cancel"]), st.integers(0, 20)),
        st.tuples(st.just("one by one"), st.none()),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_no_turn_stays_free_while_anybody_may_have_it(steps: Sequence[tuple[str, object]]) -> None:
    async def run() -> None:
        platform, is_one_by_one = Platform(), False
        for number, (step, what) in enumerate(steps):
            names = list(platform.under_way if step == "answer" else platform.tasks)
            if isinstance(what, Urgency):
                await platform.begin(str(number), urgency=what)
            elif step == "one by one":
                platform.limiter.go_one_by_one()
                is_one_by_one = True
            elif names and isinstance(what, int):
                await getattr(platform, step)(names[what % len(names)])
            check(platform, is_one_by_one=is_one_by_one)
        await platform.end()
        assert not platform.waiting
        sent = {urgency: [int(each) for each in platform.sent if steps[int(each)][1] is urgency] for urgency in Urgency}
        assert all(each == sorted(each) for each in sent.values())

    asyncio.run(run())


def check(platform: Platform, *, is_one_by_one: bool) -> None:
    """Hold what is under way to the rule, and what waits to there being no turn for it."""
    waiting = {*platform.waiting.values()}
    if is_one_by_one:
        assert platform.under_way or not waiting
        return
    for urgency, most in ((AWAITED, MOST_AT_ONCE), (BACKGROUND, MOST_IN_BACKGROUND)):
        assert len(platform.of(urgency)) <= most
        assert urgency not in waiting or len(platform.of(urgency)) == most
    assert WRITE not in waiting


LATENCY = 10


@pytest.mark.parametrize(("requests", "waits"), [(1, 1), (3, 1), (4, 2), (6, 2), (8, 3)])
@given(phases=st.tuples(st.integers(0, LATENCY), st.integers(0, LATENCY)))
def test_how_long_a_poll_takes_beside_the_background(requests: int, waits: int, phases: tuple[int, int]) -> None:
    """Begin the two requests of the background up to ten seconds before the poll; others wait behind them."""

    async def run() -> int:
        platform, ends = Platform(), list[tuple[int, str]]()
        for number, phase in enumerate(phases):
            await platform.begin(f"b{number}", urgency=BACKGROUND)
            heapq.heappush(ends, (phase, f"b{number}"))
        await platform.begin(*(f"later b{number}" for number in range(20)), urgency=BACKGROUND)
        parts = [partial(platform.ask, f"r{number}", AWAITED) for number in range(requests)]
        poll = asyncio.create_task(run_parts(parts))
        now, seen = 0, len(phases)
        while True:
            await settle()
            for name in platform.sent[seen:]:
                heapq.heappush(ends, (now + LATENCY, name))
            seen = len(platform.sent)
            if poll.done():
                await platform.end()
                return now
            now, name = heapq.heappop(ends)
            await platform.answer(name)

    assert asyncio.run(run()) <= waits * LATENCY
