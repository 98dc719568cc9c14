"""Thousands of malformed responses of each method: nothing but the client's own errors and oddities, naming the place.

The responses have the shapes that the API document prints. Each gets one thing wrong at a time, everywhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
import json
import tracemalloc
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.reengen.api import (
    Aggregation,
    Command,
    CostGroup,
    CostSeries,
    DataValueChange,
    ImportRow,
    MeasurementSeries,
    Operation,
    ReengenAuthenticationError,
    ReengenClient,
    ReengenError,
    ReengenOutcomeUnknownError,
    ReengenRefusedError,
    ReengenResponseError,
    Resolution,
    RetryPolicy,
)
from custom_components.reengen.api.transport import AUTHENTICATE, HttpResponse
from tests.profiles import examples

from .conftest import CONNECTION_ID, ISTANBUL, PASSWORD

ENOUGH = examples(2_000, 20_000)
# An error is a sentence: what it quotes of a response is cut.
LONGEST_ERROR = 1_000
LONGEST_ODDITY = 400

START, END = datetime(2020, 1, 20, tzinfo=ISTANBUL), datetime(2020, 1, 24, tzinfo=ISTANBUL)
# The shortest window, so that a row count that is wrong is not asked for again in halves.
RAW_END = datetime(2020, 1, 20, 0, 15, tzinfo=ISTANBUL)
ENERGY = MeasurementSeries(definition="activeEnergy", variant="import", function=Aggregation.SUM, unit="kWh")
ROW = ImportRow(point="a", definition="activeEnergy", variant="import", index=1, interval_end=START, value=1.0)
CHANGE = DataValueChange(point="a", type="t", value="3", operation=Operation.CREATE)
PRESS = Command(code="c", name="C", command_type="NoParameter")

texts = st.text(max_size=4)
maybe_texts = st.none() | texts
codes = st.sampled_from(["a", "b", "xFabrikaTrafo6"])
ids = st.integers(1, 20_000)
numbers = st.none() | st.integers(-10, 10**9) | st.decimals(0, 10**6, places=2).map(str) | st.just(2318.14)
dates = st.integers(20, 23).map(lambda day: f"2020-01-{day}T00:00:00")


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(fields)


def data(row: st.SearchStrategy[Any], **beside: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return objects(data=st.lists(row, min_size=1, max_size=2), **beside)


def series(row: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rows = st.none() | st.lists(row, min_size=1, max_size=2)
    return objects(data=st.fixed_dictionaries({"0": rows, "1": rows}), start=dates, end=dates)


HIERARCHY_ROW = st.tuples(
    maybe_texts, objects(parent=maybe_texts, code=codes, name=maybe_texts, id=ids, startingDate=maybe_texts)
).map(list)
RAW_ROW = st.fixed_dictionaries(
    {
        "date": dates,
        "definition.code": texts,
        "note": maybe_texts,
        "original": numbers,
        "point.code": codes,
        "index": st.integers(1, 3),
        "type.code": texts,
        "value": numbers,
        "variant.code": texts,
        "definition.unit.code": texts,
    }
)
VALUE_ROW = objects(tenant=codes, point=codes, type=codes, value=texts)
COMMAND_ROW = objects(
    parameterType=maybe_texts,
    commandType=codes,
    code=codes,
    name=maybe_texts,
    options=st.none() | st.lists(objects(code=codes, name=maybe_texts), max_size=2),
)
NOTHING: st.SearchStrategy[Any] = st.none() | st.just({})

type Call = Callable[[ReengenClient], Awaitable[Any]]

# The shape of `properties`, and the call that gets it.
METHODS: dict[str, tuple[st.SearchStrategy[Any], Call]] = {
    "Authenticate": (objects(connectionId=st.uuids().map(str)), lambda client: client.authenticate()),
    "GetPointHierarchy": (data(HIERARCHY_ROW), lambda client: client.get_point_hierarchy()),
    "GetData": (
        series(st.tuples(dates, ids, numbers).map(list)),
        lambda client: client.get_data([ENERGY] * 2, points=["a"], start=START, end=END, resolution=Resolution.DAY),
    ),
    "GetData of costs": (
        series(st.tuples(ids, numbers).map(list) | st.tuples(dates, ids, numbers).map(list)),
        lambda client: client.get_cost(
            [CostSeries(group=CostGroup.WATER), CostSeries(group=CostGroup.GAS)], points=["a"], start=START, end=END
        ),
    ),
    "ListDataEx": (
        data(RAW_ROW, rowCount=st.integers(1, 2)),
        lambda client: client.list_data(
            points=["a"], definitions=["activeEnergy"], variants=["import"], start=START, end=RAW_END
        ),
    ),
    "ImportData": (NOTHING, lambda client: client.import_data([ROW])),
    "GetDCData": (data(VALUE_ROW), lambda client: client.get_dc_data(points=["a"], type="t")),
    "ManageDCData": (data(VALUE_ROW), lambda client: client.manage_dc_data([CHANGE])),
    "ListAvailableCommands": (data(COMMAND_ROW), lambda client: client.list_available_commands("a")),
    "ExecuteCommand": (NOTHING, lambda client: client.execute_command("a", PRESS)),
}
WRITES = {"ImportData", "ManageDCData", "ExecuteCommand"}

# What a response may hold in the place of anything else.
HOSTILE: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**30, 1e308, -0.0),
    *("", " ", "x", "12768", "0", "NaN", "1,5", "1_000", "1e999", "true", "null", "ı", "\x00", "x" * 5_000),
    *("2020-01-20T00:00:00", "2020-01-20", "2020-13-45T99:99:99", "9999-12-31T23:59:59", "0001-01-01T00:00:00Z"),
    *([], [None], [[]], [1, 2, 3, 4], {}, {"code": None, "id": None}, {"0": []}, [[["deep"]]]),
]
# Written as they stand: no Python value makes them.
RAW = ["NaN", "Infinity", "1e999", "9" * 5_000, '"\\ud800"', "[" * 5_000, '{"a":1,"a":2}', "01", "tru", ""]
MARK = '"\u2620"'


def spoilt(value: Any) -> Iterator[Any]:
    """Yield the value with one thing wrong, for every place in it; the caller encodes it before the next."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        right = value[key]
        for wrong in (*HOSTILE, [right], {"0": right}, "\u2620"):
            value[key] = wrong
            yield value
        value[key] = right
        if isinstance(right, list | dict):
            for _ in spoilt(right):
                yield value
        without = dict(value) if isinstance(value, dict) else list(value)
        del value[key]
        yield value
        value.clear()
        (value.update if isinstance(value, dict) else value.extend)(without)
        if isinstance(value, list):
            value.insert(key, right)
            yield value
            del value[key]


