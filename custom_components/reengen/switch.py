"""Switches: commands that take true or false."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import ReengenSwitch, async_add_command_entities
from .runtime import ReengenConfigEntry

# A command waits for others of its point alone, whichever platform they are of: the coordinator of commands sees to it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches of each chosen point, and those that are listed later."""
    data = entry.runtime_data
    adder = data.adder(Platform.SWITCH, async_add_entities)
    async_add_command_entities(adder, data.commands, ReengenSwitch)
