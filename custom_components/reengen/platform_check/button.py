"""The button of the account that checks the platform."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory

from custom_components.reengen.points import ReengenAccountEntity

from .checker import PlatformChecker


class ReengenCheckButton(ReengenAccountEntity, ButtonEntity):
    """Checks the platform, which else happens once a month."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, checker: PlatformChecker) -> None:
        """Have the checker check."""
        super().__init__(checker.points.config_entry, "check_platform")
        self._checker = checker

    @override
    async def async_press(self) -> None:
        await self._checker.async_check()
