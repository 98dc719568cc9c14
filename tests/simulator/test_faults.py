"""Every fault does what its description says, and none makes a request happen twice."""

import asyncio
from collections.abc import Callable
import json
import re
from typing import Any

import aiohttp
import pytest

from simulator import FAULTS, Simulator

from .helpers import Client, Outcome, question, series

DAYS = question("2026-03-08T00:00:00", "2026-03-09T23:59:59", series(), series("voltage", "phase", unit="V"))
LIGHTS = {"point": "xFabrikaTrafo6", "command": "lights-on-off", "parameter": True}
RAW = {
    "requestType": "code",
    "point": ["xFabrikaTrafo6"],
    "definition": ["activeEnergy"],
    "variant": ["import"],
    "type": ["actual"],
    "properties": ["point.code", "point.id", "date", "value"],
    "start": "2026-03-09T00:00:00",
    "end": "2026-03-09T23:59:59",
}
# Long enough for a busy machine to answer what answers, short enough to wait for what never does.
PATIENCE = 0.6
NEVER_PROCESSED = {
    "reset_before_body",
    "timeout_before_execution",
    "http_500_json",
    "http_500_html",
    "http_502_html",
    "http_503_html",
    "http_504_html",
    "http_401_json",
    "http_403_html",
    "http_413",
    "rate_limited",
    "rate_limited_text",
    "maintenance_page_200",
    "redirect_to_login",
    "empty_200",
    "expired_id",
    "refused",
    "connect_timed_out",
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_command_runs_at_most_once(client: Client, fault: str) -> None:
    simulator = client.simulator
    small: dict[str, Any] = {"megabytes": 1, "seconds": 0.01}
    simulator.fail_next(fault, **{name: small[name] for name in FAULTS[fault].options if name in small})
    await client.post("ExecuteCommand", LIGHTS, seconds=PATIENCE if "timeout" in fault else 30.0)
    assert len(simulator.executions) == (0 if fault in NEVER_PROCESSED else 1)
    (record,) = simulator.requests
    assert record.fault == fault
    following = await client.post("ListAvailableCommands", {"point": "xFabrikaTrafo6"})
    assert following.json["succeeded"] is (fault != "expired_id"), "a fault is gone after its request"


@pytest.mark.parametrize("fault", [name for name, row in FAULTS.items() if "executed" in row.options])
async def test_a_failed_response_to_a_command_that_ran(client: Client, fault: str) -> None:
    client.simulator.fail_next(fault, executed=True)
    await client.post("ExecuteCommand", LIGHTS)
    assert len(client.simulator.executions) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset_before_body", aiohttp.ClientConnectionError),
        ("reset_after_execution", aiohttp.ClientConnectionError),
        ("reset_mid_response", aiohttp.ClientError),
        ("timeout_before_execution", TimeoutError),
        ("timeout_after_execution", TimeoutError),
    ],
)
async def test_no_response(client: Client, fault: str, error: type[BaseException]) -> None:
    client.simulator.fail_next(fault)
    outcome = await client.post("GetData", DAYS, seconds=PATIENCE if error is TimeoutError else 30.0)
    assert outcome.error is not None
    assert issubclass(outcome.error, error)


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "text"),
    [
        ("http_500_json", 500, "application/json", "Internal error"),
        ("http_500_html", 500, "text/html", "Internal Server Error"),
        ("http_502_html", 502, "text/html", "Bad Gateway"),
        ("http_503_html", 503, "text/html", "Service Unavailable"),
        ("http_504_html", 504, "text/html", "Gateway Time-out"),
        ("http_401_json", 401, "application/json", "Not authorized"),
        ("http_403_html", 403, "text/html", "Forbidden"),
        ("http_413", 413, "text/html", "Request Entity Too Large"),
        ("rate_limited", 429, "application/json", "Too many requests"),
        ("rate_limited_text", 200, "application/json", "Too many requests"),
        ("maintenance_page_200", 200, "text/html", "We will be back soon"),
        ("redirect_to_login", 302, "text/html", "Please log in"),
        ("empty_200", 200, "text/html", ""),
        ("expired_id", 200, "application/json", "Session expired"),
        ("connect_timed_out", 200, "application/json", "SocketTimeoutException: connect timed out"),
    ],
)
async def test_responses_of_another_kind(client: Client, fault: str, status: int, content_type: str, text: str) -> None:
    client.simulator.fail_next(fault)
    outcome = await client.post("GetData", DAYS)
    assert (outcome.status, outcome.content_type) == (status, content_type)
    assert text in outcome.raw.decode()
    assert bool(outcome.raw) is bool(text)
    if content_type == "application/json":
        assert outcome.json["succeeded"] is False


def _first(response: Any) -> Any:
    return response["properties"]["data"]["0"][0]


