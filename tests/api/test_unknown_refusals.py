"""Refusals in words that nobody listed: a session that ended is found out by behaviour, and nothing else is one."""

import asyncio
from collections.abc import Awaitable
from itertools import product
from typing import Any

import pytest

from custom_components.reengen.api import (
    IdRefusal,
    Listing,
    PointTree,
    ReengenClient,
    ReengenError,
    ReengenHttpError,
    ReengenOutcomeUnknownError,
    ReengenRefusedError,
    ReengenSessionEndedError,
    Standing,
)
from custom_components.reengen.api.refusals import refuses_session
from custom_components.reengen.api.transport import HttpResponse
from simulator import Simulator

from .conftest import NOW, MakeClient, Patience
from .refused_ids import OTHER_REFUSALS, STATUSES, WORDINGS
from .test_command_safety import CHANGE, WRITES, times_done

POINT = "xFabrikaTrafo6"
EACH_REFUSAL = pytest.mark.parametrize(("form", "status"), list(product(("200-false", "page"), STATUSES)))
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


async def outcome(asked: Awaitable[Any]) -> ReengenError | None:
    """Return what was raised."""
    try:
        await asked
    except ReengenError as error:
        return error
    return None


def refuse_dead_ids(simulator: Simulator, form: str, status: int, words: str) -> None:
    """Refuse dead connection ids so from now on, and let every one of them die."""
    simulator.profile.change({"session_refusal": form, "session_status": status, "session_message": words})
    simulator.expire_sessions()


async def client_of_its_own(make_client: MakeClient, simulator: Simulator) -> ReengenClient:
    """Return a client that has logged in, so that it knows nothing of the refusals before."""
    simulator.profile.session_refusal = "200-false"
    client = make_client()
    await client.get_point_hierarchy()
    return client


def undo_writes(simulator: Simulator) -> None:
    """Take out what the writes of the tests create."""
    simulator.database.execute("DELETE FROM sample WHERE end_utc = ?", (NOW.timestamp(),))
    simulator.database.execute("DELETE FROM dc_data WHERE type = ?", (CHANGE.type,))


def test_none_of_the_words_is_listed() -> None:
    assert (len(set(WORDINGS)), len(OTHER_REFUSALS)) == (40, 20)
    response = HttpResponse(status=200, content_type="", location="", retry_after=None, body=b"")
    assert [
        words for words in WORDINGS if refuses_session(ReengenRefusedError("", server_message=words), response)
    ] == []


# A session that ended


@EACH_REFUSAL
async def test_polls_go_on_by_themselves_in_the_same_poll(
    make_client: MakeClient, simulator: Simulator, patience: Patience, form: str, status: int
) -> None:
    for words in WORDINGS:
        client = await client_of_its_own(make_client, simulator)
        await client.list_available_commands(POINT)
        since = simulator.count("Authenticate")
        for number in range(1, 3):
            refuse_dead_ids(simulator, form, status, words)
            assert await client.list_available_commands(POINT)
            assert len(await client.get_point_hierarchy()) > 0
            assert simulator.count("Authenticate") - since == number, words
            patience.now += MINUTE


async def test_many_methods_that_meet_a_dead_id_share_one_login(client: ReengenClient, simulator: Simulator) -> None:
    await client.get_point_hierarchy()
    refuse_dead_ids(simulator, "200-false", 440, "Sitzung {number} abgelaufen")
    asked = [client.get_point_hierarchy(), *(client.list_available_commands(POINT) for _ in range(20))]
    assert [type(each) for each in await asyncio.gather(*asked)] == [PointTree, *[Listing] * 20]
    assert simulator.count("Authenticate") == 2


async def test_an_id_that_lives_for_minutes_costs_four_logins_an_hour(
    client: ReengenClient, simulator: Simulator, patience: Patience
) -> None:
    """Also in words that change each time."""
    await client.get_point_hierarchy()
    for hours in range(1, 4):
        for minutes in range(20):
            refuse_dead_ids(simulator, "200-false", 200, f"Wer {'abcdefghijklmnopqrst'[minutes]} da?")
            await outcome(client.get_point_hierarchy())
            patience.now += 3 * MINUTE
        assert simulator.count("Authenticate") - 1 <= 4 * hours
    patience.now += HOUR
    assert await outcome(client.get_point_hierarchy()) is None


