"""Logins, connection ids, headers, permissions, and each switch of the profile."""

from datetime import timedelta
import gzip
from typing import Any

import aiohttp
import pytest

from simulator import Profile

from .helpers import HEADERS, Client, question, series
from .test_measurements import world

DAY = ("2026-03-09T00:00:00", "2026-03-09T23:59:59")
HIERARCHY = '{"$": "GetPointHierarchy"}'


async def codes(client: Client) -> list[str]:
    """Return the codes of the hierarchy without its root."""
    response = (await client.send(HIERARCHY)).json
    return [entry[1]["code"] for entry in response["properties"]["data"][1:]]


async def test_several_connection_ids_live_side_by_side(client: Client) -> None:
    first = client.connection_id
    await client.log_in()
    assert client.connection_id != first
    for connection_id in (first, client.connection_id):
        client.connection_id = connection_id
        assert (await client.send(HIERARCHY)).json["succeeded"] is True


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param({"password": "wrong"}, id="password"),
        pytest.param({"user": "nobody"}, id="user"),
        pytest.param({"tenant": "nowhere"}, id="tenant"),
    ],
)
@pytest.mark.parametrize(("form", "status"), [("200-false", 200), ("401-json", 401)])
async def test_wrong_credentials(stranger: Client, credentials: dict[str, str], form: str, status: int) -> None:
    stranger.simulator.profile.change({"wrong_credentials": form})
    right = {"tenant": "xyz", "user": "demo", "password": "demo-password"}
    outcome = await stranger.post("Authenticate", {**right, **credentials})
    assert outcome.status == status
    assert outcome.json["succeeded"] is False
    assert outcome.json["message"] == "Tenant, user or password is not correct"


async def test_lock_out(stranger: Client) -> None:
    stranger.simulator.profile.lock_out_after = 2
    for _ in range(2):
        await stranger.log_in(password="wrong")
    response = await stranger.log_in()
    assert "locked" in response["message"]


@pytest.mark.parametrize(
    ("form", "status", "content_type"),
    [
        ("200-false", 200, "application/json"),
        ("401-json", 401, "application/json"),
        ("403-html", 403, "text/html"),
    ],
)
@pytest.mark.parametrize("connection_id", [None, "c04e229f-7d43-4936-823a-30b8f7706ef6"])
async def test_a_dead_connection_id(
    stranger: Client, form: str, status: int, content_type: str, connection_id: str | None
) -> None:
    stranger.simulator.profile.change({"session_refusal": form})
    stranger.connection_id = connection_id
    outcome = await stranger.send(HIERARCHY)
    assert (outcome.status, outcome.content_type) == (status, content_type)
    assert b"expired" in outcome.raw or b"log in" in outcome.raw


async def test_expire_sessions(client: Client) -> None:
    client.simulator.expire_sessions()
    assert (await client.send(HIERARCHY)).json["succeeded"] is False
    await client.log_in()
    assert (await client.send(HIERARCHY)).json["succeeded"] is True


async def test_always_expired(client: Client) -> None:
    client.simulator.profile.always_expired = True
    await client.log_in()
    assert "expired" in (await client.send(HIERARCHY)).json["message"]


@pytest.mark.parametrize(
    ("switch", "lives", "minutes"),
    [
        pytest.param({"session_max_requests": 2}, [True, True, False], 0, id="requests"),
        pytest.param({"session_idle_seconds": 600}, [True, True, True], 9, id="not idle"),
        pytest.param({"session_idle_seconds": 600}, [False, False], 11, id="idle"),
        pytest.param({"session_max_seconds": 1200}, [True, True, False], 9, id="age"),
    ],
)
async def test_how_long_an_id_lives(client: Client, switch: dict[str, Any], lives: list[bool], minutes: int) -> None:
    client.simulator.profile.change(switch)
    for expected in lives:
        client.simulator.clock.advance(timedelta(minutes=minutes))
        assert (await client.send(HIERARCHY)).json["succeeded"] is expected


