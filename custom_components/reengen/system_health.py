"""System health: whether the platform can be reached, who is logged in, how much was asked."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback

from .const import DEFAULT_URL, DOMAIN
from .runtime import ReengenConfigEntry


@callback
def async_register(_hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is shown."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[ReengenConfigEntry] = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    loaded = [entry.runtime_data for entry in entries if entry.state is ConfigEntryState.LOADED]
    # Nearly all accounts are on one platform; of several the first is tried.
    url = entries[0].data[CONF_URL] if entries else DEFAULT_URL
    return {
        "accounts": len(entries),
        "logged_in": sum(data.points.last_update_success for data in loaded),
        "can_reach_server": system_health.async_check_can_reach_url(hass, url),
        "requests": sum(data.requests.total for data in loaded),
        "requests_today": sum(data.requests.today for data in loaded),
    }
