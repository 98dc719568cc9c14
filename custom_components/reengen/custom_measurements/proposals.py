"""Measurements that are proposed in words: what their fields are, and how those that were found are stored."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_DEVICE_CLASS, CONF_NAME
from homeassistant.core import HomeAssistant

from custom_components.reengen.account import AccountOptions, async_option_texts
from custom_components.reengen.api import MeasurementSeries
from custom_components.reengen.const import (
    CONF_DECIMALS,
    CONF_DEFINITION,
    CONF_FUNCTION,
    CONF_KEY,
    CONF_MEASUREMENTS,
    CONF_UNIT,
    CONF_VARIANT,
    DOMAIN,
)
from custom_components.reengen.history import statistics_prefix
from custom_components.reengen.measurements import (
    TEMPERATURE,
    UTILITIES,
    Measurement,
    Proposal,
    custom_measurement,
    device_classes,
)

from .keys import custom_key

# What a person adds a measurement by -> what is tried for it, in this order.
KINDS: Final[Mapping[str, tuple[Proposal, ...]]] = {
    "custom_water": (UTILITIES["water"],),
    "custom_natural_gas": (UTILITIES["natural_gas"],),
    "custom_heat": (UTILITIES["heat"], UTILITIES["steam"]),
    "custom_temperature": (TEMPERATURE,),
}


async def async_proposed_fields(hass: HomeAssistant, proposal: Proposal, series: MeasurementSeries) -> dict[str, Any]:
    """Return the fields of a measurement as the options keep them, in the language of Home Assistant; without key."""
    fields: dict[str, Any] = {
        CONF_NAME: (await async_option_texts(hass, CONF_MEASUREMENTS))[proposal.key],
        CONF_DEFINITION: series.definition,
        CONF_VARIANT: series.variant,
        CONF_FUNCTION: series.function.value,
        CONF_UNIT: series.unit,
        CONF_DECIMALS: proposal.display_precision,
    }
    row = custom_measurement({**fields, CONF_KEY: ""})
    if proposal.device_class in device_classes(row.unit, row.state_class):
        fields[CONF_DEVICE_CLASS] = proposal.device_class.value
    return fields


async def async_stored_utilities(
    hass: HomeAssistant, prefix: str, found: Mapping[str, MeasurementSeries]
) -> list[dict[str, Any]]:
    """Return what a new account keeps of the utilities that were found: key of the proposal -> series with data.

    `prefix` is that of the account's statistics.
    """
    stored: list[dict[str, Any]] = []
    for key, series in found.items():
        fields = await async_proposed_fields(hass, UTILITIES[key], series)
        row = custom_measurement({**fields, CONF_KEY: ""})
        taken = keys_of_others(hass, prefix, row) | {each[CONF_KEY] for each in stored}
        stored.append({CONF_KEY: custom_key(series, taken), **fields})
    return stored


def keys_of_others(hass: HomeAssistant, prefix: str, new: Measurement) -> set[str]:
    """Return the keys that accounts whose statistics have the prefix use for something else than the new measurement."""
    return {
        row.key
        for entry in hass.config_entries.async_entries(DOMAIN)
        if statistics_prefix(entry) == prefix
        for row in AccountOptions.of(entry).custom_measurements
        if (row.series, row.unit) != (new.series, new.unit)
    }
