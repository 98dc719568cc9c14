"""The tree changes on the platform, and devices and entities follow without a reload."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.reengen.const import DOMAIN, POINTS_INTERVAL
from simulator import Simulator
from tests import oracle
from tests.odd_platform import tamper
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


type Entries = list[list[Any]]


def its_id_first(entries: Entries) -> None:
    """List a point with the id of the transformer before it."""
    entries.insert(1, ["Other", {"parent": None, "code": "xOther", "name": "Other", "id": 12768}])


def the_id_of_another_chosen_point_first(entries: Entries) -> None:
    """List the storage with the id of the transformer before it."""
    (depo,) = (entry for entry in entries if entry[1]["code"] == "xFabrikaDepo")
    entries.remove(depo)
    entries.insert(1, [depo[0], {**depo[1], "id": 12768}])


def its_code_with_a_lower_id(entries: Entries) -> None:
    """List a point with the code of the transformer and a lower id."""
    entries.append(["Other", {"parent": None, "code": TRAFO_6, "name": "Other", "id": 5}])


@pytest.mark.parametrize("change", [its_id_first, the_id_of_another_chosen_point_first, its_code_with_a_lower_id])
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_running_point_stands_whatever_else_has_its_id_or_its_code(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    change: Callable[[Entries], None],
    *,
    restarts: bool,
) -> None:
    chosen = {**loaded_entry.options, "points": [TRAFO_6, "xFabrikaDepo"], "include_descendants": False}
    hass.config_entries.async_update_entry(loaded_entry, options=chosen)
    await hass.async_block_till_done(wait_background_tasks=True)

    def shown() -> str:
        return state_of(hass, "sensor", loaded_entry, 12768, "active_energy_import_today").state

    async def read_anew() -> None:
        if restarts:
            await hass.config_entries.async_reload(loaded_entry.entry_id)
        else:
            await loaded_entry.runtime_data.points.async_refresh()
            await loaded_entry.runtime_data.readings.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)

    def odd(method: str, _: dict[str, Any], payload: dict[str, Any]) -> None:
        if method == "GetPointHierarchy":
            change(payload["properties"]["data"])

    before = shown()
    undo = tamper(simulator, odd)
    await read_anew()
    device = point_device(hass, loaded_entry, 12768)
    assert device is not None
    assert (device.name, device.model_id, shown()) == ("Transformer 6", TRAFO_6, before)
    assert dict(loaded_entry.options) == chosen
    # What is listed and cannot be used is not gone.
    issue_id = f"data_left_out_{loaded_entry.entry_id}"
    assert set(ir.async_get(hass).issues) == {(DOMAIN, issue_id)}

    undo()
    await read_anew()
    assert shown() == before
    assert ir.async_get(hass).issues == {}


@pytest.mark.parametrize(("key", "value"), [("id", None), ("id", -1), ("code", 5), ("code", None)])
async def test_a_point_that_cannot_be_read_is_not_gone(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, key: str, value: object
) -> None:
    chosen = {**loaded_entry.options, "points": [SITE, TRAFO_6], "include_descendants": False}
    hass.config_entries.async_update_entry(loaded_entry, options=chosen)
    await hass.async_block_till_done(wait_background_tasks=True)

    def odd(method: str, _: dict[str, Any], payload: dict[str, Any]) -> None:
        if method == "GetPointHierarchy":
            (trafo,) = (each for each in payload["properties"]["data"] if each[1]["code"] == TRAFO_6)
            trafo[1][key] = value

    tamper(simulator, odd)
    await loaded_entry.runtime_data.points.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded_entry.runtime_data.points.data.missing_codes == ()
    assert set(ir.async_get(hass).issues) == {(DOMAIN, f"data_left_out_{loaded_entry.entry_id}")}
