"""Find entities and devices as the integration identifies them, never by name."""

from collections.abc import Mapping
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er, restore_state
from homeassistant.helpers.json import json_dumps
from homeassistant.util import dt as dt_util

from custom_components.reengen.const import DOMAIN
from simulator import Simulator

from . import oracle


def entity_id(hass: HomeAssistant, platform: str, entry: ConfigEntry[Any], point_id: int, key: str) -> str | None:
    """Return the entity id of the point's entity with this key, or None where there is none."""
    unique_id = f"{entry.entry_id}_{point_id}_{key}"
    return er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)


def state_of(hass: HomeAssistant, platform: str, entry: ConfigEntry[Any], point_id: int, key: str) -> State:
    """Return the state of the point's entity with this key."""
    found = entity_id(hass, platform, entry, point_id, key)
    assert found is not None, key
    state = hass.states.get(found)
    assert state is not None, found
    return state


def sensor_of(hass: HomeAssistant, entry: ConfigEntry[Any], simulator: Simulator, code: str, key: str) -> State:
    """Return the state of the sensor with this key of the point with this code."""
    return state_of(hass, "sensor", entry, oracle.point_id(simulator, code), key)


def point_device(hass: HomeAssistant, entry: ConfigEntry[Any], point_id: int) -> dr.DeviceEntry | None:
    """Return the device of the point."""
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{entry.entry_id}_{point_id}"), entry.entry_id)


async def restored(
    hass: HomeAssistant, hass_storage: dict[str, Any], state: State, extra_data: Mapping[str, Any]
) -> None:
    """Let Home Assistant find the state in its storage: what it makes of the file differs from version to version."""
    stored = {"state": state.as_dict(), "extra_data": extra_data, "last_seen": dt_util.utcnow()}
    hass_storage[restore_state.STORAGE_KEY] = {
        "version": restore_state.STORAGE_VERSION,
        "key": restore_state.STORAGE_KEY,
        "data": [json.loads(json_dumps(stored))],
    }
    await restore_state.async_get(hass).async_load()