@pytest.mark.parametrize(
    ("xlang", "strict", "lenient"),
    [
        pytest.param("en,xyz", True, True, id="right"),
        pytest.param("tr,xyz", True, True, id="Turkish"),
        pytest.param(None, False, True, id="absent"),
        pytest.param("xyz", False, True, id="tenant alone"),
        pytest.param("en,abc", False, True, id="other tenant"),
    ],
)
async def test_xlang(client: Client, xlang: str | None, strict: bool, lenient: bool) -> None:
    headers = {"Content-Type": "application/json", "XConnectionId": str(client.connection_id)}
    if xlang is not None:
        headers["XLang"] = xlang
    for form, expected in (("strict", strict), ("lenient", lenient)):
        client.simulator.profile.change({"xlang": form})
        assert (await client.send(HIERARCHY, headers=headers)).json["succeeded"] is expected


async def test_xlang_can_be_dangerous(client: Client) -> None:
    client.simulator.profile.xlang = "dangerous"
    headers = {**HEADERS, "XLang": "en,abc", "XConnectionId": str(client.connection_id)}
    entries = (await client.send(HIERARCHY, headers=headers)).json["properties"]["data"]
    assert "abcMagazaTrafo6" in [entry[1]["code"] for entry in entries]


async def test_another_tenant_has_other_points_with_the_same_ids(client: Client) -> None:
    ours = {entry[1]["id"] for entry in (await client.send(HIERARCHY)).json["properties"]["data"]}
    await client.log_in(tenant="abc")
    headers = {**HEADERS, "XLang": "en,abc", "XConnectionId": str(client.connection_id)}
    entries = (await client.send(HIERARCHY, headers=headers)).json["properties"]["data"]
    assert {entry[1]["id"] for entry in entries} <= ours
    assert {entry[1]["code"] for entry in entries}.isdisjoint({"xFabrikaTrafo6", "xFabrikaFabrika"})


async def test_a_guest_sees_a_part_and_may_not_write(client: Client) -> None:
    await client.log_in("guest", "guest-password")
    seen = await codes(client)
    assert "xFabrikaDepo" in seen, "below the part, although the parent is spelled with another case"
    assert "xFabrikaTrafo6" not in seen
    refused = (await client.post("ExecuteCommand", {"point": "xFabrikaDepo", "command": "x"})).json
    assert "no permission" in refused["message"]
    response = (await client.post("GetData", question(*DAY, series(), point=None))).json
    ids = dict(client.simulator.database.execute("SELECT code, id FROM point").fetchall())
    assert {row[1] for row in response["properties"]["data"]["0"]} <= {ids[code] for code in seen}


@pytest.mark.parametrize(
    ("method", "properties"),
    [
        ("ImportData", {"data": [{}]}),
        ("ManageDCData", {"data": [{}]}),
        ("ExecuteCommand", {"point": "xFabrikaTrafo6", "command": "lights-on-off", "parameter": True}),
    ],
)
async def test_read_only(client: Client, method: str, properties: dict[str, Any]) -> None:
    client.simulator.profile.read_only = True
    assert "no permission" in (await client.post(method, properties)).json["message"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param("error", None, id="error"),
        pytest.param("drop", {"0": ["2026-03-09T00:00:00"]}, id="drop"),
        pytest.param("null", {"0": None}, id="null"),
    ],
)
async def test_unknown_point(client: Client, form: str, expected: dict[str, Any] | None) -> None:
    client.simulator.profile.change({"unknown_point": form})
    response = (await client.post("GetData", question(*DAY, series(), point=["xFabrikaTrafo6", "xNowhere"]))).json
    data = response["properties"].get("data")
    assert (data and {key: rows and [row[0] for row in rows] for key, rows in data.items()}) == expected
    assert response["succeeded"] is (form != "error")


async def test_an_invalid_series_can_be_null(client: Client) -> None:
    client.simulator.profile.invalid_series = "null"
    data = (await client.post("GetData", question(*DAY, series("steam"), series()))).json["properties"]["data"]
    assert data["0"] is None
    assert len(data["1"]) == 1


@pytest.mark.parametrize(("form", "expected"), [("null", None), ("list", [])])
async def test_a_series_without_readings(client: Client, form: str, expected: list[Any] | None) -> None:
    client.simulator.profile.change({"empty_series": form})
    asked = question("2020-01-01T00:00:00", "2020-01-01T23:59:59", series())
    assert (await client.post("GetData", asked)).json["properties"]["data"] == {"0": expected}


