"""Sensors: readings, demand, registers and phases, reactive energy, values of the Data Science table, freshness, the history."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data_values import ReengenDataValueSensor, async_add_data_values
from .demand import ReengenHighestDemand, demand_sensor_rows
from .forecast import ReengenForecast, forecast_rows
from .freshness import LAST_DATA, ReengenLastData, ReengenLatePoints
from .history import ReengenHistoryProgress
from .meters import meter_rows
from .reactive import reactive_sensor_rows
from .readings import ReengenReadingSensor, reading_rows
from .runtime import ReengenConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: ReengenConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a sensor for each value that a chosen point has had; most meters measure little of what was chosen."""
    data = entry.runtime_data
    options = data.options
    adder = data.adder(Platform.SENSOR, async_add_entities)
    adder.async_add_rows(data.readings, reading_rows(options), ReengenReadingSensor)
    adder.async_add_rows(data.readings, reactive_sensor_rows(options))
    adder.async_add_rows(data.demand, demand_sensor_rows(), ReengenHighestDemand)
    if data.meters is not None:
        adder.async_add_rows(data.meters, meter_rows(options))
    if data.forecast is not None:
        adder.async_add_rows(data.forecast, forecast_rows(options), ReengenForecast)
    adder.async_add_rows(data.freshness, [LAST_DATA], ReengenLastData)
    async_add_data_values(adder, data.data_values, ReengenDataValueSensor)
    async_add_entities([ReengenLatePoints(data.freshness)])
    if data.history is not None:
        async_add_entities([ReengenHistoryProgress(data.history)])
