"""Texts: commands that take a text."""

from typing import override

from homeassistant.components.text import TextEntity
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import CommandKind
from .entity import ReengenAssumedStateEntity, async_add_command_entities
from .runtime import ReengenConfigEntry

# A command acts on plant: two at once could arrive in the other order than they were given.
PARALLEL_UPDATES = 1


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the texts of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenText, async_add_entities)


class ReengenText(ReengenAssumedStateEntity, TextEntity):
    """A command that sets a text; each call sends, also one that repeats the last."""

    kind = CommandKind.TEXT

    @property
    @override
    def native_value(self) -> str | None:
        # The action sends longer ones, which no state can show.
        accepted = self.accepted
        return accepted if isinstance(accepted, str) and len(accepted) <= MAX_LENGTH_STATE_STATE else None

    @override
    async def async_set_value(self, value: str) -> None:
        await self.async_execute(value)