async def test_nothing_is_guessed_once_the_credentials_were_refused(
    make_client: MakeClient, simulator: Simulator
) -> None:
    standing = Standing()
    client = make_client(standing=standing)
    await client.get_point_hierarchy()
    assert await outcome(make_client(standing=standing, password="mistaken").get_point_hierarchy()) is not None
    since = simulator.count("Authenticate")
    refuse_dead_ids(simulator, "200-false", 200, WORDINGS[0])
    assert isinstance(await outcome(client.get_point_hierarchy()), ReengenRefusedError)
    assert simulator.count("Authenticate") == since


async def test_a_login_that_fails_on_a_guess_leaves_the_id_in_use(client: ReengenClient, simulator: Simulator) -> None:
    await client.get_point_hierarchy()
    simulator.fail_next("http_500_html", method="Authenticate", times=3)
    simulator.fail_next("refused", method="ListAvailableCommands", message=WORDINGS[0])
    error = await outcome(client.list_available_commands(POINT))
    assert error is not None
    assert WORDINGS[0] in str(error)
    assert await outcome(client.list_available_commands(POINT)) is None
    ids = {request.connection_id for request in simulator.requests if request.method != "Authenticate"}
    assert len(ids) == 1


async def test_an_id_that_was_never_used_and_is_old_is_renewed(
    client: ReengenClient, simulator: Simulator, patience: Patience
) -> None:
    await client.authenticate()
    refuse_dead_ids(simulator, "200-false", 200, WORDINGS[0])
    assert await outcome(client.get_point_hierarchy()) is not None
    patience.now += HOUR
    assert await outcome(client.get_point_hierarchy()) is None


# What is no matter of the session


@pytest.mark.parametrize(("fault", "options"), OTHER_REFUSALS)
async def test_other_refusals_cost_one_login_at_most(
    client: ReengenClient, simulator: Simulator, patience: Patience, fault: str, options: dict[str, Any]
) -> None:
    await client.get_point_hierarchy()
    simulator.fail_next(fault, method="ListAvailableCommands", times=10_000, **options)
    for _ in range(4 * 12):
        assert await outcome(client.list_available_commands(POINT)) is not None
        assert await outcome(client.get_point_hierarchy()) is None
        patience.now += HOUR / 4
    assert simulator.count("Authenticate") <= 2
    assert simulator.count("GetPointHierarchy") == 1 + 4 * 12


@pytest.mark.parametrize(("fault", "options"), OTHER_REFUSALS)
async def test_what_a_method_is_refused_in_part_costs_one_login_at_most(
    client: ReengenClient, simulator: Simulator, patience: Patience, fault: str, options: dict[str, Any]
) -> None:
    """Half of the requests of a method are refused, the others are not: the id is good for the method."""
    await client.list_available_commands(POINT)
    for _ in range(4 * 12):
        assert await outcome(client.list_available_commands(POINT)) is None
        simulator.fail_next(fault, method="ListAvailableCommands", times=10, **options)
        await outcome(client.list_available_commands(POINT))
        simulator.clear_faults()
        patience.now += HOUR / 4
    assert simulator.count("Authenticate") <= 2


async def test_a_refusal_is_forgotten_after_a_day(
    client: ReengenClient, simulator: Simulator, patience: Patience
) -> None:
    """Words so general that they stand for both are no dead end."""
    await client.get_point_hierarchy()
    simulator.fail_next("refused", method="ListAvailableCommands", times=2, message="Error")
    assert await outcome(client.list_available_commands(POINT)) is not None
    assert await outcome(client.get_point_hierarchy()) is None
    patience.now += DAY - MINUTE
    refuse_dead_ids(simulator, "200-false", 200, "Error")
    assert await outcome(client.list_available_commands(POINT)) is not None
    assert simulator.count("Authenticate") == 2
    patience.now += MINUTE
    assert await outcome(client.list_available_commands(POINT)) is None
    assert simulator.count("Authenticate") == 3


async def test_a_reload_forgets_nothing(make_client: MakeClient, simulator: Simulator) -> None:
    standing = Standing()
    for _ in range(3):
        client = make_client(standing=standing)
        await client.get_point_hierarchy()
        simulator.fail_next("refused", method="ListAvailableCommands", times=2, message=WORDINGS[0])
        assert await outcome(client.list_available_commands(POINT)) is not None
        assert await outcome(client.get_point_hierarchy()) is None
        simulator.clear_faults()
    # One for each client, and one on a guess.
    assert simulator.count("Authenticate") == 4


