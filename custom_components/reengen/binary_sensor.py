"""Binary sensors: whether reactive energy or demand is over its limit, and whether data is late."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .demand import ReengenContractWarning, contract_rows
from .freshness import DATA_LATE, ReengenDataLate
from .reactive import ReengenOverLimit, over_limit_rows
from .runtime import ReengenConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the warnings of each point that has what can be over a limit, and whether its data is late."""
    data = entry.runtime_data
    adder = data.adder(Platform.BINARY_SENSOR, async_add_entities)
    adder.async_add_rows(data.readings, over_limit_rows(data.options), ReengenOverLimit)
    adder.async_add_rows(data.demand, contract_rows(), ReengenContractWarning)
    adder.async_add_rows(data.freshness, [DATA_LATE], ReengenDataLate)
