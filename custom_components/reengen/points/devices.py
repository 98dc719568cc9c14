"""Devices of the account and its points."""

from collections.abc import Iterator
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.helpers.typing import UNDEFINED

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import Point
from custom_components.reengen.const import DEFAULT_URL, MANUFACTURER

from .coordinator import PointsData
from .entity_queue import async_in_slices
from .ids import account_identifier, point_identifier
from .picker import area_of, nearest_chosen_ancestor

# What a point is the platform does not tell, but for one that others stand below and that stands below none.
_POINT: Final = "Measuring point"
_SITE: Final = "Site"

# Of a platform at another address nobody knows where its pages are.
_WEB_PAGES: Final = {DEFAULT_URL: "https://www.faradai.ai"}


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
        configuration_url=_WEB_PAGES.get(entry.data[CONF_URL]),
    )
    yield account
    has_areas, tree = AccountOptions.of(entry).areas, points.tree
    devices: dict[int, dr.DeviceEntry] = {}
    for point in points.chosen:
        above = nearest_chosen_ancestor(tree, point, points.chosen_ids)
        devices[point.id] = register_point(
            hass,
            entry,
            point,
            above_id=(devices[above.id] if above else account).id,
            model=_SITE if tree.parent(point) is None and tree.children(point) else _POINT,
            area=area_of(tree, point) if has_areas else None,
        )
        yield devices[point.id]


@callback
def register_point(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    point: Point,
    *,
    above_id: str | None,
    model: str = _POINT,
    area: str | None = None,
) -> dr.DeviceEntry:
    """Return the device of the point below the device with this id, created or updated where it is not as it should be.

    Its code is what people know a point by, and what tells a meter that was replaced (see `identity`). `area` is
    suggested for a new device.
    """
    registry, identifier = dr.async_get(hass), point_identifier(entry, point.id)
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    wanted: dict[str, Any] = {
        "model": model,
        "model_id": point.code,
        "name": point.name,
        "via_device_id": above_id,
        "configuration_url": _WEB_PAGES.get(entry.data[CONF_URL]),
    }
    # To update what is as it should be takes ten times as long as to look.
    if device and all(getattr(device, name) == value for name, value in wanted.items()):
        return device
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={identifier},
        manufacturer=MANUFACTURER,
        suggested_area=UNDEFINED if device or not area else area,
        **wanted,
    )


async def async_register_devices_in_slices(hass: HomeAssistant, entry: ConfigEntry[Any], points: PointsData) -> None:
    """Register the devices of the account and its points."""
    await async_in_slices(register_devices(hass, entry, points), lambda _: None)
