"""Every request that the API document prints is accepted, and its response has the printed shape."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
import json
import re
from typing import Any

import pytest

from simulator import Simulator, WorldOptions

from . import printed
from .helpers import Client


@pytest.fixture
async def simulator(request: pytest.FixtureRequest) -> AsyncGenerator[Simulator]:
    """Return a world that has readings at the time of the example; `start` and `now` are ISO texts."""
    start, now = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in request.param)
    async with await Simulator.start(WorldOptions(start=start), now=now) as running:
        yield running


JANUARY_2020 = ("2020-01-19", "2020-01-24T06:00:00")
MARCH_2020 = ("2020-02-29", "2020-04-01T06:00:00")
WINTER_2021 = ("2021-02-24", "2021-02-26T06:00:00")
DECEMBER_2020 = ("2020-12-23", "2020-12-24")


def _decoded(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("simulator", [DECEMBER_2020], indirect=True)
async def test_authenticate(stranger: Client) -> None:
    outcome = await stranger.send(printed.AUTHENTICATE, headers={"Content-Type": "application/json"})
    assert outcome.status == 200
    assert outcome.content_type == "application/json"
    assert printed.shape(outcome.json) == printed.shape(_decoded(printed.AUTHENTICATED))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", outcome.json["properties"]["connectionId"])


@pytest.mark.parametrize("simulator", [DECEMBER_2020], indirect=True)
async def test_get_point_hierarchy(client: Client) -> None:
    response = (await client.send(printed.HIERARCHY)).json
    root, *points = _decoded(printed.HIERARCHY_ENTRIES)
    entries = response["properties"]["data"]
    assert entries[0] == root
    assert list(entries[0][1]) == list(root[1])
    for point in points:
        assert point in entries
        assert list(entries[entries.index(point)][1]) == list(point[1])
    assert {key: response[key] for key in response if key != "properties"} == {
        "succeeded": True,
        "message": None,
        "statistics": {},
    }


@pytest.mark.parametrize("simulator", [JANUARY_2020], indirect=True)
async def test_get_measurement_data(client: Client) -> None:
    outcome = await client.send(printed.GET_DATA)
    expected = _decoded(printed.GOT_DATA)
    assert printed.shape(outcome.json) == printed.shape(expected)
    got = outcome.json["properties"]
    assert {key: [row[:2] for row in rows] for key, rows in got["data"].items()} == {
        key: [row[:2] for row in rows] for key, rows in expected["properties"]["data"].items()
    }
    assert (got["start"], got["end"]) == ("2020-01-20T00:00:00", "2020-01-23T23:59:59")
    values = re.findall(rb"12768,([0-9.]+)\]", outcome.raw)
    assert len(values) == 8
    assert all(re.fullmatch(rb"\d+\.\d\d", value) for value in values), "two decimals are written, trailing zeros too"


@pytest.mark.parametrize("simulator", [MARCH_2020], indirect=True)
async def test_get_cost_data(client: Client) -> None:
    response = (await client.send(printed.GET_COST)).json
    expected = _decoded(printed.GOT_COST)
    assert printed.shape(response) == printed.shape(expected)
    assert {row[0] for row in expected["properties"]["data"]["0"]} <= {
        row[0] for row in response["properties"]["data"]["0"]
    }


@pytest.mark.parametrize("simulator", [WINTER_2021], indirect=True)
async def test_list_data_ex(client: Client) -> None:
    outcome = await client.send(printed.LIST_DATA)
    response = outcome.json
    assert printed.shape(response) == printed.shape(_decoded(printed.LISTED_DATA))
    rows = response["properties"]["data"]
    assert response["properties"]["rowCount"] == len(rows)
    assert {row["variant.code"] for row in rows} == {"import", "export"}
    assert re.search(rb'"original":\d+\.\d\d,', outcome.raw)
    imported = [row for row in rows if row["variant.code"] == "import"]
    assert imported[0]["date"] == "2021-02-25T00:04:59"
    assert all(row["date"].endswith(("4:59", "9:59")) for row in imported)
    for before, row in pairwise(imported):
        assert row["value"] == row["original"] - before["original"]


@pytest.mark.parametrize("simulator", [DECEMBER_2020], indirect=True)
async def test_import_data(client: Client) -> None:
    assert (await client.send(printed.IMPORT_DATA)).json == _decoded(printed.IMPORTED_DATA)
    stored = client.simulator.database.execute(
        "SELECT r.end_utc, r.value, r.original FROM reading r JOIN point p ON p.id = r.point_id WHERE p.code = 'reengenPoint'"
    ).fetchall()
    assert stored == [(datetime(2020, 12, 23, 7, 16, 26, tzinfo=UTC).timestamp(), 121.0, None)]
    assert [write.operation for write in client.simulator.writes] == ["C", "C", "D"]


@pytest.mark.parametrize("simulator", [DECEMBER_2020], indirect=True)
@pytest.mark.parametrize(
    ("request_text", "response_text"),
    [
        pytest.param(printed.GET_DC_DATA, printed.DC_DATA, id="GetDCData"),
        pytest.param(printed.MANAGE_DC_DATA, printed.DC_DATA, id="ManageDCData"),
        pytest.param(printed.LIST_COMMANDS, printed.LISTED_COMMANDS, id="ListAvailableCommands"),
        pytest.param(printed.EXECUTE, printed.EXECUTED, id="ExecuteCommand"),
    ],
)
async def test_responses_that_are_printed_whole(client: Client, request_text: str, response_text: str) -> None:
    response = (await client.send(request_text)).json
    assert response == _decoded(response_text)
    assert json.dumps(response) == json.dumps(json.loads(response_text)), "keys stand in the printed order"


@pytest.mark.parametrize("simulator", [DECEMBER_2020], indirect=True)
async def test_execute_command_error_response(client: Client) -> None:
    client.simulator.fail_next("connect_timed_out")
    assert (await client.send(printed.EXECUTE)).json == _decoded(printed.NOT_EXECUTED)
    assert client.simulator.executions == []


def test_shape_tells_differences() -> None:
    one = printed.shape({"a": [[1, "x"]], "b": None})
    assert one == printed.shape({"a": [[2, "y"], [3, "z"]], "b": None})
    assert one != printed.shape({"b": None, "a": [[1, "x"]]})
    assert one != printed.shape({"a": [[1, 2]], "b": None})
