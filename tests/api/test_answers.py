"""Answers with points, raw rows, values and commands; and answers that are broken anywhere."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import answers
from custom_components.reengen.api.errors import ReengenAnswerError, ReengenRefusedError
from custom_components.reengen.api.models import CommandOption, Point, RawReading, RequestType

from .answer_bodies import BERLIN, FIRST, SECOND, START, context, envelope

DECODERS: dict[str, Callable[[answers.Envelope], object]] = {
    "GetPointHierarchy": answers.point_hierarchy,
    "GetData": lambda answer: answers.measurements(answer, context()),
    "GetData of costs": lambda answer: answers.costs(answer, context(resolution=None)),
    "ListDataEx": lambda answer: answers.raw_readings(answer, RequestType.CODE, BERLIN),
    "GetDCData": answers.data_values,
    "ListAvailableCommands": answers.commands,
}


@pytest.mark.parametrize("properties", [None, {}, {"data": None}], ids=["null", "empty", "null data"])
@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_an_answer_without_data_is_not_an_empty_one(
    decoder: Callable[[answers.Envelope], object], properties: object
) -> None:
    with pytest.raises(ReengenAnswerError, match=r"the answer lacks properties\.data"):
        decoder(envelope(properties))


def raw(properties: object, request_type: RequestType = RequestType.CODE) -> tuple[list[RawReading], int]:
    return answers.raw_readings(envelope(properties, "ListDataEx"), request_type, BERLIN)


def test_raw_rows_come_in_order_of_time_with_what_they_hold() -> None:
    data = [{"date": SECOND, "value": "1.5", "index": 2}, {"date": FIRST, "original": None, "note": "swap", "new": 1}]
    rows, count = raw({"data": data, "rowCount": 5})
    assert count == 5
    assert [(row.interval_end, row.value, row.original, row.index, row.note) for row in rows] == [
        (START, None, None, None, "swap"),
        (datetime(2024, 5, 2, tzinfo=BERLIN), 1.5, None, 2, None),
    ]
    assert {(row.point, row.definition, row.variant, row.type, row.unit) for row in rows} == {(None,) * 5}


def test_raw_rows_by_id() -> None:
    ((row,), _) = raw({"data": [{"date": FIRST, "point.id": 12768, "point.code": 5}], "rowCount": 1}, RequestType.ID)
    assert row.point == 12768


def test_raw_rows_that_look_alike_stay_two() -> None:
    rows, _ = raw({"data": [{"date": FIRST, "value": 1}, {"date": FIRST, "value": 2}], "rowCount": 2})
    assert [row.value for row in rows] == [1, 2]


def test_raw_rows_of_a_repeated_hour() -> None:
    """Two meters, one of which sent nothing in the first pass after 02:04:59."""
    clocks = [("a", "02:04:59"), ("b", "02:19:59"), ("a", "02:34:59"), ("b", "02:19:59"), ("a", "02:14:59")]
    data = [{"date": f"2024-10-27T{clock}", "point.code": code} for code, clock in clocks]
    rows, _ = raw({"data": data, "rowCount": 5})
    assert [(row.point, row.interval_end.strftime("%H:%M")) for row in rows] == [
        ("a", "00:04"),
        ("b", "00:19"),
        ("a", "00:34"),
        ("a", "01:14"),
        ("b", "01:19"),
    ]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        pytest.param({}, "data[0].date", id="no date"),
        pytest.param({"date": None}, "data[0].date", id="date null"),
        pytest.param({"date": FIRST, "value": "1,5"}, "data[0].value", id="decimal comma"),
        pytest.param({"date": FIRST, "index": "1"}, "data[0].index", id="index as text"),
        pytest.param({"date": FIRST, "point.code": 12768}, "data[0].point.code", id="code as number"),
        pytest.param({"date": FIRST, "note": 5}, "data[0].note", id="note as number"),
        pytest.param([FIRST], "data[0]", id="an array"),
    ],
)
def test_raw_rows_that_do_not_fit_are_located(row: object, where: str) -> None:
    with pytest.raises(ReengenAnswerError) as caught:
        raw({"data": [row], "rowCount": 1})
    assert caught.value.where == where


@pytest.mark.parametrize("count", [None, "3", 3.0, True])
def test_raw_rows_need_their_count(count: object) -> None:
    with pytest.raises(ReengenAnswerError, match=r"^ListDataEx: rowCount: expected a whole number"):
        raw({"data": [], "rowCount": count})


def hierarchy(*entries: object) -> tuple[Point, ...]:
    return answers.point_hierarchy(envelope({"data": list(entries)}, "GetPointHierarchy")).points


def test_the_root_is_known_by_its_missing_code_and_id() -> None:
    """Its label may come in another language, and a point may be called as it is."""
    root = ["Tümü", {"parent": None, "code": None, "name": None, "id": None}]
    named = ["All", {"parent": None, "code": "all", "name": "All", "id": 1, "startingDate": None}]
    assert hierarchy(root, named) == (Point(id=1, code="all", name="All"),)


@pytest.mark.parametrize(
    ("label", "item", "point"),
    [
        pytest.param("L", {"name": "N"}, {"name": "N"}, id="the object's name first"),
        pytest.param("L", {"name": None}, {"name": "L"}, id="else the label"),
        pytest.param(None, {}, {"name": "c"}, id="else the code"),
        pytest.param("L", {"parent": "P"}, {"name": "L", "parent_code": "P"}, id="parent as it came"),
        pytest.param("L", {"parent": ""}, {"name": "L", "parent_code": None}, id="empty parent"),
        pytest.param("L", {"startingDate": "1.5.2024"}, {"name": "L", "starting_date": "1.5.2024"}, id="any date"),
        pytest.param("L", {"startingDate": 5}, {"name": "L", "starting_date": "5"}, id="no date at all"),
    ],
)
def test_points(label: object, item: dict[str, object], point: dict[str, Any]) -> None:
    assert hierarchy([label, {"code": "c", "id": 7} | item]) == (Point(id=7, code="c", **point),)


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        pytest.param(["a"], "data[0]", id="one element"),
        pytest.param({"code": "a", "id": 1}, "data[0]", id="no label"),
        pytest.param(["a", "b"], "data[0][1]", id="no object"),
        pytest.param([5, {"code": "a", "id": 1}], "data[0][0]", id="label as number"),
        pytest.param(["a", {"code": "a"}], "data[0][1].id", id="code without id"),
        pytest.param(["a", {"id": 1}], "data[0][1].code", id="id without code"),
        pytest.param(["a", {"code": "", "id": 1}], "data[0][1].code", id="empty code"),
        pytest.param(["a", {"code": "a", "id": "1"}], "data[0][1].id", id="id as text"),
        pytest.param(["a", {"code": "a", "id": True}], "data[0][1].id", id="id as boolean"),
        pytest.param(["a", {"code": "a", "id": 1, "parent": 5}], "data[0][1].parent", id="parent as number"),
    ],
)
def test_points_that_do_not_fit_are_located(entry: object, where: str) -> None:
    with pytest.raises(ReengenAnswerError) as caught:
        hierarchy(entry)
    assert caught.value.where == where


VALUE = {"tenant": "xyz", "point": "a", "type": "t", "value": "007"}


@pytest.mark.parametrize("point", ["a", ["a"]])
def test_a_data_science_value_names_its_point_in_either_way(point: object) -> None:
    (value,) = answers.data_values(envelope({"data": [VALUE | {"point": point}]}))
    assert (value.point, value.value) == ("a", "007")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"value": 7}, "data[0].value"),
        ({"value": None}, "data[0].value"),
        ({"point": ["a", "b"]}, "data[0].point"),
        ({"point": [5]}, "data[0].point"),
        ({"tenant": None}, "data[0].tenant"),
        ({"type": 5}, "data[0].type"),
    ],
)
def test_data_science_values_that_do_not_fit_are_located(changes: dict[str, object], where: str) -> None:
    with pytest.raises(ReengenAnswerError) as caught:
        answers.data_values(envelope({"data": [VALUE | changes]}))
    assert caught.value.where == where


COMMAND = {"code": "c", "name": "C", "commandType": "Schedule"}


def test_commands_of_unknown_types_are_listed() -> None:
    options = [{"code": "x", "name": None}]
    (command,) = answers.commands(envelope({"data": [COMMAND | {"options": options, "parameterType": "colour"}]}))
    assert (command.command_type, command.parameter_type) == ("Schedule", "colour")
    assert command.options == (CommandOption(code="x", name="x"),)


def test_a_command_without_name_is_called_by_its_code() -> None:
    (command,) = answers.commands(envelope({"data": [COMMAND | {"name": None, "options": None}]}))
    assert (command.name, command.options) == ("c", ())


@pytest.mark.parametrize(
    ("entries", "where"),
    [
        pytest.param([COMMAND | {"code": None}], "data[0].code", id="no code"),
        pytest.param([COMMAND | {"commandType": None}], "data[0].commandType", id="no type"),
        pytest.param([COMMAND | {"parameterType": 5}], "data[0].parameterType", id="parameter type as number"),
        pytest.param([COMMAND | {"options": {}}], "data[0].options", id="options as object"),
        pytest.param([COMMAND | {"options": ["on"]}], "data[0].options[0]", id="an option as text"),
        pytest.param([COMMAND | {"options": [{"name": "On"}]}], "data[0].options[0].code", id="an option without code"),
        pytest.param([COMMAND | {"options": [{"code": "x"}] * 2}], "data[0].options", id="an option twice"),
        pytest.param([COMMAND, COMMAND | {"name": "D"}], "data", id="a code twice"),
    ],
)
def test_commands_that_do_not_fit_are_located(entries: list[object], where: str) -> None:
    with pytest.raises(ReengenAnswerError) as caught:
        answers.commands(envelope({"data": entries}))
    assert caught.value.where == where


PRINTED = {
    path.stem.removesuffix("_answer"): json.loads(path.read_bytes())
    for path in (Path(__file__).parent.parent / "fixtures" / "document").glob("*_answer.json")
}
PRINTED_DECODERS: dict[str, Callable[[answers.Envelope], object]] = {
    "authenticate": answers.connection_id,
    "get_point_hierarchy": answers.point_hierarchy,
    "get_data": lambda answer: answers.measurements(answer, context(series_count=2)),
    "get_cost": lambda answer: answers.costs(answer, context(resolution=None)),
    "list_data": lambda answer: answers.raw_readings(answer, RequestType.CODE, BERLIN),
    "get_dc_data": answers.data_values,
    "manage_dc_data": answers.data_values,
    "list_available_commands": answers.commands,
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([FIRST, "0", "C"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["0", "code", "id"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def mutate(value: Any, data: st.DataObject) -> Any:
    """Replace, remove or repeat one element anywhere in the answer."""
    while isinstance(value, list | dict) and value and data.draw(st.integers(0, 9)):
        key = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        inner = value[key]
        if not (isinstance(inner, list | dict) and inner) or not data.draw(st.integers(0, 9)):
            action = data.draw(st.sampled_from(["replace", "remove", "repeat"]))
            if action == "remove":
                del value[key]
            elif action == "repeat" and isinstance(value, list):
                value.insert(key, deepcopy(inner))
            else:
                value[key] = data.draw(anything)
            return
        value = inner


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PRINTED_DECODERS)), st.data())
def test_mutated_answers_are_read_or_refused(name: str, data: st.DataObject) -> None:
    """Whatever is wrong in an answer, nothing but the two documented errors comes out."""
    answer = deepcopy(PRINTED[name])
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(answer, data)
    with suppress(ReengenAnswerError, ReengenRefusedError):
        PRINTED_DECODERS[name](answers.parse_envelope(json.dumps(answer).encode(), name))
