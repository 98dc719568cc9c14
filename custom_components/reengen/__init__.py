"""The Reengen Energy IoT Platform in Home Assistant: set-up, unload and migration of an account."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .account import AccountOptions, CaFileError, async_account_client, translated
from .const import CONF_CURRENCY, DOMAIN, PLATFORMS, SETUP_PATIENCE
from .dashboards import EnergyDashboardFiller, async_serve_day_curve, async_show_dashboard
from .history import async_keep_prefix, async_remove_statistics
from .points import (
    account_identifier,
    async_register_devices_in_slices,
    async_remove_in_slices,
    point_identifier,
    register_devices,
)
from .repairs import async_delete_issues, async_watch
from .runtime import ReengenConfigEntry, ReengenRuntimeData, async_forget_found, async_remove_unwanted
from .services import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, which are there before any account is: so automations can be checked; serve the card."""
    async_setup_services(hass)
    await async_serve_day_curve(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Bring a stored account up to date; Home Assistant itself refuses one of a later major version.

    1.2: the account keeps the platform's time zone and currency. Where they were not given it went by Home Assistant's
    own, and would have moved energy into other hours, or begun new cost statistics, when those were changed.
    """
    if entry.minor_version == 1:
        usual = {CONF_TIME_ZONE: hass.config.time_zone, CONF_CURRENCY: hass.config.currency}
        hass.config_entries.async_update_entry(entry, options={**usual, **entry.options}, minor_version=2)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ReengenConfigEntry) -> bool:
    """Sign in, read the tree and the first readings, and bring up the entities; the rest follows in the background.

    What a slow platform has not answered by SETUP_PATIENCE does so too.
    """
    options = AccountOptions.of(entry)
    zone = await dt_util.async_get_time_zone(options.time_zone)
    if zone is None:
        raise translated(ConfigEntryError, "time_zone_unknown")
    async_keep_prefix(hass, entry)
    try:
        client = await async_account_client(hass, entry, zone)
    except CaFileError as error:
        raise translated(ConfigEntryNotReady, "ca_file_invalid", detail=str(error)) from error
    data = await ReengenRuntimeData.async_of(hass, entry, client)
    points = data.points
    waits_until = hass.loop.time() + SETUP_PATIENCE.total_seconds()
    await points.async_begin(SETUP_PATIENCE.total_seconds())
    await data.readings.async_first_refresh(max(0.0, waits_until - hass.loop.time()))
    await data.freshness.async_load()
    await data.demand.async_load()
    data.platform_check.async_report()
    entry.runtime_data = data

    await async_register_devices_in_slices(hass, entry, points.data)
    entry.async_on_unload(points.async_add_listener(_points_listener(hass, entry)))
    async_watch(hass, entry)
    await async_remove_unwanted(hass, entry, points.data)
    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, _subentries_listener(hass, entry))
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await data.entities.async_start()
    _async_start(hass, entry)
    return True


@callback
def _async_start(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    """Read what the set-up need not wait for, and start the import of history."""
    data = entry.runtime_data
    entry.async_create_background_task(hass, _async_complete(data), f"{DOMAIN} list commands, read meters")
    entry.async_create_background_task(hass, data.clock.async_refresh(), f"{DOMAIN} look into the future")
    if data.data_values.sources:
        entry.async_create_background_task(hass, data.data_values.async_refresh(), f"{DOMAIN} read data values")
    if data.history is not None:
        energy_dashboard = EnergyDashboardFiller(data.points, data.history)
        energy_dashboard.async_start()
        entry.async_on_unload(energy_dashboard.async_stop)
        data.history.async_start()
    data.platform_check.async_start()
    if data.options.dashboard:
        entry.async_on_unload(async_show_dashboard(data.readings, data.history, data.forecast))


async def _async_complete(data: ReengenRuntimeData) -> None:
    """Ask for the commands and what meters say; what is less to the user than their entities comes after them."""
    await asyncio.gather(data.commands.async_refresh(), *([data.meters.async_refresh()] if data.meters else []))
    data.entities.async_release()


def _points_listener(hass: HomeAssistant, entry: ReengenConfigEntry) -> Callable[[], None]:
    """Return what follows the tree: devices first, then what new points measure and which commands they take."""
    data = entry.runtime_data
    known_ids = data.points.data.chosen_ids

    @callback
    def points_changed() -> None:
        nonlocal known_ids
        list(register_devices(hass, entry, data.points.data))
        if not data.points.data.chosen_ids <= known_ids:
            entry.async_create_background_task(hass, data.readings.async_refresh(), f"{DOMAIN} read new points")
            if data.meters is not None:
                entry.async_create_background_task(hass, data.meters.async_refresh(), f"{DOMAIN} read new meters")
            entry.async_create_background_task(hass, data.commands.async_refresh(), f"{DOMAIN} list commands")
        known_ids = data.points.data.chosen_ids

    return points_changed


def _subentries_listener(
    hass: HomeAssistant, entry: ReengenConfigEntry
) -> Callable[[ConfigEntryChange, ConfigEntry], None]:
    """Return what reloads the account when its data values change: their flow and their removal leave that to us."""
    known = _subentries(entry)

    @callback
    def entry_changed(_change: ConfigEntryChange, changed: ConfigEntry) -> None:
        nonlocal known
        if changed is entry and _subentries(entry) != known:
            known = _subentries(entry)
            hass.config_entries.async_schedule_reload(entry.entry_id)

    return entry_changed


def _subentries(entry: ReengenConfigEntry) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return titles and data: Home Assistant changes a subentry in place."""
    return {each.subentry_id: (each.title, each.data) for each in entry.subentries.values()}


async def async_unload_entry(hass: HomeAssistant, entry: ReengenConfigEntry) -> bool:
    """Take the entities down, when the write of history that is under way has ended."""
    if entry.runtime_data.history is not None:
        await entry.runtime_data.history.async_stop()
    await entry.runtime_data.freshness.async_save()
    await entry.runtime_data.demand.async_save()
    await async_remove_in_slices(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    """Leave nothing behind to repair or that was learned, and no statistics that the user does not want to keep."""
    async_delete_issues(hass, entry.entry_id)
    await async_forget_found(hass, entry.entry_id)
    await async_remove_statistics(hass, entry)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: ReengenConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let the user remove the device of a point that is no longer chosen or listed."""
    current = {point_identifier(entry, point_id) for point_id in entry.runtime_data.points.data.chosen_ids}
    return device.identifiers.isdisjoint(current | {account_identifier(entry)})
