"""Oddities: sentences for people, counts, and when so much is odd that it is the reading that is wrong."""

from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import CostResponse, MeasurementResponse, cost_responses
from custom_components.reengen.api.data_series import mostly_odd
from custom_components.reengen.api.oddities import Listing, Oddities, Oddity, OddityKind, merged_oddities

from .response_bodies import FIRST, SECOND, START, context, envelope, measured


@pytest.mark.parametrize("kind", OddityKind)
def test_every_kind_has_a_sentence(kind: OddityKind) -> None:
    oddity = Oddity(method="GetData", kind=kind, where="data.0[17][2]", example="'-'", count=4, point_id=12768)
    text = str(oddity)
    assert text.endswith(" (point 12768): '-' at data.0[17][2], and 3 more")
    assert len(text) > len(" (point 12768): '-' at data.0[17][2], and 3 more")


def test_a_single_case_of_no_point() -> None:
    oddity = Oddity(method="GetData", kind=OddityKind.ROW_SHAPE, where="data.0[3]", example="None")
    assert str(oddity) == "a row of another shape is left out: None at data.0[3]"


@given(st.lists(st.tuples(st.sampled_from(OddityKind), st.none() | st.integers(1, 3)), max_size=20))
def test_cases_of_one_kind_and_point_are_counted(cases: list[tuple[OddityKind, int | None]]) -> None:
    oddities = Oddities("GetData")
    for index, (kind, point_id) in enumerate(cases):
        oddities.add(kind, f"data.0[{index}]", "x", point_id=point_id)
    found = oddities.found()
    assert {(each.kind, each.point_id): each.count for each in found} == {case: cases.count(case) for case in cases}
    assert [each.where for each in found] == [f"data.0[{cases.index(case)}]" for case in dict.fromkeys(cases)]
    assert [each.count for each in merged_oddities([*found, *found])] == [2 * each.count for each in found]


def test_a_listing_is_a_tuple_with_oddities() -> None:
    oddity = Oddity(method="GetDCData", kind=OddityKind.DATA_VALUE, where="data[0]", example="5")
    listing = Listing([1, 2], [oddity])
    assert tuple(listing) == (1, 2)
    assert listing.oddities == (oddity,)


def of_points(count: int, odd: int, value: object = "-") -> list[list[object]]:
    return [[FIRST, point, value if point < odd else 1.5] for point in range(count)]


@pytest.mark.parametrize(
    ("rows", "points", "mostly"),
    [
        pytest.param(of_points(10, 0), 10, False, id="none"),
        pytest.param(of_points(10, 5), 10, False, id="half of them"),
        pytest.param(of_points(10, 6), 10, True, id="more than half"),
        pytest.param(of_points(10, 6), 100, False, id="most that answered, few that were asked"),
        pytest.param(of_points(1, 1), 1, False, id="the only one is a meter with a fault"),
        pytest.param(of_points(2, 2), 2, False, id="both"),
        pytest.param(of_points(3, 3), 3, True, id="all three"),
        pytest.param([[FIRST, 1, "-"]] * 500 + of_points(10, 0), 10, False, id="one with all its rows"),
        pytest.param([[FIRST, "a", 1]] * 3, 10, True, id="nobody's rows alone"),
        pytest.param([[FIRST, "a", 1]] * 10 + of_points(10, 0), 10, False, id="as many rows of nobody as of points"),
        pytest.param([[FIRST, "a", 1]] * 11 + of_points(10, 0), 10, True, id="more rows of nobody than of points"),
        pytest.param([["May", point, 1] for point in range(10)], 10, True, id="other stamps"),
        pytest.param([["2024-05-01T03:00:00", point, 1] for point in range(10)], 10, True, id="days that begin at 3"),
        pytest.param([[FIRST, point, 1] for point in range(10) for _ in (0, 1)], 10, False, id="the same row twice"),
        pytest.param([[FIRST, point, value] for point in range(10) for value in (1, 2)], 10, True, id="two values"),
        pytest.param(
            [[label, point, 1] for point in range(10) for label in (FIRST, SECOND, "2024-05-03T00:00:00")],
            10,
            False,
            id="a surplus bucket at the end",
        ),
    ],
)
def test_what_is_odd_for_most_points_is_read_wrongly(rows: list[Any], points: int, *, mostly: bool) -> None:
    assert mostly_odd(measured(rows), points) is mostly


def test_a_value_of_every_meter_in_a_skipped_hour_is_another_zone() -> None:
    day = START.replace(month=3, day=31)
    rows = [["2024-03-31T02:00:00", point, 1] for point in range(3)]
    asked: dict[str, Any] = {"start": day, "end": day + timedelta(days=1), "resolution": "hour"}
    assert mostly_odd(measured(rows, **asked), 3)
    assert not mostly_odd(measured([[*row[:2], 0] for row in rows], **asked), 3)


def test_costs_of_most_points() -> None:
    def cost(odd: int) -> CostResponse:
        rows = [[point, "1,5" if point < odd else 1.5] for point in range(10)]
        return cost_responses.costs(envelope({"data": {"0": rows}}), context(resolution=None))

    assert [mostly_odd(cost(odd), 10) for odd in (5, 6)] == [False, True]


def test_a_response_without_oddities_is_none_of_them() -> None:
    assert not mostly_odd(MeasurementResponse(series=(None,), start=None, end=None), 0)
