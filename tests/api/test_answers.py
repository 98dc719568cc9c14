"""Answers with points, raw rows, values and commands; and answers that are broken anywhere."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
import json
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import answers
from custom_components.reengen.api.errors import ReengenAnswerError, ReengenRefusedError
from custom_components.reengen.api.models import CommandOption, ParameterKind, Point, RequestType
from custom_components.reengen.api.oddities import Oddity, OddityKind
from custom_components.reengen.api.point_tree import PointTree

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


def raw(properties: object, request_type: RequestType = RequestType.CODE) -> answers.RawRows:
    return answers.raw_readings(envelope(properties, "ListDataEx"), request_type, BERLIN)


def named(oddities: Iterable[Oddity]) -> list[tuple[OddityKind, str]]:
    return [(oddity.kind, oddity.where) for oddity in oddities]


def test_raw_rows_come_in_order_of_time_with_what_they_hold() -> None:
    data = [{"date": SECOND, "value": "1.5", "index": 2}, {"date": FIRST, "original": None, "note": "swap", "new": 1}]
    found = raw({"data": data, "rowCount": 2})
    assert (found.listed, found.counted, found.lacks_rows, found.rows.oddities) == (2, 2, False, ())
    assert [(row.interval_end, row.value, row.original, row.index, row.note) for row in found.rows] == [
        (START, None, None, None, "swap"),
        (datetime(2024, 5, 2, tzinfo=BERLIN), 1.5, None, 2, None),
    ]
    assert {(row.point, row.definition, row.variant, row.type, row.unit) for row in found.rows} == {(None,) * 5}


@pytest.mark.parametrize("point_id", [12768, "12768"])
def test_raw_rows_by_id(point_id: object) -> None:
    data = [{"date": FIRST, "point.id": point_id, "point.code": 5}]
    (row,) = raw({"data": data, "rowCount": 1}, RequestType.ID).rows
    assert row.point == 12768


def test_raw_rows_that_look_alike_stay_two() -> None:
    found = raw({"data": [{"date": FIRST, "value": 1}, {"date": FIRST, "value": 2}], "rowCount": 2})
    assert [row.value for row in found.rows] == [1, 2]


REPEATED: Final = [("a", "02:04:59"), ("b", "02:19:59"), ("a", "02:34:59"), ("b", "02:19:59"), ("a", "02:14:59")]


def of_autumn(clocks: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"date": f"2024-10-27T{clock}", "point.code": code} for code, clock in clocks]


def test_raw_rows_of_a_repeated_hour() -> None:
    """Two meters, one of which sent nothing in the first pass after 02:04:59."""
    rows = raw({"data": of_autumn(REPEATED), "rowCount": 5}).rows
    assert [(row.point, row.interval_end.strftime("%H:%M")) for row in rows] == [
        ("a", "00:04"),
        ("b", "00:19"),
        ("a", "00:34"),
        ("a", "01:14"),
        ("b", "01:19"),
    ]


@pytest.mark.parametrize(
    ("change", "points"),
    [
        pytest.param({"value": "-"}, "bb", id="of the same point"),
        pytest.param({"point.code": 5}, "bb", id="of any point"),
        pytest.param({"date": 5}, "bb", id="of any time"),
        pytest.param({"point.code": "c", "value": "-"}, "aaabb", id="of another point"),
    ],
)
def test_raw_rows_of_a_repeated_hour_beside_a_row_that_was_lost(change: dict[str, object], points: str) -> None:
    """A pair is a pair; what came once is one of two that nobody can tell."""
    data = [*of_autumn([("a", "02:49:59")]), *of_autumn(REPEATED)]
    data[0] |= change
    found = raw({"data": data, "rowCount": 6})
    assert "".join(sorted(str(row.point) for row in found.rows)) == points
    lost = [oddity for oddity in found.rows.oddities if oddity.kind is OddityKind.STAMP and oddity.point_code == "a"]
    assert sum(oddity.count for oddity in lost) == 5 - len(points) + (change == {"date": 5})


@pytest.mark.parametrize(
    ("row", "kind", "where"),
    [
        pytest.param({"date": None}, OddityKind.STAMP, "data[0].date", id="date null"),
        pytest.param({"value": "1,5"}, OddityKind.VALUE, "data[0].value", id="decimal comma"),
        pytest.param({"original": True}, OddityKind.VALUE, "data[0].original", id="register as boolean"),
        pytest.param({"index": -1}, OddityKind.ROW_SHAPE, "data[0].index", id="index below zero"),
        pytest.param({"point.code": 12768}, OddityKind.POINT_ID, "data[0].point.code", id="code as number"),
        pytest.param({"definition.unit.code": 5}, OddityKind.ROW_SHAPE, "data[0].definition.unit.code", id="unit"),
    ],
)
def test_a_raw_row_that_does_not_fit_is_left_out(row: dict[str, object], kind: OddityKind, where: str) -> None:
    good = {"date": SECOND, "point.code": "b", "value": 2}
    found = raw({"data": [{"date": FIRST, "point.code": "a", "value": 1} | row, good], "rowCount": 2})
    assert [(each.point, each.value) for each in found.rows] == [("b", 2)]
    assert named(found.rows.oddities) == [(kind, where)]
    assert found.rows.oddities[0].point_code == (None if kind is OddityKind.POINT_ID else "a")
    assert not found.lacks_rows


def test_a_raw_row_that_is_no_object_is_left_out() -> None:
    found = raw({"data": [[FIRST], {}, {"date": FIRST}], "rowCount": 3})
    assert len(found.rows) == 1
    assert named(found.rows.oddities) == [(OddityKind.ROW_SHAPE, "data[0]"), (OddityKind.STAMP, "data[1].date")]


def test_a_note_that_is_no_text_leaves_its_row() -> None:
    found = raw({"data": [{"date": FIRST, "note": 5, "value": 1}], "rowCount": 1})
    assert [(row.note, row.value) for row in found.rows] == [(None, 1)]
    assert named(found.rows.oddities) == [(OddityKind.TEXT, "data[0].note")]


@pytest.mark.parametrize(
    ("count", "kind"),
    [
        (1, None),
        ("1", None),
        (2, OddityKind.ROWS_MISSING),
        (0, OddityKind.ROW_COUNT),
        (None, OddityKind.ROW_COUNT),
        (1.0, OddityKind.ROW_COUNT),
        (True, OddityKind.ROW_COUNT),
    ],
)
def test_the_count_of_raw_rows(count: object, kind: OddityKind | None) -> None:
    found = raw({"data": [{"date": FIRST}], "rowCount": count})
    assert len(found.rows) == 1
    assert named(found.rows.oddities) == ([] if kind is None else [(kind, "rowCount")])
    assert found.lacks_rows == (kind is OddityKind.ROWS_MISSING)


def hierarchy(*entries: object) -> tuple[Point, ...]:
    return tree_of(*entries).points


def tree_of(*entries: object) -> PointTree:
    return answers.point_hierarchy(envelope({"data": list(entries)}, "GetPointHierarchy"))


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


ROOT: Final = ["All", {"parent": None, "code": None, "name": None, "id": None}]


@pytest.mark.parametrize(
    ("entry", "where", "point_id", "code"),
    [
        pytest.param(["a"], "data[1]", None, None, id="one element"),
        pytest.param({"code": "a", "id": 1}, "data[1]", None, None, id="no label"),
        pytest.param(["a", "b"], "data[1][1]", None, None, id="no object"),
        pytest.param(["a", {"code": "a", "id": 1}, 5], "data[1]", 1, "a", id="three elements"),
        pytest.param(["a", {"code": "a"}], "data[1][1].id", None, "a", id="code without id"),
        pytest.param(["a", {"id": 1}], "data[1][1].code", 1, None, id="id without code"),
        pytest.param(["a", {"code": None, "id": None}], "data[1][1].id", None, None, id="a second root"),
        pytest.param(["a", {"code": "", "id": 1}], "data[1][1].code", 1, None, id="empty code"),
        pytest.param(["a", {"code": 5, "id": 1}], "data[1][1].code", 1, None, id="code as number"),
        pytest.param(["a", {"code": "a", "id": True}], "data[1][1].id", None, "a", id="id as boolean"),
        pytest.param(["a", {"code": "a", "id": -5}], "data[1][1].id", None, "a", id="id below zero"),
        pytest.param(["a", {"code": "a", "id": 1.5}], "data[1][1].id", None, "a", id="id as fraction"),
        pytest.param(["a", {"code": "a", "id": "x"}], "data[1][1].id", None, "a", id="id as letters"),
    ],
)
def test_a_point_that_does_not_fit_is_left_out(
    entry: object, where: str, point_id: int | None, code: str | None
) -> None:
    tree = tree_of(ROOT, entry, ["b", {"code": "b", "id": 7}])
    assert tree.points == (Point(id=7, code="b", name="b"),)
    (oddity,) = tree.oddities
    assert (oddity.kind, oddity.where) == (OddityKind.POINT, where)
    assert (oddity.point_id, oddity.point_code) == (point_id, code)


@pytest.mark.parametrize(
    ("entry", "point", "kind"),
    [
        pytest.param([5, {"code": "a", "id": 1}], Point(id=1, code="a", name="a"), None, id="label as number"),
        pytest.param(["L", {"code": "a", "id": "1"}], Point(id=1, code="a", name="L"), None, id="id of digits"),
        pytest.param(
            ["L", {"code": "a", "id": 1, "parent": 5}],
            Point(id=1, code="a", name="L"),
            OddityKind.PARENT,
            id="parent as number",
        ),
        pytest.param(
            ["L", {"code": "a", "id": 1, "name": ["N"]}],
            Point(id=1, code="a", name="L"),
            OddityKind.TEXT,
            id="name as array",
        ),
    ],
)
def test_a_point_with_an_odd_trait_stays(entry: object, point: Point, kind: OddityKind | None) -> None:
    tree = tree_of(entry)
    assert tree.points == (point,)
    assert [oddity.kind for oddity in tree.oddities] == ([] if kind is None else [kind])
    assert not any(oddity.kind.loses_data for oddity in tree.oddities)


VALUE = {"tenant": "xyz", "point": "a", "type": "t", "value": "007"}


@pytest.mark.parametrize("point", ["a", ["a"]])
def test_a_data_science_value_names_its_point_in_either_way(point: object) -> None:
    (value,) = answers.data_values(envelope({"data": [VALUE | {"point": point}]}))
    assert (value.point, value.value) == ("a", "007")


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"value": 7}, "data[0].value", "a"),
        ({"value": None}, "data[0].value", "a"),
        ({"point": ["a", "b"]}, "data[0].point", None),
        ({"point": [5]}, "data[0].point", None),
        ({"tenant": None}, "data[0].tenant", "a"),
        ({"type": 5, "point": ["a"]}, "data[0].type", "a"),
    ],
)
def test_a_data_science_value_that_does_not_fit_is_left_out(
    changes: dict[str, object], where: str, code: str | None
) -> None:
    for decode in (answers.data_values, answers.changed_data_values):
        (value,) = found = decode(envelope({"data": [VALUE | changes, VALUE | {"point": "b"}]}))
        assert value.point == "b"
        assert named(found.oddities) == [(OddityKind.DATA_VALUE, where)]
        assert found.oddities[0].point_code == code


@pytest.mark.parametrize("properties", [None, {}, {"data": None}, {"data": 5}, {"data": {}}], ids=repr)
def test_a_change_that_the_platform_has_made_needs_no_echo(properties: object) -> None:
    found = answers.changed_data_values(envelope(properties))
    assert not found
    assert named(found.oddities) == [(OddityKind.DATA_VALUE, "data")]


COMMAND = {"code": "c", "name": "C", "commandType": "Schedule"}
OTHER = {"code": "d", "name": "D", "commandType": "NoParameter"}


def test_commands_of_unknown_types_are_listed() -> None:
    options = [{"code": "x", "name": None}]
    (command,) = answers.commands(envelope({"data": [COMMAND | {"options": options, "parameterType": "colour"}]}))
    assert (command.command_type, command.parameter_type) == ("Schedule", "colour")
    assert command.options == (CommandOption(code="x", name="x"),)


def test_a_command_without_name_is_called_by_its_code() -> None:
    (command,) = answers.commands(envelope({"data": [COMMAND | {"name": None, "options": None}]}))
    assert (command.name, command.options) == ("c", ())


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        pytest.param("on", "data[0]", id="a text"),
        pytest.param(COMMAND | {"code": None}, "data[0].code", id="no code"),
        pytest.param(COMMAND | {"commandType": None}, "data[0].commandType", id="no type"),
        pytest.param(COMMAND | {"parameterType": 5}, "data[0].parameterType", id="parameter type as number"),
    ],
)
def test_a_command_that_does_not_fit_is_left_out(entry: object, where: str) -> None:
    for point, names in (("trafo", (None, "trafo")), (12768, (12768, None))):
        (command,) = found = answers.commands(envelope({"data": [entry, OTHER]}), point)
        assert command.code == "d"
        assert named(found.oddities) == [(OddityKind.COMMAND, where)]
        assert (found.oddities[0].point_id, found.oddities[0].point_code) == names


MODES: Final = [{"code": "on", "name": "On"}, {"code": "off", "name": "Off"}]
MODE: Final = COMMAND | {"commandType": "MultiOption", "options": MODES}


@pytest.mark.parametrize(
    ("options", "kept", "kind", "where"),
    [
        pytest.param({}, [], OddityKind.COMMAND_OPTION, "data[0].options", id="an object"),
        pytest.param(["x", *MODES], ["on", "off"], OddityKind.COMMAND_OPTION, "data[0].options[0]", id="a text"),
        pytest.param(
            [*MODES, {"name": "Auto"}],
            ["on", "off"],
            OddityKind.COMMAND_OPTION,
            "data[0].options[2].code",
            id="no code",
        ),
        pytest.param(
            [{"code": 0, "name": "Auto"}, *MODES],
            ["on", "off"],
            OddityKind.COMMAND_OPTION,
            "data[0].options[0].code",
            id="code as number",
        ),
        pytest.param(
            [*MODES, {"code": "on", "name": "Once more"}],
            ["on", "off"],
            OddityKind.SAME_VALUE_TWICE,
            "data[0].options[2].code",
            id="one twice",
        ),
        pytest.param(
            [{"code": "on", "name": 5}, MODES[1]], ["on", "off"], OddityKind.TEXT, "data[0].options[0].name", id="name"
        ),
    ],
)
def test_an_option_that_does_not_fit_leaves_the_others(
    options: object, kept: list[str], kind: OddityKind, where: str
) -> None:
    command, other = found = answers.commands(envelope({"data": [MODE | {"options": options}, OTHER]}))
    assert [option.code for option in command.options] == kept
    assert command.kind is (ParameterKind.OPTION if kept else ParameterKind.UNKNOWN)
    assert other.code == "d"
    assert named(found.oddities) == [(kind, where)]


@pytest.mark.parametrize(
    ("second", "codes", "kind"),
    [
        pytest.param(MODE, ["c", "d"], OddityKind.SAME_VALUE_TWICE, id="the same"),
        pytest.param(MODE | {"name": "New"}, ["c", "d"], OddityKind.SAME_VALUE_TWICE, id="another name"),
        pytest.param(MODE | {"options": MODES[:1]}, ["d"], OddityKind.COMMAND, id="other options"),
        pytest.param(MODE | {"commandType": "NoParameter"}, ["d"], OddityKind.COMMAND, id="another type"),
    ],
)
def test_two_commands_of_one_code_run_only_if_they_take_the_same(
    second: object, codes: list[str], kind: OddityKind
) -> None:
    found = answers.commands(envelope({"data": [MODE, OTHER, second]}))
    assert [command.code for command in found] == codes
    assert named(found.oddities) == [(kind, "data[2].code")]


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
