"""What the user took out of the selection goes from the registries: entities, and devices of points.

Only what this integration makes, and what the options alone explain: a point that the platform does not list stays, and so
does one that it has moved away. Statistics are not touched.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.reengen.account import AccountOptions

from .coordinator import PointsData
from .entity_queue import async_in_slices
from .ids import code_of, is_command_key, point_and_key, point_id_of


@dataclass(frozen=True, kw_only=True, slots=True)
class SensorKeys:
    """The keys of sensors that an account may have had whatever is chosen now, and of those that its options want."""

    known: frozenset[str]
    wanted: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the device of a point stands: the point's code when it was last listed, and the id of the point above."""

    code: str | None
    above: int | None


def is_unwanted(entry: ConfigEntry[Any], unique_id: str, taken_out: Collection[int], keys: SensorKeys) -> bool:
    """Return whether the entity is of a point (by id) or a sensor that was taken out; an unknown id is none."""
    if (found := point_and_key(entry, unique_id)) is None:
        return False
    point_id, key = found
    if key in keys.known:
        return point_id in taken_out or key not in keys.wanted
    # Which commands there are nobody knows before they are listed.
    return point_id in taken_out and is_command_key(key)


def taken_out(
    places: Mapping[int, Place], listed: Collection[int], chosen: Collection[int], options: AccountOptions
) -> frozenset[int]:
    """Return the ids of the points that the user took out of the selection, of those that have a device.

    A point is not chosen for other reasons: the platform does not list it, or has moved it, or no longer lists what it stood
    below. Then its code, or that of a point above its device, is in the selection still.
    """
    codes = frozenset(options.points)
    selected = codes if options.include_descendants else frozenset[str]()
    return frozenset(
        point_id
        for point_id, place in places.items()
        if point_id in listed
        and point_id not in chosen
        and place.code not in codes
        and selected.isdisjoint(_codes_above(places, place))
    )


def _codes_above(places: Mapping[int, Place], place: Place) -> Iterator[str | None]:
    seen: set[int] = set()
    while place.above is not None and place.above not in seen and place.above in places:
        seen.add(place.above)
        place = places[place.above]
        yield place.code


async def async_remove_taken_out(
    hass: HomeAssistant, entry: ConfigEntry[Any], points: PointsData, keys: SensorKeys
) -> None:
    """Remove from the registries what the user took out of the selection; the tree has been read."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    of_entry = dr.async_entries_for_config_entry(devices, entry.entry_id)
    ids = {each.id: found for each in of_entry if (found := point_id_of(entry, each)) is not None}
    places = {
        ids[each.id]: Place(code=code_of(each), above=ids.get(each.via_device_id or ""))
        for each in of_entry
        if each.id in ids
    }
    listed = {point.id for point in points.tree.points}
    gone = taken_out(places, listed, points.chosen_ids, AccountOptions.of(entry))

    def own_entities() -> list[er.RegistryEntry]:
        found = er.async_entries_for_config_entry(entities, entry.entry_id)
        # A value of the Data Science table is chosen by itself, whatever its point is.
        return [each for each in found if each.config_subentry_id is None]

    leaving = [each.entity_id for each in own_entities() if is_unwanted(entry, each.unique_id, gone, keys)]
    await async_in_slices(leaving, entities.async_remove)
    # What is not known stays, and so does the device that it stands on.
    kept = {each.device_id for each in own_entities()}
    bare = [key for key, point_id in ids.items() if point_id in gone and key not in kept]
    await async_in_slices(bare, devices.async_remove_device)
