"""What the user took out of the selection goes from the registries: entities, and devices of points.

Only what this integration makes, and what the options alone explain: a point that the platform does not list stays, and so
does one that it has moved away. Statistics are not touched.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.reengen.account import AccountOptions

from .coordinator import PointsData
from .entity_queue import ENTITIES_AT_ONCE
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What of an account the user has chosen: the ids of points that were taken out, and the keys of its sensors."""

    entry: ConfigEntry[Any]
    taken_out: Collection[int]
    keys: SensorKeys

    def leaves(self, unique_id: str) -> bool:
        """Return whether the entity is one of what was taken out; an unknown id is none."""
        if (found := point_and_key(self.entry, unique_id)) is None:
            return False
        point_id, key = found
        is_taken_out = point_id in self.taken_out
        if key in self.keys.known:
            return is_taken_out or key not in self.keys.wanted
        # Which commands there are nobody knows before they are listed.
        return is_taken_out and is_command_key(key)


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
    selection = Selection(
        entry=entry,
        taken_out=taken_out(places, listed, points.chosen_ids, AccountOptions.of(entry)),
        keys=keys,
    )

    def own_entities() -> list[er.RegistryEntry]:
        found = er.async_entries_for_config_entry(entities, entry.entry_id)
        # A value of the Data Science table is chosen by itself, whatever its point is.
        return [each for each in found if each.config_subentry_id is None]

    leaving = (each.entity_id for each in own_entities() if selection.leaves(each.unique_id))
    await _in_slices(leaving, entities.async_remove)
    # What is not known stays, and so does the device that it stands on.
    kept = {each.device_id for each in own_entities()}
    bare = (key for key, point_id in ids.items() if point_id in selection.taken_out and key not in kept)
    await _in_slices(bare, devices.async_remove_device)


async def _in_slices(ids: Iterable[str], remove: Callable[[str], None]) -> None:
    for some in batched(list(ids), ENTITIES_AT_ONCE, strict=False):
        for each in some:
            remove(each)
        await asyncio.sleep(0)
