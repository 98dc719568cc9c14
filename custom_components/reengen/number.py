"""Numbers: commands that take a number."""

from typing import Final, override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import ParameterKind
from .commands import CommandKind
from .entity import ReengenAssumedStateEntity, async_add_command_entities
from .runtime import ReengenConfigEntry

# A command acts on plant: two at once could arrive in the other order than they were given.
PARALLEL_UPDATES = 1

# The platform names no bounds, and Home Assistant needs some. Up to here every whole number, and every thousandth,
# is exact in the state; the platform refuses what its device cannot take.
_BOUND: Final = 1_000_000_000.0

# The finest step that is asked for by hand; a command that takes whole numbers has steps of one.
_STEP: Final = 0.001


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of each chosen point, and those that are listed later."""
    async_add_command_entities(entry, ReengenNumber, async_add_entities)


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
