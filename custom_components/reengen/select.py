"""Selects: commands that take one of the options that the platform lists."""

from typing import override

from homeassistant.components.select import SelectEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import CommandKind, option_code, option_labels
from .entity import ReengenAssumedStateEntity, async_add_command_entities
from .runtime import ReengenConfigEntry

# A command waits for others of its point alone, whichever platform they are of: `async_execute_command` sees to it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the selects of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenSelect, async_add_entities)


class ReengenSelect(ReengenAssumedStateEntity, SelectEntity):
    """A command with options: names are shown, codes are sent and remembered."""

    kind = CommandKind.SELECT

    @property
    @override
    def options(self) -> list[str]:
        return list(option_labels(self.command).values())

    @property
    @override
    def current_option(self) -> str | None:
        return option_labels(self.command).get(self.accepted) if isinstance(self.accepted, str) else None

    @override
    async def async_select_option(self, option: str) -> None:
        # Home Assistant has checked the option against those of this moment, so it has a code.
        await self.async_execute(option_code(self.command, option))
