"""Where points hold those below them, the dialog of the repair issue lets one of both count on the Energy dashboard."""

from typing import Any
from unittest.mock import patch

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history import HistoryImporter
from simulator import Simulator
from tests import oracle
from tests.history.conftest import Imported

from .preferences import THEIRS, add, preferences, records, set_up


async def decide(hass: HomeAssistant, entry: MockConfigEntry, choice: str) -> Any:
    """Choose in the dialog of the points that hold those below them."""
    assert await async_setup_component(hass, "repairs", {})
    issue_id = f"points_rolled_up_{entry.entry_id}"
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entry_id": entry.entry_id, "rolled_up_points": True},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="points_rolled_up",
    )
    manager = repairs_flow_manager(hass)
    assert manager is not None
    menu: Any = await manager.async_init(DOMAIN, context={"issue_id": issue_id})
    result = await manager.async_configure(menu["flow_id"], {"next_step_id": choice})
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


@pytest.mark.usefixtures("energy")
async def test_points_below_take_the_place_of_those_that_hold_them(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, simulator: Simulator
) -> None:
    children = simulator.database.execute("SELECT code FROM point WHERE parent = 'xFabrikaTrafo1'").fetchall()
    assert children
    chosen = ["xFabrikaTrafo1", *(code for (code,) in children)]
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": chosen})
    await set_up(hass, THEIRS)
    await add(hass, await imported(), preview=False)
    before = await preferences(hass)
    assert len(before["energy_sources"]) == len(THEIRS["energy_sources"]) + 1
    assert (await decide(hass, entry, "keep_children"))["type"] == "create_entry"
    after = await preferences(hass)
    below = {f"reengen:xyz_{oracle.point_id(simulator, code)}_active_energy_import" for (code,) in children}
    assert after["energy_sources"][:2] == THEIRS["energy_sources"]
    assert {each["stat_energy_from"] for each in after["energy_sources"][2:]} == below
    assert after["device_consumption"] == THEIRS["device_consumption"]
    assert not any(records(await add(hass, entry, preview=False)).values())
    # Nothing counts twice where the points above are taken instead, so nothing changes.
    assert (await decide(hass, entry, "keep_parents"))["type"] == "create_entry"
    assert await preferences(hass) == after


@pytest.mark.usefixtures("energy")
async def test_nothing_is_decided_before_the_history_is_complete(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry
) -> None:
    await imported()
    with patch.object(HistoryImporter, "progress", 99.9):
        result = await decide(hass, entry, "keep_children")
    assert (result["type"], result["reason"]) == ("abort", "history_unavailable")
    assert "rolled_up_points" not in entry.options
