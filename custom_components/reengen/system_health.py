"""System health: whether the platform can be reached, who is logged in, how much was asked."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import ClientError, ClientTimeout
from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .account import CaFileError, async_server_trust
from .const import DEFAULT_URL, DOMAIN
from .platform_check import async_summary
from .runtime import ReengenConfigEntry

# As long as Home Assistant's own look at an address takes.
_PATIENCE: Final = ClientTimeout(total=5)


@callback
def async_register(_hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is shown."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[ReengenConfigEntry] = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    loaded = [entry.runtime_data for entry in entries if entry.state is ConfigEntryState.LOADED]
    # Nearly all accounts are on one platform; of several the first is tried.
    account = entries[0].data if entries else {CONF_URL: DEFAULT_URL}
    checks = [check for data in loaded if (check := data.platform_check.last) is not None]
    return {
        "accounts": len(entries),
        "logged_in": sum(data.points.last_update_success and not data.client.is_refused for data in loaded),
        "can_reach_server": _async_can_reach(hass, account),
        "requests": sum(sum(data.client.counters.requests.values()) for data in loaded),
        "platform_check": await async_summary(hass, (verdict for check in checks for verdict in check.verdicts)),
    }


async def _async_can_reach(hass: HomeAssistant, account: Mapping[str, Any]) -> str | dict[str, str]:
    """Look as Home Assistant's own check does, which knows of no certificate but the usual ones."""
    try:
        trust = await async_server_trust(hass, account)
        async with async_get_clientsession(hass).get(account[CONF_URL], ssl=trust, timeout=_PATIENCE):
            return "ok"
    except ClientError, CaFileError:
        return {"type": "failed", "error": "unreachable"}
    except TimeoutError:
        return {"type": "failed", "error": "timeout"}
