"""The world changes while it is read: late data, corrections, points that come and go."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator import Simulator, WorldOptions

from .helpers import Client, question, series

HOURS = question("2026-03-10T10:00:00", "2026-03-10T13:59:59", series(), resolution="hour")
REPOSITORY = Path(__file__).parents[2]


async def hours(client: Client) -> dict[str, Any]:
    """Return the energy of four hours by label."""
    rows = (await client.post("GetData", HOURS)).json["properties"]["data"]["0"] or []
    return {row[0][11:16]: row[2] for row in rows}


async def test_late_data_comes_in_one_burst(client: Client) -> None:
    simulator = client.simulator
    whole = await hours(client)
    now = simulator.clock.now()
    # 15:07 in Istanbul; hidden is what ended between 11:07 and 13:07, that is from 11:14:59 to 12:59:59.
    simulator.hold_back("xFabrikaTrafo6", now - timedelta(hours=4), now - timedelta(hours=2), now + timedelta(hours=5))
    hidden = await hours(client)
    assert list(hidden) == ["10:00", "13:00"]
    simulator.clock.advance(timedelta(hours=4, minutes=59))
    assert await hours(client) == hidden
    simulator.clock.advance(timedelta(minutes=1))
    assert await hours(client) == whole


async def test_an_outage_that_lies_ahead(client: Client) -> None:
    simulator = client.simulator
    now = simulator.clock.now()
    simulator.hold_back("xFabrikaTrafo6", now, now + timedelta(hours=2), now + timedelta(hours=6))
    asked = question("2026-03-10T15:00:00", "2026-03-10T18:59:59", series(), resolution="fifteenmin")
    counts = []
    for step in (2, 1, 3):
        simulator.clock.advance(timedelta(hours=step))
        counts.append(len((await client.post("GetData", asked)).json["properties"]["data"]["0"] or []))
    # From 15:00 to 19:00 there are 16 quarters; those that end after 15:07 and up to 17:07 stay away until 21:07.
    assert counts == [0, 4, 16]


async def test_a_correction_is_told_when_it_is_revealed(client: Client) -> None:
    simulator = client.simulator
    before = await hours(client)
    (end, value), *_ = simulator.database.execute(
        "SELECT end_utc, value FROM reading WHERE point_id = 12768 AND definition = 'activeEnergy'"
        " AND strftime('%H:%M', end_utc, 'unixepoch', '+3 hours') = '11:29' ORDER BY end_utc DESC"
    )
    moment = simulator.clock.now().fromtimestamp(end, simulator.options.zone)
    reveal = simulator.clock.now() + timedelta(days=1)
    simulator.set_reading("xFabrikaTrafo6", "activeEnergy", "import", moment, value + 500, revealed_at=reveal)
    assert await hours(client) == before
    simulator.clock.set(reveal)
    assert await hours(client) == {**before, "11:00": before["11:00"] + 500}
    simulator.set_reading("xFabrikaTrafo6", "activeEnergy", "import", moment, None)
    assert await hours(client) == {**before, "11:00": before["11:00"] - value}
    simulator.set_reading("xFabrikaTrafo6", "activeEnergy", "import", moment, value)
    assert await hours(client) == before


async def test_every_reading_is_late_by_the_same_delay(simulator: Simulator) -> None:
    now = simulator.clock.now()
    options = WorldOptions(points=3, start=now - timedelta(days=1), late_minutes=60)
    asked = question("2026-03-10T12:00:00", "2026-03-10T15:59:59", series(), resolution="fifteenmin")
    async with await Simulator.start(options, now=now) as late, aiohttp.ClientSession() as session:
        client = Client(late, session)
        await client.log_in()
        rows = (await client.post("GetData", asked)).json["properties"]["data"]["0"]
        # It is 15:07; visible is what ended by 14:07.
        assert rows[-1][0] == "2026-03-10T13:45:00"
        visible = late.database.execute(
            "SELECT MAX(end_utc) FROM reading WHERE point_id = 12768 AND revealed_utc <= ?", (now.timestamp(),)
        ).fetchone()
        assert visible == (now.replace(hour=10, minute=59, second=59).timestamp(),)


async def test_points_come_and_go(client: Client) -> None:
    simulator = client.simulator
    added = simulator.add_point(code="xFabrikaYeni", name="Yeni Hat", parent="xFabrikaTrafo6")

    async def listed() -> dict[str, Any]:
        data = (await client.send('{"$": "GetPointHierarchy"}')).json["properties"]["data"]
        return {entry[1]["code"]: entry[1] for entry in data[1:]}

    assert (await listed())["xFabrikaYeni"] == {
        "parent": "xFabrikaTrafo6",
        "code": "xFabrikaYeni",
        "name": "Yeni Hat",
        "id": added,
        "startingDate": None,
    }
    energy = (await client.post("GetData", {**HOURS, "point": ["xFabrikaYeni"]})).json["properties"]["data"]["0"]
    assert len(energy) == 4
    simulator.clock.advance(timedelta(hours=1))
    later = {**HOURS, "point": ["xFabrikaYeni"], "end": "2026-03-10T15:59:59"}
    assert len((await client.post("GetData", later)).json["properties"]["data"]["0"]) == 6
    simulator.rename_point("xFabrikaYeni", "Eski Hat")
    simulator.move_point("xFabrikaYeni", "xFabrikaOfis")
    assert [(await listed())["xFabrikaYeni"][key] for key in ("name", "parent")] == ["Eski Hat", "xFabrikaOfis"]
    simulator.recode_point("xFabrikaYeni", "xFabrikaBaska")
    assert (await listed())["xFabrikaBaska"]["id"] == added
    simulator.remove_point("xFabrikaBaska")
    assert "xFabrikaBaska" not in await listed()
    with pytest.raises(ValueError, match="there is no point"):
        simulator.remove_point("xFabrikaBaska")


async def test_an_unmetered_point_has_no_rows(client: Client) -> None:
    client.simulator.add_point(code="xOda", name="Oda", parent=None, metered=False)
    assert (await client.post("GetData", {**HOURS, "point": ["xOda"]})).json["properties"]["data"] == {"0": None}


async def test_commands_come_and_go(client: Client) -> None:
    simulator = client.simulator
    simulator.add_command(
        "xyzBesiktas", "blinds", command_type="MultiOption", options=[("up", "Yukarı"), ("down", "Aşağı")]
    )
    simulator.remove_command("xyzBesiktas", "generator-test")
    response = (await client.post("ListAvailableCommands", {"point": "xyzBesiktas"})).json["properties"]["data"]
    assert [command["code"] for command in response] == ["hvac-mode-set", "blinds"]
    assert response[1]["options"] == [{"code": "up", "name": "Yukarı"}, {"code": "down", "name": "Aşağı"}]


async def test_a_replaced_meter_begins_at_zero(client: Client) -> None:
    simulator = client.simulator
    simulator.replace_meter("xFabrikaTrafo6")
    simulator.clock.advance(timedelta(minutes=30))
    registers = simulator.database.execute(
        "SELECT value, original FROM reading WHERE point_id = 12768 AND definition = 'activeEnergy' ORDER BY end_utc DESC"
    ).fetchmany(3)
    assert registers[1][1] == registers[1][0]
    assert registers[0][1] == registers[0][0] + registers[1][0]
    assert registers[2][1] > registers[0][1]


async def test_another_account(stranger: Client) -> None:
    stranger.simulator.add_account("nurse", "secret", visible_subtree="xFabrikaRevir")
    await stranger.log_in("nurse", "secret")
    data = (await stranger.send('{"$": "GetPointHierarchy"}')).json["properties"]["data"]
    assert [entry[1]["code"] for entry in data] == [None, "xFabrikaRevir"]


async def test_stop_and_start_listening_on_the_same_port(client: Client) -> None:
    simulator = client.simulator
    url = simulator.url
    await simulator.stop_listening()
    refused = await client.send('{"$": "GetPointHierarchy"}')
    assert refused.error is not None
    assert issubclass(refused.error, aiohttp.ClientConnectorError)
    await simulator.stop_listening()
    await simulator.start_listening()
    await simulator.start_listening()
    assert simulator.url == url
    assert (await client.send('{"$": "GetPointHierarchy"}')).json["succeeded"] is True


async def test_a_taken_port_is_an_error(simulator: Simulator) -> None:
    port = int(simulator.url.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match="in use"):
        await Simulator.start(WorldOptions(points=2, history_days=1), port=port)


async def test_requests_are_remembered_without_secrets(stranger: Client) -> None:
    await stranger.log_in()
    await stranger.post("GetData", HOURS)
    login, read = stranger.simulator.requests
    assert login.body["properties"] == {"tenant": "xyz", "user": "demo", "password": "***"}
    assert (login.method, login.status, login.connection_id) == ("Authenticate", 200, None)
    assert (read.method, read.status, read.rows, read.xlang, read.session) == ("GetData", 200, 4, "en,xyz", 1)
    assert read.connection_id == stranger.connection_id
    assert str(stranger.connection_id) not in repr(stranger.simulator.requests)
    assert stranger.simulator.count() == 2
    assert stranger.simulator.count("GetData") == 1
