"""The sensor of the account that shows how far its history is."""

from collections.abc import Mapping
import math
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from custom_components.reengen.points import ReengenAccountEntity

from .importer import HistoryImporter


class ReengenHistoryProgress(CoordinatorEntity[HistoryImporter], ReengenAccountEntity, SensorEntity):
    """How much of the chosen depth of history is there as the platform has it; unknown while it is paused.

    `last_error` is why the last run was broken off; None where it was not.
    """

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 0
    _unrecorded_attributes = frozenset({"last_error"})

    def __init__(self, history: HistoryImporter) -> None:
        """Show the history."""
        super().__init__(history)
        ReengenAccountEntity.__init__(self, history.config_entry, "history_progress")

    @property
    @override
    def native_value(self) -> float | None:
        progress = self.coordinator.progress
        # Rounded down: 100 % says that nothing is missing.
        return None if progress is None else math.floor(progress * 10) / 10

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        return {"last_error": self.coordinator.last_error}
