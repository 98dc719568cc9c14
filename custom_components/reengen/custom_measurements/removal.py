"""What goes when a measurement of the user's own is removed: its sensors, and its statistics where they shall not stay."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import DATA_INSTANCE

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import DOMAIN, LOGGER
from custom_components.reengen.history import (
    HistoryUnavailableError,
    async_clear,
    async_own_statistic_ids,
    key_of,
    statistics_prefix,
)
from custom_components.reengen.points import SENSOR_ENDINGS, point_entities


@callback
def async_remove_sensors(hass: HomeAssistant, entry: ConfigEntry, key: str) -> None:
    """Remove the sensors of a measurement of the account, of points that are gone too."""
    keys = {f"{key}{ending}" for ending in SENSOR_ENDINGS}
    for entity, _, key_of_sensor in point_entities(hass, entry):
        if key_of_sensor in keys:
            er.async_get(hass).async_remove(entity.entity_id)


async def async_remove_statistics(hass: HomeAssistant, entry: ConfigEntry, key: str) -> None:
    """Remove the statistics of a measurement, if the user chose so beforehand and no other account reads it.

    The account is unloaded before, so that nothing is written while they go.
    """
    if AccountOptions.of(entry).keep_statistics or DATA_INSTANCE not in hass.data:
        return
    prefix = statistics_prefix(entry)
    for other in hass.config_entries.async_entries(DOMAIN):
        if other is not entry and statistics_prefix(other) == prefix and key in AccountOptions.of(other).catalogue:
            return
    await hass.config_entries.async_unload(entry.entry_id)
    try:
        found = await async_own_statistic_ids(hass, entry, {key})
        await async_clear(hass, [each for each in found if key_of(prefix, each) == key])
    except HistoryUnavailableError as error:
        LOGGER.warning("The statistics of %s were not removed from %s: %s", key, entry.title, error)