# fault: what must hold between a right response and the response with the fault, both decoded
CHANGES: dict[str, Callable[[Any, Any], bool]] = {
    "top_level_array": lambda right, got: got == [right],
    "properties_missing": lambda right, got: got == {k: v for k, v in right.items() if k != "properties"},
    "properties_null": lambda right, got: got == {**right, "properties": None},
    "data_missing": lambda right, got: (
        got["properties"] == {k: v for k, v in right["properties"].items() if k != "data"}
    ),
    "succeeded_string": lambda right, got: got == {**right, "succeeded": "true"},
    "succeeded_missing": lambda right, got: got == {k: v for k, v in right.items() if k != "succeeded"},
    "message_on_success": lambda right, got: got == {**right, "message": got["message"]} and got["message"],
    "extra_keys": lambda right, got: set(got) > set(right) and got["properties"] == right["properties"],
    "null_series": lambda right, got: got["properties"]["data"] == {"0": None, "1": right["properties"]["data"]["1"]},
    "missing_series_key": lambda right, got: got["properties"]["data"] == {"0": right["properties"]["data"]["0"]},
    "extra_series_key": lambda right, got: got["properties"]["data"] == {**right["properties"]["data"], "2": []},
    "text_value": lambda right, got: _first(got) == [*_first(right)[:2], "n/a"],
    "duplicate_row": lambda right, got: (
        got["properties"]["data"]["0"] == [_first(right), *right["properties"]["data"]["0"]]
    ),
    "unknown_point_id": lambda right, got: (
        _first(got)[1] not in {12768, 11512}
        and [_first(got)[0], _first(got)[2]] == [_first(right)[0], _first(right)[2]]
    ),
    "wrong_row_shape": lambda right, got: _first(got)[:3] == _first(right) and len(_first(got)) == 4,
    "echo_clamped": lambda right, got: (
        got["properties"]["end"] == "2026-03-08T23:59:59"
        and got["properties"]["data"]["0"] == right["properties"]["data"]["0"][:1]
    ),
    "bom": lambda right, got: got == right,
    "html_content_type": lambda right, got: got == right,
    "huge_response": lambda right, got: {k: v for k, v in got.items() if k != "padding"} == right,
    "slow_first_byte": lambda right, got: got == right,
    "slow_drip": lambda right, got: got == right,
}


@pytest.mark.parametrize("fault", CHANGES)
async def test_responses_that_are_wrong_in_one_way(client: Client, fault: str) -> None:
    right = (await client.post("GetData", DAYS)).json
    options: dict[str, dict[str, Any]] = {
        "slow_first_byte": {"seconds": 0.01},
        "slow_drip": {"seconds": 0.01},
        "huge_response": {"megabytes": 2},
    }
    client.simulator.fail_next(fault, **options.get(fault, {}))
    outcome = await client.post("GetData", DAYS)
    assert outcome.status == 200
    got = json.loads(outcome.raw.removeprefix(b"\xef\xbb\xbf"))
    assert CHANGES[fault](json.loads(json.dumps(right, default=float)), got)
    assert outcome.raw.startswith(b"\xef\xbb\xbf") is (fault == "bom")
    assert (outcome.content_type == "text/html") is (fault == "html_content_type")
    assert (len(outcome.raw) > 2 * 2**20) is (fault == "huge_response")
    assert (await client.post("GetData", DAYS)).json == right


async def test_truncated_json(client: Client) -> None:
    right = await client.post("GetData", DAYS)
    client.simulator.fail_next("truncated_json")
    outcome = await client.post("GetData", DAYS)
    assert right.raw.startswith(outcome.raw)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        json.loads(outcome.raw)


async def test_nan_value(client: Client) -> None:
    client.simulator.fail_next("nan_value")
    outcome = await client.post("GetData", DAYS)
    assert re.search(rb'\["2026-03-08T00:00:00",12768,NaN\]', outcome.raw)


# fault: what must hold between the right rows of ListDataEx and those with the fault
RAW_CHANGES: dict[str, Callable[[list[Any], list[Any]], bool]] = {
    "text_value": lambda right, got: got == [{**right[0], "value": "n/a"}, *right[1:]],
    "duplicate_row": lambda right, got: got == [right[0], *right],
    "unknown_point_id": lambda right, got: (
        got[1:] == right[1:] and got[0]["point.code"] != right[0]["point.code"] and got[0]["point.id"] != 12768
    ),
    "wrong_row_shape": lambda right, got: got == [list(right[0].values()), *right[1:]],
    "null_series": lambda right, got: got == right,
}


