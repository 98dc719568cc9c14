"""Which points an action is about: given by code, by a name that only one point has, or by device."""

from collections.abc import Sequence

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr

from custom_components.reengen.account import translated
from custom_components.reengen.api import Point
from custom_components.reengen.const import DOMAIN

from .coordinator import PointsCoordinator
from .ids import point_id_of


async def async_points_named(points: PointsCoordinator, names: Sequence[str]) -> list[Point]:
    """Return the point of each code or name, as the platform lists it; a code goes before a name.

    Raises: ServiceValidationError for what no point is called and what several are, ReengenError
    """
    tree = points.data.listed
    known = {point.name for point in tree.points}
    tree = await points.async_tree(codes=[name for name in names if name not in known])
    found = {
        name: [point] if (point := tree.by_code(name)) else [each for each in tree.points if each.name == name]
        for name in names
    }
    if unknown := [name for name, candidates in found.items() if not candidates]:
        raise translated(ServiceValidationError, "point_unknown", points=", ".join(unknown))
    for name, candidates in found.items():
        if len(candidates) > 1:
            raise translated(
                ServiceValidationError,
                "point_ambiguous",
                name=name,
                points=", ".join(sorted(each.code for each in candidates)),
            )
    return [found[name][0] for name in names]


@callback
def account_of_device(hass: HomeAssistant, device_id: str) -> str:
    """Return the id of the entry that the device belongs to; raises ServiceValidationError where it is of none of ours."""
    device = _device(hass, device_id)
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise translated(ServiceValidationError, "device_of_other_integration", device=_name(device))
    return entry.entry_id


@callback
def code_of_device(points: PointsCoordinator, device_id: str) -> str:
    """Return the code of the point whose device this is; raises ServiceValidationError where it is of no point of ours."""
    entry, device = points.config_entry, _device(points.hass, device_id)
    if account_of_device(points.hass, device_id) != entry.entry_id:
        raise translated(ServiceValidationError, "device_of_other_account", device=_name(device), account=entry.title)
    if (point_id := point_id_of(entry, device)) is None:
        raise translated(ServiceValidationError, "device_of_no_point", device=_name(device))
    if (point := points.data.tree.by_id(point_id)) is None:
        raise translated(ServiceValidationError, "point_unknown", points=_name(device))
    return point.code


def _device(hass: HomeAssistant, device_id: str) -> dr.DeviceEntry:
    if not isinstance(device := dr.async_get(hass).async_get(device_id), dr.DeviceEntry):
        raise translated(ServiceValidationError, "device_unknown", device=device_id)
    return device


def _name(device: dr.DeviceEntry) -> str:
    return device.name_by_user or device.name or device.id