def bodies(envelope: dict[str, Any], extra: list[Any]) -> Iterator[bytes]:
    """Yield the malformed forms of one response, as bytes."""
    for each in spoilt(envelope):
        text = json.dumps(each, ensure_ascii=False)
        if MARK in text:
            yield from (text.replace(MARK, raw, 1).encode() for raw in RAW)
        else:
            yield text.encode()
    whole = json.dumps(envelope).encode()
    yield from (whole[:end] for end in range(0, len(whole), 1 + len(whole) // 40))
    yield from (json.dumps(each).encode() for each in (*extra, *HOSTILE))


def assert_located(error: ReengenError, method: str) -> None:
    """Assert that the error is a sentence that names method and place, and quotes little."""
    assert method not in WRITES or isinstance(error, ReengenOutcomeUnknownError | ReengenRefusedError)
    if isinstance(error, ReengenOutcomeUnknownError):
        assert error.__cause__ is not None
        assert str(error.__cause__) in str(error)
        error = error.__cause__ if isinstance(error.__cause__, ReengenError) else error
    assert isinstance(error, ReengenResponseError | ReengenRefusedError), repr(error)
    assert len(str(error)) < LONGEST_ERROR
    assert error.method == method
    # A connection id of one letter is hidden in every text that has the letter.
    if isinstance(error, ReengenResponseError) and "**" not in str(error):
        elsewhere = (f"{method}: the response lacks properties.data", "The platform gave a connection id that")
        assert str(error).startswith((f"{method}: {error.where}", *elsewhere))


def assert_told(response: Any, method: str) -> None:
    """Assert that what is odd in a response is told in sentences that quote little."""
    for oddity in getattr(response, "oddities", ()):
        assert oddity.method == method
        assert oddity.where.startswith(("data", "start", "end", "rowCount"))
        assert len(str(oddity)) < LONGEST_ODDITY


async def attempt(method: str, content: list[bytes]) -> int:
    """Get each response once and return how many were refused."""
    login = json.dumps({"succeeded": True, "properties": {"connectionId": CONNECTION_ID}}).encode()
    api_method, _, _ = method.partition(" ")
    # What is asked after a write that was refused in words that nobody knows.
    tree = json.dumps({"succeeded": True, "properties": {"points": []}}).encode()
    responses = {AUTHENTICATE: login, "GetPointHierarchy": tree}

    async def post(query: Any, **_: Any) -> HttpResponse:
        return HttpResponse(status=200, content_type="", location="", retry_after=None, body=responses[query["$"]])

    refused = 0
    for body in content:
        responses[api_method] = body
        client = ReengenClient(
            None,  # type: ignore[arg-type]
            url="http://127.0.0.1:1/",
            tenant="xyz",
            username="demo",
            password=PASSWORD,
            time_zone=ISTANBUL,
            retry=RetryPolicy(attempts=1),
        )
        with patch.object(client._session.exchange.transport, "post", post):
            try:
                assert_told(await METHODS[method][1](client), api_method)
            except ReengenAuthenticationError:
                refused += 1
            except ReengenError as error:
                assert_located(error, api_method)
                refused += 1
    return refused


@pytest.mark.parametrize("method", METHODS)
def test_malformed_responses_are_read_or_refused(method: str) -> None:
    """Refused is what is cut short, or wrong as a whole."""
    given_responses = refused = 0

    @settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(METHODS[method][0], st.lists(st.recursive(texts | st.integers(), st.lists), max_size=3))
    def attempts(properties: Any, extra: list[Any]) -> None:
        nonlocal given_responses, refused
        envelope = {"properties": properties, "succeeded": True, "message": None, "statistics": {}}
        content = list(bodies(envelope, extra))
        given_responses += len(content)
        refused += asyncio.run(attempt(method, content))

    while given_responses < ENOUGH:
        attempts()
    assert 0 < refused < given_responses


GIANTS = {
    "deep": b"[" * 1_000_000,
    "long number": b'{"succeeded": true, "properties": {"data": [' + b"9" * 1_000_000 + b"]}}",
    "long text": b'{"succeeded": true, "properties": {"data": "' + b"x" * 1_000_000 + b'"}}',
    "long key": b'{"succeeded": true, "properties": {"data": {"' + b"x" * 1_000_000 + b'": null}}}',
    "many nulls": b'{"succeeded": true, "properties": {"data": [null' + b",null" * 50_000 + b"]}}",
    "many keys": json.dumps(
        {"succeeded": True, "properties": {"data": {str(key): [] for key in range(20_000)}}}
    ).encode(),
    "long message": b'{"succeeded": false, "message": "' + b"x" * 1_000_000 + b'"}',
}


@pytest.mark.parametrize("method", ["GetPointHierarchy", "GetData", "ListDataEx", "GetDCData", "ExecuteCommand"])
@pytest.mark.parametrize("giant", GIANTS)
def test_a_giant_takes_memory_in_proportion(giant: str, method: str) -> None:
    """What comes off the socket is bounded (tests of the transport); what is made of it must stay in proportion."""
    tracemalloc.start()
    try:
        asyncio.run(attempt(method, [GIANTS[giant]]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30 * len(GIANTS[giant])