@pytest.mark.parametrize(
    ("form", "filled"),
    [
        ("omit", []),
        ("null", [["2026-03-10T14:00:00", 12768, None], ["2026-03-10T15:00:00", 12768, None]]),
        ("zero", [["2026-03-10T14:00:00", 12768, 0], ["2026-03-10T15:00:00", 12768, 0]]),
    ],
)
async def test_a_bucket_without_readings(client: Client, form: str, filled: list[Any]) -> None:
    simulator = client.simulator
    simulator.profile.change({"empty_buckets": form})
    now = simulator.clock.now()
    # It is 15:07; what ended after 13:37 is held back, and the hour from 16:00 has not begun.
    simulator.hold_back("xFabrikaTrafo6", now - timedelta(hours=1, minutes=30), now, now + timedelta(days=1))
    asked = question("2026-03-10T13:00:00", "2026-03-10T16:59:59", series(), resolution="hour")
    rows = (await client.post("GetData", asked)).json["properties"]["data"]["0"]
    assert rows[0][0] == "2026-03-10T13:00:00"
    assert rows[1:] == filled


@pytest.mark.parametrize(
    ("form", "labels"),
    [
        ("monday", ["2026-03-23T00:00:00", "2026-03-30T00:00:00"]),
        ("sunday", ["2026-03-29T00:00:00", "2026-04-05T00:00:00"]),
        ("start", ["2026-03-28T00:00:00", "2026-03-30T00:00:00"]),
    ],
)
def test_week_label(form: str, labels: list[str]) -> None:
    direct = world("Berlin, 23 hours")
    direct.profile.change({"week_label": form})
    try:
        asked = question("2026-03-28T00:00:00", "2026-03-31T23:59:59", series(), resolution="week")
        rows = direct.ask("GetData", asked)["properties"]["data"]["0"]
    finally:
        direct.profile.change({"week_label": "monday"})
    assert [row[0] for row in rows] == labels


async def test_unordered_rows_are_the_same_rows(client: Client) -> None:
    asked = question(*DAY, series(), resolution="hour")
    ordered = (await client.post("GetData", asked)).json["properties"]["data"]["0"]
    client.simulator.profile.unordered = True
    mixed = (await client.post("GetData", asked)).json["properties"]["data"]["0"]
    assert mixed != ordered
    assert sorted(mixed) == ordered


async def test_longest_range(client: Client) -> None:
    client.simulator.profile.longest_range_days = 2
    two_days = ("2026-03-08T00:00:00", "2026-03-09T23:59:59")
    assert (await client.post("GetData", question(*two_days, series()))).status == 200
    outcome = await client.post("GetData", question(two_days[0], "2026-03-10T00:00:00", series()))
    assert (outcome.status, outcome.content_type) == (413, "text/html")


async def test_gzip(client: Client) -> None:
    client.simulator.profile.gzip = True
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        zipped = Client(client.simulator, session)
        zipped.connection_id = client.connection_id
        outcome = await zipped.send(
            HIERARCHY, headers={**HEADERS, "XConnectionId": str(client.connection_id), "Accept-Encoding": "gzip"}
        )
    assert b'"All"' in gzip.decompress(outcome.raw)


@pytest.mark.parametrize(
    "wanted",
    [{"xlangs": "strict"}, {"xlang": "loose"}, {"read_only": "yes"}, {"unordered": True, "week_label": "friday"}],
)
def test_a_switch_that_does_not_exist_is_refused_and_nothing_changes(wanted: dict[str, Any]) -> None:
    profile = Profile()
    with pytest.raises(ValueError, match=r"switch|takes one of"):
        profile.change(wanted)
    assert profile == Profile()


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        pytest.param("{", "application/json", "not valid JSON", id="broken"),
        pytest.param("[]", "application/json", "must be a JSON object", id="array"),
        pytest.param("{}", "application/json", "'$' must be a text", id="no method"),
        pytest.param('{"$": "GetCostData"}', "application/json", "Unknown method 'GetCostData'", id="method"),
        pytest.param('{"$": "GetData"}', "application/json", "'properties' must be an object", id="properties"),
        pytest.param(HIERARCHY, "text/plain", "Content-Type", id="content type"),
    ],
)
async def test_a_body_that_is_not_understood(client: Client, body: str, content_type: str, words: str) -> None:
    headers = {**HEADERS, "Content-Type": content_type, "XConnectionId": str(client.connection_id)}
    outcome = await client.send(body, headers=headers)
    assert outcome.status == 200
    assert outcome.json["succeeded"] is False
    assert words in outcome.json["message"]
