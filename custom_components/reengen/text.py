"""Texts: commands that take a text, and texts of the Data Science table."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import ReengenText, async_add_command_entities
from .data_values import ReengenDataValueText, async_add_data_values
from .runtime import ReengenConfigEntry

# A command waits for others of its point alone, whichever platform they are of: the coordinator of commands sees to it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the texts of each chosen point, and those that are listed later."""
    data = entry.runtime_data
    adder = data.adder(Platform.TEXT, async_add_entities)
    async_add_command_entities(adder, data.commands, ReengenText)
    async_add_data_values(adder, data.data_values, ReengenDataValueText)
