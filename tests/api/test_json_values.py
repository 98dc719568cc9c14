"""Responses are read as the standard library reads them, row by row where they hold rows; what is odd stays in place."""

from datetime import UTC, datetime, timedelta
import gc
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import Resolution, responses
from custom_components.reengen.api.json_values import NotJsonError, Rows, TwoValues, read_json, shown

from .response_bodies import body

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)
indents = st.sampled_from([None, 0, 3, "\t"])

START = datetime(2024, 1, 1, tzinfo=UTC)
# As many rows as the client lets a response have: those of 40 points for ten days and ten hours.
POINTS, HOURS = 40, 250


def plain(value: Any) -> Any:
    """Return a value with all its rows made."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    return [plain(element) for element in value] if isinstance(value, list | Rows) else value


@given(value=values, indent=indents, ascii_alone=st.booleans())
def test_any_json_is_what_the_standard_library_makes_of_it(value: Any, indent: Any, ascii_alone: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_alone)
    encoded = text.encode(errors="surrogatepass")
    assert plain(read_json(encoded)) == json.loads(encoded.decode(errors="replace"))


@given(rows=st.lists(st.lists(values, max_size=3), min_size=1, max_size=5), data=st.data())
def test_rows_are_a_sequence_of_lists(rows: list[list[Any]], data: st.DataObject) -> None:
    found = read_json(json.dumps(rows, ensure_ascii=True).encode())
    assert isinstance(found, Rows)
    index = data.draw(st.integers(-len(rows), len(rows) - 1))
    part = data.draw(st.slices(len(rows)))
    assert (len(found), plain(found[index]), plain(found[part])) == (len(rows), rows[index], rows[part])
    with pytest.raises(IndexError):
        found[len(rows)]


@given(rows=st.lists(st.lists(values, max_size=3), min_size=1, max_size=3), data=st.data())
def test_what_is_cut_short_is_no_json(rows: list[list[Any]], data: st.DataObject) -> None:
    text = json.dumps({"0": rows}).encode()
    with pytest.raises(NotJsonError, match=r"^the response is not JSON \("):
        read_json(text[: data.draw(st.integers(0, len(text) - 1))])


# What no reader takes stays where it is, and everything beside it can be read.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("NaN", "nan", id="NaN"),
        pytest.param("-Infinity", "-inf", id="infinity"),
        pytest.param("1e400", "inf", id="beyond floats"),
        pytest.param("9" * 5_000, "inf", id="five thousand digits"),
    ],
)
@pytest.mark.parametrize("frame", ["[%s, 1]", "[[%s, 1]]", '{"a": [[2, %s], [1, 2]]}', '{"a": %s, "b": 1}'])
def test_what_is_no_number_is_one_number_that_nobody_takes(frame: str, text: str, value: str) -> None:
    read = plain(read_json((frame % text).encode()))
    assert json.dumps(read) == json.dumps(json.loads(frame % "0")).replace("0", json.dumps(float(value)))


@pytest.mark.parametrize("frame", ["%s", "[%s, 1]", '{"c": [[%s], [1]]}'])
def test_of_a_key_with_two_values_neither_is_read(frame: str) -> None:
    twice, once = '{"a": 1, "b": 2, "a": true}', '{"b": 2, "a": null}'
    read = repr(plain(read_json((frame % twice).encode())))
    two = {"a": TwoValues(1, True), "b": 2}  # noqa: FBT003
    assert read == repr(json.loads(frame % once)).replace(repr(json.loads(once)), repr(two))


@pytest.mark.parametrize("value", ["1", "null", '"x"', "[]", "[[1, 2], [3]]", '{"b": [1]}'])
def test_a_key_with_one_value_twice_has_it(value: str) -> None:
    read = read_json(f'{{"a": {value}, "b": 2, "a": {value}}}'.encode())
    assert plain(read) == {"a": json.loads(value), "b": 2}


def test_rows_that_come_twice_are_compared() -> None:
    read = read_json(b'{"a": [[1], [2]], "a": [[1], [3]]}')
    assert isinstance(read["a"], TwoValues)


@given(text=st.text(st.characters(codec=None)), quoted=st.booleans())
def test_halves_of_characters_are_replaced(text: str, quoted: bool) -> None:
    r"""Written as \ud83d, which a text may also say without meaning it."""
    value = json.dumps(text) if quoted else text
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert read_json(json.dumps([[value]]).encode())[0] == [whole]


def test_bytes_that_are_no_text_are_replaced() -> None:
    body = '["Şişli", "İzmir"]'.encode("iso-8859-9") + b" "
    assert read_json(body) == ["\ufffdi\ufffdli", "\ufffdzmir"]


def test_a_line_break_within_a_text_is_one() -> None:
    assert read_json(b'{"a": "one\ntwo\t\x00"}') == {"a": "one\ntwo\t\x00"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": 1}, "an object", id="object"),
        pytest.param(TwoValues(1, [2]), "one key with 1 and [2]", id="two values"),
        pytest.param([1, 2, 3, 4, 5], "[1, 2, 3, 4]", id="array"),
        pytest.param("x" * 100, "'" + "x" * 26 + "..." + "x" * 28 + "...", id="text"),
    ],
)
def test_what_is_shown_of_a_value(value: object, text: str) -> None:
    assert shown(value)[:20] == text[:20]
    assert len(shown(value)) <= 61


def test_what_is_shown_is_short_whatever_it_is() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, [deep] * 4, 10**5_000, [10**5_000], TwoValues(deep, deep)):
        assert len(shown(value)) < 150


def test_ten_thousand_rows_are_no_objects_for_the_collector() -> None:
    stamps = [(START + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S") for hour in range(HOURS)]
    rows = [[stamp, point, hour + point / 8] for hour, stamp in enumerate(stamps) for point in range(1, POINTS + 1)]
    response = body({"data": {"0": rows}})
    query = responses.QueryContext(
        series_count=1, start=START, end=START + timedelta(hours=HOURS), zone=UTC, resolution=Resolution.HOUR
    )
    gc.collect()
    gc.disable()
    try:
        before = gc.get_count()[0]
        (series,) = responses.measurements(responses.parse_envelope(response, "GetData"), query).series
        objects = gc.get_count()[0] - before
    finally:
        gc.enable()
    assert series is not None
    assert len(series) == POINTS * HOURS
    # Some for each stamp and each point, none for each row.
    assert objects < POINTS * HOURS / 10
