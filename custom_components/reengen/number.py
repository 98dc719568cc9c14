"""Numbers: commands that take a number."""

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

# A command waits for others of its point alone, whichever platform they are of: `async_execute_command` sees to it.
PARALLEL_UPDATES = 0

# The platform names no bounds, and Home Assistant needs some. Up to here every whole number, and every thousandth,
# is exact in the state; the platform refuses what its device cannot take.
_BOUND: Final = 1_000_000_000.0

# The finest step that is asked for by hand; a command that takes whole numbers has steps of one.
_STEP: Final = 0.001


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
    _attr_native_min_value = -_BOUND
    _attr_native_max_value = _BOUND

    @property
    @override
    def native_step(self) -> float:
        return 1.0 if self.command.kind is ParameterKind.INTEGER else _STEP

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
    _attr_native_min_value = -_BOUND
    _attr_native_max_value = _BOUND
    _attr_native_step = _STEP

    @property
    @override
    def native_value(self) -> float | None:
        return number_of(self.stored)

    @override
    async def async_set_native_value(self, value: float) -> None:
        with action_errors():
            text = text_of(value)
        await self.async_write(text)
