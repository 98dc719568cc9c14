"""Answers are read as the standard library reads them, row by row where they hold rows."""

from datetime import UTC, datetime, timedelta
import gc
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import Resolution, answers
from custom_components.reengen.api.json_values import NotJsonError, Rows, read_json

from .answer_bodies import body

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)
indents = st.sampled_from([None, 0, 3, "\t"])

START = datetime(2024, 1, 1, tzinfo=UTC)
# As many rows as the client lets an answer have: those of 40 points for ten days and ten hours.
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
    with pytest.raises(NotJsonError, match=r"^the answer is not JSON \("):
        read_json(text[: data.draw(st.integers(0, len(text) - 1))])


def test_ten_thousand_rows_are_no_objects_for_the_collector() -> None:
    stamps = [(START + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S") for hour in range(HOURS)]
    rows = [[stamp, point, hour + point / 8] for hour, stamp in enumerate(stamps) for point in range(1, POINTS + 1)]
    answer = body({"data": {"0": rows}})
    query = answers.QueryContext(
        series_count=1, start=START, end=START + timedelta(hours=HOURS), zone=UTC, resolution=Resolution.HOUR
    )
    gc.collect()
    gc.disable()
    try:
        before = gc.get_count()[0]
        (series,) = answers.measurements(answers.parse_envelope(answer, "GetData"), query).series
        objects = gc.get_count()[0] - before
    finally:
        gc.enable()
    assert series is not None
    assert len(series) == POINTS * HOURS
    # Some for each stamp and each point, none for each row.
    assert objects < POINTS * HOURS / 10
