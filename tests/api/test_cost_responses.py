"""Responses of GetData with costs: totals of points, and points whose total is not known."""

import pytest

from custom_components.reengen.api import cost_responses
from custom_components.reengen.api.models import CostTotal
from custom_components.reengen.api.oddities import OddityKind

from .response_bodies import FIRST, SECOND, context, envelope, named


@pytest.mark.parametrize(
    ("rows", "totals"),
    [
        pytest.param([[1, 5], [2, "7.50"], [3, None], [4, 0]], [(1, 5), (2, 7.5), (3, None), (4, 0)], id="by point"),
        pytest.param([], [], id="nothing"),
        pytest.param([[FIRST, 1, 5], [SECOND, 1, 6], [FIRST, 2, 7]], [(1, 11), (2, 7)], id="dated: summed"),
        pytest.param([[FIRST, 1, 5], [SECOND, 1, None]], [(1, None)], id="dated: null is not zero"),
        pytest.param([[FIRST, 1, 0.1], [SECOND, 1, 0.2]], [(1, 0.30000000000000004)], id="dated: fractions"),
        pytest.param([[FIRST, 1, 5], ["2024-05-03T00:00:00", 1, 6]], [(1, 5)], id="dated: after the range"),
    ],
)
def test_costs(rows: object, totals: list[tuple[int, float | None]]) -> None:
    response = cost_responses.costs(envelope({"data": {"0": rows}}), context(resolution=None))
    assert response.series == (tuple(CostTotal(*total) for total in totals),)


@pytest.mark.parametrize(
    ("rows", "totals", "kind", "where"),
    [
        pytest.param([[1, 5], [1, 6], [2, 7]], [(2, 7)], OddityKind.TWO_VALUES, "data.0[1]", id="two of a point"),
        pytest.param(
            [[1, 5], [2, 7], [1, 5]], [(1, 5), (2, 7)], OddityKind.SAME_VALUE_TWICE, "data.0[2]", id="one twice"
        ),
        pytest.param(
            [[FIRST, 1, 5], [FIRST, 1, 6], [FIRST, 2, 7]],
            [(2, 7)],
            OddityKind.TWO_VALUES,
            "data.0[1]",
            id="two of one point and date",
        ),
        pytest.param([[FIRST, 1, 5], [1, 6], [2, 7]], [(2, 7)], OddityKind.TWO_VALUES, "data.0[1]", id="dated and not"),
        pytest.param([[5], [2, 7]], [(2, 7)], OddityKind.ROW_SHAPE, "data.0[0]", id="no point"),
        pytest.param([5, [2, 7]], [(2, 7)], OddityKind.ROW_SHAPE, "data.0[0]", id="bare"),
        pytest.param([None, [2, 7]], [(2, 7)], OddityKind.ROW_SHAPE, "data.0[0]", id="null"),
        pytest.param([["a", 5], [2, 7]], [(2, 7)], OddityKind.POINT_ID, "data.0[0][0]", id="a code"),
        pytest.param([[1, "5,00"], [2, 7]], [(2, 7)], OddityKind.VALUE, "data.0[0][1]", id="decimal comma"),
        pytest.param(
            [[FIRST, 1, 5], [SECOND, 1, "-"], [FIRST, 2, 7]],
            [(2, 7)],
            OddityKind.VALUE,
            "data.0[1][2]",
            id="dated, no number: the rest is not the cost of the range",
        ),
        pytest.param(
            [[FIRST, 1, 5], [SECOND, 1, 6], [FIRST, 2, 7], [SECOND, None, 8]],
            [(1, 11)],
            OddityKind.POINT_ID,
            "data.0[3][1]",
            id="dated, no point: whoever lacks that date",
        ),
        pytest.param([[FIRST, 1, 5], ["May", 2, 6]], [], OddityKind.STAMP, "data.0[1][0]", id="no date: anybody"),
    ],
)
def test_costs_that_do_not_fit_have_no_total(
    rows: object, totals: list[tuple[int, float]], kind: OddityKind, where: str
) -> None:
    response = cost_responses.costs(
        envelope({"data": {"0": rows, "1": [[3, 4]]}}), context(resolution=None, series_count=2)
    )
    assert list(response.series) == [tuple(CostTotal(*total) for total in totals), (CostTotal(3, 4),)]
    assert named(response.oddities) == [(kind, where)]


def test_a_cost_of_another_shape_has_no_totals() -> None:
    response = cost_responses.costs(envelope({"data": {"0": {}, "2": None}}), context(resolution=None, series_count=3))
    assert list(response.series) == [(), (), None]
    assert named(response.oddities) == [(OddityKind.SERIES_SHAPE, "data.0"), (OddityKind.SERIES_MISSING, "data.1")]
