"""Sensors: readings, demand, registers and phases, reactive energy, values of the Data Science table, freshness, the history."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import AccountOptions
from .data_values import ReengenDataValueSensor, async_add_data_values
from .demand import ReengenHighestDemand, demand_sensor_rows
from .forecast import ReengenForecast, forecast_rows
from .freshness import LAST_DATA, ReengenLastData
from .history import ReengenHistoryProgress
from .meters import meter_rows
from .points import EntityAdder, ReengenRowSensor, async_add_rows
from .reactive import reactive_sensor_rows
from .readings import reading_rows
from .runtime import ReengenConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a sensor for each value that a chosen point has had; most meters measure little of what was chosen."""
    data, options = entry.runtime_data, AccountOptions.of(entry)
    adder = EntityAdder(queue=data.entities, platform=Platform.SENSOR, add=async_add_entities)
    async_add_rows(adder, data.readings, reading_rows(options), ReengenRowSensor)
    async_add_rows(adder, data.readings, reactive_sensor_rows(options), ReengenRowSensor)
    async_add_rows(adder, data.demand, demand_sensor_rows(), ReengenHighestDemand)
    if data.meters is not None:
        async_add_rows(adder, data.meters, meter_rows(options), ReengenRowSensor)
    if data.forecast is not None:
        async_add_rows(adder, data.forecast, forecast_rows(options), ReengenForecast)
    async_add_rows(adder, data.freshness, [LAST_DATA], ReengenLastData)
    async_add_data_values(adder, data.data_values, ReengenDataValueSensor)
    if data.history is not None:
        async_add_entities([ReengenHistoryProgress(entry, data.history)])
