"""What the platform holds tells which rows were applied."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.actions.write_results import Result, _windows, dc_data_results, import_results
from custom_components.reengen.api import (
    DataValue,
    DataValueChange,
    ImportRow,
    Listing,
    Oddity,
    OddityKind,
    Operation,
    RawReading,
)

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2024, 5, 1, 10, tzinfo=UTC)


def written(operation: Operation, value: float = 5.0, at: datetime = AT, index: int = 1) -> ImportRow:
    return ImportRow(
        point="a", definition="d", variant="v", index=index, interval_end=at, value=value, operation=operation
    )


def held(value: float | None, at: datetime = AT, index: int = 1) -> RawReading:
    return RawReading(
        point="a",
        definition="d",
        variant="v",
        type="actual",
        index=index,
        interval_end=at,
        unit="Wh",
        value=value,
        original=None,
        note=None,
    )


@pytest.mark.parametrize(
    ("operation", "found", "result"),
    [
        (Operation.CREATE, [], Result.NOT_APPLIED),
        (Operation.CREATE, [held(5.0)], Result.APPLIED),
        (Operation.CREATE, [held(7.0)], Result.NOT_APPLIED),
        (Operation.CREATE, [held(7.0), held(5.0)], Result.APPLIED),
        (Operation.CREATE, [held(5.0, index=2)], Result.NOT_APPLIED),
        (Operation.CREATE, [held(5.0, AT + timedelta(seconds=1))], Result.NOT_APPLIED),
        (Operation.CREATE, [held(None)], Result.NOT_APPLIED),
        (Operation.UPDATE, [held(5.0)], Result.APPLIED),
        (Operation.UPDATE, [held(4.0)], Result.NOT_APPLIED),
        (Operation.UPDATE, [held(5.004)], Result.UNKNOWN),
        (Operation.UPDATE, [held(5.006)], Result.NOT_APPLIED),
        (Operation.DELETE, [], Result.APPLIED),
        (Operation.DELETE, [held(5.0)], Result.NOT_APPLIED),
        (Operation.DELETE, [held(None)], Result.NOT_APPLIED),
    ],
)
def test_readings(operation: Operation, found: list[RawReading], result: Result) -> None:
    assert import_results([written(operation)], Listing(found), BERLIN) == [result]


def lost(point_code: str | None, kind: OddityKind = OddityKind.VALUE) -> Oddity:
    return Oddity(method="ListDataEx", kind=kind, where="data[0].value", example="'-'", point_code=point_code)


@pytest.mark.parametrize(
    ("operation", "found", "result"),
    [
        (Operation.CREATE, [], Result.UNKNOWN),
        (Operation.CREATE, [held(7.0)], Result.UNKNOWN),
        (Operation.CREATE, [held(5.0)], Result.APPLIED),
        (Operation.DELETE, [], Result.UNKNOWN),
        (Operation.DELETE, [held(5.0)], Result.NOT_APPLIED),
    ],
)
@pytest.mark.parametrize("point_code", ["a", None])
def test_a_row_that_was_left_out_of_the_look_up_is_not_undone(
    operation: Operation, found: list[RawReading], result: Result, point_code: str | None
) -> None:
    assert import_results([written(operation)], Listing(found, [lost(point_code)]), BERLIN) == [result]
    harmless = Listing(found, [lost("b"), lost(None, OddityKind.TEXT)])
    assert import_results([written(operation)], harmless, BERLIN) == import_results(
        [written(operation)], Listing(found), BERLIN
    )


@pytest.mark.parametrize(
    ("operation", "held_there", "result"),
    [
        (Operation.CREATE, None, Result.UNKNOWN),
        (Operation.CREATE, "7", Result.APPLIED),
        (Operation.CREATE, "8", Result.NOT_APPLIED),
        (Operation.DELETE, None, Result.UNKNOWN),
        (Operation.DELETE, "7", Result.NOT_APPLIED),
    ],
)
def test_a_value_that_was_left_out_of_the_look_up_is_not_undone(
    operation: Operation, held_there: str | None, result: Result
) -> None:
    change = DataValueChange(point="a", type="t", value="7", operation=operation)
    rows = [] if held_there is None else [DataValue(tenant="x", point="a", type="t", value=held_there)]
    assert dc_data_results([change], Listing(rows, [lost("a", OddityKind.DATA_VALUE)])) == [result]


def test_the_two_passes_of_a_repeated_hour_are_one_reading_to_the_platform() -> None:
    first, second = (datetime(2024, 10, 27, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert import_results([written(Operation.CREATE, at=second)], Listing([held(5.0, first)]), BERLIN) == [
        Result.APPLIED
    ]


@pytest.mark.parametrize(
    ("operation", "value", "found", "result"),
    [
        (Operation.CREATE, "7", None, Result.NOT_APPLIED),
        (Operation.CREATE, "7", "7", Result.APPLIED),
        (Operation.UPDATE, "7", "07", Result.NOT_APPLIED),
        (Operation.CREATE_OR_UPDATE, "7", "7", Result.APPLIED),
        (Operation.DELETE, None, None, Result.APPLIED),
        (Operation.DELETE, "7", "7", Result.NOT_APPLIED),
    ],
)
def test_values(operation: Operation, value: str | None, found: str | None, result: Result) -> None:
    change = DataValueChange(point="a", type="t", value=value, operation=operation)
    other = DataValue(tenant="x", point="a", type="u", value="7")
    rows = [other, *([] if found is None else [DataValue(tenant="x", point="a", type="t", value=found)])]
    assert dc_data_results([change], Listing(rows)) == [result]


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2021, 1, 1), timezones=st.just(UTC)), min_size=1))
def test_windows_hold_every_instant_and_no_long_stretch_without_one(instants: list[datetime]) -> None:
    windows = _windows(instants)
    assert all(any(start <= instant < end for start, end in windows) for instant in instants)
    for start, end in windows:
        inside = sorted(instant for instant in instants if start <= instant < end)
        assert (inside[0], inside[-1] + timedelta(seconds=1)) == (start, end)
        assert all(right - left <= timedelta(days=1) for left, right in pairwise(inside))
