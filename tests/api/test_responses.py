"""Responses with points, raw rows, values and commands; and responses that are broken anywhere."""

from collections.abc import Callable
from contextlib import suppress
import json
from pathlib import Path
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import cost_responses, raw_responses, responses, series_responses
from custom_components.reengen.api.envelope import Envelope, parse_envelope
from custom_components.reengen.api.errors import ReengenRefusedError, ReengenResponseError
from custom_components.reengen.api.models import Point
from custom_components.reengen.api.oddities import OddityKind
from custom_components.reengen.api.point_tree import PointTree

from .odd_things import PROPERTY, encoded, read_odd, with_one_odd_thing
from .response_bodies import BERLIN, context, envelope

DECODERS: dict[str, Callable[[Envelope], object]] = {
    "GetPointHierarchy": responses.point_hierarchy,
    "GetData": lambda response: series_responses.measurements(response, context()),
    "GetData of costs": lambda response: cost_responses.costs(response, context(resolution=None)),
    "ListDataEx": lambda response: raw_responses.raw_readings(response, BERLIN),
    "GetDCData": responses.data_values,
    "ListAvailableCommands": responses.commands,
}


@pytest.mark.parametrize("properties", [None, {}, {"data": None}], ids=["null", "empty", "null data"])
@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_a_response_without_data_is_not_an_empty_one(decoder: Callable[[Envelope], object], properties: object) -> None:
    with pytest.raises(ReengenResponseError, match=r"the response lacks properties\.data"):
        decoder(envelope(properties))


def hierarchy(*entries: object) -> tuple[Point, ...]:
    return tree_of(*entries).points


def tree_of(*entries: object) -> PointTree:
    return responses.point_hierarchy(envelope({"data": list(entries)}, "GetPointHierarchy"))


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


PRINTED = {
    path.stem.removesuffix("_response"): json.loads(path.read_bytes())
    for path in (Path(__file__).parent.parent / "fixtures" / "document").glob("*_response.json")
}
PRINTED_DECODERS: dict[str, Callable[[Envelope], object]] = {
    "get_point_hierarchy": responses.point_hierarchy,
    "get_data": lambda response: series_responses.measurements(response, context(series_count=2)),
    "get_cost": lambda response: cost_responses.costs(response, context(resolution=None)),
    "list_data": lambda response: raw_responses.raw_readings(response, BERLIN),
    "get_dc_data": responses.data_values,
    "manage_dc_data": responses.data_values,
    "list_available_commands": responses.commands,
}


@PROPERTY
@given(st.sampled_from(sorted(PRINTED_DECODERS)), st.data())
def test_printed_responses_with_one_odd_thing_are_read(name: str, data: st.DataObject) -> None:
    """But where nothing of them is understood: no error is raised for a part of a response."""
    read_odd(data, PRINTED[name], PRINTED_DECODERS[name])


@PROPERTY
@given(st.sampled_from(["authenticate", *PRINTED_DECODERS]), st.data())
def test_responses_with_many_odd_things_are_read_or_refused(name: str, data: st.DataObject) -> None:
    """Whatever is wrong in a response, nothing but the two documented errors comes out."""
    response = PRINTED[name]
    for _ in range(data.draw(st.integers(1, 4))):
        response, _ = data.draw(with_one_odd_thing(response))
    with suppress(ReengenResponseError, ReengenRefusedError):
        decode = PRINTED_DECODERS.get(name, responses.connection_id)
        decode(parse_envelope(encoded(response), name))
