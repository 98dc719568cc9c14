"""What nobody waits for goes in the background, and nothing else does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
import pytest

from custom_components.reengen.api.request_limiter import RequestLimiter, Urgency
from custom_components.reengen.const import READINGS_INTERVAL
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported

POINT = "xFabrikaTrafo6"


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world be as short as makes a history."""
    return WorldOptions(start=now - timedelta(days=3), points=8)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Urgency]:
    """Return how urgent the requests were that had their turns, one after another."""
    found: list[Urgency] = []
    inner = RequestLimiter.turn

    @asynccontextmanager
    async def turn(limiter: RequestLimiter, urgency: Urgency) -> AsyncIterator[None]:
        async with inner(limiter, urgency):
            found.append(urgency)
            yield

    monkeypatch.setattr(RequestLimiter, "turn", turn)
    return found


async def test_what_goes_in_the_background(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, given: list[Urgency], pass_time: PassTime
) -> None:
    entry = await imported()
    data = entry.runtime_data
    for work in (data.clock.async_refresh, data.commands.async_list_anew, data.history.async_import):
        given.clear()
        await work()
        assert set(given) == {Urgency.BACKGROUND}
    for work in (data.points.async_refresh, data.readings.async_refresh):
        given.clear()
        await work()
        assert set(given) == {Urgency.AWAITED}
    given.clear()
    called = {"config_entry_id": entry.entry_id, "point": POINT}
    await hass.services.async_call("reengen", "list_available_commands", called, blocking=True, return_response=True)
    assert given == [Urgency.AWAITED]


async def test_the_poll_after_something_in_the_background_does_not_go_there(
    imported: Imported, simulator: Simulator, given: list[Urgency], pass_time: PassTime
) -> None:
    """Refuse a request of the history: it has the tree read anew, and with it the next reading of the tree planned."""
    data = (await imported()).runtime_data
    await pass_time(timedelta(minutes=2))
    # Once more than is found out by a login whether the session has ended.
    simulator.fail_next("refused", method="GetData", times=2)
    given.clear()
    await data.history.async_import()
    assert given[0] is Urgency.BACKGROUND
    assert Urgency.AWAITED in given
    given.clear()
    await pass_time(READINGS_INTERVAL)
    assert set(given) == {Urgency.AWAITED}
