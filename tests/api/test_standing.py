"""How credentials stand with the platform: refused for good, refused sessions, and logins that never come without end."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from custom_components.reengen.api import (
    ReengenAuthenticationError,
    ReengenClient,
    ReengenError,
    ReengenRefusedError,
    ReengenSessionError,
    RetryPolicy,
    Standing,
)
from simulator import Simulator

from .conftest import MakeClient, Patience

HOUR = 3600.0
COMMANDS_OF = "xFabrikaTrafo6"


async def outcome(asked: Awaitable[Any]) -> type[ReengenError] | None:
    """Return what was raised."""
    try:
        await asked
    except ReengenError as error:
        return type(error)
    return None


async def test_a_refusal_outlives_the_client(make_client: MakeClient, simulator: Simulator) -> None:
    standing = Standing()
    for _ in range(3):
        client = make_client(password="mistaken", standing=standing)
        with pytest.raises(ReengenAuthenticationError):
            await client.get_point_hierarchy()
    assert simulator.count() == 1


async def test_a_password_that_changes_meanwhile_is_tried_once(client: ReengenClient, simulator: Simulator) -> None:
    await client.get_point_hierarchy()
    simulator.change_password("new")
    simulator.profile.lock_out_after = 2
    for _ in range(3):
        outcomes = await asyncio.gather(
            *(client.list_available_commands(COMMANDS_OF) for _ in range(20)), return_exceptions=True
        )
        assert {type(each) for each in outcomes} == {ReengenAuthenticationError}
    assert simulator.count("Authenticate") == 2


@pytest.mark.parametrize(
    ("message", "is_tried_again"),
    [
        ("Tenant, user or password is not correct", False),
        ("The account is locked after too many failed attempts, try again later", False),
        ("Hesabınız kilitlendi", False),
        ("Account locked: too many requests", False),
        ("Database is not available", True),
        ("Internal server error", True),
        ("Sistem bakımda: bakım çalışması", True),
        ("Sorgu zaman aşımına uğradı", True),
    ],
)
async def test_what_is_a_refusal_for_good(
    client: ReengenClient, simulator: Simulator, message: str, *, is_tried_again: bool
) -> None:
    simulator.fail_next("refused", method="Authenticate", message=message)
    with pytest.raises((ReengenRefusedError, ReengenAuthenticationError)) as caught:
        await client.get_point_hierarchy()
    assert isinstance(caught.value, ReengenAuthenticationError) is not is_tried_again
    assert await outcome(client.get_point_hierarchy()) is (None if is_tried_again else ReengenAuthenticationError)


@pytest.mark.parametrize("profile", ["200-false", "401-json", "403-html"])
async def test_ids_that_are_all_refused_cost_at_last_a_login_an_hour(
    client: ReengenClient, simulator: Simulator, patience: Patience, profile: Any
) -> None:
    """A day of polls: every quarter hour three methods, one of them a command."""
    await client.get_point_hierarchy()
    (command, *_) = await client.list_available_commands(COMMANDS_OF)
    simulator.profile.session_refusal = profile
    simulator.profile.always_expired = True
    since = simulator.count("Authenticate")
    for _ in range(24 * 4):
        found = {
            await outcome(client.get_point_hierarchy()),
            await outcome(client.list_available_commands(COMMANDS_OF)),
            await outcome(client.execute_command(COMMANDS_OF, command, parameter=True)),
        }
        assert found.isdisjoint({None, ReengenAuthenticationError})
        patience.now += HOUR / 4
    # Pauses of 1, 2, 4, ... 32 minutes come before those of an hour.
    assert simulator.count("Authenticate") - since <= 6 + 24
    assert simulator.executions == []

    simulator.profile.always_expired = False
    patience.now += HOUR
    assert await outcome(client.get_point_hierarchy()) is None


async def test_clients_made_one_after_another_share_the_pauses(
    make_client: MakeClient, simulator: Simulator, patience: Patience
) -> None:
    """A set-up that is tried again every minute."""
    standing = Standing()
    simulator.profile.always_expired = True
    for _ in range(24 * 60):
        assert await outcome(make_client(standing=standing).get_point_hierarchy()) is ReengenSessionError
        patience.now += HOUR / 60
    # A client without an id of before asks for one, and for another one when that is refused.
    assert simulator.count("Authenticate") <= 2 * (6 + 24)
    patience.now += HOUR
    simulator.profile.always_expired = False
    assert await outcome(make_client(standing=standing).get_point_hierarchy()) is None
    assert await outcome(make_client(standing=standing).get_point_hierarchy()) is None


@pytest.mark.parametrize("fault", ["refused", "http_403_html", "redirect_to_login"])
async def test_a_method_that_is_always_refused_takes_no_other_down(
    client: ReengenClient, simulator: Simulator, patience: Patience, fault: str
) -> None:
    """What sounds like a dead session may be one odd method."""
    await client.get_point_hierarchy()
    options = {"message": "Session expired, please authenticate again"} if fault == "refused" else {}
    simulator.fail_next(fault, method="ListAvailableCommands", times=1000, **options)
    since = simulator.count("Authenticate")
    for _ in range(24 * 4):
        assert await outcome(client.list_available_commands(COMMANDS_OF)) not in {None, ReengenAuthenticationError}
        assert await outcome(client.get_point_hierarchy()) is None
        patience.now += HOUR / 4
    # Each hour an id is given up once where others have worked with it, and once where it is new.
    assert simulator.count("Authenticate") - since <= 2 * 24


async def test_an_id_that_dies_in_the_hour_after_a_vain_login_is_renewed(
    client: ReengenClient, simulator: Simulator, patience: Patience
) -> None:
    await client.get_point_hierarchy()
    simulator.fail_next("redirect_to_login", method="ListAvailableCommands", times=2)
    assert await outcome(client.list_available_commands(COMMANDS_OF)) is ReengenSessionError
    for _ in range(5):
        patience.now += 60.0
        assert await outcome(client.get_point_hierarchy()) is None
        simulator.expire_sessions()
    assert await outcome(client.get_point_hierarchy()) is None


async def test_a_login_that_does_not_arrive_is_no_refusal(make_client: MakeClient, simulator: Simulator) -> None:
    client = make_client(retry=RetryPolicy(attempts=1))
    await client.get_point_hierarchy()
    simulator.expire_sessions()
    simulator.fail_next("http_500_html", method="Authenticate")
    assert await outcome(client.get_point_hierarchy()) is not None
    assert await outcome(client.get_point_hierarchy()) is None
