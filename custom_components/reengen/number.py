"""Numbers: commands that take one, and values of the Data Science table that are written."""

from typing import Final, override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import ParameterKind
from .commands import CommandKind
from .data_value_entity import ReengenDataValueEntity, async_add_data_values
from .data_values import number_of, text_of
from .entity import ReengenAssumedStateEntity, async_add_command_entities
from .failures import action_errors
from .runtime import ReengenConfigEntry

# A command acts on plant: two at once could arrive in the other order than they were given.
PARALLEL_UPDATES = 1

# The platform names no range, and refuses what is out of it by itself. So wide go the whole numbers that a double
# holds exactly: what is typed is what is sent.
WIDEST: Final = float(2**53 - 1)

# The platform names no precision; set points are given in hundredths at most, and actions may give finer ones.
_FINE_STEP: Final = 0.01


async def async_setup_entry(
    hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenNumber, async_add_entities)
    async_add_data_values(hass, entry, Platform.NUMBER, ReengenDataValueNumber, async_add_entities)


class ReengenNumber(ReengenAssumedStateEntity, NumberEntity):
    """A command that sets a number; each call sends, also one that repeats the last."""

    kind = CommandKind.NUMBER
    # A slider over such a range would move by millions.
    _attr_mode = NumberMode.BOX
    _attr_native_min_value = -WIDEST
    _attr_native_max_value = WIDEST

    @property
    @override
    def native_step(self) -> float:
        return 1.0 if self.command.kind is ParameterKind.INTEGER else _FINE_STEP

    @property
    @override
    def native_value(self) -> float | None:
        # True and false are whole numbers to Python.
        if isinstance(self.accepted, bool) or not isinstance(self.accepted, int | float):
            return None
        return self.accepted

    @override
    async def async_set_native_value(self, value: float) -> None:
        # Home Assistant hands over every number as a float; one that a whole number needs and is none is refused
        # before sending.
        await self.async_set(int(value) if self.command.kind is ParameterKind.INTEGER and value.is_integer() else value)


class ReengenDataValueNumber(ReengenDataValueEntity, NumberEntity):
    """A number in the Data Science table; each call writes, also one that repeats what is there."""

    _attr_mode = NumberMode.BOX
    _attr_native_min_value = -WIDEST
    _attr_native_max_value = WIDEST
    _attr_native_step = _FINE_STEP

    @property
    @override
    def native_value(self) -> float | None:
        return number_of(self.stored)

    @override
    async def async_set_native_value(self, value: float) -> None:
        with action_errors():
            text = text_of(value)
        await self.async_write(text)
