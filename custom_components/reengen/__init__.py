"""The Reengen Energy IoT Platform in Home Assistant: set-up and unload of an account."""

from collections.abc import Callable

from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .account import account_client
from .const import DOMAIN, PLATFORMS
from .coordinator import CommandsCoordinator, PointsCoordinator, ReadingsCoordinator
from .entity import account_identifier, async_register_devices, point_identifier
from .runtime import ReengenConfigEntry, ReengenRuntimeData
from .services import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, which are there before any account is: so automations can be checked."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ReengenConfigEntry) -> bool:
    """Sign in, read the tree and the first readings, and bring up the entities; commands follow in the background."""
    zone = await dt_util.async_get_time_zone(entry.options.get(CONF_TIME_ZONE, hass.config.time_zone))
    if zone is None:
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key="time_zone_unknown")
    client = account_client(hass, entry.data, zone)
    points = PointsCoordinator(hass, entry, client)
    readings = ReadingsCoordinator(hass, entry, client, points)
    commands = CommandsCoordinator(hass, entry, client, points)
    await points.async_config_entry_first_refresh()
    await readings.async_config_entry_first_refresh()
    entry.runtime_data = ReengenRuntimeData(client=client, points=points, readings=readings, commands=commands)

    async_register_devices(hass, entry, points.data)
    entry.async_on_unload(points.async_add_listener(_points_listener(hass, entry)))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_create_background_task(hass, commands.async_refresh(), f"{DOMAIN} list commands")
    return True


def _points_listener(hass: HomeAssistant, entry: ReengenConfigEntry) -> Callable[[], None]:
    """Return what follows the tree: devices first, then what new points measure and which commands they take."""
    data = entry.runtime_data
    known_ids = data.points.data.chosen_ids

    @callback
    def points_changed() -> None:
        nonlocal known_ids
        async_register_devices(hass, entry, data.points.data)
        if not data.points.data.chosen_ids <= known_ids:
            entry.async_create_background_task(hass, data.readings.async_refresh(), f"{DOMAIN} read new points")
            entry.async_create_background_task(hass, data.commands.async_refresh(), f"{DOMAIN} list commands")
        known_ids = data.points.data.chosen_ids

    return points_changed


async def async_unload_entry(hass: HomeAssistant, entry: ReengenConfigEntry) -> bool:
    """Take the entities down."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: ReengenConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let the user remove the device of a point that is no longer chosen or listed."""
    current = {point_identifier(entry, point_id) for point_id in entry.runtime_data.points.data.chosen_ids}
    return device.identifiers.isdisjoint(current | {account_identifier(entry)})
