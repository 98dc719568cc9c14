"""The button of the account that checks the platform."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.helpers.device_registry import DeviceInfo

from custom_components.reengen.points import ReengenEntity, account_identifier, account_unique_id

from .checker import PlatformChecker


class ReengenCheckButton(ReengenEntity, ButtonEntity):
    """Checks the platform, which else happens once a month."""

    _attr_translation_key = "check_platform"
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, checker: PlatformChecker) -> None:
        """Belong to the account's device."""
        entry = checker.points.config_entry
        self._checker = checker
        self._attr_unique_id = account_unique_id(entry, "check_platform")
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})

    @override
    async def async_press(self) -> None:
        await self._checker.async_check()
