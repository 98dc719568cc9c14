"""The connection id: how many logins there are, what counts as a refusal, and what is said of it."""

import asyncio
import logging
from typing import Any, override

import aiohttp
import pytest

from custom_components.reengen.api import (
    ReengenAuthenticationError,
    ReengenClient,
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenSessionError,
)
from simulator import Simulator

from .conftest import (
    CONNECTION_ID,
    ISTANBUL,
    PASSWORD,
    MakeClient,
    Patience,
    RawServer,
    envelope,
    everything_told,
    http_bytes,
)

PROFILES = ["200-false", "401-json", "403-html"]
LOGIN = http_bytes(envelope({"connectionId": CONNECTION_ID}))
NO_POINTS = http_bytes(envelope({"data": []}))


# How many logins


async def test_connection_id_is_reused(client: ReengenClient, simulator: Simulator) -> None:
    for _ in range(3):
        await client.get_point_hierarchy()
    assert simulator.count("Authenticate") == 1
    assert client.counters.logins == 1
    assert client.counters.requests == {"Authenticate": 1, "GetPointHierarchy": 3}


async def test_first_callers_together_cause_one_login(client: ReengenClient, simulator: Simulator) -> None:
    await asyncio.gather(*(client.get_point_hierarchy() for _ in range(50)))
    assert simulator.count("Authenticate") == 1


@pytest.mark.parametrize("profile", PROFILES)
async def test_callers_that_meet_a_dead_id_together_cause_one_login(
    client: ReengenClient, simulator: Simulator, profile: Any
) -> None:
    simulator.profile.session_refusal = profile
    await client.authenticate()
    simulator.expire_sessions()
    await asyncio.gather(*(client.list_available_commands("xFabrikaTrafo6") for _ in range(50)))
    assert simulator.count("Authenticate") == 2
    assert simulator.count("ListAvailableCommands") == 100


async def test_late_refusal_of_an_old_id_causes_no_login(client: ReengenClient, simulator: Simulator) -> None:
    """The refusal of the first request comes when a second one has long renewed the id."""
    await client.authenticate()
    simulator.expire_sessions()
    simulator.fail_next("slow_first_byte", method="GetPointHierarchy", seconds=0.3)
    late = asyncio.create_task(client.get_point_hierarchy())
    await client.list_available_commands("xFabrikaTrafo6")
    assert not late.done()
    await late
    assert simulator.count("Authenticate") == 2
    assert simulator.count("GetPointHierarchy") == 2


async def test_cancelled_caller_leaves_the_login_to_the_others(client: ReengenClient, simulator: Simulator) -> None:
    simulator.fail_next("slow_first_byte", method="Authenticate", seconds=0.1)
    callers = [asyncio.create_task(client.get_point_hierarchy()) for _ in range(5)]
    await asyncio.sleep(0)
    for caller in callers[:4]:
        caller.cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:4]] == [asyncio.CancelledError] * 4
    assert len(await callers[4]) > 0
    assert simulator.count("Authenticate") == 1


async def test_login_that_nobody_waits_for_ends(
    http: aiohttp.ClientSession, raw_server: RawServer, patience: Patience
) -> None:
    raw_server.responses = [b"", LOGIN, NO_POINTS]
    client = client_of(http, raw_server, patience)
    before = asyncio.all_tasks()
    caller = asyncio.create_task(client.get_point_hierarchy())
    await raw_server.arrived.wait()
    started = {task for task in asyncio.all_tasks() - before if task.get_name() == "reengen login"}
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await asyncio.gather(*started, return_exceptions=True)
    assert [task.cancelled() for task in started] == [True]
    assert len(await client.get_point_hierarchy()) == 0


async def test_explicit_login_asks_anew(client: ReengenClient, simulator: Simulator) -> None:
    await client.authenticate()
    await client.authenticate()
    assert simulator.count("Authenticate") == 2


# A refused id


@pytest.mark.parametrize("profile", PROFILES)
async def test_id_that_is_always_refused_stops_after_one_login(
    client: ReengenClient, simulator: Simulator, profile: Any
) -> None:
    simulator.profile.session_refusal = profile
    simulator.profile.always_expired = True
    with pytest.raises(ReengenSessionError) as caught:
        await client.get_point_hierarchy()
    assert simulator.count("Authenticate") == 2
    assert simulator.count("GetPointHierarchy") == 2
    assert caught.value.method == "GetPointHierarchy"
    assert "xyz" in str(caught.value)
    assert "demo" in str(caught.value)


