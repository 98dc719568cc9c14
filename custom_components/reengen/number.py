"""Numbers: commands that take a number."""

from typing import override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Command, Point
from .commands import CommandKind
from .data_value_entity import ReengenDataValueEntity, async_add_data_values
from .data_values import number_of, text_of
from .entity import ReengenAssumedStateEntity, async_add_command_entities
from .failures import action_errors
from .number_limits import FINEST_STEP, WIDEST, limits_of, usual_step
from .runtime import ReengenConfigEntry

# A command waits for others of its point alone, whichever platform they are of: `async_execute_command` sees to it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenNumber, async_add_entities)
    async_add_data_values(hass, entry, Platform.NUMBER, ReengenDataValueNumber, async_add_entities)


class ReengenNumber(ReengenAssumedStateEntity, NumberEntity):
    """A command that sets a number; each call sends, also one that repeats the last."""

    kind = CommandKind.NUMBER
    _attr_mode = NumberMode.BOX

    def __init__(self, entry: ReengenConfigEntry, point: Point, command: Command) -> None:
        """Take bounds, step and unit from the options, and what Home Assistant can bear for what is not set."""
        super().__init__(entry, point, command)
        self._limits = limits_of(entry.options, point.id, command)
        self._attr_native_min_value = -WIDEST if self._limits.minimum is None else self._limits.minimum
        self._attr_native_max_value = WIDEST if self._limits.maximum is None else self._limits.maximum
        self._attr_native_unit_of_measurement = self._limits.unit or None

    @property
    @override
    def native_step(self) -> float:
        return self._limits.step or usual_step(self.command)

    @property
    @override
    def native_value(self) -> float | None:
        accepted = self.accepted
        return accepted if isinstance(accepted, int | float) and not isinstance(accepted, bool) else None

    @override
    async def async_set_native_value(self, value: float) -> None:
        # Home Assistant makes a float of every number; the state of a whole one would be "3.0".
        await self.async_execute(int(value) if value.is_integer() else value)


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
        with action_errors():
            text = text_of(value)
        await self.async_write(text)
