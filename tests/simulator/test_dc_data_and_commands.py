"""The Data Science table and the remote commands."""

from datetime import timedelta
from typing import Any

import pytest

from .helpers import Client, question, series


def dc_row(operation: str, **changed: Any) -> dict[str, Any]:
    return {"point": "xFabrikaDepo", "type": "limit", "tenant": "xyz", "value": "007", "#": operation, **changed}


async def read(client: Client, kind: str = "limit") -> list[dict[str, Any]]:
    properties = {"point": ["xFabrikaDepo", "xyzBesiktas"], "type": kind, "tenant": "xyz"}
    rows: list[dict[str, Any]] = (await client.post("GetDCData", properties)).json["properties"]["data"]
    return rows


async def test_values_are_texts_and_go_through_their_life(client: Client) -> None:
    assert await read(client) == []
    for operation, value, after in (("C", "007", ["007"]), ("CU", "8", ["8"]), ("U", "9.0", ["9.0"]), ("D", "9.0", [])):
        response = (await client.post("ManageDCData", {"data": [dc_row(operation, value=value)]})).json
        assert response["properties"]["data"] == [
            {"tenant": "xyz", "point": "xFabrikaDepo", "type": "limit", "value": value}
        ]
        assert [row["value"] for row in await read(client)] == after
    assert [write.operation for write in client.simulator.writes] == ["C", "CU", "U", "D"]


async def test_point_may_be_an_array_of_one(client: Client) -> None:
    response = (await client.post("ManageDCData", {"data": [dc_row("C", point=["xFabrikaDepo"])]})).json
    assert response["properties"]["data"][0]["point"] == "xFabrikaDepo"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param([dc_row("U")], "There is no value", id="update nothing"),
        pytest.param([dc_row("D")], "There is no value", id="delete nothing"),
        pytest.param([dc_row("C"), dc_row("C")], "already a value", id="create twice"),
        pytest.param([dc_row("C"), dc_row("C", value=7)], "'value' must be a text", id="number"),
        pytest.param([dc_row("C", tenant="abc")], "not the tenant of this connection", id="other tenant"),
        pytest.param([dc_row("C", point="xNowhere")], "Unknown point", id="point"),
        pytest.param([dc_row("X")], "Unknown #", id="operation"),
    ],
)
async def test_refused_rows_change_nothing(client: Client, rows: list[dict[str, Any]], words: str) -> None:
    response = (await client.post("ManageDCData", {"data": rows})).json
    assert response["succeeded"] is False
    assert words in response["message"]
    assert await read(client) == []
    assert client.simulator.writes == []


async def execute(client: Client, point: str | int, command: str, **parameter: Any) -> Any:
    return (await client.post("ExecuteCommand", {"point": point, "command": command, **parameter})).json


@pytest.mark.parametrize(
    ("point", "command", "parameter"),
    [
        pytest.param("xFabrikaTrafo6", "lights-on-off", {"parameter": False}, id="boolean"),
        pytest.param(12768, "lights-on-off", {"parameter": True}, id="by id"),
        pytest.param("xFabrikaTrafo6", "generator-mode-set", {"parameter": "auto"}, id="option"),
        pytest.param("xyzBesiktas", "hvac-mode-set", {"parameter": "eco"}, id="MultiParameter"),
        pytest.param("xyzBesiktas", "generator-test", {}, id="no parameter"),
        pytest.param("xyzBesiktas", "generator-test", {"parameter": None}, id="null for no parameter"),
        pytest.param("xFabrikaDepo", "set-point-temperature", {"parameter": 21.5}, id="double"),
        pytest.param("xFabrikaDepo", "set-point-temperature", {"parameter": 21}, id="double without fraction"),
        pytest.param("xFabrikademoAtolye", "fan-speed-set", {"parameter": 3}, id="integer"),
        pytest.param("xFabrikademoAtolye", "display-text", {"parameter": "Hoş geldiniz"}, id="string"),
        pytest.param("xFabrikaSogutma", "schedule-upload", {"parameter": {"mon": []}}, id="unknown type"),
    ],
)
async def test_a_command_runs_once(client: Client, point: str | int, command: str, parameter: dict[str, Any]) -> None:
    assert await execute(client, point, command, **parameter) == {"properties": {}, "succeeded": True, "statistics": {}}
    (executed,) = client.simulator.executions
    code = "xFabrikaTrafo6" if point == 12768 else point
    assert (executed.point_code, executed.command, executed.parameter) == (code, command, parameter.get("parameter"))
    assert executed.at == client.simulator.clock.now()


