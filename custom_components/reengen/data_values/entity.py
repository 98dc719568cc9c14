"""The entities of values of the Data Science table."""

from typing import Any, override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.components.text import TextEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from custom_components.reengen.account import action_errors
from custom_components.reengen.api import ReengenRequestError
from custom_components.reengen.const import FINEST_STEP, WIDEST
from custom_components.reengen.points import (
    EntityAdder,
    ReengenEntity,
    account_identifier,
    data_value_key,
    fits_state,
    point_identifier,
    point_unique_id,
)

from .coordinator import DataValuesCoordinator, DataValueSource, data_value_sources, number_of, text_of


class ReengenDataValueEntity(CoordinatorEntity[DataValuesCoordinator], ReengenEntity):
    """A value of the Data Science table; it is unavailable while the platform does not list its point.

    It stands on its point's device, or on the account's where the point is not chosen.
    """

    _attr_translation_key = "data_value"

    def __init__(
        self, coordinator: DataValuesCoordinator, source: DataValueSource, device: dr.DeviceEntry, name: str
    ) -> None:
        """Make the entity's id from the account, the point's id, the type and the subentry."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self.source = source
        self._points = coordinator.points
        # Not by device_info: the device would then belong to the subentry, and go with it.
        self.device_entry = device
        self._attr_name = name
        self._attr_unique_id = point_unique_id(entry, source.point_id, data_value_key(source.type, source.subentry_id))

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
        with action_errors(self.hass, self.coordinator.config_entry):
            async with self.coordinator.turn:
                # The point may go while the call waits for another one to end.
                if (point := self._points.data.tree.by_id(self.source.point_id)) is None:
                    raise ReengenRequestError(f"The platform lists no point {self.source.point_id}")
                await self.coordinator.async_write(self.source, point.code, text)


class ReengenDataValueSensor(ReengenDataValueEntity, SensorEntity):
    """A value of the Data Science table as it was put there; a number where it is said to be one."""

    @property
    @override
    def state_class(self) -> SensorStateClass | None:
        return SensorStateClass.MEASUREMENT if self.source.is_number else None

    @property
    @override
    def native_value(self) -> float | str | None:
        return number_of(self.stored) if self.source.is_number else self.shown


class ReengenDataValueNumber(ReengenDataValueEntity, NumberEntity):
    """A number in the Data Science table; each call writes, also one that repeats what is there."""

    _attr_mode = NumberMode.BOX
    _attr_native_min_value = -WIDEST
    _attr_native_max_value = WIDEST
    _attr_native_step = FINEST_STEP

    @property
    @override
    def native_value(self) -> float | None:
        return number_of(self.stored)

    @override
    async def async_set_native_value(self, value: float) -> None:
        with action_errors(self.hass, self.coordinator.config_entry):
            text = text_of(value)
        await self.async_write(text)


class ReengenDataValueText(ReengenDataValueEntity, TextEntity):
    """A text in the Data Science table; each call writes, also one that repeats what is there."""

    _attr_native_max = MAX_LENGTH_STATE_STATE

    @property
    @override
    def native_value(self) -> str | None:
        return self.shown

    @override
    async def async_set_value(self, value: str) -> None:
        await self.async_write(value)


@callback
def async_add_data_values(
    adder: EntityAdder, coordinator: DataValuesCoordinator, entity_class: type[ReengenDataValueEntity]
) -> None:
    """Add the entities of this platform, each in the name of its subentry."""
    registry, entry = dr.async_get(coordinator.hass), coordinator.config_entry

    def device(identifier: tuple[str, str]) -> dr.DeviceEntry | None:
        return registry.async_get_device_by_identifier(identifier, entry.entry_id)

    account: Any = device(account_identifier(entry))
    for source in coordinator.sources:
        if source.platform is adder.platform:
            own = device(point_identifier(entry, source.point_id))
            name = source.name if own else entry.subentries[source.subentry_id].title
            entity = entity_class(coordinator, source, own or account, name)
            adder.add([entity], config_subentry_id=source.subentry_id)


@callback
def async_remove_changed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the entities of values that are now of another platform."""
    registry = er.async_get(hass)
    platforms = {source.subentry_id: source.platform for source in data_value_sources(entry)}
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        subentry_id = registered.config_subentry_id
        if subentry_id in platforms and registered.domain != platforms[subentry_id]:
            registry.async_remove(registered.entity_id)
