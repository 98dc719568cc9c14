"""One odd thing stays one odd thing: whatever is odd at one place of a response, all that does not hang on it is read.

Each response is made odd at one place and then read twice: by the client, and row by row by the few lines here, which
know of a row alone whether it is in order, never what becomes of it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from itertools import chain
import math
import re
from typing import Any, Final

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.reengen.api import CostAnswer, MeasurementAnswer, OddityKind, Resolution, answers
from custom_components.reengen.api.errors import ReengenAnswerError, ReengenRefusedError
from custom_components.reengen.api.models import RawReading, RequestType
from custom_components.reengen.api.oddities import Oddity
from custom_components.reengen.api.wire_time import StampReader
from tests.profiles import examples

from .answer_bodies import BERLIN, END, FIRST, SECOND, context
from .odd_things import NEITHER, Path, as_read, encoded, with_one_odd_thing

# A response is not understood as a whole where one of these is odd.
WHOLE: Final[set[Path]] = {(), ("succeeded",), ("properties",), ("properties", "data")}
PROPERTY: Final = settings(
    max_examples=examples(200, 2_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

stamps: Final = StampReader(BERLIN)
codes = st.sampled_from(["a", "b", "A"])
names = st.none() | st.sampled_from(["Trafo", "Şişli"])
numbers = st.sampled_from([0, 1, 2.5, -3.25, 7, "2468.10", 1e9]) | st.integers(-99, 10**6)


def response(properties: Any) -> Any:
    return {"properties": properties, "succeeded": True, "message": None, "statistics": {}}


def read_odd[T](data: st.DataObject, right: Any, decode: Callable[[answers.Envelope], T]) -> tuple[T | None, Any]:
    """Return the answer to the response with one odd thing, and the properties as a reader of JSON sees them.

    None where the response is not understood as a whole, which it must be where nothing but a part of it is odd.
    """
    odd, places = data.draw(with_one_odd_thing(right))
    try:
        answer = decode(answers.parse_envelope(encoded(odd), "GetData"))
    except ReengenAnswerError, ReengenRefusedError:
        assert places & WHOLE
        return None, {}
    return answer, as_read(odd).get("properties")


def untouched(rows: Any, right: list[Any]) -> list[Any]:
    """Return the rows that are as they were; true is not 1."""
    were = {repr(row) for row in right}
    return [row for row in rows if repr(row) in were]


def is_text(value: object) -> bool:
    return isinstance(value, str) and re.search("[\ud800-\udfff\ufffd]", value) is None


def is_id(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[0-9]{1,18}", value) is not None
    return type(value) is int and 0 <= value < 10**18


def is_number(value: object) -> bool:
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value):
        return False
    try:
        return isinstance(value, str | int | float) and not isinstance(value, bool) and math.isfinite(float(value))
    except OverflowError:
        return False


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def lost(oddities: tuple[Oddity, ...], *kinds: OddityKind) -> int:
    return sum(each.count for each in oddities if each.kind in kinds)


# GetData: a series is rows of [stamp, point, value]


@st.composite
def series(draw: st.DrawFn, row: Callable[[str, int, Any], list[Any]]) -> Any:
    keys = draw(st.lists(st.tuples(st.sampled_from([FIRST, SECOND]), st.integers(1, 3)), unique=True, max_size=5))
    return [row(label, point, draw(st.none() | numbers)) for label, point in keys]


measured_series = series(lambda label, point, value: [label, point, value])
measured = st.lists(st.none() | measured_series, min_size=1, max_size=2)


def of_series(rows: list[Any], **echo: Any) -> Any:
    return response({"data": {str(index): each for index, each in enumerate(rows)}, **echo})


def good_rows(rows: Any) -> list[tuple[Any, int, float | None]]:
    """Return the rows that are in order: the bucket's start, the point's id, the value."""
    return [
        (stamps.read(row[0]), int(row[1]), number(row[2]))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, list) and len(row) == 3 and stamps.read(row[0]) is not None
        if is_id(row[1]) and (row[2] is None or is_number(row[2]))
    ]


@PROPERTY
@given(measured, st.data())
def test_measurements(right: list[Any], data: st.DataObject) -> None:
    def decode(envelope: answers.Envelope) -> MeasurementAnswer:
        return answers.measurements(envelope, context(series_count=len(right)))

    before = decode(answers.parse_envelope(encoded(of_series(right)), "GetData"))
    assert before.oddities == ()
    answer, seen = read_odd(data, of_series(right, start=FIRST, end="2024-05-02T23:59:59"), decode)
    if answer is None:
        return
    for index, (was, found) in enumerate(zip(before.series, answer.series, strict=True)):
        rows = rows_of(seen, index)
        if rows is None:
            assert found is None
            continue
        assert found is not None
        good = good_rows(rows)
        is_odd = not isinstance(rows, list) or len(good) < len(rows)
        claims = Counter[tuple[Any, Any]]((start, point) for start, point, _ in set(good))
        # Nothing is made up.
        assert {tuple(reading) for reading in found} <= set(good)
        for reading in was or ():
            key = (reading.bucket_start, reading.point_id)
            # What is still there, and nothing contradicts, is read; what is not read was taken away, or is unknown.
            assert tuple(reading) in found or tuple(reading) not in good or claims[key] > 1
            assert reading in found or found.is_unknown(*key) or not is_odd
        assert not is_odd or any(each.kind.loses_data for each in answer.oddities)


def rows_of(properties: Any, index: int) -> Any:
    """Return the rows of a series, None for null."""
    data = properties["data"]
    return data[index] if isinstance(data, list) else data.get(str(index), NEITHER)


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

    def decode(envelope: answers.Envelope) -> MeasurementAnswer:
        return answers.measurements(envelope, query)

    (before,) = decode(answers.parse_envelope(encoded(of_series([rows])), "GetData")).series
    at = data.draw(st.integers(0, len(rows) - 1))
    odd_row, _ = data.draw(with_one_odd_thing(rows[at]))
    is_lost = not (isinstance(odd_row, list) and good_rows([odd_row]))
    if not is_lost:
        return
    (after,) = decode(
        answers.parse_envelope(encoded(of_series([[*rows[:at], odd_row, *rows[at + 1 :]]])), "GetData")
    ).series
    assert before is not None
    assert after is not None
    assert set(after) < set(before)
    assert all(after.is_unknown(*reading[:2]) for reading in set(before) - set(after))
    assert len(after) >= len(before) - 1 - len({row[1] for row in rows})


# GetData of costs: a series is rows of [point, cost] or [stamp, point, cost]

costs_of = series(lambda _, point, value: [point, value]).map(lambda rows: list({row[0]: row for row in rows}.values()))


type Parts = defaultdict[int | None, list[tuple[datetime | None, float | None]]]


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
    def decode(envelope: answers.Envelope) -> CostAnswer:
        return answers.costs(envelope, context(series_count=len(right), resolution=None))

    before = decode(answers.parse_envelope(encoded(of_series(right)), "GetData"))
    assert before.oddities == ()
    answer, seen = read_odd(data, of_series(right, start=FIRST), decode)
    if answer is None:
        return
    for index, (was, found) in enumerate(zip(before.series, answer.series, strict=True)):
        rows = rows_of(seen, index)
        if rows is None:
            assert found is None
            continue
        assert found is not None
        parts = parts_of(rows)
        unknown = answer.unknown[index]
        is_odd = not isinstance(rows, list) or sum(map(len, parts.values())) < len(rows)
        was_parts = parts_of(right[index] or [])
        dated = any(date is not None for of_point in was_parts.values() for date, _ in of_point)
        totals = {total.point_id: total.cost for total in found}
        # Nothing is made up: a total is that of all its rows, and no part of a sum is lacking.
        assert totals == {point_id: total_of(parts[point_id]) for point_id in totals}
        for total in was or ():
            point_id = total.point_id
            assert point_id is not None
            if sorted(parts[point_id], key=repr) == sorted(was_parts[point_id], key=repr) and not (dated and is_odd):
                assert totals[point_id] == total.cost
            assert point_id in totals or unknown & {point_id, None} or not is_odd
            if dated and is_odd and point_id in totals:
                assert totals[point_id] == total.cost
        assert not is_odd or any(each.kind.loses_data for each in answer.oddities)


# ListDataEx, GetDCData and ManageDCData: rows are objects


def raw_row(point: str, value: Any, register: Any, at: int) -> Any:
    return {
        "date": f"2024-05-01T00:{at % 60:02}:59",
        "definition.code": "activeEnergy",
        "note": None,
        "original": register,
        "point.code": point,
        "index": 1,
        "type.code": "actual",
        "value": value,
        "variant.code": "import",
        "definition.unit.code": "Wh",
    }


raw_rows = st.lists(st.builds(raw_row, codes, st.none() | numbers, st.none() | numbers, st.integers(0, 59)), max_size=4)


@PROPERTY
@given(raw_rows, st.data())
def test_raw_rows(right: list[Any], data: st.DataObject) -> None:
    def decode(envelope: answers.Envelope) -> answers.RawRows:
        return answers.raw_readings(envelope, RequestType.CODE, BERLIN)

    def alone(row: Any) -> Any:
        (reading,) = decode(answers.parse_envelope(encoded(response({"data": [row], "rowCount": 1})), "")).rows
        return reading

    answer, seen = read_odd(data, response({"data": right, "rowCount": len(right)}), decode)
    if answer is None:
        return
    rows = seen["data"]
    whole = untouched(rows, right)
    found = Counter(answer.rows)
    assert Counter(map(alone, whole)) <= found
    # What is neither read as it was nor left out has changed in that place alone, and holds nothing of its own.
    for reading in found - Counter(map(alone, whole)):
        assert any(holds(row, reading) for row in rows)
    left_out = (OddityKind.ROW_SHAPE, OddityKind.STAMP, OddityKind.VALUE, OddityKind.POINT_ID)
    assert answer.listed == len(rows) == len(answer.rows) + lost(answer.rows.oddities, *left_out)


def holds(row: Any, reading: RawReading) -> bool:
    """Tell whether a raw row is what a reading was read from."""
    if not isinstance(row, dict) or stamps.read(row.get("date")) != reading.interval_end:
        return False
    told = {"value": reading.value, "original": reading.original}
    named = {"point.code": reading.point, "definition.code": reading.definition, "definition.unit.code": reading.unit}
    return all(number(row.get(key)) == value for key, value in told.items()) and all(
        row.get(key) == value for key, value in named.items()
    )


value_rows = st.lists(
    st.fixed_dictionaries(
        {"tenant": st.just("xyz"), "point": codes | codes.map(lambda code: [code]), "type": codes, "value": st.text()}
    ),
    max_size=4,
)


@pytest.mark.parametrize("decode", [answers.data_values, answers.changed_data_values])
@PROPERTY
@given(right=value_rows, data=st.data())
def test_data_values(decode: Callable[[answers.Envelope], Any], right: list[Any], data: st.DataObject) -> None:
    answer, seen = read_odd(data, response({"data": right}), decode)
    if answer is None:
        return
    data_of = seen.get("data") if isinstance(seen, dict) else None
    rows = data_of if isinstance(data_of, list) else []
    read = Counter((each.tenant, each.point, each.type, each.value) for each in answer)
    told = Counter(
        (row["tenant"], point_of(row), row["type"], row["value"])
        for row in rows
        if isinstance(row, dict) and all(map(is_text, [row.get(key) for key in ("tenant", "type", "value")]))
    )
    assert read <= told
    assert len(answer) >= len(untouched(rows, right))
    assert len(answer) + lost(answer.oddities, OddityKind.DATA_VALUE) >= len(rows)


def point_of(row: Any) -> Any:
    point = row.get("point")
    point = point[0] if isinstance(point, list) and len(point) == 1 else point
    return point if is_text(point) else None


# ListAvailableCommands


def command_row(kind: tuple[str, str | None], name: str | None, options: list[str]) -> Any:
    row = {"commandType": kind[0], "name": name}
    if kind[1] is not None:
        row["parameterType"] = kind[1]
    return row | ({"options": [{"code": code, "name": None} for code in options]} if kind[0] == "MultiOption" else {})


kinds = st.sampled_from([("NoParameter", None), ("SingleParameter", "boolean"), ("MultiOption", None)])
command_rows = st.dictionaries(
    codes, st.builds(command_row, kinds, names, st.lists(codes, min_size=1, unique=True)), max_size=3
).map(lambda rows: [{"code": code, **row} for code, row in rows.items()])


@PROPERTY
@given(command_rows, st.data())
def test_commands(right: list[Any], data: st.DataObject) -> None:
    before = {
        each.code: each for each in answers.commands(answers.parse_envelope(encoded(response({"data": right})), ""))
    }
    assert before.keys() == {row["code"] for row in right}
    answer, seen = read_odd(data, response({"data": right}), answers.commands)
    if answer is None:
        return
    rows = [row if isinstance(row, dict) else {} for row in seen["data"]]
    claims = Counter(row.get("code") for row in rows if isinstance(row.get("code"), str))
    found = {each.code: each for each in answer}
    assert len(found) == len(answer)
    for row in untouched(rows, right):
        assert claims[row["code"]] > 1 or found[row["code"]] == before[row["code"]]
    for code, command in found.items():
        told = [row for row in rows if row.get("code") == code and row.get("commandType") == command.command_type]
        options: list[list[Any]] = [row["options"] for row in told if isinstance(row.get("options"), list)]
        listed = {
            each["code"] for each in chain(*options) if isinstance(each, dict) and isinstance(each.get("code"), str)
        }
        assert told
        assert command.parameter_type in [row.get("parameterType") for row in told]
        assert {option.code for option in command.options} <= listed
        lacking = min(map(len, options), default=0) - len(command.options)
        assert lost(answer.oddities, OddityKind.COMMAND_OPTION, OddityKind.SAME_VALUE_TWICE) >= lacking
    assert len(found) == len(rows) or answer.oddities


# GetPointHierarchy

ROOT: Final = ["All", {"parent": None, "code": None, "name": None, "id": None}]
point_rows = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(names, st.none() | st.sampled_from("abcd"), names), max_size=4
).map(
    lambda rows: [
        ROOT,
        *(
            [label, {"parent": parent, "code": code, "name": name, "id": ord(code), "startingDate": None}]
            for code, (label, parent, name) in rows.items()
        ),
    ]
)


@PROPERTY
@given(point_rows, st.data())
def test_points(right: list[Any], data: st.DataObject) -> None:
    before = answers.point_hierarchy(answers.parse_envelope(encoded(response({"data": right})), ""))
    assert [point.code for point in before.points] == [row[1]["code"] for row in right[1:]]
    answer, seen = read_odd(data, response({"data": right}), answers.point_hierarchy)
    if answer is None:
        return
    told = [row[1] for row in seen["data"] if isinstance(row, list) and len(row) == 2 and isinstance(row[1], dict)]
    ids = Counter(int(item["id"]) for item in told if is_id(item.get("id")))
    of_code = Counter(item["code"] for item in told if isinstance(item.get("code"), str))
    items = [row[1] for row in untouched(seen["data"], right[1:])]
    whole = {item["code"] for item in items if ids[item["id"]] == of_code[item["code"]] == 1}
    for code in whole:
        point = before.by_code(code)
        assert point is not None
        assert answer.by_code(code) == answer.by_id(point.id) == point
        above = before.parent(point)
        if above is not None and {above.code, *(each.code for each in before.ancestors(above))} <= whole:
            assert answer.parent(point) == above
    for point in answer.points:
        assert any(
            item.get("code") == point.code and str(item.get("id")).lstrip("0") == str(point.id).lstrip("0")
            for item in told
        )
    left_out = (OddityKind.POINT, OddityKind.POINT_TWICE, OddityKind.SAME_VALUE_TWICE)
    assert len(seen["data"]) - len(answer.points) - lost(answer.oddities, *left_out) in {0, 1}
