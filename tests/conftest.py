"""What all tests of the integration share: a simulated platform on a real socket, and a config entry for it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
import logging
from math import inf
import os
from typing import Any
from unittest.mock import PropertyMock, patch

from freezegun.api import FrozenDateTimeFactory, real_monotonic
from homeassistant.const import CONF_PASSWORD, CONF_TIME_ZONE, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.reengen.account.client import account_unique_id
from custom_components.reengen.api import ReengenClient, RetryPolicy
from custom_components.reengen.const import CONF_TENANT, DOMAIN
from custom_components.reengen.platform_check import PlatformChecker
from simulator import Simulator, WorldOptions

from .clocks import LeapingClock, PassTime, frozen
from .commands.samples import add_samples
from .profiles import LONG, examples
from .worlds import copied_store


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`."""
    parser.addoption("--long", action="store_true", help="let the properties draw their thousands of examples")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile before a test module asks for it, and what is logged.

    The plugin has the database engine log each statement, which takes a quarter of the time of a test with a recorder.
    """
    if config.getoption("--long"):
        os.environ[LONG] = "1"
    # A busy machine must not fail a property. What has no numbers of its own draws as many examples.
    settings.register_profile("patient", deadline=None, max_examples=examples(100, 2_000))
    settings.load_profile("patient")
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


# A Wednesday in summer, 14:20 in Istanbul, in the middle of a quarter hour.
NOW = datetime(2026, 7, 15, 11, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> AsyncIterator[None]:
    """Let the loop check threads as the plugin wants it, without the traceback of each handle, task, future and coroutine.

    The tracebacks take a third of the time and serve messages alone. How long a callback takes is the machine's affair.
    """
    loop = asyncio.get_running_loop()
    with patch("asyncio.constants.DEBUG_STACK_DEPTH", 0), patch.object(loop, "get_debug", lambda: False):
        loop.set_debug(True)
        loop.slow_callback_duration = inf
        yield


@pytest.fixture(scope="session", autouse=True)
def _worlds_are_copied() -> Iterator[None]:
    """Build a simulated world once for all tests that ask for the same."""
    with patch("simulator.server.open_store", copied_store):
        yield


@pytest.fixture(autouse=True)
def _custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load the integration from this checkout, where a test has a Home Assistant, which starts first."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def _no_check_by_itself(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the platform be checked where a test is about that alone: the others count their own requests."""
    if "platform_check" not in request.path.parts:
        monkeypatch.setattr(PlatformChecker, "async_start", lambda _: None)


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Describe a small world: the platform's usual tree with three days of readings."""
    return WorldOptions(start=now - timedelta(days=3))


@pytest.fixture
def now() -> datetime:
    """Return the instant at which both clocks stand."""
    return NOW


@pytest.fixture
async def freezer(now: datetime) -> AsyncIterator[FrozenDateTimeFactory]:
    """Freeze the wall clock, not the event loop's: real sockets need timeouts that pass."""
    loop = asyncio.get_running_loop()
    with patch.object(loop, "time", real_monotonic), frozen(now) as factory:
        yield factory


@pytest.fixture
async def simulator(
    socket_enabled: None, world_options: WorldOptions, now: datetime, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Simulator]:
    """Serve the world on 127.0.0.1; its clock and Home Assistant's both stand at `now`."""
    async with await Simulator.start(world_options, now=now) as running:
        yield running


@pytest.fixture
def pass_time(hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory) -> PassTime:
    """Return what moves both clocks on, fires the timers due by then and waits for what they start."""

    async def passes(delta: timedelta) -> None:
        freezer.tick(delta)
        simulator.clock.advance(delta)
        # The loop's own clock did not move: a timer is due when it would be after the same stretch.
        async_fire_time_changed(hass, dt_util.utcnow() + delta)
        await hass.async_block_till_done(wait_background_tasks=True)

    return passes


@pytest.fixture
def entry_options() -> dict[str, Any]:
    """Choose a transformer with commands and the site above it."""
    return {
        "points": ["xFabrikaFabrika", "xFabrikaTrafo6"],
        "include_descendants": False,
        "measurements": ["active_energy_import", "voltage_phase"],
        "costs": [],
        "energy_dashboard": False,
        CONF_TIME_ZONE: "Europe/Istanbul",
    }


@pytest.fixture
def entry(hass: HomeAssistant, simulator: Simulator, entry_options: dict[str, Any]) -> MockConfigEntry:
    """Return an account on the simulated platform, not yet set up."""
    options = simulator.options
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=f"{options.tenant} ({options.user})",
        unique_id=account_unique_id(simulator.url, options.tenant, options.user),
        data={
            CONF_URL: simulator.url,
            CONF_TENANT: options.tenant,
            CONF_USERNAME: options.user,
            CONF_PASSWORD: options.password,
        },
        options=entry_options,
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def loaded_entry(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account set up, its commands listed."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


@pytest.fixture
def every_command(simulator: Simulator) -> None:
    """Let the platform list a command of each kind at the transformer."""
    add_samples(simulator)


@pytest.fixture
async def leaping_clock() -> AsyncIterator[None]:
    """Let the event loop's clock stand still but for waits, which are over at once."""
    with LeapingClock(asyncio.get_running_loop()).running():
        yield


@pytest.fixture
def impatient_client(freezer: FrozenDateTimeFactory, leaping_clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a third of a second, and after the second attempt: some faults never answer.

    It is to be asked for before the account is set up. The client's longer pauses follow the frozen clock.
    """
    policy = RetryPolicy(
        request_seconds=0.3,
        total_seconds=5.0,
        attempts=2,
        first_delay=0.01,
        clock=lambda: dt_util.utcnow().timestamp(),
    )

    def impatient(*args: Any, **kwargs: Any) -> ReengenClient:
        return ReengenClient(*args, **{**kwargs, "retry": policy})

    monkeypatch.setattr("custom_components.reengen.account.client.ReengenClient", impatient)


@pytest.fixture
def entity_registry_enabled_by_default() -> Iterator[None]:
    """Enable every entity, also those that are off by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default", new=PropertyMock(return_value=True)
    ):
        yield
