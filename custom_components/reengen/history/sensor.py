"""The sensor of the account that shows how far its history is."""

from collections.abc import Mapping
import math
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.helpers.device_registry import DeviceInfo

from custom_components.reengen.points import ReengenEntity, account_identifier, account_unique_id

from .importer import HistoryImporter


class ReengenHistoryProgress(ReengenEntity, SensorEntity):
    """How much of the chosen depth of history is there as the platform has it; unknown while it is paused.

    `last_error` is why the last run was broken off; None where it was not.
    """

    _attr_should_poll = False
    _attr_translation_key = "history_progress"
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 0
    _unrecorded_attributes = frozenset({"last_error"})

    def __init__(self, entry: ConfigEntry[Any], history: HistoryImporter) -> None:
        """Belong to the account's device."""
        self._history = history
        self._attr_unique_id = account_unique_id(entry, "history_progress")
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._history.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> float | None:
        progress = self._history.progress
        # Rounded down: 100 % says that nothing is missing.
        return None if progress is None else math.floor(progress * 10) / 10

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        return {"last_error": self._history.last_error}
