"""The control surface over HTTP, the command line, and the page that describes them."""

import asyncio
import json
from pathlib import Path
import re
import signal
import sys
from typing import Any

import aiohttp
import pytest

from simulator import FAULTS, Profile, Simulator

from .helpers import Client
from .test_edits import HOURS, hours

REPOSITORY = Path(__file__).parents[2]


async def control(client: Client, name: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Return status and JSON of the control surface: GET without a body, POST with one."""
    url = client.simulator.control_url + name
    call = client.session.get(url) if body is None else client.session.post(url, data=json.dumps(body))
    async with call as response:
        return response.status, await response.json()


async def test_control_tells_what_happened(client: Client) -> None:
    await client.post("ExecuteCommand", {"point": 12768, "command": "lights-on-off", "parameter": True})
    row = {"point": "xyzBesiktas", "type": "t", "tenant": "xyz", "value": "1", "#": "C"}
    await client.post("ManageDCData", {"data": [row]})
    told = {name: (await control(client, name))[1] for name in ("requests", "executions", "writes", "points", "faults")}
    assert [request["method"] for request in told["requests"]] == ["ExecuteCommand", "ManageDCData"]
    assert str(client.connection_id) not in json.dumps(told)
    assert (told["executions"][0]["point_code"], told["executions"][0]["parameter"]) == ("xFabrikaTrafo6", True)
    assert (told["writes"][0]["method"], told["writes"][0]["operation"]) == ("ManageDCData", "C")
    assert len(told["points"]) == 40
    assert set(told["faults"]) == set(FAULTS)
    assert all(fault["description"] for fault in told["faults"].values())
    index = (await control(client, ""))[1]
    assert index["url"] == client.simulator.url
    assert "/control/faults" in index["get"]
    assert "demo-password" not in json.dumps(index)
    commands = [(row["point"], row["code"]) for row in (await control(client, "commands"))[1]]
    assert ("xFabrikaTrafo6", "lights-on-off") in commands


async def test_control_does_what_python_does(client: Client) -> None:
    simulator = client.simulator
    before = await hours(client)
    actions: list[tuple[str, dict[str, Any]]] = [
        ("fault", {"name": "rate_limited", "method": "GetData", "options": {"retry_after": 3}}),
        ("profile", {"week_label": "sunday"}),
        ("clock", {"advance_seconds": 3600}),
        (
            "late",
            {
                "point": "xFabrikaTrafo6",
                "since": "2026-03-10T10:59:59+03:00",
                "until": "2026-03-10T11:59:59+03:00",
                "revealed_at": "2026-03-10T20:00:00+03:00",
            },
        ),
        (
            "reading",
            {
                "point": "xFabrikaTrafo6",
                "definition": "activeEnergy",
                "variant": "import",
                "end": "2026-03-10T12:14:59+03:00",
                "value": 0,
            },
        ),
        ("tariff", {"group": "activeEnergyCost", "price": "3.00", "since": "2026-03-01T00:00:00+03:00"}),
        ("meter", {"point": "xFabrikaDepo"}),
        ("point/add", {"code": "xA", "name": "A", "parent": None}),
        ("point/change", {"code": "xA", "name": "B", "parent": "xFabrikaOfis"}),
        ("command/add", {"point": "xA", "code": "go", "name": "Git"}),
    ]
    for name, body in actions:
        status, response = await control(client, name, body)
        assert (name, status) == (name, 200), response
    assert (await client.post("GetData", HOURS)).status == 429
    after = await hours(client)
    assert list(after) == ["10:00", "12:00", "13:00"]
    assert after["12:00"] < before["12:00"]
    assert simulator.profile.week_label == "sunday"
    assert simulator.database.execute("SELECT name, parent FROM point WHERE code = 'xA'").fetchall() == [
        ("B", "xFabrikaOfis")
    ]
    commands = (await client.post("ListAvailableCommands", {"point": "xA"})).json["properties"]["data"]
    assert commands == [{"commandType": "NoParameter", "code": "go", "name": "Git"}]
    for name, body in (
        ("command/remove", {"point": "xA", "code": "go"}),
        ("point/remove", {"code": "xA"}),
        ("clear", {}),
        ("expire", {}),
    ):
        assert (await control(client, name, body))[0] == 200
    assert (await client.post("GetData", HOURS)).json["succeeded"] is False
    (_, shown) = await control(client, "clock", {"set": "2026-03-11T00:00:00+00:00"})
    assert shown == {"done": "2026-03-11T00:00:00+00:00"}
    assert (await control(client, "clock"))[1]["stands_still"] is True
    assert (await control(client, "profile"))[1]["week_label"] == "sunday"


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        pytest.param("fault", {"name": "nothing"}, "unknown fault", id="fault"),
        pytest.param("fault", {}, "'name' is missing", id="nothing"),
        pytest.param("profile", {"latency_ms": 1}, "unknown switch", id="switch"),
        pytest.param("clock", {"set": "2026-03-11T00:00:00"}, "has no offset", id="naive"),
        pytest.param("meter", {"point": "xNowhere"}, "there is no point", id="point"),
        pytest.param("command/add", {"point": "xyzBesiktas", "code": "a", "kind": "b"}, "kind", id="argument"),
    ],
)
async def test_control_refuses_with_a_reason(client: Client, name: str, body: dict[str, Any], words: str) -> None:
    status, response = await control(client, name, body)
    assert status == 400
    assert words in response["error"]


async def test_command_line(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", "0", "--points", "5", "--days", "2", "--seed", "3"),
        *("--database", str(tmp_path / "world.db"), "--now", "2026-03-10T12:07:30+00:00"),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    shown = ""
    while "Ctrl-C" not in shown:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line, "it ended early"
        shown += line.decode()
    values = dict(re.findall(r"^  (\w+) +(\S+)$", shown, re.MULTILINE))
    assert {key: values[key] for key in ("tenant", "user", "password")} == {
        "tenant": "xyz",
        "user": "demo",
        "password": "demo-password",
    }
    async with aiohttp.ClientSession() as session, session.get(values["control"] + "points") as response:
        assert len(await response.json()) == 5
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, errors) == (0, b"")


async def test_command_line_says_what_is_wrong(simulator: Simulator) -> None:
    port = simulator.url.split(":")[2].split("/")[0]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", port, "--points", "2", "--days", "1"),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert errors.startswith(b"simulator: ")
    assert errors.count(b"\n") == 1


def test_the_page_lists_every_fault_and_every_switch() -> None:
    page = (REPOSITORY / "docs" / "simulator.md").read_text()
    rows = {match[1]: match[2].strip() for match in re.finditer(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", page, re.MULTILINE)}
    for name, fault in FAULTS.items():
        assert rows.get(name) == fault.description
    for switch in vars(Profile()):
        assert switch in rows