async def test_id_that_dies_young_is_no_matter_of_credentials(client: ReengenClient, simulator: Simulator) -> None:
    """Ids that serve one request: the refusal of the first caller comes when the second has used up the next id."""
    await client.get_point_hierarchy()
    simulator.profile.session_max_requests = 1
    simulator.fail_next("slow_first_byte", method="GetPointHierarchy", seconds=0.3)
    late = asyncio.create_task(client.get_point_hierarchy())
    await client.list_available_commands("xFabrikaTrafo6")
    assert not late.done()
    with pytest.raises(ReengenRefusedError) as caught:
        await late
    assert type(caught.value) is ReengenRefusedError
    assert simulator.count("Authenticate") == 2


async def test_id_that_expires_with_a_request(client: ReengenClient, simulator: Simulator) -> None:
    simulator.fail_next("expired_id", method="GetPointHierarchy")
    assert len(await client.get_point_hierarchy()) > 0
    assert simulator.count("Authenticate") == 2


async def test_bare_403_on_an_id_that_worked_costs_one_login(client: ReengenClient, simulator: Simulator) -> None:
    await client.get_point_hierarchy()
    simulator.fail_next("http_403_html", method="GetPointHierarchy")
    assert len(await client.get_point_hierarchy()) > 0
    assert simulator.count("Authenticate") == 2


async def test_bare_403_on_a_new_id_is_no_matter_of_the_session(client: ReengenClient, simulator: Simulator) -> None:
    simulator.fail_next("http_403_html", method="GetPointHierarchy")
    with pytest.raises(ReengenHttpError) as caught:
        await client.get_point_hierarchy()
    assert caught.value.status == 403
    await client.get_point_hierarchy()
    assert simulator.count("Authenticate") == 1


async def test_permission_is_not_a_matter_of_the_session(make_client: MakeClient, simulator: Simulator) -> None:
    client = make_client(username="guest", password="guest-password")
    with pytest.raises(ReengenRefusedError) as caught:
        await client.list_available_commands("xFabrikaTrafo6")
    assert type(caught.value) is ReengenRefusedError
    assert simulator.count("Authenticate") == 1


# Wrong credentials


@pytest.mark.parametrize("profile", ["200-false", "401-json", "500-json"])
@pytest.mark.parametrize("wrong", ["tenant", "username", "password"])
async def test_wrong_credentials_are_not_tried_again(
    make_client: MakeClient, simulator: Simulator, patience: Patience, wrong: str, profile: Any
) -> None:
    simulator.profile.wrong_credentials = profile
    client = make_client(**{wrong: "mistaken"})
    with pytest.raises(ReengenAuthenticationError) as caught:
        await client.authenticate()
    assert simulator.count() == 1
    assert patience.pauses == []
    assert caught.value.method == "Authenticate"
    assert {"tenant": "mistaken", "username": "mistaken"}.get(wrong, "demo") in str(caught.value)
    assert PASSWORD not in everything_told(caught.value)


