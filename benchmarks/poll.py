"""A real Home Assistant core with thousands of entities against the simulator over loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import gc
import tempfile
import time
from typing import Any
from unittest.mock import patch

import aiohttp
from homeassistant import loader
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from custom_components.reengen.api import ReengenClient
from custom_components.reengen.const import CONF_TENANT, DOMAIN
from custom_components.reengen.readings.samples import Readings

from .event_loop import measured_stretches
from .platform import Platform, running_platform

# The worst of so many counts.
POLLS = 5

FOUR_SERIES = ["active_energy_import", "reactive_energy_import", "capacitive_energy_export", "active_power_phase"]


@dataclass(frozen=True, kw_only=True)
class Poll:
    """What one poll cost: requests on average, the rest at worst."""

    requests: float
    largest_response_rows: int
    held_up_ms: float
    states_written: int


class _Resolver(aiohttp.ThreadedResolver):
    real_close = aiohttp.ThreadedResolver.close


@asynccontextmanager
async def home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant core that finds this checkout's integration, on a configuration folder of its own."""
    # The usual resolver listens for mDNS on all interfaces; addresses on 127.0.0.1 need none.
    with (
        tempfile.TemporaryDirectory() as folder,
        patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=_Resolver()),
    ):
        # The plugin's own folder is kept from run to run, and with it every device of every run before.
        async with async_test_home_assistant(load_registries=True, config_dir=folder) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS, None)
            frame.async_setup(hass)
            yield hass
            await hass.async_stop(force=True)


def account(platform: Platform) -> dict[str, str]:
    """Return the data of a config entry for the platform."""
    return {
        CONF_URL: platform.url,
        CONF_TENANT: platform.tenant,
        CONF_USERNAME: platform.username,
        CONF_PASSWORD: platform.password,
    }


async def measure_poll(points: int) -> Poll:
    """Set up so many points x four series with all their entities, then poll once more and watch the loop."""
    async with running_platform(points) as platform, home_assistant() as hass:
        codes = [point["code"] for point in await platform.control("points")][:points]
        options: dict[str, Any] = {"points": codes, "measurements": FOUR_SERIES, "costs": ["active_energy_cost"]}
        entry = MockConfigEntry(domain=DOMAIN, data=account(platform), options=options)
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)

        before = len(await platform.control("requests"))
        polls = [await _one_poll(hass, entry) for _ in range(POLLS)]
        requests = (await platform.control("requests"))[before:]
        return Poll(
            requests=len(requests) / POLLS,
            largest_response_rows=max(request["rows"] for request in requests),
            held_up_ms=max(held_up_ms for held_up_ms, _ in polls),
            states_written=min(states for _, states in polls),
        )


async def _one_poll(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[float, int]:
    """Return for how many milliseconds the loop was held up, and how many states were written."""
    # Between two polls of a real site nearly every value changes: forget them, so that every entity is written.
    entry.runtime_data.readings.async_set_updated_data(Readings(samples={}, refused=frozenset()))
    await hass.async_block_till_done()
    # What the set-up and the forgetting left behind is not collected at the poll's cost.
    gc.collect()
    started = dt_util.utcnow()
    with measured_stretches() as watch:
        await entry.runtime_data.readings.async_refresh()
        await hass.async_block_till_done()
    states = [state for state in hass.states.async_all("sensor") if state.last_updated >= started]
    return watch.longest_ms, len(states)


async def measure_logins(callers: int) -> int:
    """Let so many callers meet a dead connection id at once, and count the logins."""
    async with running_platform(40) as platform:
        client = ReengenClient(
            platform.session,
            url=platform.url,
            tenant=platform.tenant,
            username=platform.username,
            password=platform.password,
            time_zone=dt_util.UTC,
        )
        await client.authenticate()
        await platform.control("expire", {})
        before = len(await platform.control("requests"))
        await asyncio.gather(*(client.get_point_hierarchy() for _ in range(callers)))
        requests = (await platform.control("requests"))[before:]
        return sum(request["method"] == "Authenticate" for request in requests)


async def measure_picker(points: int) -> float:
    """Return the seconds from submitted credentials to the form that lists so many points."""
    async with running_platform(points) as platform, home_assistant() as hass:
        flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        account = {CONF_TENANT: platform.tenant, CONF_USERNAME: platform.username, CONF_PASSWORD: platform.password}
        started = time.perf_counter()
        form = await hass.config_entries.flow.async_configure(
            flow["flow_id"], {**account, "advanced": {CONF_URL: platform.url}}
        )
        assert form["step_id"] == "points", form
        return time.perf_counter() - started
