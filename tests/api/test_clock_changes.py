"""Responses of GetData over changes of the clock: hours that come twice, and hours that do not come."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from custom_components.reengen.api.models import MeasurementResponse, Resolution
from custom_components.reengen.api.oddities import OddityKind

from .response_bodies import BERLIN, measured, readings


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


MIDNIGHT: Final = datetime(2024, 10, 27, tzinfo=UTC)


def repeated(*rows: object) -> MeasurementResponse:
    day = datetime(2024, 10, 27, tzinfo=BERLIN)
    return measured(list(rows), resolution=Resolution.HOUR, start=day, end=day + timedelta(days=1))


def at_two(point: object, value: object) -> list[object]:
    return ["2024-10-27T02:00:00", point, value]


def test_a_third_row_of_a_repeated_hour_leaves_neither_pass() -> None:
    response = repeated(at_two(1, 1), at_two(1, 2), at_two(1, 3), at_two(2, 4), at_two(2, 5))
    assert [(each.point_id, each.value) for each in readings(response)] == [(2, 4), (2, 5)]
    assert readings(response).unknown == {(MIDNIGHT, 1), (MIDNIGHT + timedelta(hours=1), 1)}


def test_an_unreadable_value_keeps_its_place_in_a_repeated_hour() -> None:
    response = repeated(at_two(1, "-"), at_two(1, 2), at_two(2, 3), at_two(2, "-"))
    hours = [(each.bucket_start.hour, each.point_id, each.value) for each in readings(response)]
    assert hours == [(0, 2, 3), (1, 1, 2)]
    assert readings(response).unknown == {(MIDNIGHT, 1), (MIDNIGHT + timedelta(hours=1), 2)}


@pytest.mark.parametrize("lost", [at_two(None, 1), [None, 1, 1], ["x", None, 1], [], None], ids=repr)
def test_a_row_of_a_repeated_hour_whose_twin_was_lost_is_unknown(lost: object) -> None:
    """It stands alone and would be taken for the first pass, which the lost row may have been."""
    response = repeated(lost, at_two(1, 2), at_two(2, 3), at_two(2, 4), ["2024-10-27T05:00:00", 1, 5])
    assert [(each.point_id, each.value) for each in readings(response)] == [(2, 3), (2, 4), (1, 5)]
    assert readings(response).is_unknown(MIDNIGHT, 1)
    assert readings(response).is_unknown(MIDNIGHT + timedelta(hours=1), 1)


def test_a_row_of_a_repeated_hour_is_not_lost_with_that_of_another_point() -> None:
    response = repeated([None, 2, 1], at_two(1, 2))
    assert [(each.bucket_start, each.value) for each in readings(response)] == [(MIDNIGHT, 2)]


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


def spring(value: float | None) -> MeasurementResponse:
    day = datetime(2024, 3, 31, tzinfo=BERLIN)
    rows = [[f"2024-03-31T0{hour}:00:00", 1, hour] for hour in (0, 1, 3)] + [["2024-03-31T02:00:00", 1, value]]
    return measured(rows, resolution=Resolution.HOUR, start=day, end=day + timedelta(days=1))


@pytest.mark.parametrize("value", [None, 0])
def test_an_empty_row_in_a_skipped_hour_is_no_row(value: float | None) -> None:
    response = spring(value)
    assert [reading.value for reading in readings(response)] == [0, 1, 3]
    assert readings(response).unknown == set()
    (oddity,) = response.oddities
    assert (oddity.kind, oddity.example) == (OddityKind.SKIPPED_HOUR_EMPTY, "'2024-03-31T02:00:00'")
    assert not oddity.kind.loses_data


def test_a_value_in_a_skipped_hour_means_another_zone() -> None:
    """What it is the value of cannot be told, so that nothing that the point lacks counts as missing."""
    response = spring(5)
    assert [reading.value for reading in readings(response)] == [0, 1, 3]
    assert readings(response).unknown == {(None, 1)}
    (oddity,) = response.oddities
    assert (oddity.kind, oddity.point_id) == (OddityKind.SKIPPED_HOUR, 1)
    assert oddity.kind.loses_data
