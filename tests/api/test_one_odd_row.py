"""One odd thing in a response that lists rows, points or commands: all others are read as without it."""

from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import OddityKind, raw_responses, responses
from custom_components.reengen.api.envelope import Envelope, parse_envelope
from custom_components.reengen.api.models import RawReading
from custom_components.reengen.api.raw_responses import RawRows

from .odd_things import (
    PROPERTY,
    codes,
    encoded,
    enveloped,
    is_id,
    is_text,
    lost,
    names,
    number,
    numbers,
    read_odd,
    stamps,
    untouched,
)
from .response_bodies import BERLIN

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
    def decode(envelope: Envelope) -> RawRows:
        return raw_responses.raw_readings(envelope, BERLIN)

    def alone(row: Any) -> Any:
        (reading,) = decode(parse_envelope(encoded(enveloped({"data": [row], "rowCount": 1})), "")).rows
        return reading

    response, seen = read_odd(data, enveloped({"data": right, "rowCount": len(right)}), decode)
    if response is None:
        return
    rows = seen["data"]
    whole = untouched(rows, right)
    found = Counter(response.rows)
    assert Counter(map(alone, whole)) <= found
    # What is neither read as it was nor left out has changed in that place alone, and holds nothing of its own.
    for reading in found - Counter(map(alone, whole)):
        assert any(holds(row, reading) for row in rows)
    left_out = (OddityKind.ROW_SHAPE, OddityKind.STAMP, OddityKind.VALUE, OddityKind.POINT_ID)
    assert response.listed == len(rows) == len(response.rows) + lost(response.rows.oddities, *left_out)


def holds(row: Any, reading: RawReading) -> bool:
    """Tell whether a raw row is what a reading was read from."""
    if not isinstance(row, dict) or stamps.read(row.get("date")) != reading.interval_end:
        return False
    told = {"value": reading.value, "original": reading.original}
    named = {"point.code": reading.point, "definition.code": reading.definition, "definition.unit.code": reading.unit}
    return all(number(row.get(key)) == value for key, value in told.items()) and all(
        readable(row.get(key)) == value for key, value in named.items()
    )


def readable(value: Any) -> Any:
    """Return a text with the replacement character in place of each half of a character."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value


value_rows = st.lists(
    st.fixed_dictionaries(
        {"tenant": st.just("xyz"), "point": codes | codes.map(lambda code: [code]), "type": codes, "value": st.text()}
    ),
    max_size=4,
)


@pytest.mark.parametrize("decode", [responses.data_values, responses.changed_data_values])
@PROPERTY
@given(right=value_rows, data=st.data())
def test_data_values(decode: Callable[[Envelope], Any], right: list[Any], data: st.DataObject) -> None:
    response, seen = read_odd(data, enveloped({"data": right}), decode)
    if response is None:
        return
    data_of = seen.get("data") if isinstance(seen, dict) else None
    rows = data_of if isinstance(data_of, list) else []
    read = Counter((each.tenant, each.point, each.type, each.value) for each in response)
    told = Counter(
        (row["tenant"], point_of(row), row["type"], row["value"])
        for row in rows
        if isinstance(row, dict) and all(map(is_text, [row.get(key) for key in ("tenant", "type", "value")]))
    )
    assert read <= told
    assert len(response) >= len(untouched(rows, right))
    assert len(response) + lost(response.oddities, OddityKind.DATA_VALUE) >= len(rows)


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
    before = {each.code: each for each in responses.commands(parse_envelope(encoded(enveloped({"data": right})), ""))}
    assert before.keys() == {row["code"] for row in right}
    response, seen = read_odd(data, enveloped({"data": right}), responses.commands)
    if response is None:
        return
    rows = [row if isinstance(row, dict) else {} for row in seen["data"]]
    claims = Counter(row.get("code") for row in rows if isinstance(row.get("code"), str))
    found = {each.code: each for each in response}
    assert len(found) == len(response)
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
        assert lost(response.oddities, OddityKind.COMMAND_OPTION, OddityKind.SAME_VALUE_TWICE) >= lacking
    assert len(found) == len(rows) or response.oddities


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
    before = responses.point_hierarchy(parse_envelope(encoded(enveloped({"data": right})), ""))
    assert [point.code for point in before.points] == [row[1]["code"] for row in right[1:]]
    response, seen = read_odd(data, enveloped({"data": right}), responses.point_hierarchy)
    if response is None:
        return
    told = [row[1] for row in seen["data"] if isinstance(row, list) and len(row) == 2 and isinstance(row[1], dict)]
    ids = Counter(int(item["id"]) for item in told if is_id(item.get("id")))
    of_code = Counter(item["code"] for item in told if isinstance(item.get("code"), str))
    items = [row[1] for row in untouched(seen["data"], right[1:])]
    whole = {item["code"] for item in items if ids[item["id"]] == of_code[item["code"]] == 1}
    for code in whole:
        point = before.by_code(code)
        assert point is not None
        assert response.by_code(code) == response.by_id(point.id) == point
        above = before.parent(point)
        if above is not None and {above.code, *(each.code for each in before.ancestors(above))} <= whole:
            assert response.parent(point) == above
    for point in response.points:
        assert any(
            item.get("code") == point.code and str(item.get("id")).lstrip("0") == str(point.id).lstrip("0")
            for item in told
        )
    left_out = (OddityKind.POINT, OddityKind.POINT_TWICE, OddityKind.SAME_VALUE_TWICE)
    assert len(seen["data"]) - len(response.points) - lost(response.oddities, *left_out) in {0, 1}
