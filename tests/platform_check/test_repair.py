"""A time zone in which the sun is wrong is a repair issue, which says what another zone moves and sets it."""

from typing import Any

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.platform_check.repair import zone_of
from simulator import Simulator
from tests.test_translations import ENGLISH, placeholders

from .conftest import NOW
from .test_checker import check_platform, entry, entry_options

__all__ = ["entry", "entry_options"]


def issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"time_zone_differs_{entry.entry_id}")


async def choose(hass: HomeAssistant, entry: MockConfigEntry, choice: str) -> Any:
    """Do what a person does in the dialog."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    menu: Any = await manager.async_init(DOMAIN, context={"issue_id": f"time_zone_differs_{entry.entry_id}"})
    texts = ENGLISH["issues"]["time_zone_differs"]["fix_flow"]["step"]["init"]
    assert set(menu["menu_options"]) == texts["menu_options"].keys() == texts["menu_option_descriptions"].keys()
    assert placeholders(texts["description"]) == menu["description_placeholders"].keys()
    result = await manager.async_configure(menu["flow_id"], {"next_step_id": choice})
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


@pytest.fixture
async def differing_entry(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account of a platform that goes by UTC, checked."""
    assert await async_setup_component(hass, "repairs", {})
    await check_platform(hass, loaded_entry)
    assert issue(hass, loaded_entry) is None
    simulator.profile.change({"stamp_zone": "UTC"})
    await check_platform(hass, loaded_entry)
    found = issue(hass, loaded_entry)
    assert found is not None
    assert found.is_fixable
    assert found.translation_placeholders == {
        "account": loaded_entry.title,
        "hours": "3",
        "time_zone": "Europe/Istanbul",
        "new_time_zone": "UTC",
    }
    return loaded_entry


async def test_the_zone_is_set_and_holds_from_then_on(hass: HomeAssistant, differing_entry: MockConfigEntry) -> None:
    result = await choose(hass, differing_entry, "set_zone")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert differing_entry.options[CONF_TIME_ZONE] == "UTC"
    (clock,) = [row for row in (await check_platform(hass, differing_entry))["data"] if row["probe"] == "clock"]
    assert clock["outcome"] == "holds"
    assert issue(hass, differing_entry) is None


async def test_it_is_ignored(hass: HomeAssistant, differing_entry: MockConfigEntry) -> None:
    result = await choose(hass, differing_entry, "ignore")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "issue_ignored")
    assert differing_entry.options[CONF_TIME_ZONE] == "Europe/Istanbul"
    await check_platform(hass, differing_entry)
    found = issue(hass, differing_entry)
    assert found is not None
    assert found.dismissed_version is not None


async def test_it_is_there_again_after_a_restart(hass: HomeAssistant, differing_entry: MockConfigEntry) -> None:
    ir.async_delete_issue(hass, DOMAIN, f"time_zone_differs_{differing_entry.entry_id}")
    await hass.config_entries.async_reload(differing_entry.entry_id)
    assert issue(hass, differing_entry) is not None


async def test_it_goes_with_the_account(hass: HomeAssistant, differing_entry: MockConfigEntry) -> None:
    await hass.config_entries.async_remove(differing_entry.entry_id)
    assert issue(hass, differing_entry) is None


@pytest.mark.parametrize("utc_offset", range(-12, 15))
async def test_a_zone_is_as_far_from_utc_as_its_name_is_for(utc_offset: int) -> None:
    zone = await dt_util.async_get_time_zone(zone_of(utc_offset))
    assert zone is not None
    offset = NOW.astimezone(zone).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == utc_offset * 3600
