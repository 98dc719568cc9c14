"""Events: what became of the commands of a point."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import async_add_command_events
from .runtime import ReengenConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the event of each chosen point that has commands, and of those that get some later."""
    data = entry.runtime_data
    async_add_command_events(data.adder(Platform.EVENT, async_add_entities), data.commands)
