"""Responses of GetData: every shape that the API document leaves open, and what fits no request."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import product
from operator import itemgetter
from typing import Any, Final
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import cost_responses, series_responses
from custom_components.reengen.api.errors import ReengenResponseError
from custom_components.reengen.api.models import Resolution
from custom_components.reengen.api.oddities import OddityKind
from custom_components.reengen.api.reading_series import Reading
from custom_components.reengen.api.wire_time import bucket_edges, to_wire

from .response_bodies import BERLIN, END, FIRST, SECOND, START, context, envelope, measured, named, readings


def test_missing_null_and_zero_stay_apart() -> None:
    """The second point has no row for the second day, which is neither null nor zero."""
    found = readings(measured([[FIRST, 1, None], [FIRST, 2, 0], [SECOND, 1, 0.0]]))
    first, second = START.astimezone(UTC), datetime(2024, 5, 1, 22, tzinfo=UTC)
    assert found == (Reading(first, 1, None), Reading(first, 2, 0.0), Reading(second, 1, 0.0))


def test_null_empty_and_missing_series() -> None:
    data = {"1": [], "0": None, "2": [[FIRST, 1, 5]]}
    response = series_responses.measurements(envelope({"data": data}), context(series_count=3))
    assert response.series[:2] == (None, ())
    assert response.row_count == 1
    lacking = series_responses.measurements(envelope({"data": data}), context(series_count=4))
    assert lacking.series[:3] == response.series
    assert lacking.series[3] == ()
    assert lacking.series[3].is_unknown(START, 1)
    assert named(lacking.oddities) == [(OddityKind.SERIES_MISSING, "data.3")]


def test_the_eleventh_series_is_not_the_third() -> None:
    data = {str(position): [[FIRST, position, position]] for position in reversed(range(12))}
    response = series_responses.measurements(envelope({"data": data}), context(series_count=12))
    assert [next(iter(series)).point_id for series in response.series if series] == list(range(12))


def test_series_nobody_asked_for_are_told_and_ignored() -> None:
    response = series_responses.measurements(envelope({"data": {"0": [], "1": "?", "01": 5}}), context())
    assert list(readings(response)) == []
    (oddity,) = response.oddities
    assert (oddity.kind, oddity.count) == (OddityKind.SERIES_NOT_ASKED_FOR, 2)


def test_series_in_an_array_are_taken_by_position() -> None:
    response = series_responses.measurements(envelope({"data": [[[FIRST, 1, 5]], None]}), context(series_count=2))
    assert response.series == ((Reading(START, 1, 5.0),), None)


@given(
    rows=st.permutations(
        [[day, point, value] for value, (day, point) in enumerate(product((FIRST, SECOND), (1, 2, 3)))]
    )
)
def test_rows_that_come_in_any_order_are_in_that_of_time(rows: list[list[Any]]) -> None:
    found = readings(measured(rows))
    assert [reading.value for reading in found] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (5, 5.0),
        (-2.5, -2.5),
        ("2468.10", 2468.1),
        ("-3", -3.0),
        ("1e3", 1000.0),
        ("+7", 7.0),
        (10**15 - 1, 1e15 - 1),
        (None, None),
    ],
)
def test_numbers(cell: object, value: float | None) -> None:
    (reading,) = readings(measured([[FIRST, 1, cell]]))
    assert reading.value == value


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "",
            " ",
            "2468,10",
            "2.468,10",
            "1,000",
            "1_000",
            "nan",
            "Infinity",
            " 3 ",
            "3 kWh",
            "٣",
            "1e999",
            "0x10",
            ".5",
        ),
        *(True, False, [], {}, 10**400, 1e308, 10**15, -1e15, "1e15"),
    ],
    ids=lambda cell: repr(cell)[:20],
)
def test_what_is_no_number_is_unknown(cell: object) -> None:
    response = measured([[FIRST, 1, cell], [FIRST, 2, 5]])
    found = readings(response)
    assert found == (Reading(START, 2, 5.0),)
    assert found.unknown == {(START, 1)}
    (oddity,) = response.oddities
    assert (oddity.kind, oddity.where, oddity.point_id) == (OddityKind.VALUE, "data.0[0][2]", 1)
    assert len(str(oddity)) < 150


ANY: Final = {(None, None)}
GOOD_ROW: Final = [SECOND, 7, 1]
GOOD: Final = Reading(datetime(2024, 5, 2, tzinfo=BERLIN), 7, 1.0)


@pytest.mark.parametrize(
    ("row", "kind", "where", "unknown"),
    [
        pytest.param([FIRST, True, 1], OddityKind.POINT_ID, "data.0[0][1]", {(START, None)}, id="id as boolean"),
        pytest.param([FIRST, 5.0, 1], OddityKind.POINT_ID, "data.0[0][1]", {(START, None)}, id="id as fraction"),
        pytest.param([FIRST, None, 1], OddityKind.POINT_ID, "data.0[0][1]", {(START, None)}, id="id null"),
        pytest.param([FIRST, -5, 1], OddityKind.POINT_ID, "data.0[0][1]", {(START, None)}, id="id below zero"),
        pytest.param([FIRST, 10**18, 1], OddityKind.POINT_ID, "data.0[0][1]", {(START, None)}, id="id without end"),
        pytest.param([FIRST, "a", 1], OddityKind.POINT_ID, "data.0[0][1]", {(START, None)}, id="id as code"),
        pytest.param([FIRST, "٣", 1], OddityKind.POINT_ID, "data.0[0][1]", {(START, None)}, id="id of other digits"),
        pytest.param(["May", 1, 1], OddityKind.STAMP, "data.0[0][0]", {(None, 1)}, id="no date"),
        pytest.param([1, FIRST, 1], OddityKind.POINT_ID, "data.0[0][1]", ANY, id="cells swapped"),
        pytest.param([FIRST, 5], OddityKind.ROW_SHAPE, "data.0[0]", {(START, None)}, id="short"),
        pytest.param([FIRST, 1, 5, 6], OddityKind.ROW_SHAPE, "data.0[0]", {(START, None)}, id="long"),
        pytest.param([1, 5], OddityKind.ROW_SHAPE, "data.0[0]", ANY, id="without date"),
        pytest.param([], OddityKind.ROW_SHAPE, "data.0[0]", ANY, id="empty"),
        pytest.param({"a": 1}, OddityKind.ROW_SHAPE, "data.0[0]", ANY, id="object"),
        pytest.param(None, OddityKind.ROW_SHAPE, "data.0[0]", ANY, id="null"),
        pytest.param(FIRST, OddityKind.ROW_SHAPE, "data.0[0]", ANY, id="text"),
    ],
)
def test_a_row_that_does_not_fit_is_what_it_may_have_been(
    row: object, kind: OddityKind, where: str, unknown: set[Any]
) -> None:
    response = measured([row, GOOD_ROW])
    assert readings(response) == (GOOD,)
    assert readings(response).unknown == unknown
    assert named(response.oddities) == [(kind, where)]


@pytest.mark.parametrize("point", ["12768", "012768"])
def test_an_id_of_digits_is_that_id(point: str) -> None:
    response = measured([[FIRST, point, 1]])
    assert readings(response) == (Reading(START, 12768, 1.0),)
    assert response.oddities == ()


@pytest.mark.parametrize("rows", [5, {}, "", "x", True], ids=repr)
def test_a_series_of_another_shape_is_unknown(rows: object) -> None:
    data = {"0": rows, "1": [GOOD_ROW]}
    response = series_responses.measurements(envelope({"data": data}), context(series_count=2))
    odd, good = response.series
    assert (odd, good) == ((), (GOOD,))
    assert odd is not None
    assert odd.unknown == ANY
    assert named(response.oddities) == [(OddityKind.SERIES_SHAPE, "data.0")]


@pytest.mark.parametrize("data", [5, True, "x", [], [[], []]], ids=repr)
def test_data_that_are_no_series_are_refused(data: object) -> None:
    with pytest.raises(ReengenResponseError, match="GetData: data: expected an object") as caught:
        series_responses.measurements(envelope({"data": data}), context())
    assert caught.value.where == "data"


def test_points_nobody_asked_for_are_kept() -> None:
    assert [reading.point_id for reading in readings(measured([[FIRST, 99_999, 1]]))] == [99_999]


@pytest.mark.parametrize("value", [1, None, 0])
def test_a_row_that_comes_twice_is_one(value: float | None) -> None:
    response = measured([[FIRST, 1, value], [FIRST, 2, 1], [FIRST, 1, value]])
    assert readings(response) == (Reading(START, 1, value), Reading(START, 2, 1.0))
    assert readings(response).unknown == set()
    assert named(response.oddities) == [(OddityKind.SAME_VALUE_TWICE, "data.0[2]")]
    assert not any(oddity.kind.loses_data for oddity in response.oddities)


@pytest.mark.parametrize("rows", [(1, 2), (1, None), (None, 0), (1, 1, 2), (1, 2, 1)], ids=repr)
def test_of_two_values_of_one_bucket_neither_is_kept(rows: tuple[float | None, ...]) -> None:
    response = measured([[FIRST, 2, 1], *([FIRST, 1, value] for value in rows), [SECOND, 1, 4]])
    assert readings(response) == (Reading(START, 2, 1.0), Reading(GOOD.bucket_start, 1, 4.0))
    assert readings(response).unknown == {(START, 1)}
    assert {oddity.point_id for oddity in response.oddities} == {1}
    assert OddityKind.TWO_VALUES in {oddity.kind for oddity in response.oddities}


@pytest.mark.parametrize("values", [(5, "-"), ("-", 5), ("-", "-")], ids=repr)
def test_a_value_beside_an_unreadable_one_is_unknown(values: tuple[object, ...]) -> None:
    response = measured([[FIRST, 1, value] for value in values])
    assert readings(response) == ()
    assert readings(response).unknown == {(START, 1)}


def test_ten_thousand_cases_are_one_oddity_a_point() -> None:
    response = measured([[FIRST, point, "-"] for point in range(10) for _ in range(1_000)])
    assert [(oddity.point_id, oddity.count) for oddity in response.oddities] == [(point, 1_000) for point in range(10)]


@pytest.mark.parametrize(
    ("label", "resolution", "kept", "oddity"),
    [
        pytest.param("2024-05-03T00:00:00", Resolution.DAY, False, OddityKind.LABEL_OUT_OF_RANGE, id="the day after"),
        pytest.param("2024-04-30T00:00:00", Resolution.DAY, False, OddityKind.LABEL_OUT_OF_RANGE, id="the day before"),
        pytest.param("2024-05-02T07:20:39", Resolution.DAY, True, OddityKind.LABEL_OFF_BOUNDARY, id="off its boundary"),
        pytest.param(
            "2024-04-28T00:00:00", Resolution.WEEK, True, OddityKind.LABEL_OFF_BOUNDARY, id="a week from Sunday"
        ),
        pytest.param(
            "2024-04-21T00:00:00", Resolution.WEEK, False, OddityKind.LABEL_OUT_OF_RANGE, id="the Sunday before"
        ),
        pytest.param("2024-04-29T00:00:00", Resolution.WEEK, True, None, id="the week that holds the start"),
        pytest.param("2024-05-01T00:00:00", Resolution.MONTH, True, None, id="the month"),
        pytest.param("2024-04-30T22:00:00Z", Resolution.DAY, True, None, id="the day, in UTC"),
    ],
)
def test_labels_are_checked(label: str, resolution: Resolution, *, kept: bool, oddity: OddityKind | None) -> None:
    response = measured([[label, 1, 5], [label, 2, 6]], resolution=resolution)
    assert len(readings(response)) == (2 if kept else 0)
    assert {(each.kind, each.example) for each in response.oddities} == ({(oddity, repr(label))} if oddity else set())
    assert readings(response).unknown == set()


@settings(deadline=None)
@given(
    st.sampled_from([BERLIN, ZoneInfo("Europe/Istanbul"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe")]),
    st.datetimes(datetime(2015, 1, 1), datetime(2017, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 72),
    st.sampled_from([Resolution.FIFTEEN_MINUTES, Resolution.HOUR, Resolution.DAY]),
)
def test_what_a_platform_labels_is_read_back(
    zone: ZoneInfo, start: datetime, hours: int, resolution: Resolution
) -> None:
    """Label every bucket of a range on the wall clock, in order of time, and read it back."""
    edges = bucket_edges(start, start + timedelta(hours=hours), resolution, zone)
    rows = [[to_wire(edge, zone), 1, number] for number, edge in enumerate(edges[:-1])]
    response = measured(rows, zone=zone, start=edges[0], end=edges[-1], resolution=resolution)
    assert [(each.bucket_start, each.value) for each in readings(response)] == list(
        zip(edges[:-1], map(float, range(len(edges))), strict=False)
    )


@pytest.mark.parametrize(
    ("echo", "start", "end"),
    [
        pytest.param({}, None, None, id="none"),
        pytest.param({"start": None, "end": None}, None, None, id="null"),
        pytest.param({"start": FIRST, "end": "2024-05-02T23:59:59"}, START, END, id="as asked"),
        pytest.param(
            {"start": "2024-05-01T06:00:00", "end": "2024-05-01T17:59:59"},
            datetime(2024, 5, 1, 6, tzinfo=BERLIN),
            datetime(2024, 5, 1, 18, tzinfo=BERLIN),
            id="less than asked",
        ),
    ],
)
def test_the_range_the_platform_covered(echo: dict[str, object], start: datetime | None, end: datetime | None) -> None:
    for response in (
        series_responses.measurements(envelope({"data": {"0": []}} | echo), context()),
        cost_responses.costs(envelope({"data": {"0": []}} | echo), context(resolution=None)),
    ):
        assert (response.start, response.end) == (start, end)


def test_the_echo_of_a_repeated_time_is_the_time_that_was_asked_for() -> None:
    start, end = datetime(2024, 10, 27, 1, tzinfo=UTC), datetime(2024, 10, 27, 2, tzinfo=UTC)
    echo = {"data": {"0": []}, "start": "2024-10-27T02:00:00", "end": "2024-10-27T02:59:59"}
    response = series_responses.measurements(envelope(echo), context(start=start, end=end, resolution=Resolution.HOUR))
    assert (response.start, response.end) == (start, end)


@pytest.mark.parametrize(
    ("echo", "zone"),
    [({"start": 5}, BERLIN), ({"end": "yesterday"}, BERLIN), ({"end": "9999-12-31T23:59:59"}, UTC)],
    ids=repr,
)
def test_an_echo_that_is_no_time_says_nothing(echo: dict[str, object], zone: tzinfo) -> None:
    response = series_responses.measurements(envelope({"data": {"0": [GOOD_ROW]}} | echo), context(zone=zone))
    assert (response.start, response.end) == (None, None)
    assert len(readings(response)) == 1
    assert named(response.oddities) == [(OddityKind.RANGE, *echo)]


def test_measurements_need_a_resolution() -> None:
    with pytest.raises(ValueError, match="resolution"):
        series_responses.measurements(envelope({"data": {"0": []}}), context(resolution=None))


ROWS = st.lists(
    st.tuples(
        st.sampled_from([FIRST, SECOND]), st.integers(0, 10**18 - 1), st.none() | st.integers(-9, 9) | st.floats(-9, 9)
    ),
    min_size=1,
    unique_by=lambda row: row[:2],
)


@given(rows=ROWS)
def test_rows_as_the_document_has_them_are_read_as_columns(rows: list[tuple[str, int, float | None]]) -> None:
    with patch.object(series_responses, "_SeriesReader", side_effect=AssertionError("row by row")):
        found = readings(measured(rows))
    days = {FIRST: START, SECOND: START + timedelta(days=1)}
    assert found == [
        Reading(days[label], point_id, value) for label, point_id, value in sorted(rows, key=itemgetter(0, 1))
    ]
    assert all(value is None or type(value) is float for value in found.values)


@pytest.mark.parametrize(
    "odd",
    [
        [FIRST, 2, float("inf")],
        [FIRST, 2, float("nan")],
        [FIRST, 2, True],
        [FIRST, 2, 10**400],
        [FIRST, 2, [1.0]],
        [FIRST, -1, 1.0],
        [FIRST, 10**18, 1.0],
        [FIRST, True, 1.0],
        [FIRST, [2], 1.0],
        [[FIRST], 2, 1.0],
        [FIRST, 2, 1.0, 1.0],
        {"a": 1, "b": 2, "c": 3},
        "abc",
        None,
    ],
    ids=repr,
)
def test_an_odd_row_leaves_the_others(odd: object) -> None:
    found = readings(measured([[FIRST, 1, 5.0], odd, [SECOND, 1, 6.0]]))
    assert [tuple(reading[1:]) for reading in found] == [(1, 5.0), (1, 6.0)]
    assert found.unknown


@pytest.mark.parametrize(
    ("resolution", "longest", "unit"),
    [
        (Resolution.FIFTEEN_MINUTES, timedelta(minutes=15), timedelta(minutes=1)),
        (Resolution.HOUR, timedelta(hours=1), timedelta(hours=1)),
        (Resolution.DAY, timedelta(days=1), timedelta(days=1)),
        (Resolution.WEEK, timedelta(days=7), timedelta(days=1)),
        (Resolution.MONTH, timedelta(days=31), timedelta(days=1)),
    ],
)
def test_a_label_off_the_boundaries_is_kept_where_its_bucket_may_reach_into_the_range(
    resolution: Resolution, longest: timedelta, unit: timedelta
) -> None:
    """The range begins on a Monday that is the first of a month; the longest bucket by the calendar decides."""
    start = datetime(2024, 7, 1, tzinfo=BERLIN)
    for before, kept in ((longest - unit / 2, 1), (longest, 0), (longest + unit / 2, 0)):
        label = (start - before).replace(tzinfo=None).isoformat()
        response = measured([[label, 1, 5]], start=start, end=start + timedelta(days=40), resolution=resolution)
        assert len(readings(response)) == kept


def test_an_odd_label_is_told_of_its_point_where_the_row_is_kept() -> None:
    response = measured([["2024-05-01T12:00:00", 7, 5], ["2024-05-04T00:00:00", 7, 5]])
    assert [(oddity.kind, oddity.point_id) for oddity in response.oddities] == [
        (OddityKind.LABEL_OFF_BOUNDARY, 7),
        (OddityKind.LABEL_OUT_OF_RANGE, None),
    ]


def test_a_stamp_that_is_none_is_shown() -> None:
    (oddity,) = measured([["May", 1, 2]]).oddities
    assert (oddity.kind, oddity.example, oddity.point_id) == (OddityKind.STAMP, "'May'", 1)