@pytest.mark.parametrize(
    ("point", "command", "parameter"),
    [
        pytest.param("xFabrikaTrafo6", "lights-on-off", {"parameter": "true"}, id="text for boolean"),
        pytest.param("xFabrikaTrafo6", "lights-on-off", {"parameter": 1}, id="number for boolean"),
        pytest.param("xFabrikaTrafo6", "lights-on-off", {}, id="nothing for boolean"),
        pytest.param("xFabrikaTrafo6", "generator-mode-set", {"parameter": "On"}, id="name for code"),
        pytest.param("xFabrikaDepo", "set-point-temperature", {"parameter": "21"}, id="text for double"),
        pytest.param("xFabrikaDepo", "set-point-temperature", {"parameter": True}, id="bool for double"),
        pytest.param("xFabrikademoAtolye", "fan-speed-set", {"parameter": 2.5}, id="fraction for integer"),
        pytest.param("xFabrikademoAtolye", "display-text", {"parameter": 5}, id="number for string"),
        pytest.param("xyzBesiktas", "generator-test", {"parameter": True}, id="parameter for none"),
        pytest.param("xFabrikaTrafo6", "generator-test", {}, id="command of another point"),
        pytest.param("12768", "lights-on-off", {"parameter": True}, id="id as text is a code"),
        pytest.param(["xFabrikaTrafo6"], "lights-on-off", {"parameter": True}, id="array of points"),
        pytest.param(1, "lights-on-off", {"parameter": True}, id="unknown id"),
    ],
)
async def test_a_refused_command_does_not_run(
    client: Client, point: Any, command: str, parameter: dict[str, Any]
) -> None:
    response = await execute(client, point, command, **parameter)
    assert response["succeeded"] is False
    assert response["properties"] == {}
    assert client.simulator.executions == []


async def test_every_command_type_is_somewhere(client: Client) -> None:
    points = client.simulator.database.execute("SELECT id FROM point").fetchall()
    described = [
        command
        for (point,) in points
        for command in (await client.post("ListAvailableCommands", {"point": point})).json["properties"]["data"]
    ]
    assert {command["commandType"] for command in described} == {
        "NoParameter",
        "SingleParameter",
        "MultiOption",
        "MultiParameter",
        "Schedule",
    }
    assert {command.get("parameterType") for command in described} == {None, "boolean", "double", "integer", "string"}
    assert all(("options" in command) == command["commandType"].startswith("Multi") for command in described)


async def test_lights_off_lowers_the_load_from_then_on(client: Client) -> None:
    simulator = client.simulator
    asked = question("2026-03-10T14:00:00", "2026-03-10T16:59:59", series(), resolution="fifteenmin")
    before = (await client.post("GetData", asked)).json["properties"]["data"]["0"]
    await execute(client, "xFabrikaTrafo6", "lights-on-off", parameter=False)
    simulator.clock.advance(timedelta(hours=1))
    await execute(client, "xFabrikaTrafo6", "lights-on-off", parameter=True)
    simulator.clock.advance(timedelta(minutes=30))
    after = (await client.post("GetData", asked)).json["properties"]["data"]["0"]
    assert after[: len(before)] == before, "the past does not change"
    off, on = [row[2] for row in after[len(before) :][:4]], [row[2] for row in after[len(before) + 4 :]]
    assert len(on) == 2
    assert max(off) < 0.6 * min(row[2] for row in before)
    assert min(on) > 1.5 * max(off)
