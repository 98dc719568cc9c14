"""What the platform refuses is found out in few requests, all else is answered, and it is asked for again later."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from itertools import product
from math import ceil, log2

from freezegun import freeze_time
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import OddityKind, ReengenAuthenticationError, ReengenRefusedError
from custom_components.reengen.points.refusal_search import MOST_REQUESTS
from custom_components.reengen.points.refused import Answered, RefusedParts
from tests.conftest import NOW
from tests.profiles import examples

type Pair = tuple[str, str]


class Platform:
    """Refuses any request that holds a refused pair of point and series, in words that name what is wrong."""

    def __init__(self, points: int, series: int) -> None:
        """Know this many of each."""
        self.codes = tuple(f"p{number}" for number in range(points))
        self.keys = tuple(f"s{number}" for number in range(series))
        self.points: set[str] = set()
        self.series: set[str] = set()
        self.pairs: set[Pair] = set()
        self.listed: Collection[str] | None = self.codes
        self.requests = 0
        self.trees = 0
        self.parts = RefusedParts(self.tree)

    @property
    def refused(self) -> set[Pair]:
        """Return all that it refuses."""
        whole = {(code, key) for code, key in product(self.codes, self.keys) if self.is_refused(code, key)}
        return whole | self.pairs

    def is_refused(self, code: str, key: str) -> bool:
        return code in self.points or key in self.series or (code, key) in self.pairs

    async def tree(self) -> Collection[str] | None:
        self.trees += 1
        return self.listed

    async def send(self, codes: Sequence[str], keys: Sequence[str]) -> frozenset[Pair]:
        """Answer with what was asked for."""
        assert codes
        assert keys
        self.requests += 1
        for code, key in product(codes, keys):
            if code in self.points:
                raise ReengenRefusedError("no", server_message=f"Unknown point {code}")
            if key in self.series:
                raise ReengenRefusedError("no", server_message=f"Unknown series {key}")
            if (code, key) in self.pairs:
                raise ReengenRefusedError("no", server_message=f"No {key} at {code}")
        return frozenset(product(codes, keys))

    async def ask(self, method: str = "GetData") -> tuple[Answered[frozenset[Pair]], int]:
        """Ask for everything; return what came, and the requests that it took."""
        before = self.requests
        found = await self.parts.ask(method, self.codes, self.keys, self.send)
        answered = [pair for pairs in found.parts for pair in pairs]
        assert found.refused == set(product(self.codes, self.keys)) - set(answered)
        return found, self.requests - before


@st.composite
def platforms(draw: st.DrawFn) -> Platform:
    """Draw a platform that refuses up to two points, two series and one pair, of up to 60 points and 5 series."""
    platform = Platform(draw(st.integers(1, 60)), draw(st.integers(1, 5)))
    platform.points = draw(st.sets(st.sampled_from(platform.codes), max_size=2))
    platform.series = draw(st.sets(st.sampled_from(platform.keys), max_size=2))
    pairs = st.tuples(st.sampled_from(platform.codes), st.sampled_from(platform.keys))
    platform.pairs = draw(st.sets(pairs, max_size=1))
    return platform


@settings(max_examples=examples(100, 2000))
@given(platform=platforms())
async def test_all_else_is_answered_in_the_same_poll_and_the_next_poll_asks_nothing_twice(platform: Platform) -> None:
    found, _ = await platform.ask()
    assert found.refused == platform.refused
    again, requests = await platform.ask()
    assert again.refused == platform.refused
    # One request for each set of series that some points are left with.
    rows = {
        code: frozenset(key for key in platform.keys if (code, key) not in platform.refused) for code in platform.codes
    }
    assert requests == len({keys for keys in rows.values() if keys})


@settings(max_examples=examples(100, 2000))
@given(data=st.data(), points=st.integers(2, 1200), series=st.integers(1, 8))
async def test_one_culprit_takes_about_log2_requests(data: st.DataObject, points: int, series: int) -> None:
    platform = Platform(points, series)
    code, key = data.draw(st.sampled_from(platform.codes)), data.draw(st.sampled_from(platform.keys))
    kind = data.draw(st.sampled_from(["point", "series", "pair"]))
    match kind:
        case "point":
            platform.points = {code}
        case "series":
            platform.series = {key}
        case "pair":
            platform.pairs = {(code, key)}
    found, requests = await platform.ask()
    assert found.refused == platform.refused
    # The first request was refused; what follows finds the culprit and asks for what is left.
    assert requests - 1 <= ceil(log2(points)) + ceil(log2(series)) + 6


async def test_a_point_that_is_gone_is_found_in_the_tree() -> None:
    platform = Platform(1000, 4)
    platform.points = {"p17"}
    platform.listed = set(platform.codes) - platform.points
    found, requests = await platform.ask()
    assert found.refused == platform.refused
    assert (requests, platform.trees) == (2, 1)
    assert platform.parts.oddities == ()


async def test_a_platform_that_refuses_even_the_tree_is_not_searched() -> None:
    platform = Platform(10, 2)
    platform.series = set(platform.keys)
    platform.listed = None
    with pytest.raises(ReengenRefusedError):
        await platform.ask()
    assert platform.requests == 1
    assert platform.parts.oddities == ()


async def test_refused_credentials_are_no_part() -> None:
    platform = Platform(10, 2)

    async def refuse(codes: Sequence[str], keys: Sequence[str]) -> None:
        raise ReengenAuthenticationError("wrong password")

    with pytest.raises(ReengenAuthenticationError):
        await platform.parts.ask("GetData", platform.codes, platform.keys, refuse)
    assert platform.trees == 0


@pytest.mark.parametrize(("points", "series"), [(10, 2), (2, 1), (1, 2)])
async def test_a_refusal_that_passes_leaves_nothing_out(points: int, series: int) -> None:
    platform = Platform(points, series)
    platform.series = {"s0"}

    async def once(codes: Sequence[str], keys: Sequence[str]) -> frozenset[Pair]:
        try:
            return await platform.send(codes, keys)
        finally:
            platform.series = set()

    found = await platform.parts.ask("GetData", platform.codes, platform.keys, once)
    assert found.refused == frozenset()
    assert platform.parts.oddities == ()


async def test_what_is_left_out_is_named_with_the_words_of_the_platform() -> None:
    platform = Platform(10, 3)
    platform.points, platform.series = {"p4"}, {"s1"}
    await platform.ask()
    told = {(each.kind, each.point_code, each.example) for each in platform.parts.oddities}
    assert told == {(OddityKind.REFUSED, None, "Unknown series s1"), (OddityKind.REFUSED, "p4", "Unknown point p4")}


async def test_a_part_is_asked_for_again_a_day_later_by_itself() -> None:
    platform = Platform(10, 3)
    platform.points = {"p4"}
    with freeze_time(NOW) as clock:
        await platform.ask()
        clock.tick(timedelta(hours=23, minutes=59))
        assert (await platform.ask())[1] == 1
        clock.tick(timedelta(minutes=1))
        found, requests = await platform.ask()
        assert (found.refused, requests) == (platform.refused, 3)
        assert (await platform.ask())[1] == 1

        platform.points = set()
        clock.tick(timedelta(days=1))
        assert (await platform.ask())[0].refused == frozenset()
        assert (await platform.ask())[1] == 1
        assert platform.parts.oddities == ()


async def test_where_nothing_is_answered_the_pauses_grow_to_a_day() -> None:
    platform = Platform(100, 1)
    platform.series = {"s0"}
    with freeze_time(NOW) as clock:
        await platform.ask()
        asked_after = []
        for quarters in range(1, 400):
            clock.tick(timedelta(minutes=15))
            _, requests = await platform.ask()
            asked_after += [quarters] * requests
    # 15 and 30 minutes, 1, 2, 4, 8 and 16 hours, then a day.
    assert asked_after == [1, 3, 7, 15, 31, 63, 127, 223, 319]


async def test_a_clock_that_was_ahead_keeps_nothing_left_out() -> None:
    platform = Platform(10, 1)
    platform.points = {"p4"}
    with freeze_time(NOW + timedelta(days=300)):
        await platform.ask()
    platform.points = set()
    with freeze_time(NOW):
        assert (await platform.ask())[0].refused == frozenset()


async def test_other_points_are_asked_for_everything_again() -> None:
    platform = Platform(10, 1)
    platform.points = {"p4"}
    await platform.ask()
    platform.points = set()
    platform.parts.forget()
    assert (await platform.ask())[0].refused == frozenset()


async def test_one_method_says_nothing_of_another() -> None:
    platform = Platform(10, 1)
    platform.points = {"p4"}
    await platform.ask()
    platform.points = set()
    assert (await platform.ask("ListDataEx"))[0].refused == frozenset()


async def test_the_search_has_an_end_and_goes_on_an_hour_later() -> None:
    platform = Platform(1000, 2)
    platform.points = {f"p{number}" for number in range(0, 1000, 40)}
    with freeze_time(NOW) as clock:
        found, requests = await platform.ask()
        assert requests <= 1 + MOST_REQUESTS
        assert found.refused > platform.refused
        # What the search did not come to holds up nothing.
        assert (await platform.ask())[1] <= 2
        for _ in range(24):
            clock.tick(timedelta(hours=1))
            found, _ = await platform.ask()
        assert found.refused == platform.refused
