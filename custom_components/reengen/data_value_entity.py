"""What the entities of the Data Science table share."""

from collections.abc import Callable
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import ReengenAuthenticationError, ReengenRequestError
from .commands import fits_state
from .data_values import DataValuesCoordinator, DataValueSource, data_value_sources
from .entity import account_identifier, point_identifier, point_unique_id
from .entity_cap import ReengenEntity
from .failures import action_errors
from .runtime import ReengenConfigEntry


class ReengenDataValueEntity(CoordinatorEntity[DataValuesCoordinator], ReengenEntity):
    """A value of the Data Science table; it is unavailable while the platform does not list its point.

    It stands on its point's device, or on the account's where the point is not chosen.
    """

    _attr_translation_key = "data_value"

    def __init__(self, entry: ReengenConfigEntry, source: DataValueSource, device: dr.DeviceEntry, name: str) -> None:
        """Make the entity's id from the account, the point's id, the type and the subentry."""
        super().__init__(entry.runtime_data.data_values)
        self.source = source
        self._points = entry.runtime_data.points
        # Not by device_info: the device would then belong to the subentry, and go with it.
        self.device_entry = device
        self._attr_name = name
        self._attr_unique_id = point_unique_id(entry, source.point_id, f"data_value_{source.type}_{source.subentry_id}")

    @property
    def stored(self) -> str | None:
        """Return the text that the table holds, None where it holds none."""
        return self.coordinator.data.values.get(self.source.key)

    @property
    def shown(self) -> str | None:
        """Return the text if a state can hold it."""
        return self.stored if self.stored is not None and fits_state(self.stored) else None

    @property
    @override
    def available(self) -> bool:
        is_listed = self._points.data.tree.by_id(self.source.point_id) is not None
        return super().available and is_listed and self.source.key not in self.coordinator.data.refused

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # A point that goes changes no value, so the coordinator of the values would not tell.
        self.async_on_remove(self._points.async_add_listener(self._handle_coordinator_update))

    async def async_write(self, text: str) -> None:
        """Write the text once; raises HomeAssistantError with a translation that says what became of it."""
        with action_errors():
            async with self.coordinator.turn:
                # The point may go while the call waits for another one to end.
                if (point := self._points.data.tree.by_id(self.source.point_id)) is None:
                    raise ReengenRequestError(f"The platform lists no point {self.source.point_id}")
                try:
                    await self.coordinator.async_write(self.source, point.code, text)
                except ReengenAuthenticationError:
                    self.coordinator.config_entry.async_start_reauth(self.hass)
                    raise


@callback
def async_add_data_values(
    hass: HomeAssistant,
    entry: ReengenConfigEntry,
    platform: Platform,
    make: Callable[[ReengenConfigEntry, DataValueSource, dr.DeviceEntry, str], ReengenDataValueEntity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the entities of this platform, each in the name of its subentry."""
    registry = dr.async_get(hass)

    def device(identifier: tuple[str, str]) -> dr.DeviceEntry | None:
        return registry.async_get_device_by_identifier(identifier, entry.entry_id)

    account: Any = device(account_identifier(entry))
    for source in entry.runtime_data.data_values.sources:
        if source.platform is platform:
            own = device(point_identifier(entry, source.point_id))
            name = source.name if own else entry.subentries[source.subentry_id].title
            async_add_entities([make(entry, source, own or account, name)], config_subentry_id=source.subentry_id)


@callback
def async_remove_changed(hass: HomeAssistant, entry: ReengenConfigEntry) -> None:
    """Remove the entities of values that are now of another platform."""
    registry = er.async_get(hass)
    platforms = {source.subentry_id: source.platform for source in data_value_sources(entry)}
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        subentry_id = registered.config_subentry_id
        if subentry_id in platforms and registered.domain != platforms[subentry_id]:
            registry.async_remove(registered.entity_id)
