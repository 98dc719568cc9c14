"""Which of the platform's points is which of Home Assistant's."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

from aiohttp import ClientSession
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import CostResponse, CostTotal, Point, PointTree, ReengenClient
from custom_components.reengen.points.identity import HomeClient, Identities, changes, replaced_points
from tests.profiles import examples

IDS = st.integers(1, 9)
CODES = IDS.map("point {}".format)


def tree(codes: dict[int, str]) -> PointTree:
    return PointTree(Point(id=point_id, code=code, name=code) for point_id, code in codes.items())


TREES = st.dictionaries(IDS, CODES).map(
    lambda codes: {key: code for code, key in {v: k for k, v in codes.items()}.items()}
)


@settings(max_examples=examples(200, 2000))
@given(TREES, st.dictionaries(IDS, CODES))
def test_what_is_known_stays_and_what_is_new_under_a_known_code_is_asked_about(
    listed: dict[int, str], known: dict[int, str]
) -> None:
    found = changes(tree(listed), known, tree({}))
    assert found.replaced.keys() == {
        point_id for point_id, code in listed.items() if point_id not in known and code in known.values()
    }
    for new, old in found.replaced.items():
        assert known[old] == listed[new]
    for code, now in found.recoded.items():
        # A code that is still there names the point that has it.
        assert code not in listed.values()
        assert any(known.get(point_id) == code for point_id, each in listed.items() if each == now)


@pytest.mark.parametrize(("only_new", "kept"), [(False, [(7, 12.0), (8, 3.0)]), (True, [(8, 3.0)])])
async def test_a_replaced_meter_has_what_it_cost_under_the_id_that_the_point_had(
    *, only_new: bool, kept: list[tuple[int, float]]
) -> None:
    """The point 9 goes on as 7 since noon; what begins before is not the new meter's to tell the history."""
    noon = datetime(2026, 7, 15, 12, tzinfo=UTC)
    identities = Identities.of(replaced_points({}, 9, 7, int(noon.timestamp())))
    said = CostResponse(
        series=((CostTotal(9, 12.0), CostTotal(8, 3.0)), None),
        start=None,
        end=None,
    )
    async with ClientSession() as session:
        client = ReengenClient(session, url="http://127.0.0.1/", tenant="t", username="u", password="p", time_zone=UTC)
        with patch.object(ReengenClient, "get_cost", AsyncMock(return_value=said)):
            home = HomeClient(client, identities, only_new=only_new)
            found = await home.get_cost([], points=["a"], start=noon - timedelta(hours=12), end=noon)
    assert [(total.point_id, total.cost) for total in found.series[0] or ()] == kept
    assert found.series[1] is None


def test_the_last_of_several_that_had_a_code_counts() -> None:
    assert changes(tree({3: "a"}), {2: "a", 1: "a"}, tree({})).replaced == {3: 1}


@pytest.mark.parametrize("known", [{1: "a"}, {1: "a", 2: "b"}, {1: "a", 2: "b", 3: "c"}], ids=str)
def test_points_that_exchange_their_codes_are_not_new(known: dict[int, str]) -> None:
    before, now = {1: "a", 2: "b", 3: "c"}, {1: "b", 2: "c", 3: "a"}
    found = changes(tree(now), known, tree(before))
    assert found.replaced == {}
    assert found.recoded == {code: now[point_id] for point_id, code in known.items()}
    # Once it has been followed, there is nothing to follow.
    followed = changes(tree(now), {point_id: now[point_id] for point_id in known}, tree(now))
    assert (followed.replaced, followed.recoded) == ({}, {})


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({1: "a"}, {1: "b", 2: "a"}),
        ({1: "a", 2: "b"}, {1: "c", 2: "a"}),
        ({1: "a", 2: "b"}, {2: "a"}),
        ({1: "a", 2: "b"}, {1: "b", 3: "a"}),
    ],
    ids=["a new point", "a code that was not there", "the old point is gone", "a new point with the code of the old"],
)
def test_a_code_that_another_point_gets_in_any_other_way_is_asked_about(
    before: dict[int, str], now: dict[int, str]
) -> None:
    found = changes(tree(now), {1: "a"}, tree(before))
    (new_id,) = (point_id for point_id, code in now.items() if code == "a")
    assert (found.replaced, found.recoded) == ({new_id: 1}, {})


@settings(max_examples=examples(200, 2000))
@given(st.lists(st.tuples(IDS, IDS), max_size=6))
def test_no_two_points_share_an_id(swaps: list[tuple[int, int]]) -> None:
    """Let points go on one after another, also under an id that stood for another one or was replaced itself."""
    stored: dict[str, Mapping[str, Any]] = {}
    for new, old in swaps:
        if Identities.of(stored).home_id(new) != old:
            stored = replaced_points(stored, new, old, 0)
            assert Identities.of(stored).home_id(new) == old
    identities = Identities.of(stored)
    assert len({identities.home_id(point_id) for point_id in range(1, 10)}) == 9
