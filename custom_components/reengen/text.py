"""Texts: commands that take a text."""

from typing import override

from homeassistant.components.text import TextEntity
from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import CommandKind, fits_state
from .data_value_entity import ReengenDataValueEntity, async_add_data_values
from .entity import ReengenAssumedStateEntity, async_add_command_entities
from .runtime import ReengenConfigEntry

# A command waits for others of its point alone, whichever platform they are of: `async_execute_command` sees to it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the texts of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenText, async_add_entities)
    async_add_data_values(hass, entry, Platform.TEXT, ReengenDataValueText, async_add_entities)


class ReengenText(ReengenAssumedStateEntity, TextEntity):
    """A command that sets a text; each call sends, also one that repeats the last."""

    kind = CommandKind.TEXT

    @property
    @override
    def native_value(self) -> str | None:
        # The action sends others too, which no state can show.
        accepted = self.accepted
        return accepted if isinstance(accepted, str) and fits_state(accepted) else None

    @override
    async def async_set_value(self, value: str) -> None:
        await self.async_execute(value)


class ReengenDataValueText(ReengenDataValueEntity, TextEntity):
    """A text in the Data Science table; each call writes, also one that repeats what is there."""

    _attr_native_max = MAX_LENGTH_STATE_STATE

    @property
    @override
    def native_value(self) -> str | None:
        return self.shown

    @override
    async def async_set_value(self, value: str) -> None:
        await self.async_write(value)
