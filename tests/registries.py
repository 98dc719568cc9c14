"""Find entities and devices as the integration identifies them, never by name."""

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN


def entity_id(hass: HomeAssistant, platform: str, entry: MockConfigEntry, point_id: int, key: str) -> str | None:
    """Return the entity id of the point's entity with this key, or None where there is none."""
    unique_id = f"{entry.entry_id}_{point_id}_{key}"
    return er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)


def state_of(hass: HomeAssistant, platform: str, entry: MockConfigEntry, point_id: int, key: str) -> State:
    """Return the state of the point's entity with this key."""
    found = entity_id(hass, platform, entry, point_id, key)
    assert found is not None, key
    state = hass.states.get(found)
    assert state is not None, found
    return state


def point_device(hass: HomeAssistant, entry: MockConfigEntry, point_id: int) -> dr.DeviceEntry | None:
    """Return the device of the point."""
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, f"{entry.entry_id}_{point_id}"), entry.entry_id)
