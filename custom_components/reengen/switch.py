"""Switches: commands that take true or false."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import CommandKind
from .entity import ReengenAssumedStateEntity, async_add_command_entities
from .runtime import ReengenConfigEntry

# A command waits for others of its point alone, whichever platform they are of: `async_execute_command` sees to it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenSwitch, async_add_entities)


class ReengenSwitch(ReengenAssumedStateEntity, SwitchEntity):
    """A command that switches something; each call sends, also one that repeats the last."""

    kind = CommandKind.SWITCH

    @property
    @override
    def is_on(self) -> bool | None:
        return self.accepted if isinstance(self.accepted, bool) else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.async_execute(parameter=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.async_execute(parameter=False)