# Writes and commands


@EACH_REFUSAL
@pytest.mark.parametrize("method", WRITES)
async def test_a_write_is_not_sent_again_and_the_next_one_is_done(
    make_client: MakeClient, simulator: Simulator, form: str, status: int, method: str
) -> None:
    """HTTP 401 says of itself that nothing was done (RFC 9110, 15.5.2); so that write is sent again."""
    for words in WORDINGS:
        client = await client_of_its_own(make_client, simulator)
        refuse_dead_ids(simulator, form, status, words)
        since, sent = times_done(simulator), simulator.count(method)
        error = await outcome(WRITES[method](client))
        if status == 401:
            assert error is None
            assert (times_done(simulator) - since, simulator.count(method) - sent) == (1, 2)
            undo_writes(simulator)
            continue
        assert (times_done(simulator) - since, simulator.count(method) - sent) == (0, 1), words
        # A page may be that of a gateway, and a failing server in disorder: they prove nothing.
        proves = form == "200-false" and status < 500
        assert type(error) is (ReengenSessionEndedError if proves else ReengenOutcomeUnknownError), words
        assert await outcome(WRITES[method](client)) is None
        assert times_done(simulator) - since == 1
        undo_writes(simulator)


@pytest.mark.parametrize(
    "message",
    [
        "SocketTimeoutException: Read timed out",
        "Gateway timeout while waiting for the device",
        "The device did not respond",
        "No response from RTU 7",
        "The operation took too long",
        "context deadline exceeded",
        "Cihaz yanıt vermedi",
        "Zaman aşımı",
        "Cihazdan cevap alınamadı",
        "İşlem süresi aşıldı",
        "Zeitüberschreitung beim Warten auf das Gerät",
        "Das Gerät antwortet nicht",
        "Keine Antwort vom Gerät",
    ],
)
async def test_a_timeout_in_any_words_is_an_unknown_outcome(
    client: ReengenClient, simulator: Simulator, message: str
) -> None:
    """Even where the session has ended meanwhile and refuses everything in these words."""
    await client.get_point_hierarchy()
    simulator.fail_next("refused", method="ExecuteCommand", message=message)
    assert type(await outcome(WRITES["ExecuteCommand"](client))) is ReengenOutcomeUnknownError
    assert simulator.count("Authenticate") == 1
    refuse_dead_ids(simulator, "200-false", 200, message)
    assert type(await outcome(WRITES["ExecuteCommand"](client))) is ReengenOutcomeUnknownError
    assert times_done(simulator) == 0


@pytest.mark.parametrize(("fault", "options"), OTHER_REFUSALS)
async def test_a_write_that_is_refused_for_another_reason_costs_one_read(
    client: ReengenClient, simulator: Simulator, fault: str, options: dict[str, Any]
) -> None:
    await client.get_point_hierarchy()
    simulator.fail_next(fault, method="ExecuteCommand", times=100, **options)
    for _ in range(5):
        error = await outcome(WRITES["ExecuteCommand"](client))
        assert error is not None
        assert not isinstance(error, ReengenSessionEndedError)
        assert await outcome(client.list_available_commands(POINT)) is None
    assert simulator.count("GetPointHierarchy") <= 2
    assert simulator.count("Authenticate") <= 2
    assert times_done(simulator) == 0


async def test_what_was_done_and_answered_by_a_gateway_is_told_as_unknown(
    client: ReengenClient, simulator: Simulator
) -> None:
    """The gateway is in the way of the read that follows, too, and gone after the new login."""
    await client.get_point_hierarchy()
    for method in ("ExecuteCommand", "GetPointHierarchy"):
        simulator.fail_next("http_500_json", method=method, executed=True)
    assert type(await outcome(WRITES["ExecuteCommand"](client))) is ReengenOutcomeUnknownError
    assert times_done(simulator) == simulator.count("ExecuteCommand") == 1


