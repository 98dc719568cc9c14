"""In which order entities are added, and how many at a time.

Thousands at once would hold up the event loop for seconds. And Home Assistant takes a limited number of entities of an
account: what the user acts with goes in first, then what carries energy, diagnostics last.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import batched, chain, groupby
from operator import itemgetter
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_platform, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from custom_components.reengen.const import DOMAIN

from .entity_cap import cap, room

# Adding an entity takes some 200 microseconds, removing one less than that.
ENTITIES_AT_ONCE: Final = 50


class Rank(IntEnum):
    """What goes in first where there is not room for all."""

    COMMAND = 0
    ENERGY = 1
    VALUE = 2
    DIAGNOSTIC = 3


type _Waiting = tuple[AddConfigEntryEntitiesCallback, Callable[[], Entity]]


@dataclass(slots=True)
class EntityQueue:
    """The entities of one account that wait to be added.

    Which commands there are is known only after a request for each point, long after the sensors are. Where these could
    fill more than half of what Home Assistant takes, only what carries energy goes in until then, up to that half; the rest
    waits. What Home Assistant knows from before has its place already and waits for nothing.
    """

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    _scans: list[Callable[[], None]] = field(default_factory=list)
    _waiting: dict[Rank, deque[_Waiting]] = field(default_factory=lambda: {rank: deque() for rank in Rank})
    _held: dict[Rank, list[_Waiting]] = field(default_factory=lambda: {rank: [] for rank in Rank})
    _is_disabled: dict[str | None, bool] = field(default_factory=dict)
    _is_started: bool = False
    _is_adding: bool = False
    _is_released: bool = False
    _is_crowded: bool = False

    @callback
    def async_scan(self, scan: Callable[[], None]) -> None:
        """Let `scan` put what there is already: when all platforms are there, or now."""
        if self._is_started:
            scan()
        else:
            self._scans.append(scan)

    @callback
    def async_put(self, rank: Rank, add: AddConfigEntryEntitiesCallback, make: Callable[[], Entity]) -> None:
        """Have the entity that `make` returns added by `add`."""
        self._waiting[rank].append((add, make))

    async def async_start(self) -> None:
        """Add what the platforms have; it returns when all that need not wait is there."""
        registered = er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id)
        self._is_disabled = {each.unique_id: each.disabled for each in registered}
        self._is_started = True
        for scan in self._scans:
            scan()
            await asyncio.sleep(0)
        self._is_crowded = sum(map(len, self._waiting.values())) > self._free
        await self._async_add()

    @callback
    def async_release(self) -> None:
        """Add the rest: commands and meters were asked for once, however that went."""
        self._is_released = True
        for rank, held in self._held.items():
            self._waiting[rank].extendleft(reversed(held))
            held.clear()
        self.async_add()

    @callback
    def async_add(self) -> None:
        """Add what was put, the first of it at once."""
        if self._is_started and not self._is_adding and any(self._waiting.values()):
            self.entry.async_create_task(self.hass, self._async_add(), f"{DOMAIN} add entities")

    async def _async_add(self) -> None:
        self._is_adding = True
        try:
            while self.entry.state is not ConfigEntryState.UNLOAD_IN_PROGRESS and any(self._waiting.values()):
                for add, entities in groupby(self._next(), key=itemgetter(0)):
                    add([entity for _, entity in entities])
                await asyncio.sleep(0)
        finally:
            self._is_adding = False

    @property
    def _free(self) -> int:
        """Return how many more may go in before the commands are known."""
        return room(self.hass, self.entry) - cap() // 2

    def _next(self) -> Iterator[tuple[AddConfigEntryEntitiesCallback, Entity]]:
        """Take the next few off the queue, and hold those of them that have to wait."""
        left, free = ENTITIES_AT_ONCE, self._free
        for rank, waiting in self._waiting.items():
            while waiting and left:
                add, make = waiting.popleft()
                entity = make()
                left -= 1
                is_disabled = self._is_disabled.get(entity.unique_id)
                if is_disabled:
                    # Home Assistant would let go of it at once; when the user enables it, the account is reloaded.
                    continue
                if self._is_released or rank is Rank.COMMAND or is_disabled is not None:
                    yield add, entity
                elif free > 0 and (rank is Rank.ENERGY or not self._is_crowded):
                    free -= entity.entity_registry_enabled_default
                    yield add, entity
                else:
                    self._held[rank].append((add, make))


async def async_in_slices[T](items: Iterable[T], do: Callable[[T], object]) -> None:
    """Call `do` with each item, and let others run in between."""
    for some in batched(items, ENTITIES_AT_ONCE, strict=False):
        for each in some:
            do(each)
        await asyncio.sleep(0)


async def async_remove_in_slices(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take down all entities of an account that is about to be unloaded: Home Assistant would do it in one go."""
    platforms = [each for each in entity_platform.async_get_platforms(hass, DOMAIN) if each.config_entry is entry]
    entities = list(chain.from_iterable(platform.entities.values() for platform in platforms))
    for some in batched(entities, ENTITIES_AT_ONCE, strict=False):
        for entity in some:
            await entity.async_remove()
        await asyncio.sleep(0)
