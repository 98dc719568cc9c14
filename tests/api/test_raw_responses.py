"""Responses of ListDataEx: rows as they are stored, and those that cannot be used."""

from datetime import datetime
from typing import Any, Final

import pytest

from custom_components.reengen.api import raw_responses
from custom_components.reengen.api.oddities import OddityKind
from custom_components.reengen.api.raw_responses import RawRows

from .response_bodies import BERLIN, FIRST, SECOND, START, envelope, named


def raw(properties: object) -> RawRows:
    return raw_responses.raw_readings(envelope(properties, "ListDataEx"), BERLIN)


def test_raw_rows_come_in_order_of_time_with_what_they_hold() -> None:
    data = [{"date": SECOND, "value": "1.5", "index": 2}, {"date": FIRST, "original": None, "note": "swap", "new": 1}]
    found = raw({"data": data, "rowCount": 2})
    assert (found.listed, found.lacks_rows, found.rows.oddities) == (2, False, ())
    assert [(row.interval_end, row.value, row.original, row.index, row.note) for row in found.rows] == [
        (START, None, None, None, "swap"),
        (datetime(2024, 5, 2, tzinfo=BERLIN), 1.5, None, 2, None),
    ]
    assert {(row.point, row.definition, row.variant, row.type, row.unit) for row in found.rows} == {(None,) * 5}


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