@pytest.mark.parametrize("login_fails", [True, False], ids=["no other id", "another id"])
async def test_a_write_that_is_refused_like_every_read_is_told_in_the_words_of_the_platform(
    client: ReengenClient, simulator: Simulator, login_fails: bool
) -> None:
    """Nothing shows that the id is dead, so nobody is told that the session had ended."""
    await client.get_point_hierarchy()
    for method in ("ExecuteCommand", "GetPointHierarchy"):
        simulator.fail_next("refused", method=method, times=100, message=WORDINGS[0])
    if login_fails:
        simulator.fail_next("http_500_html", method="Authenticate", times=100)
    for _ in range(5):
        error = await outcome(WRITES["ExecuteCommand"](client))
        assert type(error) is ReengenRefusedError
        assert error.server_message == WORDINGS[0]
    assert times_done(simulator) == 0
    assert simulator.count("ExecuteCommand") == 5
    # A login on a guess follows once an hour, which is tried three times where the server fails.
    assert simulator.count("Authenticate") == (1 + 3 if login_fails else 2)


# What the check of the platform has learned


async def test_learned_words_are_certain(make_client: MakeClient, simulator: Simulator, patience: Patience) -> None:
    """An id that lives for minutes is renewed as often as it dies, and a write is sent again."""
    words = "Ihre Kennung {id} gilt nicht ({number})"
    simulator.profile.session_message = words
    first = make_client()
    await first.get_point_hierarchy()
    learned = await first.refusal_of_made_up_id()
    assert learned == IdRefusal(200, "Ihre Kennung * gilt nicht *", is_recognised=False)
    later = make_client()
    later.trust_refusal(learned)
    for client in (first, later):
        since = simulator.count("Authenticate")
        await client.get_point_hierarchy()
        for _ in range(10):
            simulator.expire_sessions()
            assert await outcome(client.get_point_hierarchy()) is None
        patience.now += MINUTE
        simulator.expire_sessions()
        assert await outcome(WRITES["ExecuteCommand"](client)) is None
        assert simulator.count("Authenticate") - since == 11 + (client is later)
    assert times_done(simulator) == 2


async def test_a_platform_that_is_away_teaches_no_words(client: ReengenClient, simulator: Simulator) -> None:
    await client.get_point_hierarchy()
    simulator.fail_next("http_502_html", method="GetPointHierarchy")
    assert type(await outcome(client.refusal_of_made_up_id())) is ReengenHttpError
    assert await outcome(client.get_point_hierarchy()) is None
    assert simulator.count("Authenticate") == 1


async def test_a_login_that_fails_after_learned_words_leaves_the_write_refused(
    client: ReengenClient, simulator: Simulator
) -> None:
    simulator.profile.session_message = WORDINGS[0]
    await client.get_point_hierarchy()
    await client.refusal_of_made_up_id()
    simulator.expire_sessions()
    simulator.fail_next("http_500_html", method="Authenticate", times=3)
    error = await outcome(WRITES["ExecuteCommand"](client))
    assert type(error) is ReengenRefusedError
    assert error.server_message == WORDINGS[0]
    assert times_done(simulator) == 0
    assert await outcome(WRITES["ExecuteCommand"](client)) is None
    assert times_done(simulator) == 1


async def test_learned_words_that_stand_for_more_cost_one_login(
    client: ReengenClient, simulator: Simulator, patience: Patience
) -> None:
    simulator.profile.session_message = "Error"
    await client.list_available_commands(POINT)
    await client.refusal_of_made_up_id()
    for _ in range(20):
        assert await outcome(client.list_available_commands(POINT)) is None
        simulator.fail_next("refused", method="ListAvailableCommands", times=3, message="Error")
        assert await outcome(client.list_available_commands(POINT)) is not None
        simulator.clear_faults()
        simulator.fail_next("refused", method="ExecuteCommand", message="Error")
        assert type(await outcome(WRITES["ExecuteCommand"](client))) is ReengenRefusedError
        patience.now += HOUR / 4
    assert simulator.count("Authenticate") == 2
    assert times_done(simulator) == 0


async def test_all_ids_refused_in_learned_words_cost_at_last_a_login_an_hour(
    client: ReengenClient, simulator: Simulator, patience: Patience
) -> None:
    simulator.profile.session_message = WORDINGS[0]
    await client.get_point_hierarchy()
    await client.refusal_of_made_up_id()
    simulator.profile.always_expired = True
    for _ in range(24 * 4):
        assert await outcome(client.get_point_hierarchy()) is not None
        assert await outcome(WRITES["ExecuteCommand"](client)) is not None
        patience.now += HOUR / 4
    assert simulator.count("Authenticate") <= 1 + 6 + 24
    simulator.profile.always_expired = False
    patience.now += HOUR
    assert await outcome(client.get_point_hierarchy()) is None
