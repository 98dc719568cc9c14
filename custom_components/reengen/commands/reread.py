"""The button of the account that lists points and commands anew."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.points import ReengenCoordinator, ReengenEntity, account_identifier, account_unique_id

from .coordinator import CommandsCoordinator


class ReengenRereadButton(ReengenEntity, ButtonEntity):
    """Reads the tree and lists the commands of all chosen points, which else happens hourly and daily."""

    _attr_translation_key = "reread_commands"
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: CommandsCoordinator) -> None:
        """Belong to the account's device."""
        entry = coordinator.config_entry
        self._coordinator = coordinator
        self._attr_unique_id = account_unique_id(entry, "reread_commands")
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})
        self._turn = asyncio.Lock()

    @override
    async def async_press(self) -> None:
        # Pressed twice, it does not list all points twice at once.
        async with self._turn:
            await self._async_read()

    async def _async_read(self) -> None:
        commands, points = self._coordinator, self._coordinator.points
        refreshes: tuple[tuple[ReengenCoordinator[Any], Callable[[], Awaitable[None]]], ...] = (
            (points, points.async_refresh),
            (commands, commands.async_list_anew),
        )
        for coordinator, refresh in refreshes:
            await refresh()
            if not coordinator.last_update_success and coordinator.last_exception is not None:
                raise coordinator.last_exception
        if unlisted := commands.unlisted:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="commands_unlisted",
                translation_placeholders={
                    "points": ", ".join(unlisted),
                    "detail": str(next(iter(unlisted.values()))),
                },
            )
