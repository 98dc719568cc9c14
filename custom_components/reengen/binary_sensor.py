"""Binary sensors: whether reactive energy or demand is over its limit, and whether data is late."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import AccountOptions
from .demand import ReengenContractWarning, contract_rows
from .freshness import DATA_LATE, ReengenDataLate
from .points import EntityAdder, async_add_rows
from .reactive import ReengenOverLimit, over_limit_rows
from .runtime import ReengenConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the warnings of each point that has what can be over a limit, and whether its data is late."""
    data = entry.runtime_data
    adder = EntityAdder(queue=data.entities, platform=Platform.BINARY_SENSOR, add=async_add_entities)
    async_add_rows(adder, data.readings, over_limit_rows(AccountOptions.of(entry)), ReengenOverLimit)
    async_add_rows(adder, data.demand, contract_rows(), ReengenContractWarning)
    async_add_rows(adder, data.freshness, [DATA_LATE], ReengenDataLate)