@pytest.mark.parametrize("fault", RAW_CHANGES)
async def test_raw_rows_that_are_wrong_in_one_way(client: Client, fault: str) -> None:
    right = (await client.post("ListDataEx", RAW)).json["properties"]["data"]
    client.simulator.fail_next(fault)
    got = (await client.post("ListDataEx", RAW)).json["properties"]["data"]
    assert RAW_CHANGES[fault](right, got)


async def test_row_count_mismatch(client: Client) -> None:
    client.simulator.fail_next("row_count_mismatch", method="ListDataEx")
    response = (await client.post("ListDataEx", RAW)).json["properties"]
    assert (len(response["data"]), response["rowCount"]) == (96, 97)


async def test_a_page_stays_a_page(client: Client) -> None:
    client.simulator.profile.session_refusal = "403-html"
    client.simulator.expire_sessions()
    client.simulator.fail_next("properties_null")
    outcome = await client.post("GetData", DAYS)
    assert (outcome.status, outcome.content_type) == (403, "text/html")


async def test_stale_response(client: Client) -> None:
    earlier = (await client.post("ListAvailableCommands", {"point": "xFabrikaTrafo6"})).json
    client.simulator.fail_next("stale_response")
    assert (await client.post("GetData", DAYS)).json == earlier


async def test_stale_response_without_an_earlier_one(stranger: Client) -> None:
    stranger.simulator.fail_next("stale_response")
    outcome = await stranger.post("Authenticate", {"tenant": "xyz", "user": "demo", "password": "demo-password"})
    assert "connectionId" not in outcome.json["properties"]


@pytest.mark.parametrize(
    ("retry_after", "pattern"),
    [
        pytest.param(7, "7", id="seconds"),
        pytest.param("date", r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", id="date"),
        pytest.param(None, "", id="none"),
    ],
)
async def test_retry_after(client: Client, retry_after: Any, pattern: str) -> None:
    client.simulator.fail_next("rate_limited", retry_after=retry_after)
    outcome = await client.post("GetData", DAYS)
    assert outcome.headers is not None
    assert re.fullmatch(pattern, outcome.headers.get("Retry-After", ""))


async def test_redirect_ends_at_a_login_page(client: Client) -> None:
    client.simulator.fail_next("redirect_to_login")
    outcome = await client.send('{"$": "GetPointHierarchy"}', redirects=True)
    assert (outcome.status, outcome.content_type) == (200, "text/html")


async def test_refused_says_what_it_is_told(client: Client) -> None:
    client.simulator.fail_next("refused", message="Meter is offline")
    assert (await client.post("GetData", DAYS)).json["message"] == "Meter is offline"


async def test_faults_wait_for_their_method_and_come_in_order(client: Client) -> None:
    simulator = client.simulator
    simulator.fail_next("http_500_json", method="GetData", times=2)
    simulator.fail_next("http_502_html")
    statuses = [
        (await client.post(method, properties)).status
        for method, properties in [
            ("ListAvailableCommands", {"point": 12768}),
            ("GetData", DAYS),
            ("GetData", DAYS),
            ("GetData", DAYS),
        ]
    ]
    assert statuses == [502, 500, 500, 200]
    simulator.fail_next("http_500_json")
    simulator.clear_faults()
    assert (await client.post("GetData", DAYS)).status == 200


@pytest.mark.parametrize(
    ("name", "options"), [pytest.param("http_999", {}, id="name"), pytest.param("refused", {"text": ""}, id="option")]
)
async def test_a_fault_that_does_not_exist_is_refused(simulator: Simulator, name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown fault|has no option"):
        simulator.fail_next(name, **options)


async def test_a_silent_server_still_stops(client: Client) -> None:
    simulator = client.simulator
    simulator.fail_next("timeout_after_execution")
    waiting = asyncio.create_task(client.post("ExecuteCommand", LIGHTS))
    answered, _ = await asyncio.wait({waiting}, timeout=PATIENCE)
    assert not answered
    assert len(simulator.executions) == 1
    await simulator.stop_listening()
    outcome: Outcome = await waiting
    assert outcome.error is not None
    assert issubclass(outcome.error, aiohttp.ClientConnectionError)


async def test_a_client_that_leaves_does_not_undo(client: Client) -> None:
    simulator = client.simulator
    simulator.fail_next("timeout_after_execution")
    assert (await client.post("ExecuteCommand", LIGHTS, seconds=PATIENCE)).error is not None
    assert len(simulator.executions) == 1
    (record,) = simulator.requests
    assert record.status is None


async def test_latency_and_concurrency_cap(client: Client) -> None:
    simulator = client.simulator
    simulator.profile.change({"latency": 0.05, "concurrency_cap": 2})
    outcomes = await asyncio.gather(*(client.post("ListAvailableCommands", {"point": 12768}) for _ in range(4)))
    assert sorted(outcome.status or 0 for outcome in outcomes) == [200, 200, 429, 429]
