"""One odd thing stays one odd thing: whatever is odd at one place of a response, all that does not hang on it is read.

Each response is made odd at one place and then read twice: by the client, and row by row by the few lines here, which
know of a row alone whether it is in order, never what becomes of it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
import math
from typing import Any

from hypothesis import given, strategies as st

from custom_components.reengen.api import (
    CostResponse,
    MeasurementResponse,
    Resolution,
    cost_responses,
    series_responses,
)
from custom_components.reengen.api.envelope import Envelope, parse_envelope

from .odd_things import (
    PROPERTY,
    encoded,
    enveloped,
    is_id,
    is_number,
    number,
    numbers,
    read_odd,
    stamps,
    with_one_odd_thing,
)
from .response_bodies import BERLIN, END, FIRST, SECOND, context

# GetData: a series is rows of [stamp, point, value]


@st.composite
def series(draw: st.DrawFn, row: Callable[[str, int, Any], list[Any]]) -> Any:
    keys = draw(st.lists(st.tuples(st.sampled_from([FIRST, SECOND]), st.integers(1, 3)), unique=True, max_size=5))
    return [row(label, point, draw(st.none() | numbers)) for label, point in keys]


measured_series = series(lambda label, point, value: [label, point, value])
measured = st.lists(st.none() | measured_series, min_size=1, max_size=2)


def of_series(rows: list[Any], **echo: Any) -> Any:
    return enveloped({"data": {str(index): each for index, each in enumerate(rows)}, **echo})


def good_rows(rows: Any) -> list[tuple[Any, int, float | None]]:
    """Return the rows that are in order: the bucket's start, the point's id, the value."""
    return [
        (stamps.read(row[0]), int(row[1]), number(row[2]))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, list) and len(row) == 3 and stamps.read(row[0]) is not None
        if is_id(row[1]) and (row[2] is None or is_number(row[2]))
    ]


def told(rows: Any) -> Counter[Any]:
    """Return of which times and points the rows tell, in order or not; nobody can tell when a row tells of another."""
    cells: Counter[Any] = Counter()
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list) and row:
            cells[stamps.read(row[0])] += 1
            cells[int(row[-2]) if len(row) in {2, 3} and is_id(row[-2]) else None] += 1
    del cells[None]
    return cells


def rows_of(properties: Any, index: int) -> Any:
    """Return the rows of a series, None for null."""
    data = properties["data"]
    return data[index] if isinstance(data, list) else data.get(str(index), "no such series")


def odd_series(
    data: st.DataObject, right: list[Any], decode: Callable[[Envelope], Any], **echo: str
) -> Iterator[tuple[Any, int, Any, Any, Any]]:
    """Make one thing odd; yield, for each series but null, the response, the index, the rows, what was read and is read."""
    before = decode(parse_envelope(encoded(of_series(right)), "GetData"))
    assert before.oddities == ()
    response, seen = read_odd(data, of_series(right, **echo), decode)
    if response is None:
        return
    for index, (was, found) in enumerate(zip(before.series, response.series, strict=True)):
        rows = rows_of(seen, index)
        assert (found is None) == (rows is None)
        if rows is not None:
            yield response, index, rows, was, found


@PROPERTY
@given(measured, st.data())
def test_measurements(right: list[Any], data: st.DataObject) -> None:
    def decode(envelope: Envelope) -> MeasurementResponse:
        return series_responses.measurements(envelope, context(series_count=len(right)))

    for response, index, rows, was, found in odd_series(data, right, decode, start=FIRST, end="2024-05-02T23:59:59"):
        good = good_rows(rows)
        is_odd = not isinstance(rows, list) or len(good) < len(rows)
        claims = Counter[tuple[Any, Any]]((start, point) for start, point, _ in set(good))
        # Nothing is made up.
        assert {tuple(reading) for reading in found} <= set(good)
        assert all(claims[reading.bucket_start, reading.point_id] == 1 for reading in found)
        for reading in was or ():
            key = (reading.bucket_start, reading.point_id)
            # What is still there, and nothing contradicts, is read; what is not read was taken away, or is unknown.
            assert reading in list(found) or tuple(reading) not in good or claims[key] > 1
            assert reading in list(found) or found.is_unknown(*key) or not is_odd or told(rows) - told(right[index])
        assert not is_odd or any(each.kind.loses_data for each in response.oddities)


@st.composite
def autumn(draw: st.DrawFn) -> list[Any]:
    """Return all rows of some points of the night in which 02:00 comes twice, in order of time."""
    clocks = ["00:00", "01:00", "02:00", "02:00", "03:00"]
    points = draw(st.integers(1, 3))
    return [
        [f"2024-10-27T{clock}:00", point, 10 * at + point] for at, clock in enumerate(clocks) for point in range(points)
    ]


@PROPERTY
@given(autumn(), st.data())
def test_measurements_of_a_repeated_hour(rows: list[Any], data: st.DataObject) -> None:
    """A row that is lost moves no other from one pass to the other."""
    query = context(
        start=datetime(2024, 10, 27, tzinfo=BERLIN),
        end=datetime(2024, 10, 28, tzinfo=BERLIN),
        resolution=Resolution.HOUR,
    )

    def decode(envelope: Envelope) -> MeasurementResponse:
        return series_responses.measurements(envelope, query)

    (before,) = decode(parse_envelope(encoded(of_series([rows])), "GetData")).series
    at = data.draw(st.integers(0, len(rows) - 1))
    odd_row, _ = data.draw(with_one_odd_thing(rows[at]))
    if good_rows([odd_row]) or told([odd_row]) - told([rows[at]]):
        return
    (after,) = decode(parse_envelope(encoded(of_series([[*rows[:at], odd_row, *rows[at + 1 :]]])), "GetData")).series
    assert before is not None
    assert after is not None
    assert set(after) < set(before)
    assert all(after.is_unknown(*reading[:2]) for reading in set(before) - set(after))
    assert len(after) >= len(before) - 1 - len({row[1] for row in rows})


# GetData of costs: a series is rows of [point, cost] or [stamp, point, cost]

costs_of = series(lambda _, point, value: [point, value]).map(lambda rows: list({row[0]: row for row in rows}.values()))


type Parts = defaultdict[int, list[tuple[datetime | None, float | None]]]


def parts_of(rows: Any) -> Parts:
    """Return the rows that are in order: for each point their dates and costs."""
    parts: Parts = defaultdict(list)
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list) and len(row) in {2, 3} and is_id(row[-2]) and (row[-1] is None or is_number(row[-1])):
            date = stamps.read(row[0]) if len(row) == 3 else None
            if date is not None or len(row) == 2:
                parts[int(row[-2])].append((date, number(row[-1])))
    return parts


def total_of(parts: list[tuple[datetime | None, float | None]]) -> float | None:
    costs = [cost for date, cost in set(parts) if date is None or date < END]
    known = [cost for cost in costs if cost is not None]
    return math.fsum(known) if len(known) == len(costs) else None


@PROPERTY
@given(st.lists(st.none() | costs_of | measured_series, min_size=1, max_size=2), st.data())
def test_costs(right: list[Any], data: st.DataObject) -> None:
    def decode(envelope: Envelope) -> CostResponse:
        return cost_responses.costs(envelope, context(series_count=len(right), resolution=None))

    for response, index, rows, was, found in odd_series(data, right, decode, start=FIRST):
        parts = parts_of(rows)
        left_out = {each.point_id for each in response.oddities if each.kind.loses_data}
        is_odd = not isinstance(rows, list) or sum(map(len, parts.values())) < len(rows)
        was_parts = parts_of(right[index] or [])
        dated = any(date is not None for of_point in was_parts.values() for date, _ in of_point)
        totals = {total.point_id: total.cost for total in found}
        # Nothing is made up: a total is that of all its rows, and no part of a sum is lacking.
        assert totals == {point_id: total_of(parts[point_id]) for point_id in totals}
        for total in was or ():
            point_id = total.point_id
            if sorted(parts[point_id], key=repr) == sorted(was_parts[point_id], key=repr) and not (dated and is_odd):
                assert totals[point_id] == total.cost
            is_named = left_out & {point_id, None} or told(rows) - told(right[index])
            assert point_id in totals or is_named or not is_odd
            if dated and is_odd and point_id in totals and not told(rows) - told(right[index]):
                assert totals[point_id] == total.cost
        assert not is_odd or any(each.kind.loses_data for each in response.oddities)
