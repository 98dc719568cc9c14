"""What the user took out of the selection goes from the registries: entities, and devices of points.

Only what this integration makes, and what the options alone explain: a point that the platform does not list stays, and so
does one that it has moved away. Statistics are not touched.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .account import AccountOptions
from .freshness import DATA_LATE, LAST_DATA
from .measurements import COSTS
from .meters import meter_rows
from .points import ENTITIES_AT_ONCE, SENSOR_ENDINGS, PointsData, is_command_key, point_and_key, point_id_of
from .reactive import ACTIVE_KEY, SIDES, over_limit_rows, reactive_sensor_rows
from .readings import POWERS, reading_rows

_FRESHNESS: Final = frozenset({DATA_LATE.key, LAST_DATA.key})


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the device of a point stands: the point's code when it was last listed, and the id of the point above."""

    code: str | None
    above: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What of an account the user has chosen: the ids of points that were taken out, and the keys of sensors that are wanted."""

    entry: ConfigEntry[Any]
    taken_out: Collection[int]
    known_keys: Collection[str]
    wanted_keys: Collection[str]

    def leaves(self, unique_id: str) -> bool:
        """Return whether the entity is one of what was taken out; an unknown id is none."""
        if (found := point_and_key(self.entry, unique_id)) is None:
            return False
        point_id, key = found
        is_taken_out = point_id in self.taken_out
        if key in self.known_keys:
            return is_taken_out or key not in self.wanted_keys
        # Which commands there are nobody knows before they are listed.
        return is_taken_out and is_command_key(key)


def known_keys(options: AccountOptions) -> frozenset[str]:
    """Return the keys of all sensors that an account may have had, whatever is chosen now."""
    measured = {f"{key}{ending}" for key in (*options.catalogue, *COSTS) for ending in SENSOR_ENDINGS}
    reactive = {row.key for row in (*reactive_sensor_rows(options), *over_limit_rows(options))}
    return frozenset({*measured, *reactive, *POWERS, *_FRESHNESS})


def wanted_keys(options: AccountOptions) -> frozenset[str]:
    """Return the keys of the sensors that a point may have under the options of an entry."""
    chosen = {row.key for row in options.measurements}
    keys = {row.key for row in reading_rows(options)} | {row.key for row in meter_rows(options)}
    sides = [side.key for side in SIDES if ACTIVE_KEY in chosen and chosen & {*side.source_keys}]
    watched = (row.key for row in (*reactive_sensor_rows(options), *over_limit_rows(options)))
    reactive = (key for key in watched if key.startswith(tuple(sides)))
    return frozenset({*keys, *reactive, *_FRESHNESS})


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


async def async_remove_taken_out(hass: HomeAssistant, entry: ConfigEntry[Any], points: PointsData) -> None:
    """Remove from the registries what the user took out of the selection; the tree has been read."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    of_entry = dr.async_entries_for_config_entry(devices, entry.entry_id)
    ids = {each.id: found for each in of_entry if (found := point_id_of(entry, each)) is not None}
    places = {
        ids[each.id]: Place(code=each.model, above=ids.get(each.via_device_id or ""))
        for each in of_entry
        if each.id in ids
    }
    listed = {point.id for point in points.tree.points}
    selection = Selection(
        entry=entry,
        taken_out=taken_out(places, listed, points.chosen_ids, AccountOptions.of(entry)),
        known_keys=known_keys(AccountOptions.of(entry)),
        wanted_keys=wanted_keys(AccountOptions.of(entry)),
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
