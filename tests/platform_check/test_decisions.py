"""What a check leaves to the user is a repair issue for each question, whose dialog does what is chosen."""

from typing import Any

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import CONF_INCLUDE_TAX, CONF_ROLLED_UP_POINTS, DOMAIN
from simulator import Simulator
from tests import oracle
from tests.forms import held, open_option
from tests.registries import state_of
from tests.test_translations import TEXTS, placeholders

from .conftest import MONTH_END, NOW, SITE
from .test_checker import check_platform, entry, entry_options as points

__all__ = ["entry", "points"]

TAX, ROLLED_UP = "tax_undecided", "points_rolled_up"


@pytest.fixture
def entry_options(points: dict[str, Any]) -> dict[str, Any]:
    """Choose points that tell everything, and costs."""
    return points | {"costs": ["active_energy_cost"]}


@pytest.fixture
async def checked_entry(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account, whose repairs can be done."""
    assert await async_setup_component(hass, "repairs", {})
    return loaded_entry


def issue(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")


async def choose(hass: HomeAssistant, entry: MockConfigEntry, key: str, choice: str) -> Any:
    """Do what a person does in the dialog, whose texts are there in each language."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    menu: Any = await manager.async_init(DOMAIN, context={"issue_id": f"{key}_{entry.entry_id}"})
    for language in TEXTS.values():
        texts = language["issues"][key]["fix_flow"]["step"]["init"]
        assert set(menu["menu_options"]) == texts["menu_options"].keys() == texts["menu_option_descriptions"].keys()
        assert placeholders(texts["description"]) == menu["description_placeholders"].keys()
    result = await manager.async_configure(menu["flow_id"], {"next_step_id": choice})
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


def month_cost(simulator: Simulator, *, taxed: bool) -> float:
    """Return what the site's energy of this month costs by the tariff of the first quarter, in which the month is."""
    definition, variant, price, tax, per_unit = simulator.database.execute(
        "SELECT definition, variant, price, tax_rate, stored_per_unit FROM tariff WHERE cost_group = 'activeEnergyCost'"
        " AND valid_from_utc <= ? AND valid_to_utc > ?",
        (MONTH_END.timestamp(), NOW.timestamp()),
    ).fetchone()
    energy = oracle.summed_kilo(simulator, SITE, definition, variant, MONTH_END, NOW)
    return float(energy * 1000) * float(price) / float(per_unit) * (1 + float(tax) * taxed)


@pytest.mark.parametrize(("choice", "taxed"), [("with_tax", True), ("without_tax", False)])
async def test_tax_is_decided(
    hass: HomeAssistant, simulator: Simulator, checked_entry: MockConfigEntry, choice: str, taxed: bool
) -> None:
    def cost() -> float:
        point_id = oracle.point_id(simulator, SITE)
        return float(state_of(hass, "sensor", checked_entry, point_id, "active_energy_cost_this_month").state)

    assert cost() == pytest.approx(month_cost(simulator, taxed=False), rel=1e-9)
    await check_platform(hass, checked_entry)
    found = issue(hass, checked_entry, TAX)
    assert found is not None
    # Tax on electricity in the world's tariff.
    assert found.translation_placeholders == {"account": checked_entry.title, "percent": "20"}
    result = await choose(hass, checked_entry, TAX, choice)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert checked_entry.options[CONF_INCLUDE_TAX] is taxed
    assert cost() == pytest.approx(month_cost(simulator, taxed=taxed), rel=1e-9)
    await check_platform(hass, checked_entry)
    assert issue(hass, checked_entry, TAX) is None


@pytest.mark.parametrize("cost_tax", ["never", "always"])
async def test_tax_is_no_question_where_the_next_check_says_so(
    hass: HomeAssistant, simulator: Simulator, checked_entry: MockConfigEntry, cost_tax: str
) -> None:
    await check_platform(hass, checked_entry)
    assert issue(hass, checked_entry, TAX) is not None
    simulator.profile.change({"cost_tax": cost_tax})
    await check_platform(hass, checked_entry)
    assert issue(hass, checked_entry, TAX) is None


async def test_tax_is_no_question_where_no_cost_is_read(
    hass: HomeAssistant, checked_entry: MockConfigEntry, points: dict[str, Any]
) -> None:
    hass.config_entries.async_update_entry(checked_entry, options=points)
    await check_platform(hass, checked_entry)
    assert issue(hass, checked_entry, TAX) is None


@pytest.mark.parametrize("switch", ["children", "own_and_children"])
@pytest.mark.parametrize("kept", ["parents", "children"])
async def test_points_that_hold_others_are_decided_until_they_do_so_no_more(
    hass: HomeAssistant, simulator: Simulator, checked_entry: MockConfigEntry, switch: str, kept: str
) -> None:
    await check_platform(hass, checked_entry)
    assert issue(hass, checked_entry, ROLLED_UP) is None
    simulator.profile.change({"parents": switch})
    await check_platform(hass, checked_entry)
    assert issue(hass, checked_entry, ROLLED_UP) is not None
    result = await choose(hass, checked_entry, ROLLED_UP, f"keep_{kept}")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert checked_entry.options[CONF_ROLLED_UP_POINTS] == kept
    await check_platform(hass, checked_entry)
    assert issue(hass, checked_entry, ROLLED_UP) is None
    simulator.profile.change({"parents": "own"})
    await check_platform(hass, checked_entry)
    assert CONF_ROLLED_UP_POINTS not in checked_entry.options


async def test_which_points_count_can_be_taken_back_and_decided_again(
    hass: HomeAssistant, simulator: Simulator, checked_entry: MockConfigEntry
) -> None:
    simulator.profile.change({"parents": "children"})
    await check_platform(hass, checked_entry)
    field = {CONF_ROLLED_UP_POINTS}
    assert not field & held(await open_option(hass, checked_entry, "dashboards")).keys()
    await choose(hass, checked_entry, ROLLED_UP, "keep_children")
    form = await open_option(hass, checked_entry, "dashboards")
    assert held(form)[CONF_ROLLED_UP_POINTS] == "children"
    await fill(hass, form, {})
    assert checked_entry.options[CONF_ROLLED_UP_POINTS] == "children"
    await fill(hass, await open_option(hass, checked_entry, "dashboards"), {CONF_ROLLED_UP_POINTS: "undecided"})
    assert CONF_ROLLED_UP_POINTS not in checked_entry.options
    await choose(hass, checked_entry, ROLLED_UP, "keep_parents")
    assert checked_entry.options[CONF_ROLLED_UP_POINTS] == "parents"


async def fill(hass: HomeAssistant, form: Any, typed: dict[str, Any]) -> None:
    await hass.config_entries.options.async_configure(form["flow_id"], held(form) | typed)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_points_that_hold_others_are_no_question_where_none_of_those_is_chosen(
    hass: HomeAssistant, simulator: Simulator, checked_entry: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(checked_entry, options={**checked_entry.options, "points": [SITE]})
    await hass.config_entries.async_reload(checked_entry.entry_id)
    simulator.profile.change({"parents": "children"})
    found = await check_platform(hass, checked_entry)
    assert {row["probe"]: row["outcome"] for row in found["data"]}["parents"] == "differs"
    assert issue(hass, checked_entry, ROLLED_UP) is None


async def test_nothing_is_decided_for_an_account_that_does_not_run(
    hass: HomeAssistant, simulator: Simulator, checked_entry: MockConfigEntry
) -> None:
    simulator.profile.change({"parents": "children"})
    await check_platform(hass, checked_entry)
    assert await hass.config_entries.async_unload(checked_entry.entry_id)
    result = await choose(hass, checked_entry, ROLLED_UP, "keep_children")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")
    assert CONF_ROLLED_UP_POINTS not in checked_entry.options


async def test_the_issues_are_there_again_after_a_restart_and_go_with_the_account(
    hass: HomeAssistant, simulator: Simulator, checked_entry: MockConfigEntry
) -> None:
    simulator.profile.change({"parents": "children"})
    await check_platform(hass, checked_entry)
    keys = (TAX, ROLLED_UP)
    for key in keys:
        ir.async_delete_issue(hass, DOMAIN, f"{key}_{checked_entry.entry_id}")
    await hass.config_entries.async_reload(checked_entry.entry_id)
    assert all(issue(hass, checked_entry, key) for key in keys)
    await hass.config_entries.async_remove(checked_entry.entry_id)
    assert not any(issue(hass, checked_entry, key) for key in keys)
