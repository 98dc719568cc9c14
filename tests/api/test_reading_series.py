"""Readings as columns: the sequence of readings they stand for."""

from datetime import UTC, datetime, timedelta
from time import thread_time

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api.reading_series import Reading, ReadingSeries

INSTANTS = st.integers(0, 5).map(lambda hours: datetime(2024, 5, 1, tzinfo=UTC) + timedelta(hours=hours))
READINGS = st.lists(
    st.builds(Reading, INSTANTS, st.integers(0, 3), st.none() | st.floats(allow_nan=False)), max_size=12
)


type Unknown = frozenset[tuple[datetime | None, int | None]]


def series_of(readings: list[Reading]) -> ReadingSeries:
    starts, point_ids, values = ([reading[cell] for reading in readings] for cell in range(3))
    return ReadingSeries.in_order(starts, point_ids, values)  # type: ignore[arg-type]


def in_order(readings: list[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda reading: (reading.bucket_start, reading.point_id))


@given(READINGS)
def test_it_is_the_sequence_of_its_readings(readings: list[Reading]) -> None:
    series, expected = series_of(readings), in_order(readings)
    assert list(series) == expected
    assert series == expected
    assert series == tuple(expected)
    assert len(series) == len(readings)


@given(READINGS, READINGS)
def test_parts_become_one_series(left: list[Reading], right: list[Reading]) -> None:
    assert ReadingSeries.joined([series_of(left), series_of(right)]) == in_order([*in_order(left), *in_order(right)])


UNKNOWN = st.frozensets(st.tuples(st.none() | INSTANTS, st.none() | st.integers(1, 3)), max_size=4)


@given(UNKNOWN, UNKNOWN, INSTANTS, st.integers(1, 3))
def test_what_a_lost_row_may_have_been_is_unknown(
    left: Unknown, right: Unknown, start: datetime, point_id: int
) -> None:
    expected = any(bucket in {None, start} and of_point in {None, point_id} for bucket, of_point in {*left, *right})
    series = ReadingSeries.joined([ReadingSeries(unknown=left), ReadingSeries(unknown=right)])
    assert series.is_unknown(start, point_id) is expected


def test_asking_what_is_unknown_costs_nothing() -> None:
    """A tenth of a second is twenty times what it takes on a slow machine: this finds squares, not percents."""
    start = datetime(2024, 5, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=hour) for hour in range(10_000)]
    series = ReadingSeries(unknown=frozenset((hour, 1) for hour in hours))
    begin = thread_time()
    found = [series.is_unknown(hour, 2) for hour in hours]
    elapsed = thread_time() - begin
    assert not any(found)
    assert elapsed < 0.1


def test_it_equals_no_other_readings_and_nothing_else() -> None:
    reading = Reading(datetime(2024, 5, 1, tzinfo=UTC), 1, 2.0)
    series = series_of([reading])
    assert series != []
    assert series != [reading, reading]
    assert series != [reading._replace(value=None)]
    assert series != 5
    with pytest.raises(TypeError):
        hash(series)
