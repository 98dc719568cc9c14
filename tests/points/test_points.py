"""The tree changes on the platform, and devices and entities follow without a reload."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.reengen.const import POINTS_INTERVAL
from simulator import Simulator
from tests import oracle
from tests.registries import entity_id, point_device, state_of

SITE = "xFabrikaFabrika"
TRAFO_6 = "xFabrikaTrafo6"


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose the whole site by its root."""
    return {**entry_options, "points": [SITE], "include_descendants": True}


async def test_new_point_appears(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    new_id = simulator.add_point(code="xFabrikaTrafo7", name="Trafo 7", parent=SITE)
    site = point_device(hass, loaded_entry, oracle.point_id(simulator, SITE))
    assert point_device(hass, loaded_entry, new_id) is None

    await pass_time(POINTS_INTERVAL)
    device = point_device(hass, loaded_entry, new_id)
    assert device is not None
    assert site is not None
    assert (device.name, device.via_device_id) == ("Trafo 7", site.id)
    assert state_of(hass, "sensor", loaded_entry, new_id, "active_energy_import_today").state != STATE_UNAVAILABLE


async def test_renamed_and_moved_point_stays_itself(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    trafo_6 = oracle.point_id(simulator, TRAFO_6)
    before = entity_id(hass, "sensor", loaded_entry, trafo_6, "active_energy_import_today")
    simulator.rename_point(TRAFO_6, "Yedek Trafo")
    simulator.move_point(TRAFO_6, "xFabrikaTrafo1")

    await pass_time(POINTS_INTERVAL)
    device = point_device(hass, loaded_entry, trafo_6)
    above = point_device(hass, loaded_entry, oracle.point_id(simulator, "xFabrikaTrafo1"))
    assert device is not None
    assert above is not None
    assert (device.name, device.via_device_id) == ("Yedek Trafo", above.id)
    assert entity_id(hass, "sensor", loaded_entry, trafo_6, "active_energy_import_today") == before


async def test_vanished_point_is_unavailable_and_can_be_removed(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    trafo_6 = oracle.point_id(simulator, TRAFO_6)
    device = point_device(hass, loaded_entry, trafo_6)
    assert device is not None
    assert not (await client.remove_device(device.id))["success"]

    simulator.remove_point(TRAFO_6)
    await pass_time(POINTS_INTERVAL)
    assert state_of(hass, "sensor", loaded_entry, trafo_6, "active_energy_import_today").state == STATE_UNAVAILABLE

    assert (await client.remove_device(device.id))["success"]
    assert dr.async_get(hass).async_get(device.id) is None
