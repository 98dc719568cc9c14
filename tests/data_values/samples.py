"""Values of the Data Science table in tests: the platform's row by plain SQL, and a subentry that asks for it."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry, ConfigSubentryData
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator


def put(simulator: Simulator, point: str, type_: str, value: str) -> None:
    """Let the table hold the value."""
    row = (simulator.options.tenant, point, type_, value)
    simulator.database.execute("INSERT OR REPLACE INTO dc_data VALUES (?, ?, ?, ?)", row)


def stored(simulator: Simulator, point: str, type_: str) -> str | None:
    """Return what the table holds."""
    found = simulator.database.execute("SELECT value FROM dc_data WHERE point = ? AND type = ?", (point, type_))
    row = found.fetchone()
    return None if row is None else row[0]


def wanted(point_id: int, type_: str, *, mode: str = "read", kind: str = "number", **more: Any) -> ConfigSubentryData:
    """Return a subentry that asks for the value."""
    return ConfigSubentryData(
        data={"point_id": point_id, "type": type_, "mode": mode, "kind": kind, **more},
        subentry_type="data_value",
        title=f"{point_id} {type_}",
        unique_id=None,
    )


def add_wanted(hass: HomeAssistant, entry: MockConfigEntry, *subentries: ConfigSubentryData) -> None:
    """Let an account that is not yet set up ask for the values."""
    for each in subentries:
        found = ConfigSubentry(
            data=MappingProxyType(dict(each["data"])),
            subentry_type=each["subentry_type"],
            title=each["title"],
            unique_id=each["unique_id"],
        )
        hass.config_entries.async_add_subentry(entry, found)


def value_entity(hass: HomeAssistant, entry: MockConfigEntry, platform: str, type_: str) -> er.RegistryEntry | None:
    """Return the entity of the first subentry with this type, on this platform."""
    (subentry,) = [each for each in entry.subentries.values() if each.data["type"] == type_]
    unique_id = f"{entry.entry_id}_{subentry.data['point_id']}_data_value_{type_}_{subentry.subentry_id}"
    registry = er.async_get(hass)
    found = registry.async_get_entity_id(platform, "reengen", unique_id)
    return None if found is None else registry.async_get(found)


def value_state(hass: HomeAssistant, entry: MockConfigEntry, platform: str, type_: str) -> State:
    """Return the state of that entity."""
    found = value_entity(hass, entry, platform, type_)
    assert found is not None
    state = hass.states.get(found.entity_id)
    assert state is not None
    return state


def sensor_states(hass: HomeAssistant) -> dict[str, str]:
    """Return the state of each sensor by its name."""
    return {state.attributes[ATTR_FRIENDLY_NAME]: state.state for state in hass.states.async_all("sensor")}
