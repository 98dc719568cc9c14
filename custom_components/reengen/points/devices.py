"""Devices of the account and its points."""

import asyncio
from collections.abc import Iterator
from itertools import batched
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType

from custom_components.reengen.api import Point
from custom_components.reengen.const import MANUFACTURER

from .coordinator import PointsData
from .entity_queue import ENTITIES_AT_ONCE
from .ids import account_identifier, point_identifier
from .picker import nearest_chosen_ancestor


def register_devices(hass: HomeAssistant, entry: ConfigEntry[Any], points: PointsData) -> Iterator[dr.DeviceEntry]:
    """Yield the account's device and one for each chosen point, below the nearest chosen point above it.

    Each is created or updated when it is its turn: a thousand at once hold up the event loop.
    """
    registry = dr.async_get(hass)
    account = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={account_identifier(entry)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Energy IoT Platform",
        name=entry.title,
    )
    yield account
    devices: dict[int, dr.DeviceEntry] = {}
    for point in points.chosen:
        above = nearest_chosen_ancestor(points.tree, point, points.chosen_ids)
        devices[point.id] = register_point(hass, entry, point, above_id=(devices[above.id] if above else account).id)
        yield devices[point.id]


@callback
def register_point(
    hass: HomeAssistant, entry: ConfigEntry[Any], point: Point, *, above_id: str | None
) -> dr.DeviceEntry:
    """Return the device of the point below the device with this id, created or updated where it is not as it should be."""
    registry, identifier = dr.async_get(hass), point_identifier(entry, point.id)
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    # To update what is as it should be takes ten times as long as to look.
    if device and (device.model, device.name, device.via_device_id) == (point.code, point.name, above_id):
        return device
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={identifier},
        manufacturer=MANUFACTURER,
        # What kind of meter or plant a point is, the platform does not tell; its code is what people know it by, and
        # what tells a meter that was replaced (see `identity`).
        model=point.code,
        name=point.name,
        via_device_id=above_id,
    )


async def async_register_devices_in_slices(hass: HomeAssistant, entry: ConfigEntry[Any], points: PointsData) -> None:
    """Register the devices of the account and its points."""
    for _ in batched(register_devices(hass, entry, points), ENTITIES_AT_ONCE, strict=False):
        await asyncio.sleep(0)
