"""Buttons: commands that take nothing, and one of the account that lists points and commands anew."""

import asyncio
from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import CommandKind
from .const import DOMAIN
from .entity import ReengenCommandEntity, account_identifier, async_add_command_entities
from .entity_cap import ReengenEntity
from .runtime import ReengenConfigEntry

# A command waits for others of its point alone, whichever platform they are of: `async_execute_command` sees to it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the account's button, those of each chosen point, and those that are listed later."""
    async_add_entities([ReengenRereadButton(entry)])
    async_add_command_entities(entry, ReengenButton, async_add_entities)


class ReengenButton(ReengenCommandEntity, ButtonEntity):
    """A command without a parameter; the state is Home Assistant's own time of the last press, accepted or not."""

    kind = CommandKind.BUTTON

    @override
    async def async_press(self) -> None:
        await self.async_execute()


class ReengenRereadButton(ReengenEntity, ButtonEntity):
    """Reads the tree and lists the commands of all chosen points, which else happens hourly and daily."""

    _attr_translation_key = "reread_commands"
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, entry: ReengenConfigEntry) -> None:
        """Belong to the account's device."""
        self._entry = entry
        self._attr_unique_id = f"{entry.entry_id}_reread_commands"
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})
        self._turn = asyncio.Lock()

    @override
    async def async_press(self) -> None:
        # Pressed twice, it does not list all points twice at once.
        async with self._turn:
            await self._async_read()

    async def _async_read(self) -> None:
        data = self._entry.runtime_data
        for coordinator, refresh in (
            (data.points, data.points.async_refresh),
            (data.commands, data.commands.async_list_anew),
        ):
            await refresh()
            if not coordinator.last_update_success and coordinator.last_exception is not None:
                raise coordinator.last_exception
        if unlisted := data.commands.unlisted:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="commands_unlisted",
                translation_placeholders={
                    "points": ", ".join(unlisted),
                    "detail": str(next(iter(unlisted.values()))),
                },
            )
