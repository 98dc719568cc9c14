"""Buttons: commands that take nothing."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import CommandKind
from .entity import ReengenCommandEntity, async_add_command_entities
from .runtime import ReengenConfigEntry

# A command acts on plant: two at once could arrive in the other order than they were given.
PARALLEL_UPDATES = 1


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenButton, async_add_entities)


class ReengenButton(ReengenCommandEntity, ButtonEntity):
    """A command without a parameter; the state is Home Assistant's own time of the last press, accepted or not."""

    kind = CommandKind.BUTTON

    @override
    async def async_press(self) -> None:
        await self.async_execute()
