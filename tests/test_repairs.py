"""Repair issues come and go with what they are about, and say what to do."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

from homeassistant.components.repairs import RepairsFlowResult, repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import CLOCK_INTERVAL, CONF_POINTS, DOMAIN, POINTS_INTERVAL
from simulator import Simulator

from .forms import ENGLISH, assert_asks_for_password

type PassTime = Callable[[timedelta], Awaitable[None]]

SITE, TRAFO = "xFabrikaFabrika", "xFabrikaTrafo6"


def issue(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> ir.IssueEntry | None:
    """Return the account's issue; an inactive one is none."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")
    return found if found is not None and found.active else None


def quoted(text: str, placeholders: dict[str, str] | None) -> str:
    """Return the text as a person reads it; a placeholder that is missing is a KeyError."""
    return Formatter().vformat(text, (), placeholders or {})


def hide(simulator: Simulator, code: str) -> None:
    """Let the platform list neither the code nor the id any more."""
    simulator.database.execute("UPDATE point SET code = 'hidden ' || code, id = id + 1000000 WHERE code = ?", (code,))


def show(simulator: Simulator, code: str) -> None:
    """Let the platform list what was hidden."""
    hidden = f"hidden {code}"
    simulator.database.execute("UPDATE point SET code = ?, id = id - 1000000 WHERE code = ?", (code, hidden))


@pytest.fixture(autouse=True)
async def _repairs(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "repairs", {})


