"""Answers of GetData: every shape that the API document leaves open, and what fits no request."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import answers
from custom_components.reengen.api.errors import ReengenAnswerError
from custom_components.reengen.api.models import CostTotal, MeasurementAnswer, Resolution
from custom_components.reengen.api.oddities import OddityKind
from custom_components.reengen.api.reading_series import Reading, ReadingSeries
from custom_components.reengen.api.wire_time import bucket_edges, to_wire

from .answer_bodies import BERLIN, END, FIRST, SECOND, START, context, envelope


def measured(rows: object, **changes: Any) -> MeasurementAnswer:
    return answers.measurements(envelope({"data": {"0": rows}}), context(**changes))


def readings(answer: MeasurementAnswer) -> ReadingSeries:
    (series,) = answer.series
    assert series is not None
    return series


def test_missing_null_and_zero_stay_apart() -> None:
    """The second point has no row for the second day, which is neither null nor zero."""
    found = readings(measured([[FIRST, 1, None], [FIRST, 2, 0], [SECOND, 1, 0.0]]))
    first, second = START.astimezone(UTC), datetime(2024, 5, 1, 22, tzinfo=UTC)
    assert found == (Reading(first, 1, None), Reading(first, 2, 0.0), Reading(second, 1, 0.0))


def test_null_empty_and_missing_series() -> None:
    data = {"1": [], "0": None, "2": [[FIRST, 1, 5]]}
    answer = answers.measurements(envelope({"data": data}), context(series_count=3))
    assert answer.series[:2] == (None, ())
    assert answer.row_count == 1
    with pytest.raises(
        ReengenAnswerError, match=r"^GetData: data\.3: expected the rows of this series, got no such key$"
    ):
        answers.measurements(envelope({"data": data}), context(series_count=4))


def test_the_eleventh_series_is_not_the_third() -> None:
    data = {str(position): [[FIRST, position, position]] for position in reversed(range(12))}
    answer = answers.measurements(envelope({"data": data}), context(series_count=12))
    assert [series[0].point_id for series in answer.series if series] == list(range(12))


def test_series_nobody_asked_for_are_told_and_ignored() -> None:
    answer = answers.measurements(envelope({"data": {"0": [], "1": "?", "01": 5}}), context())
    assert list(readings(answer)) == []
    (oddity,) = answer.oddities
    assert (oddity.kind, oddity.count) == (OddityKind.SERIES_NOT_ASKED_FOR, 2)


def test_series_in_an_array_are_taken_by_position() -> None:
    answer = answers.measurements(envelope({"data": [[[FIRST, 1, 5]], None]}), context(series_count=2))
    assert answer.series == ((Reading(START, 1, 5.0),), None)


def test_rows_come_in_order_of_time() -> None:
    found = readings(measured([[SECOND, 2, 4], [SECOND, 1, 3], [FIRST, 2, 2], [FIRST, 1, 1]]))
    assert [reading.value for reading in found] == [1, 2, 3, 4]


def test_a_merged_series_has_no_point() -> None:
    found = readings(measured([[SECOND, 2], [FIRST, 1]], by_point=False))
    assert [(reading.point_id, reading.value) for reading in found] == [(None, 1), (None, 2)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [(5, 5.0), (-2.5, -2.5), ("2468.10", 2468.1), ("-3", -3.0), ("1e3", 1000.0), ("+7", 7.0), (None, None)],
)
def test_numbers(cell: object, value: float | None) -> None:
    assert readings(measured([[FIRST, 1, cell]]))[0].value == value


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
        *(True, False, [], {}, 10**400),
    ],
    ids=lambda cell: repr(cell)[:20],
)
def test_what_is_no_number_is_refused(cell: object) -> None:
    with pytest.raises(
        ReengenAnswerError, match=r"^GetData: data\.0\[0\]\[2\]: expected a number or null, got "
    ) as caught:
        measured([[FIRST, 1, cell]])
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("rows", "by_point", "where", "text"),
    [
        pytest.param([[FIRST, "12768", 1]], True, "data.0[0][1]", "expected a point id, got '12768'", id="id as text"),
        pytest.param([[FIRST, True, 1]], True, "data.0[0][1]", "expected a point id, got True", id="id as boolean"),
        pytest.param([[FIRST, 5.0, 1]], True, "data.0[0][1]", "expected a point id, got 5.0", id="id as fraction"),
        pytest.param([[FIRST, None, 1]], True, "data.0[0][1]", "expected a point id, got None", id="id null"),
        pytest.param(
            [[FIRST, 1, 1], [1, FIRST, 1]], True, "data.0[1][0]", "expected a date and time, got 1", id="cells swapped"
        ),
        pytest.param(
            [[FIRST, 5]],
            True,
            "data.0[0]",
            f"expected a row of date, point id and value, got ['{FIRST}', 5]",
            id="short",
        ),
        pytest.param([[]], True, "data.0[0]", "expected a row of date, point id and value, got []", id="empty row"),
        pytest.param([{}], True, "data.0[0]", "expected a row of date, point id and value, got an object", id="object"),
        pytest.param(
            [[FIRST, 1, 2]], False, "data.0[0]", f"expected a row of date and value, got ['{FIRST}', 1, 2]", id="long"
        ),
        pytest.param(5, True, "data.0", "expected an array, got 5", id="a number for a series"),
        pytest.param({}, True, "data.0", "expected an array, got an object", id="an object for a series"),
    ],
)
def test_rows_that_do_not_fit_the_request_are_located(rows: object, *, by_point: bool, where: str, text: str) -> None:
    with pytest.raises(ReengenAnswerError) as caught:
        measured(rows, by_point=by_point)
    assert caught.value.where == where
    assert str(caught.value) == f"GetData: {where}: {text}"


def test_points_nobody_asked_for_are_kept() -> None:
    assert [reading.point_id for reading in readings(measured([[FIRST, 99_999, 1]]))] == [99_999]


def test_two_rows_of_one_bucket_are_a_conflict() -> None:
    with pytest.raises(ReengenAnswerError, match=r"data\.0\[2\]: expected one row for each bucket and point"):
        measured([[FIRST, 1, 1], [FIRST, 2, 1], [FIRST, 1, 1]])


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
    answer = measured([[label, 1, 5], [label, 2, 6]], resolution=resolution)
    assert len(readings(answer)) == (2 if kept else 0)
    found = [(each.kind, each.example) for each in answer.oddities]
    assert found == ([] if oddity is None else [(oddity, repr(label))])


def autumn(rows: list[tuple[str, float | None]], **changes: Any) -> list[tuple[int, float | None]]:
    """Decode hours of 27 October 2024 in Berlin; give the hours of UTC and the values."""
    day = datetime(2024, 10, 27, tzinfo=BERLIN)
    asked: dict[str, Any] = {"start": day, "end": day + timedelta(days=1)}
    cells = [[f"2024-10-27T{clock}:00", 1, value] for clock, value in rows]
    found = readings(measured(cells, resolution=Resolution.HOUR, **asked | changes))
    return [(reading.bucket_start.hour, reading.value) for reading in found]


def test_a_repeated_hour_comes_twice() -> None:
    rows: list[tuple[str, float | None]] = [("01:00", 1), ("02:00", 2), ("02:00", 3), ("03:00", 4)]
    assert autumn(rows) == [(23, 1), (0, 2), (1, 3), (2, 4)]


def test_a_third_row_of_a_repeated_hour_is_a_conflict() -> None:
    with pytest.raises(ReengenAnswerError, match=r"data\.0\[2\]: expected one row"):
        autumn([("02:00", 1), ("02:00", 2), ("02:00", 3)])


@pytest.mark.parametrize(
    ("changes", "hour"),
    [
        pytest.param({}, 0, id="the first, if nothing tells"),
        pytest.param({"end": datetime(2024, 10, 27, 1, tzinfo=UTC)}, 0, id="the first, as the range ends after it"),
        pytest.param({"start": datetime(2024, 10, 27, 1, tzinfo=UTC)}, 1, id="the second, as the range starts with it"),
    ],
)
def test_a_single_row_of_a_repeated_hour(changes: dict[str, datetime], hour: int) -> None:
    assert autumn([("02:00", 5)], **changes) == [(hour, 5)]


def test_a_pair_is_a_pair_where_the_range_holds_half_of_it() -> None:
    assert autumn([("02:00", 1), ("02:00", 2)], start=datetime(2024, 10, 27, 1, tzinfo=UTC)) == [(1, 2)]


def test_a_single_quarter_is_placed_by_its_neighbours() -> None:
    rows: list[tuple[str, float | None]] = [("02:15", 1), ("02:30", 2), ("02:00", 3), ("02:15", 4)]
    day = datetime(2024, 10, 27, tzinfo=BERLIN)
    cells = [[f"2024-10-27T{clock}:00", 1, value] for clock, value in rows]
    found = readings(measured(cells, resolution=Resolution.FIFTEEN_MINUTES, start=day, end=day + timedelta(days=1)))
    assert [reading.bucket_start.strftime("%H:%M") for reading in found] == ["00:15", "00:30", "01:00", "01:15"]


def test_a_repeated_hour_is_one_row_of_each_point() -> None:
    day = datetime(2024, 10, 27, tzinfo=BERLIN)
    cells = [["2024-10-27T02:00:00", point, value] for point, value in ((1, 1), (2, 2), (1, 3), (2, 4))]
    found = readings(measured(cells, resolution=Resolution.HOUR, start=day, end=day + timedelta(days=1)))
    assert [(each.bucket_start.hour, each.point_id, each.value) for each in found] == [
        (0, 1, 1),
        (0, 2, 2),
        (1, 1, 3),
        (1, 2, 4),
    ]


def spring(value: float | None) -> MeasurementAnswer:
    day = datetime(2024, 3, 31, tzinfo=BERLIN)
    rows = [[f"2024-03-31T0{hour}:00:00", 1, hour] for hour in (0, 1, 3)] + [["2024-03-31T02:00:00", 1, value]]
    return measured(rows, resolution=Resolution.HOUR, start=day, end=day + timedelta(days=1))


@pytest.mark.parametrize("value", [None, 0])
def test_an_empty_row_in_a_skipped_hour_is_no_row(value: float | None) -> None:
    answer = spring(value)
    assert [reading.value for reading in readings(answer)] == [0, 1, 3]
    assert [(each.kind, each.example) for each in answer.oddities] == [(OddityKind.SKIPPED_HOUR, "2024-03-31 02:00:00")]


def test_a_value_in_a_skipped_hour_means_another_zone() -> None:
    with pytest.raises(ReengenAnswerError, match="expected a time on the clock of Europe/Berlin"):
        spring(5)


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
    answer = measured(rows, zone=zone, start=edges[0], end=edges[-1], resolution=resolution)
    assert [(each.bucket_start, each.value) for each in readings(answer)] == list(
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
    for answer in (
        answers.measurements(envelope({"data": {"0": []}} | echo), context()),
        answers.costs(envelope({"data": {"0": []}} | echo), context(resolution=None)),
    ):
        assert (answer.start, answer.end) == (start, end)


def test_the_echo_of_a_repeated_time_is_the_time_that_was_asked_for() -> None:
    start, end = datetime(2024, 10, 27, 1, tzinfo=UTC), datetime(2024, 10, 27, 2, tzinfo=UTC)
    echo = {"data": {"0": []}, "start": "2024-10-27T02:00:00", "end": "2024-10-27T02:59:59"}
    answer = answers.measurements(envelope(echo), context(start=start, end=end, resolution=Resolution.HOUR))
    assert (answer.start, answer.end) == (start, end)


@pytest.mark.parametrize("echo", [{"start": 5}, {"end": "yesterday"}])
def test_an_echo_that_is_no_time_is_refused(echo: dict[str, object]) -> None:
    with pytest.raises(ReengenAnswerError, match="expected a date and time"):
        answers.measurements(envelope({"data": {"0": []}} | echo), context())


def test_measurements_need_a_resolution() -> None:
    with pytest.raises(ValueError, match="resolution"):
        answers.measurements(envelope({"data": {"0": []}}), context(resolution=None))


@pytest.mark.parametrize(
    ("rows", "by_point", "totals"),
    [
        pytest.param(
            [[1, 5], [2, "7.50"], [3, None], [4, 0]], True, [(1, 5), (2, 7.5), (3, None), (4, 0)], id="by point"
        ),
        pytest.param([[5]], False, [(None, 5)], id="merged"),
        pytest.param([5], False, [(None, 5)], id="merged and bare"),
        pytest.param([], True, [], id="nothing"),
        pytest.param([[FIRST, 1, 5], [SECOND, 1, 6], [FIRST, 2, 7]], True, [(1, 11), (2, 7)], id="dated: summed"),
        pytest.param([[FIRST, 1, 5], [SECOND, 1, None]], True, [(1, None)], id="dated: null is not zero"),
        pytest.param([[FIRST, 1, 0.1], [SECOND, 1, 0.2]], True, [(1, 0.30000000000000004)], id="dated: fractions"),
        pytest.param([[FIRST, 1, 5], ["2024-05-03T00:00:00", 1, 6]], True, [(1, 5)], id="dated: after the range"),
        pytest.param([[FIRST, 5], [SECOND, 6]], False, [(None, 11)], id="dated and merged"),
    ],
)
def test_costs(rows: object, *, by_point: bool, totals: list[tuple[int | None, float | None]]) -> None:
    answer = answers.costs(envelope({"data": {"0": rows}}), context(by_point=by_point, resolution=None))
    assert answer.series == (tuple(CostTotal(*total) for total in totals),)


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        pytest.param([[1, 5], [1, 6]], "data.0[1]", id="two of one point"),
        pytest.param([[FIRST, 1, 5], [FIRST, 1, 6]], "data.0[1]", id="two of one point and date"),
        pytest.param([[FIRST, 1, 5], [1, 6]], "data.0[1]", id="dated and not"),
        pytest.param([[5]], "data.0[0]", id="no point"),
        pytest.param([5], "data.0[0]", id="bare"),
        pytest.param([["1", 5]], "data.0[0][0]", id="point as text"),
        pytest.param([[FIRST, "1", 5]], "data.0[0][1]", id="dated, point as text"),
        pytest.param([["May", 1, 5]], "data.0[0][0]", id="no date"),
        pytest.param([[1, "5,00"]], "data.0[0][1]", id="decimal comma"),
    ],
)
def test_costs_that_do_not_fit_are_located(rows: object, where: str) -> None:
    with pytest.raises(ReengenAnswerError) as caught:
        answers.costs(envelope({"data": {"0": rows}}), context(resolution=None))
    assert caught.value.where == where