async def test_many_callers_with_wrong_credentials_do_not_lock_the_account(
    make_client: MakeClient, simulator: Simulator, patience: Patience
) -> None:
    client = make_client(password="mistaken")
    outcomes = await asyncio.gather(*(client.get_point_hierarchy() for _ in range(50)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ReengenAuthenticationError}
    with pytest.raises(ReengenAuthenticationError):
        await client.get_point_hierarchy()
    patience.now += 86_400.0
    for ask in (client.get_point_hierarchy, client.authenticate):
        with pytest.raises(ReengenAuthenticationError, match="not asked again"):
            await ask()
    assert client.is_refused
    assert simulator.count() == 1


@pytest.mark.parametrize(
    ("fault", "error_class", "asked"),
    [
        ("http_500_html", ReengenHttpError, 3),
        ("http_500_json", ReengenRefusedError, 3),
        ("rate_limited", ReengenRateLimitError, 3),
        ("rate_limited_text", ReengenRefusedError, 1),
        ("connect_timed_out", ReengenRefusedError, 1),
        ("reset_before_body", ReengenConnectionError, 3),
        ("redirect_to_login", ReengenHttpError, 1),
        ("http_403_html", ReengenHttpError, 1),
        ("refused", ReengenAuthenticationError, 1),
    ],
)
async def test_only_a_verdict_on_credentials_is_one(
    client: ReengenClient, simulator: Simulator, fault: str, error_class: type[ReengenError], asked: int
) -> None:
    simulator.fail_next(fault, method="Authenticate", times=3)
    with pytest.raises(ReengenError) as caught:
        await client.get_point_hierarchy()
    assert type(caught.value) is error_class
    assert simulator.count("Authenticate") == asked
    assert simulator.count("GetPointHierarchy") == 0


# Reads through bad weather


@pytest.mark.parametrize(
    "fault",
    ["reset_before_body", "reset_after_execution", "http_500_json", "http_502_html", "http_503_html", "rate_limited"],
)
async def test_read_is_asked_again(client: ReengenClient, simulator: Simulator, patience: Patience, fault: str) -> None:
    await client.authenticate()
    simulator.fail_next(fault, method="GetPointHierarchy", times=2)
    assert len(await client.get_point_hierarchy()) > 0
    assert simulator.count("GetPointHierarchy") == 3
    assert len(patience.pauses) == 2


async def test_read_waits_out_a_restart_of_the_platform(
    make_client: MakeClient, simulator: Simulator, patience: Patience
) -> None:
    await simulator.stop_listening()

    class Restart(Patience):
        @override
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            await simulator.start_listening()

    assert len(await make_client(retry=Restart().policy()).get_point_hierarchy()) > 0


async def test_platform_that_is_not_there(client: ReengenClient, simulator: Simulator, patience: Patience) -> None:
    await simulator.stop_listening()
    with pytest.raises(ReengenConnectionError) as caught:
        await client.get_point_hierarchy()
    assert caught.value.sent is False
    assert len(patience.pauses) == 2
    assert client.counters.last_error == str(caught.value)


# A platform that misbehaves


@pytest.mark.parametrize("connection_id", ["id\r\nEvil: 1", "kimliğim", "\x7f"])
async def test_id_that_no_header_can_carry_is_an_unusable_response(
    http: aiohttp.ClientSession, raw_server: RawServer, patience: Patience, connection_id: str
) -> None:
    raw_server.responses = [http_bytes(envelope({"connectionId": connection_id}))]
    client = client_of(http, raw_server, patience)
    with pytest.raises(ReengenError, match="no header can carry") as caught:
        await client.get_point_hierarchy()
    assert connection_id not in everything_told(caught.value)
    assert len(raw_server.requests) == 1


@pytest.mark.parametrize(
    "echo",
    [
        {"body": envelope(succeeded=False, message=f"Bad id {CONNECTION_ID} or {PASSWORD}")},
        {"body": envelope(succeeded=False, message=f"{'x' * 480} {CONNECTION_ID}")},
        {"body": f"<html>{CONNECTION_ID} {PASSWORD}</html>"},
        {"body": f"<html>{CONNECTION_ID} {PASSWORD}</html>", "status": "500 Broken"},
        {"body": envelope(succeeded=False, message=f"expired session {CONNECTION_ID}")},
        {"body": f'{{"succeeded": "{CONNECTION_ID}"}}'},
        {"body": f'{{"succeeded": true, "properties": {{"data": "{CONNECTION_ID}"}}}}'},
        {"body": f'{{"succeeded": true, "{CONNECTION_ID}": 1, "{CONNECTION_ID}": 2}}'},
        {"body": f'{{"succeeded": true, "properties": "{CONNECTION_ID}'},
        {"body": "", "status": "302 Found", "Location": f"/login?id={CONNECTION_ID}&p={PASSWORD}"},
        {"body": "", "status": f"500 {CONNECTION_ID}"},
    ],
    ids=[
        "refusal",
        "long refusal",
        "page",
        "failure",
        "session",
        "envelope",
        "data",
        "twice",
        "cut",
        "redirect",
        "reason",
    ],
)
async def test_platform_that_repeats_secrets(
    http: aiohttp.ClientSession,
    raw_server: RawServer,
    patience: Patience,
    caplog: pytest.LogCaptureFixture,
    echo: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    raw_server.responses = [LOGIN, http_bytes(**echo), LOGIN, http_bytes(**echo)]
    client = client_of(http, raw_server, patience)
    with pytest.raises(ReengenError) as caught:
        await client.get_point_hierarchy()
    told = "\n".join([everything_told(caught.value), caplog.text, repr(client), repr(client.counters)])
    assert PASSWORD not in told
    assert CONNECTION_ID[:8] not in told


async def test_message_beside_a_success_is_told_without_secrets(
    http: aiohttp.ClientSession, raw_server: RawServer, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = http_bytes(envelope({"data": []}, message=f"Old data for {CONNECTION_ID}"))
    raw_server.responses = [LOGIN, said]
    await client_of(http, raw_server, patience).get_point_hierarchy()
    assert "Old data for **" in caplog.text
    assert CONNECTION_ID not in caplog.text


def client_of(http: aiohttp.ClientSession, raw_server: RawServer, patience: Patience) -> ReengenClient:
    return ReengenClient(
        http,
        url=raw_server.url,
        tenant="xyz",
        username="demo",
        password=PASSWORD,
        time_zone=ISTANBUL,
        retry=patience.policy(),
    )
