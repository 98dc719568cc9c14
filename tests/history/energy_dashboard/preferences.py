"""What the dashboard holds: what a person has set up, what an earlier version wrote, what Home Assistant makes of it."""

from copy import deepcopy
import json
from typing import Any, cast

from homeassistant.auth.models import User
from homeassistant.components.energy.data import EnergyPreferencesUpdate, async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from tests.services.action_samples import act

# What a person has set up before; the grid source is one of another house.
THEIRS: dict[str, Any] = {
    "energy_sources": [
        {
            "type": "grid",
            "stat_energy_from": "sensor.house_import",
            "stat_energy_to": None,
            "stat_cost": None,
            "entity_energy_price": None,
            "number_energy_price": 3.5,
            "stat_compensation": None,
            "entity_energy_price_export": None,
            "number_energy_price_export": None,
            "cost_adjustment_day": 0.0,
        },
        {"type": "solar", "stat_energy_from": "sensor.roof", "config_entry_solar_forecast": None},
    ],
    "device_consumption": [{"stat_consumption": "sensor.fridge", "name": "Fridge"}],
    "device_consumption_water": [],
}


def stored(records: dict[str, Any]) -> dict[str, Any]:
    """Return what Home Assistant keeps of records: with the sensor that it makes of the two of a grid connection."""
    kept = deepcopy(records)
    for source in kept["energy_sources"]:
        if (power := source.get("power_config")) is not None:
            drawn, returned = (power[field].removeprefix("sensor.") for field in ("stat_rate_from", "stat_rate_to"))
            source["stat_rate"] = f"sensor.energy_grid_{drawn}_{returned}_net_power"
    return kept


def in_any_order(kept: dict[str, Any]) -> dict[str, list[str]]:
    """Return the records as texts, sorted: what is known later is added later."""
    return {section: sorted(json.dumps(record, sort_keys=True) for record in found) for section, found in kept.items()}


def by_an_earlier_version(records: dict[str, Any]) -> dict[str, Any]:
    """Return what version 0.1.0 wrote for the same points."""
    kept = deepcopy(records)
    for record in (*kept["energy_sources"], *kept["device_consumption"]):
        record.pop("stat_rate", None)
        if "type" in record:
            record.pop("power_config", None)
            del record["name"]
    return kept


async def preferences(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the energy manager holds."""
    manager = await async_get_manager(hass)
    return deepcopy(dict(manager.data or manager.default_preferences()))


async def set_up(hass: HomeAssistant, wanted: dict[str, Any]) -> None:
    """Save preferences as a person's dashboard does."""
    manager = await async_get_manager(hass)
    await manager.async_update(cast("EnergyPreferencesUpdate", deepcopy(wanted)))


async def add(hass: HomeAssistant, entry: MockConfigEntry, user: User | None = None, **fields: Any) -> Any:
    """Call the action."""
    return await act(hass, entry, "add_to_energy_dashboard", user, **fields)


def below(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Return what Home Assistant keeps of one set of records below another."""
    return {section: [*records, *stored(ours)[section]] for section, records in theirs.items()}


def records(response: dict[str, Any]) -> dict[str, Any]:
    """Return the lists of a response."""
    return {section: response[section] for section in THEIRS}


async def compile_statistics(hass: HomeAssistant) -> None:
    """Let sensors have the statistics that they have after five minutes."""
    await hass.async_block_till_done()
    now = dt_util.utcnow()
    do_adhoc_statistics(hass, start=now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0))
    await async_wait_recording_done(hass)
