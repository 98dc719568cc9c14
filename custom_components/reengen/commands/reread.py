"""The button of the account that lists points and commands anew."""

import asyncio
from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.exceptions import HomeAssistantError

from custom_components.reengen.account import translated
from custom_components.reengen.points import ReengenAccountEntity

from .coordinator import CommandsCoordinator


class ReengenRereadButton(ReengenAccountEntity, ButtonEntity):
    """Reads the tree and lists the commands of all chosen points, which else happens hourly and daily."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: CommandsCoordinator) -> None:
        """Read through the coordinator and that of its points."""
        super().__init__(coordinator.config_entry, "reread_commands")
        self._coordinator = coordinator
        self._turn = asyncio.Lock()

    @override
    async def async_press(self) -> None:
        commands, points = self._coordinator, self._coordinator.points
        # Pressed twice, it does not list all points twice at once.
        async with self._turn:
            await points.async_refresh()
            if points.last_update_success:
                await commands.async_list_anew()
        for coordinator in (points, commands):
            if not coordinator.last_update_success and coordinator.last_exception is not None:
                raise coordinator.last_exception
        if unlisted := commands.unlisted:
            detail = str(next(iter(unlisted.values())))
            raise translated(HomeAssistantError, "commands_unlisted", points=", ".join(unlisted), detail=detail)
