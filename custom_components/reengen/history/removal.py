"""What becomes of the statistics of an account that is removed."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import slugify

from custom_components.reengen.const import CONF_KEEP_STATISTICS, CONF_TENANT, DOMAIN, LOGGER

from .compared import async_forget_compared
from .keepers import async_claimed, async_last_claimed
from .ownership import async_own_statistic_ids, statistics_prefix
from .results import HistoryUnavailableError
from .store import async_clear


async def async_remove_statistics(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the statistics of a removed account, if the user chose so beforehand.

    What another account of the tenant has chosen stays; all stays while one of them is not loaded, because its points
    are not known then.
    """
    async_forget_compared(hass, entry.entry_id)
    if entry.options.get(CONF_KEEP_STATISTICS, True) or DATA_INSTANCE not in hass.data:
        return
    used: set[str] = set()
    for other in hass.config_entries.async_entries(DOMAIN):
        if other is entry or statistics_prefix(other) != statistics_prefix(entry):
            continue
        if (claimed := async_claimed(hass, other.entry_id)) is None:
            LOGGER.warning(
                "The statistics of %s were not removed: %s may need them and is not loaded", entry.title, other.title
            )
            return
        used |= claimed
    try:
        own = await async_own_statistic_ids(hass, entry)
        if _has_shared(hass, entry):
            own &= async_last_claimed(hass, entry.entry_id)
        await async_clear(hass, own - used)
    except HistoryUnavailableError as error:
        LOGGER.warning("The statistics of %s were not removed: %s", entry.title, error)


@callback
def _has_shared(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Return whether another account's slugged tenant is the prefix of this one.

    Before prefixes were stored that account may have written under it what the platform no longer has: then only what
    the removed account has chosen itself is certain to be its own.
    """
    prefix = statistics_prefix(entry)
    return any(
        other is not entry and slugify(other.data[CONF_TENANT]) == prefix != statistics_prefix(other)
        for other in hass.config_entries.async_entries(DOMAIN)
    )
