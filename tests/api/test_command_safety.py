"""A command or a write takes effect at most once under every fault, and the error tells the truth about it."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Any, override

import aiohttp
import pytest

from custom_components.reengen.api import (
    DataValueChange,
    ImportRow,
    Operation,
    ReengenClient,
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenOutcomeUnknownError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenRequestError,
    ReengenSessionError,
    ReengenTimeoutError,
)
from custom_components.reengen.api.models import Command
from simulator import FAULTS, Simulator

from .conftest import NOW, PASSWORD, MakeClient, Patience, everything_told, learn_of_closed_connections

LIGHTS = Command(
    code="lights-on-off", name="Turn Lights On/Off", command_type="SingleParameter", parameter_type="boolean"
)
ROW = ImportRow(
    point="reengenPoint", definition="activeEnergy", variant="import", index=1, interval_end=NOW, value=121.0
)
CHANGE = DataValueChange(point="xyzBesiktas", type="safety", value="3", operation=Operation.CREATE)

type Write = Callable[[ReengenClient], Awaitable[Any]]

WRITES: dict[str, Write] = {
    "ExecuteCommand": lambda client: client.execute_command("xFabrikaTrafo6", LIGHTS, parameter=True),
    "ImportData": lambda client: client.import_data([ROW]),
    "ManageDCData": lambda client: client.manage_dc_data([CHANGE]),
}

# How often the write may have taken effect when the call ends so.
MAY_HAVE_HAPPENED: dict[type[BaseException] | None, set[int]] = {None: {1}, ReengenOutcomeUnknownError: {0, 1}}
NOT_DONE: set[int] = {0}

# What a person is told of a command under each fault.
DONE = None
UNKNOWN = ReengenOutcomeUnknownError
OUTCOMES: dict[str, type[ReengenError] | None] = {
    "reset_before_body": UNKNOWN,
    "reset_after_execution": UNKNOWN,
    "reset_mid_response": UNKNOWN,
    "timeout_before_execution": UNKNOWN,
    "timeout_after_execution": UNKNOWN,
    "slow_first_byte": UNKNOWN,
    "slow_drip": UNKNOWN,
    "http_500_json": UNKNOWN,
    "http_500_html": UNKNOWN,
    "http_502_html": UNKNOWN,
    "http_503_html": UNKNOWN,
    "http_504_html": UNKNOWN,
    "http_401_json": DONE,
    "http_403_html": UNKNOWN,
    "http_413": UNKNOWN,
    "rate_limited": ReengenRateLimitError,
    "rate_limited_text": ReengenRateLimitError,
    "maintenance_page_200": UNKNOWN,
    "redirect_to_login": UNKNOWN,
    "empty_200": UNKNOWN,
    "truncated_json": UNKNOWN,
    "bom": DONE,
    "html_content_type": DONE,
    "top_level_array": UNKNOWN,
    "properties_missing": DONE,
    "properties_null": DONE,
    "data_missing": DONE,
    "succeeded_string": UNKNOWN,
    "succeeded_missing": UNKNOWN,
    "message_on_success": DONE,
    "extra_keys": DONE,
    "null_series": DONE,
    "missing_series_key": DONE,
    "extra_series_key": DONE,
    "row_count_mismatch": DONE,
    "nan_value": DONE,
    "text_value": DONE,
    "duplicate_row": DONE,
    "unknown_point_id": DONE,
    "wrong_row_shape": DONE,
    "echo_clamped": DONE,
    "huge_response": UNKNOWN,
    "stale_response": DONE,
    "expired_id": DONE,
    "refused": ReengenRefusedError,
    "connect_timed_out": ReengenRefusedError,
}

# A response that comes within a second of silence is late to this client.
IMPATIENT = {"request_seconds": 0.4}


def times_done(simulator: Simulator) -> int:
    """Return how often a write took effect, as the platform counts it."""
    return len(simulator.executions) + len(simulator.writes)


async def outcome_of(write: Awaitable[Any]) -> ReengenError | None:
    try:
        await write
    except ReengenError as error:
        return error
    return None


def test_every_fault_has_an_expected_outcome() -> None:
    assert OUTCOMES.keys() == FAULTS.keys()


@pytest.mark.parametrize("fault", FAULTS)
async def test_command_under_a_fault(
    make_client: MakeClient,
    simulator: Simulator,
    patience: Patience,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(retry=patience.policy(**IMPATIENT))
    await client.authenticate()
    simulator.fail_next(fault, method="ExecuteCommand")
    error = await outcome_of(WRITES["ExecuteCommand"](client))
    expected = OUTCOMES[fault]
    assert (None if error is None else type(error)) is expected
    assert times_done(simulator) in MAY_HAVE_HAPPENED.get(expected, NOT_DONE)
    assert patience.pauses == []
    told = f"{caplog.text}{client!r}{client.counters}{everything_told(error or ReengenError(''))}"
    secrets = [PASSWORD, *(request.connection_id for request in simulator.requests if request.connection_id)]
    assert [secret for secret in secrets if secret in told] == []


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_write_takes_effect_at_most_once(
    make_client: MakeClient, simulator: Simulator, patience: Patience, fault: str, method: str
) -> None:
    client = make_client(retry=patience.policy(**IMPATIENT))
    await client.authenticate()
    simulator.fail_next(fault, method=method, times=2)
    error = await outcome_of(WRITES[method](client))
    assert times_done(simulator) in MAY_HAVE_HAPPENED.get(None if error is None else type(error), NOT_DONE)
    assert error is None or error.method == method


# A gateway may answer in the platform's place when the platform has done its work.
GATEWAY_FAULTS = [name for name, fault in FAULTS.items() if "executed" in fault.options]


@pytest.mark.parametrize("fault", GATEWAY_FAULTS)
async def test_gateway_hides_that_it_was_done(client: ReengenClient, simulator: Simulator, fault: str) -> None:
    await client.authenticate()
    simulator.fail_next(fault, method="ExecuteCommand", executed=True)
    error = await outcome_of(WRITES["ExecuteCommand"](client))
    assert isinstance(error, ReengenOutcomeUnknownError)
    assert isinstance(error.__cause__, ReengenError)
    assert times_done(simulator) == 1
    assert simulator.count("ExecuteCommand") == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_login_that_fails_first(
    make_client: MakeClient, simulator: Simulator, patience: Patience, fault: str
) -> None:
    """The command waits for the login, so that whatever the login meets, it is known not to have left."""
    simulator.fail_next(fault, method="Authenticate", times=3)
    error = await outcome_of(WRITES["ExecuteCommand"](make_client(retry=patience.policy(**IMPATIENT))))
    assert not isinstance(error, ReengenOutcomeUnknownError)
    assert not (isinstance(error, ReengenConnectionError) and error.sent)
    assert times_done(simulator) == simulator.count("ExecuteCommand") == int(error is None)


# Certain not to have been taken: sent again


async def test_command_waits_for_a_platform_that_is_not_there(
    http: aiohttp.ClientSession, make_client: MakeClient, simulator: Simulator
) -> None:
    class Restart(Patience):
        @override
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            await simulator.start_listening()

    client = make_client(retry=Restart().policy())
    await client.authenticate()
    await simulator.stop_listening()
    await learn_of_closed_connections(http)
    await WRITES["ExecuteCommand"](client)
    assert times_done(simulator) == 1


async def test_command_to_a_platform_that_stays_away(
    http: aiohttp.ClientSession, client: ReengenClient, simulator: Simulator, patience: Patience
) -> None:
    await client.authenticate()
    await simulator.stop_listening()
    await learn_of_closed_connections(http)
    error = await outcome_of(WRITES["ExecuteCommand"](client))
    assert isinstance(error, ReengenConnectionError)
    assert (error.sent, error.method) == (False, "ExecuteCommand")
    assert len(patience.pauses) == 2
    assert times_done(simulator) == 0


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("profile", ["200-false", "401-json"])
async def test_dead_id_that_the_platform_itself_refuses(
    client: ReengenClient, simulator: Simulator, profile: Any, method: str
) -> None:
    simulator.profile.session_refusal = profile
    await client.authenticate()
    simulator.expire_sessions()
    await WRITES[method](client)
    assert times_done(simulator) == 1
    assert simulator.count(method) == 2
    assert simulator.count("Authenticate") == 2


@pytest.mark.parametrize("profile", ["200-false", "401-json"])
async def test_command_with_ids_that_are_always_refused(
    client: ReengenClient, simulator: Simulator, profile: Any
) -> None:
    simulator.profile.session_refusal = profile
    simulator.profile.always_expired = True
    error = await outcome_of(WRITES["ExecuteCommand"](client))
    assert isinstance(error, ReengenSessionError)
    assert simulator.count("ExecuteCommand") == 2
    assert times_done(simulator) == 0


async def test_login_page_in_the_place_of_a_response_proves_nothing(
    client: ReengenClient, simulator: Simulator
) -> None:
    """The command is not sent again, but the next one has a living id."""
    simulator.profile.session_refusal = "403-html"
    await client.authenticate()
    simulator.expire_sessions()
    assert isinstance(await outcome_of(WRITES["ExecuteCommand"](client)), ReengenOutcomeUnknownError)
    assert simulator.count("ExecuteCommand") == 1
    await WRITES["ExecuteCommand"](client)
    assert times_done(simulator) == 1


async def test_replay_that_ends_in_a_login_page(client: ReengenClient, simulator: Simulator) -> None:
    await client.authenticate()
    simulator.fail_next("expired_id", method="ExecuteCommand")
    simulator.fail_next("redirect_to_login", method="ExecuteCommand", times=5)
    assert isinstance(await outcome_of(WRITES["ExecuteCommand"](client)), ReengenOutcomeUnknownError)
    assert simulator.count("ExecuteCommand") == 2


# Told as it is


async def test_read_timeout_behind_the_platform_leaves_it_open(client: ReengenClient, simulator: Simulator) -> None:
    await client.authenticate()
    simulator.fail_next("refused", method="ExecuteCommand", message="SocketTimeoutException: Read timed out")
    error = await outcome_of(WRITES["ExecuteCommand"](client))
    assert isinstance(error, ReengenOutcomeUnknownError)
    assert "Read timed out" in str(error)


async def test_documented_error_response(client: ReengenClient, simulator: Simulator) -> None:
    """API document: ExecuteCommand, Error Response."""
    await client.authenticate()
    simulator.fail_next("connect_timed_out", method="ExecuteCommand")
    error = await outcome_of(WRITES["ExecuteCommand"](client))
    assert isinstance(error, ReengenRefusedError)
    assert error.server_message == "SocketTimeoutException: connect timed out"
    assert simulator.count("Authenticate") == 1


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("timeout_after_execution", ReengenTimeoutError),
        ("reset_after_execution", ReengenConnectionError),
        ("http_504_html", ReengenHttpError),
        ("http_500_json", ReengenRefusedError),
    ],
)
async def test_unknown_outcome_says_why(
    make_client: MakeClient, simulator: Simulator, patience: Patience, fault: str, cause: type[ReengenError]
) -> None:
    client = make_client(retry=patience.policy(**IMPATIENT))
    await client.authenticate()
    simulator.fail_next(fault, method="ExecuteCommand")
    error = await outcome_of(WRITES["ExecuteCommand"](client))
    assert isinstance(error, ReengenOutcomeUnknownError)
    assert type(error.__cause__) is cause
    assert str(error.__cause__) in str(error)


async def test_cancelled_command_is_not_sent_again(client: ReengenClient, simulator: Simulator) -> None:
    await client.authenticate()
    simulator.fail_next("timeout_after_execution", method="ExecuteCommand")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.ensure_future(WRITES["ExecuteCommand"](client)), 0.3)
    await client.get_point_hierarchy()
    assert simulator.count("ExecuteCommand") == 1
    assert times_done(simulator) == 1


async def test_misfit_parameter_is_not_sent(client: ReengenClient, simulator: Simulator) -> None:
    with pytest.raises(ReengenRequestError):
        await client.execute_command("xFabrikaTrafo6", LIGHTS, "true")
    assert simulator.count() == 0


async def test_commands_together_each_run_once(client: ReengenClient, simulator: Simulator) -> None:
    await client.authenticate()
    simulator.expire_sessions()
    await asyncio.gather(*(client.execute_command("xFabrikaTrafo6", LIGHTS, bool(number % 2)) for number in range(20)))
    assert sorted(execution.parameter for execution in simulator.executions) == [False] * 10 + [True] * 10
    assert simulator.count("Authenticate") == 2
