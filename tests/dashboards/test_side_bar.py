"""The dashboard of an account in the side bar: there while the account is loaded, and always of its present points."""

from typing import Any

from homeassistant.components.frontend import async_panel_exists
from homeassistant.const import EVENT_LOVELACE_UPDATED
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, get_system_health_info
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.reengen.const import POINTS_INTERVAL
from simulator import Simulator
from tests.commands.samples import PassTime

SITE, TRAFO_6 = "xFabrikaFabrika", "xFabrikaTrafo6"


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Want the dashboard."""
    return {**entry_options, "points": [SITE, TRAFO_6], "dashboard": True}


@pytest.fixture
async def path(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Set the account up in a Home Assistant with dashboards; return the address of its own."""
    assert await async_setup_component(hass, "lovelace", {})
    assert await async_setup_component(hass, "system_health", {})
    await load(hass, entry)
    return f"reengen-xyz-{entry.entry_id[-6:].lower()}"


async def load(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def asked(hass_ws_client: WebSocketGenerator, hass: HomeAssistant, command: str, path: str) -> dict[str, Any]:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": command, "url_path": path})
    answer: dict[str, Any] = await client.receive_json()
    return answer


async def test_it_shows_the_account_and_goes_with_it(
    hass: HomeAssistant, entry: MockConfigEntry, path: str, hass_ws_client: WebSocketGenerator
) -> None:
    assert async_panel_exists(hass, path)
    shown = (await asked(hass_ws_client, hass, "lovelace/config", path))["result"]
    made = await hass.services.async_call(
        "reengen", "create_dashboard", {"config_entry_id": entry.entry_id}, blocking=True, return_response=True
    )
    assert made is not None
    assert shown == made["dashboard"]
    assert [view["title"] for view in shown["views"]][:1] == ["Overview"]
    health = await get_system_health_info(hass, "lovelace")
    assert health["views"] == len(shown["views"])
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not async_panel_exists(hass, path)
    assert not (await asked(hass_ws_client, hass, "lovelace/config", path))["success"]
    await load(hass, entry)
    assert async_panel_exists(hass, path)


async def test_nobody_can_lose_what_nobody_can_edit(
    hass: HomeAssistant, path: str, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "lovelace/config/save", "url_path": path, "config": {"views": []}})
    assert not (await client.receive_json())["success"]
    await client.send_json_auto_id({"type": "lovelace/config/delete", "url_path": path})
    assert not (await client.receive_json())["success"]
    assert (await asked(hass_ws_client, hass, "lovelace/config", path))["result"]["views"]


async def test_open_browsers_are_told_of_other_points(
    hass: HomeAssistant, entry: MockConfigEntry, path: str, simulator: Simulator, pass_time: PassTime
) -> None:
    told = async_capture_events(hass, EVENT_LOVELACE_UPDATED)
    await pass_time(POINTS_INTERVAL)
    assert told == []
    simulator.remove_point(TRAFO_6)
    await pass_time(POINTS_INTERVAL)
    assert [event.data for event in told] == [{"url_path": path}]


@pytest.mark.parametrize("entry_options", [{"points": [SITE], "measurements": ["active_energy_import"]}])
async def test_an_account_that_did_not_ask_for_it_has_none(
    hass: HomeAssistant, path: str, entry_options: dict[str, Any]
) -> None:
    """Accounts of earlier versions have no such option."""
    assert not async_panel_exists(hass, path)


async def test_without_dashboards_the_account_is_loaded_all_the_same(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await load(hass, entry)
    assert entry.runtime_data.points.data.chosen


async def test_in_recovery_mode_there_is_none(
    hass: HomeAssistant, path: str, hass_ws_client: WebSocketGenerator
) -> None:
    hass.config.recovery_mode = True
    answer = await asked(hass_ws_client, hass, "lovelace/config", path)
    assert answer["error"]["code"] == "config_not_found"
