"""Responses are read as the standard library reads them; what is odd stays in place."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
import gc
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import MeasurementResponse, Resolution, series_responses
from custom_components.reengen.api.data_series import QueryContext
from custom_components.reengen.api.envelope import parse_envelope
from custom_components.reengen.api.json_values import NotJsonError, garbage_collection_waits, read_json, shown

from .response_bodies import body

# Whole numbers beyond 64 bits are floats to the parser, and no id or value that is believed.
integers = st.integers(-(2**63), 2**64 - 1)
values = st.recursive(
    st.none() | st.booleans() | integers | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)
indents = st.sampled_from([None, 0, 3, "\t"])

START = datetime(2024, 1, 1, tzinfo=UTC)
# As many rows as the client lets a response have: those of 40 points for ten days and ten hours.
POINTS, HOURS = 40, 250


@given(value=values, indent=indents, ascii_alone=st.booleans())
def test_any_json_is_what_the_standard_library_makes_of_it(value: Any, indent: Any, ascii_alone: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_alone)
    encoded = text.encode(errors="surrogatepass")
    assert read_json(encoded) == json.loads(encoded.decode(errors="replace"))


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
    read = read_json((frame % text).encode())
    assert json.dumps(read) == json.dumps(json.loads(frame % "0")).replace("0", json.dumps(float(value)))


@given(text=st.text(st.characters(codec=None)), quoted=st.booleans())
def test_halves_of_characters_are_replaced(text: str, quoted: bool) -> None:
    r"""Written as \ud83d, which a text may also say without meaning it."""
    value = json.dumps(text) if quoted else text
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert read_json(json.dumps([[value]]).encode()) == [[whole]]


def test_bytes_that_are_no_text_are_replaced() -> None:
    body = '["Şişli", "İzmir"]'.encode("iso-8859-9") + b" "
    assert read_json(body) == ["\ufffdi\ufffdli", "\ufffdzmir"]


def test_a_line_break_within_a_text_is_one() -> None:
    assert read_json(b'{"a": "one\ntwo\t\x00"}') == {"a": "one\ntwo\t\x00"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": 1}, "an object", id="object"),
        pytest.param([1, 2, 3, 4, 5], "[1, 2, 3, 4, ...]", id="array"),
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
    for value in (deep, [deep] * 4, 10**5_000, [10**5_000]):
        assert len(shown(value)) < 150


def test_a_response_of_ten_thousand_rows_starts_no_garbage_collection() -> None:
    stamps = [(START + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S") for hour in range(HOURS)]
    rows = [[stamp, point, hour + point / 8] for hour, stamp in enumerate(stamps) for point in range(1, POINTS + 1)]
    response = body({"data": {"0": rows}})
    query = QueryContext(
        series_count=1, start=START, end=START + timedelta(hours=HOURS), zone=UTC, resolution=Resolution.HOUR
    )
    collections: list[str] = []

    def note(phase: str, _: dict[str, int]) -> None:
        collections.append(phase)

    @garbage_collection_waits()
    def decode() -> MeasurementResponse:
        return series_responses.measurements(parse_envelope(response, "GetData"), query)

    gc.collect()
    gc.callbacks.append(note)
    try:
        (series,) = decode().series
        found = list(collections)
    finally:
        gc.callbacks.remove(note)
    assert series is not None
    assert len(series) == POINTS * HOURS
    assert found == []


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_afterwards_as_it_was(is_enabled: bool) -> None:
    try:
        if not is_enabled:
            gc.disable()
        with suppress(NotJsonError), garbage_collection_waits():
            assert not gc.isenabled()
            read_json(b"{")
        assert gc.isenabled() is is_enabled
    finally:
        gc.enable()
