"""What becomes of the statistics of an account that is removed."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import DATA_INSTANCE

from custom_components.reengen.const import CONF_KEEP_STATISTICS, CONF_TENANT, DOMAIN, LOGGER

from .keepers import async_claimed
from .results import HistoryUnavailableError
from .series import tenant_prefix
from .store import async_clear, async_own_statistic_ids


async def async_remove_statistics(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the statistics of a removed account, if the user chose so beforehand.

    What another account of the tenant has chosen stays; all stays while one of them is not loaded, because its points
    are not known then.
    """
    if entry.options.get(CONF_KEEP_STATISTICS, True) or DATA_INSTANCE not in hass.data:
        return
    tenant = entry.data[CONF_TENANT]
    used: set[str] = set()
    for other in hass.config_entries.async_entries(DOMAIN):
        if tenant_prefix(other.data[CONF_TENANT]) != tenant_prefix(tenant):
            continue
        if (claimed := async_claimed(hass, other.entry_id)) is None:
            LOGGER.warning(
                "The statistics of %s were not removed: %s may need them and is not loaded", entry.title, other.title
            )
            return
        used |= claimed
    try:
        await async_clear(hass, await async_own_statistic_ids(hass, tenant) - used)
    except HistoryUnavailableError as error:
        LOGGER.warning("The statistics of %s were not removed: %s", entry.title, error)
