"""System health tells whether the platform is there and how much it is asked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from aiohttp import ClientTimeout
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.reengen.const import DOMAIN
from simulator import Simulator

from .forms import ENGLISH

type PassTime = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
async def entry(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account in a Home Assistant that keeps the same time as the platform."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.config.async_set_time_zone("Europe/Istanbul")
    return entry


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    info: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    assert info.keys() == ENGLISH["system_health"]["info"].keys()
    info["can_reach_server"] = await info["can_reach_server"]
    return info


async def test_all_is_well(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> None:
    sent = simulator.count()
    assert await _info(hass) == {
        "accounts": 1,
        "logged_in": 1,
        "can_reach_server": "ok",
        "requests": sent,
        "platform_check": "Not checked yet",
    }


async def test_requests_are_counted(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> None:
    before = simulator.count()
    await loaded_entry.runtime_data.points.async_refresh()
    assert (await _info(hass))["requests"] == simulator.count() == before + 1


async def test_the_platform_is_away(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> None:
    await simulator.stop_listening()
    await loaded_entry.runtime_data.points.async_refresh()
    info = await _info(hass)
    assert info["can_reach_server"] == {"type": "failed", "error": "unreachable"}
    assert (info["accounts"], info["logged_in"]) == (1, 0)


async def test_the_platform_takes_too_long(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    with patch("custom_components.reengen.system_health._PATIENCE", ClientTimeout(total=1e-6)):
        info = await _info(hass)
    assert info["can_reach_server"] == {"type": "failed", "error": "timeout"}


async def test_an_account_that_does_not_run(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    info = await _info(hass)
    assert (info["accounts"], info["logged_in"], info["requests"]) == (1, 0, 0)