async def fix(hass: HomeAssistant, entry: MockConfigEntry, choice: str) -> RepairsFlowResult:
    """Do what a person does in the dialog of the points that are gone."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    menu: Any = await manager.async_init(DOMAIN, context={"issue_id": f"points_gone_{entry.entry_id}"})
    assert menu["type"] is FlowResultType.MENU
    texts = ENGLISH["issues"]["points_gone"]["fix_flow"]["step"]["init"]
    assert set(menu["menu_options"]) == texts["menu_options"].keys() == texts["menu_option_descriptions"].keys()
    assert TRAFO in quoted(texts["description"], dict(menu["description_placeholders"] or {}))
    result = await manager.async_configure(menu["flow_id"], {"next_step_id": choice})
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def test_no_issue_while_all_is_well(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    assert not [each for each in ir.async_get(hass).issues.values() if each.domain == DOMAIN]


async def test_a_point_that_goes_and_returns(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    hide(simulator, TRAFO)
    await pass_time(POINTS_INTERVAL)
    found = issue(hass, loaded_entry, "points_gone")
    assert found is not None
    assert found.is_fixable
    assert found.translation_placeholders == {"account": loaded_entry.title, "points": TRAFO}
    show(simulator, TRAFO)
    await pass_time(POINTS_INTERVAL)
    assert issue(hass, loaded_entry, "points_gone") is None


async def test_taken_out_of_the_selection(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    options = dict(loaded_entry.options)
    simulator.remove_point(TRAFO)
    await pass_time(POINTS_INTERVAL)
    result = await fix(hass, loaded_entry, "remove")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options == options | {CONF_POINTS: [SITE]}
    assert issue(hass, loaded_entry, "points_gone") is None
    assert loaded_entry.runtime_data.points.data.missing_codes == ()


async def test_ignored_until_another_point_goes(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    hide(simulator, TRAFO)
    await pass_time(POINTS_INTERVAL)
    result = await fix(hass, loaded_entry, "ignore")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "issue_ignored")
    assert loaded_entry.options[CONF_POINTS] == [SITE, TRAFO]

    await pass_time(POINTS_INTERVAL)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    found = issue(hass, loaded_entry, "points_gone")
    assert found is not None
    assert found.dismissed_version is not None

    hide(simulator, SITE)
    await pass_time(POINTS_INTERVAL)
    found = issue(hass, loaded_entry, "points_gone")
    assert found is not None
    assert found.dismissed_version is None
    assert found.translation_placeholders == {"account": loaded_entry.title, "points": f"{SITE}, {TRAFO}"}


async def test_when_nothing_would_be_left_the_selection_stays(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    for code in (SITE, TRAFO):
        hide(simulator, code)
    await pass_time(POINTS_INTERVAL)
    result = await fix(hass, loaded_entry, "remove")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "nothing_left")
    text = ENGLISH["issues"]["points_gone"]["fix_flow"]["abort"]["nothing_left"]
    assert loaded_entry.title in quoted(text, dict(result["description_placeholders"] or {}))
    assert loaded_entry.options[CONF_POINTS] == [SITE, TRAFO]
    assert issue(hass, loaded_entry, "points_gone") is not None


async def test_an_account_that_does_not_run_is_left_alone(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    simulator.remove_point(TRAFO)
    await pass_time(POINTS_INTERVAL)
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    result = await fix(hass, loaded_entry, "remove")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")
    assert loaded_entry.options[CONF_POINTS] == [SITE, TRAFO]


async def test_many_codes_are_counted(
    hass: HomeAssistant, entry: MockConfigEntry, entry_options: dict[str, Any]
) -> None:
    codes = [SITE, *(f"gone-{number}" for number in range(12))]
    hass.config_entries.async_update_entry(entry, options={**entry_options, CONF_POINTS: codes})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    found = issue(hass, entry, "points_gone")
    assert found is not None
    assert found.translation_placeholders is not None
    assert found.translation_placeholders["points"].endswith("gone-9 + 2")


async def test_issues_go_with_the_account(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    simulator.remove_point(TRAFO)
    await pass_time(POINTS_INTERVAL)
    await hass.config_entries.async_remove(loaded_entry.entry_id)
    await hass.async_block_till_done()
    assert not [each for each in ir.async_get(hass).issues.values() if each.domain == DOMAIN]


def _newest_end(simulator: Simulator) -> datetime:
    """Return the end of the newest reading that the platform shows of the two points."""
    (newest,) = simulator.database.execute(
        "SELECT max(end_utc) FROM reading JOIN point ON point.id = point_id WHERE code IN (?, ?) AND value IS NOT NULL"
        " AND definition = 'activeEnergy' AND variant = 'import' AND revealed_utc <= ?",
        (SITE, TRAFO, simulator.clock.now().timestamp()),
    ).fetchone()
    return datetime.fromtimestamp(newest, UTC)


async def test_a_time_zone_that_puts_readings_into_the_future(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    pass_time: PassTime,
    now: datetime,
) -> None:
    """The platform's clock shows 14:20 in Istanbul; who takes that for London sees readings of the next three hours."""
    hass.config_entries.async_update_entry(entry, options={**entry_options, "time_zone": "UTC"})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    found = issue(hass, entry, "stamps_in_future")
    assert found is not None
    assert not found.is_fixable
    newest = _newest_end(simulator)
    bucket_start = newest - timedelta(minutes=newest.minute % 15)
    minutes = (bucket_start + timedelta(hours=3) - now) // timedelta(minutes=1)
    assert found.translation_placeholders == {"account": entry.title, "minutes": str(minutes), "time_zone": "UTC"}
    text = quoted(ENGLISH["issues"]["stamps_in_future"]["description"], found.translation_placeholders)
    # It names the option as the options flow does.
    steps = ENGLISH["options"]["step"]
    way = [steps["init"]["menu_options"]["advanced_menu"], steps["advanced_menu"]["menu_options"]["advanced"]]
    assert " > ".join(way) in text

    # A question that fails is no response.
    simulator.fail_next("truncated_json", method="GetData", times=20)
    await pass_time(CLOCK_INTERVAL)
    assert issue(hass, entry, "stamps_in_future") is not None
    simulator.clear_faults()

    hass.config_entries.async_update_entry(entry, options=entry_options)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue(hass, entry, "stamps_in_future") is None


@pytest.mark.parametrize("changed", [{"measurements": [], "costs": ["gas_cost"]}, {"points": ["gone"]}], ids=str)
async def test_without_readings_the_future_is_not_looked_into(
    hass: HomeAssistant, entry: MockConfigEntry, entry_options: dict[str, Any], changed: dict[str, Any]
) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry_options, "time_zone": "UTC", **changed})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue(hass, entry, "stamps_in_future") is None


async def test_a_platform_that_answers_nothing_about_the_future(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("refused", method="GetData")
    await loaded_entry.runtime_data.clock.async_refresh()
    assert loaded_entry.runtime_data.clock.last_update_success
    assert issue(hass, loaded_entry, "stamps_in_future") is None


async def test_a_password_that_is_refused_meanwhile_is_asked_for(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.change_password("new")
    await loaded_entry.runtime_data.clock.async_refresh()
    await hass.async_block_till_done()
    assert_asks_for_password(hass)
