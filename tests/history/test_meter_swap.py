"""A point that is deleted and made anew under its code, one whose code is changed, and an id that another one gets."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history import HistoryUnavailableError
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime
from tests.forms import ENGLISH
from tests.registries import entity_id, state_of
from tests.services.action_samples import act

from .conftest import Imported
from .statistics import HOUR, Statistics

SITE, STORE = "xFabrikaFabrika", "xFabrikaDepo"
# API document: GetPointHierarchy.
STORE_ID = 12747
TODAY = "active_energy_import_today"
OLD = f"reengen:xyz_{STORE_ID}_active_energy_import"
PAST_HOUR = timedelta(hours=1)


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Describe ten days of readings, which begin in the month under way."""
    return WorldOptions(start=now - timedelta(days=10))


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a store and the site that it stands on, for the Energy dashboard too."""
    return {**entry_options, "points": [SITE, STORE], "energy_dashboard": True, "history_months": 1}


@pytest.fixture
async def loaded(hass: HomeAssistant, imported: Imported, pass_time: PassTime) -> MockConfigEntry:
    """Return the account, its history imported and its dashboard filled."""
    for component in ("energy", "repairs"):
        assert await async_setup_component(hass, component, {})
    entry = await imported()
    await pass_time(PAST_HOUR)
    return entry


async def swap(simulator: Simulator, pass_time: PassTime, *, hours: int = 3) -> int:
    """Delete the store's point, make it anew and let some hours pass; return the new id."""
    simulator.remove_point(STORE)
    # The platform gives no id twice.
    simulator.add_point(code=f"x{simulator.count()}", name="Another", parent=None, metered=False)
    new_id = simulator.add_point(code=STORE, name="Storage", parent="xFabrikaTrafo6")
    for _ in range(hours):
        await pass_time(PAST_HOUR)
    return new_id


def issues(hass: HomeAssistant) -> set[str]:
    """Return the ids of the integration's issues."""
    return {key for domain, key in ir.async_get(hass).issues if domain == DOMAIN}


def registered(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[set[str], set[str]]:
    """Return the ids of devices and entities."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {each.id for each in devices}, {each.entity_id for each in entities}


async def decide(hass: HomeAssistant, entry: MockConfigEntry, new_id: int, choice: str) -> None:
    """Do what a person does in the dialog."""
    result = await chosen(hass, await asked(hass, entry, new_id), choice)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


async def chosen(hass: HomeAssistant, flow_id: str, choice: str) -> Any:
    """Press one of the choices; return what the dialog shows then."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    return await manager.async_configure(flow_id, {"next_step_id": choice})


async def asked(hass: HomeAssistant, entry: MockConfigEntry, new_id: int) -> str:
    """Open the dialog; return the id of its flow."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    menu: Any = await manager.async_init(DOMAIN, context={"issue_id": f"point_replaced_{entry.entry_id}_{new_id}"})
    texts = ENGLISH["issues"]["point_replaced"]["fix_flow"]["step"]["init"]
    assert set(menu["menu_options"]) == texts["menu_options"].keys() == texts["menu_option_descriptions"].keys()
    assert menu["description_placeholders"]["point"] == f"Storage ({STORE})"
    return str(menu["flow_id"])


@pytest.mark.parametrize("choice", ["go_on", "treat_as_new"])
async def test_a_dialog_that_was_left_open_while_the_account_was_unloaded(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, pass_time: PassTime, choice: str
) -> None:
    flow_id = await asked(hass, loaded, await swap(simulator, pass_time, hours=1))
    assert await hass.config_entries.async_unload(loaded.entry_id)
    before = dict(loaded.options)
    result = await chosen(hass, flow_id, choice)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_open")
    assert loaded.options == before


async def test_a_database_that_does_not_tell_where_the_history_ends(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, pass_time: PassTime
) -> None:
    flow_id = await asked(hass, loaded, await swap(simulator, pass_time, hours=1))
    history, before = loaded.runtime_data.history, dict(loaded.options)
    with patch.object(history, "async_end_of", AsyncMock(side_effect=HistoryUnavailableError)):
        result = await chosen(hass, flow_id, "go_on")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "history_unavailable")
    assert loaded.options == before


async def test_nothing_is_made_or_written_before_the_user_decides(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    before, rows = registered(hass, loaded), await statistics.rows(OLD)
    new_id = await swap(simulator, pass_time)
    assert issues(hass) == {f"point_replaced_{loaded.entry_id}_{new_id}"}
    assert registered(hass, loaded) == before
    assert state_of(hass, "sensor", loaded, STORE_ID, TODAY).state == STATE_UNAVAILABLE
    assert await statistics.rows(OLD) == rows
    assert await statistics.rows(f"reengen:xyz_{new_id}_active_energy_import") == []
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert registered(hass, loaded) == before
    assert issues(hass) == {f"point_replaced_{loaded.entry_id}_{new_id}"}


async def test_it_goes_on_as_the_old_one(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    before, old_hours = registered(hass, loaded), await statistics.hours(OLD)
    dashboard = (await async_get_manager(hass)).data
    swapped_at = dt_util.utcnow()
    new_id = await swap(simulator, pass_time)
    await decide(hass, loaded, new_id, "go_on")
    # A month, its days and hours are compared, and the newest are read.
    for _ in range(26):
        await pass_time(PAST_HOUR)

    assert issues(hass) == set()
    assert registered(hass, loaded) == before
    assert float(state_of(hass, "sensor", loaded, STORE_ID, TODAY).state) > 0
    assert (await async_get_manager(hass)).data == dashboard
    hours = await statistics.hours(OLD)
    # What the old meter measured stays, although the new one has readings of that time.
    assert {start: value for start, value in hours.items() if start in old_hours} == old_hours
    end = dt_util.utcnow() - timedelta(minutes=15)
    end = end.replace(minute=0, second=0, microsecond=0)
    platform = statistics.platform_hours(STORE, "activeEnergy", "import", swapped_at - timedelta(days=1), end)
    new = {start: value for start, value in platform.items() if start > max(old_hours)}
    assert len(new) > 26
    assert {start: value for start, value in hours.items() if start not in old_hours} == new
    assert await statistics.rows(f"reengen:xyz_{new_id}_active_energy_import") == []

    # The actions speak of the platform's own ids.
    response = await act(hass, loaded, "get_point_hierarchy")
    assert {each["id"] for each in response["data"] if each["code"] == STORE} == {new_id}


async def test_a_user_who_mends_the_history_keeps_what_the_old_meter_measured(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    old_hours = await statistics.hours(OLD)
    new_id = await swap(simulator, pass_time)
    await decide(hass, loaded, new_id, "go_on")
    await act(hass, loaded, "import_history", start="2026-07-01 00:00:00")
    await hass.async_block_till_done(wait_background_tasks=True)
    hours = await statistics.hours(OLD)
    assert {start: value for start, value in hours.items() if start <= max(old_hours)} == old_hours
    assert len(hours) > len(old_hours)


async def test_it_is_swapped_once_more(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    before = registered(hass, loaded)
    await decide(hass, loaded, await swap(simulator, pass_time), "go_on")
    first = await statistics.hours(OLD)
    await decide(hass, loaded, await swap(simulator, pass_time), "go_on")
    await pass_time(PAST_HOUR)
    hours = await statistics.hours(OLD)
    assert registered(hass, loaded) == before
    assert first.items() <= hours.items()
    assert max(hours) - max(first) >= 4 * HOUR


async def test_the_first_meter_is_put_back(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    """The platform lists the point under its first id again."""
    before, old_hours = registered(hass, loaded), await statistics.hours(OLD)
    new_id = await swap(simulator, pass_time)
    await decide(hass, loaded, new_id, "go_on")
    simulator.remove_point(STORE)
    simulator.add_point(code=STORE, name="Storage", parent="xFabrikaTrafo6", given_id=STORE_ID)
    await pass_time(PAST_HOUR)
    # The id that stood for it meanwhile is free, and tells them apart until the user has decided.
    assert issues(hass) == {f"point_replaced_{loaded.entry_id}_{new_id}"}
    await decide(hass, loaded, new_id, "go_on")
    await pass_time(PAST_HOUR)
    assert issues(hass) == set()
    assert registered(hass, loaded) == before
    assert float(state_of(hass, "sensor", loaded, STORE_ID, TODAY).state) > 0
    assert max(await statistics.hours(OLD)) > max(old_hours) + 3 * HOUR
    assert old_hours.items() <= (await statistics.hours(OLD)).items()


@pytest.mark.parametrize("other", [SITE, "xFabrikaTrafo5"], ids=["chosen", "not chosen"])
async def test_two_points_exchange_their_codes(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    statistics: Statistics,
    pass_time: PassTime,
    other: str,
) -> None:
    """Each goes on by itself, also where only one of them is chosen."""
    devices, hours = registered(hass, loaded)[0], await statistics.hours(OLD)
    for code, new_code in ((STORE, "x"), (other, STORE), ("x", other)):
        simulator.recode_point(code, new_code)
    for _ in range(2):
        await pass_time(PAST_HOUR)
    assert issues(hass) == set()
    assert set(loaded.options["points"]) == {SITE, other, *({STORE} if other == SITE else ())}
    assert registered(hass, loaded)[0] == devices
    assert float(state_of(hass, "sensor", loaded, STORE_ID, TODAY).state) > 0
    assert len(await statistics.hours(OLD)) == len(hours) + 2


async def test_the_code_of_a_point_below_a_chosen_one_goes_to_a_point_elsewhere(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, imported: Imported, pass_time: PassTime
) -> None:
    """Nobody chose the other one, so there is nothing to ask."""
    options = {**loaded.options, "points": [SITE], "include_descendants": True}
    hass.config_entries.async_update_entry(loaded, options=options)
    await imported()
    simulator.recode_point(STORE, "xNew")
    simulator.add_point(code=STORE, name="Elsewhere", parent=None)
    for _ in range(2):
        await pass_time(PAST_HOUR)
    assert issues(hass) == set()
    assert float(state_of(hass, "sensor", loaded, STORE_ID, TODAY).state) > 0


async def test_it_is_treated_as_a_new_point(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    rows = await statistics.rows(OLD)
    new_id = await swap(simulator, pass_time)
    await decide(hass, loaded, new_id, "treat_as_new")
    await pass_time(PAST_HOUR)
    assert issues(hass) == set()
    assert float(state_of(hass, "sensor", loaded, new_id, TODAY).state) > 0
    assert state_of(hass, "sensor", loaded, STORE_ID, TODAY).state == STATE_UNAVAILABLE
    assert await statistics.rows(OLD) == rows
    assert await statistics.rows(f"reengen:xyz_{new_id}_active_energy_import")


async def test_a_changed_code_is_followed(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, statistics: Statistics, pass_time: PassTime
) -> None:
    before, hours = registered(hass, loaded), await statistics.hours(OLD)
    simulator.recode_point(STORE, "xFabrikaDepo2")
    for _ in range(2):
        await pass_time(PAST_HOUR)
    assert issues(hass) == set()
    assert loaded.options["points"] == [SITE, "xFabrikaDepo2"]
    assert registered(hass, loaded) == before
    assert float(state_of(hass, "sensor", loaded, STORE_ID, TODAY).state) > 0
    assert len(await statistics.hours(OLD)) == len(hours) + 2


@pytest.mark.parametrize("choice", ["go_on", "treat_as_new"])
async def test_another_point_has_the_old_id(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    statistics: Statistics,
    pass_time: PassTime,
    choice: str,
) -> None:
    """The id of the store is another point's now, and the store has a new one."""
    hass.config_entries.async_update_entry(loaded, options={**loaded.options, "points": [SITE, STORE, "xOther"]})
    rows = await statistics.rows(OLD)
    simulator.recode_point(STORE, "xOther")
    new_id = simulator.add_point(code=STORE, name="Storage", parent=SITE)
    await pass_time(PAST_HOUR)
    assert issues(hass) == {f"point_replaced_{loaded.entry_id}_{new_id}"}
    assert state_of(hass, "sensor", loaded, STORE_ID, TODAY).state == STATE_UNAVAILABLE
    assert await statistics.rows(OLD) == rows
    await decide(hass, loaded, new_id, choice)
    await pass_time(PAST_HOUR)
    assert issues(hass) == set()
    # Both are there, each with entities of its own.
    codes = {STORE_ID: STORE, new_id: "xOther"} if choice == "go_on" else {STORE_ID: "xOther", new_id: STORE}
    chosen = {point.id: point.code for point in loaded.runtime_data.points.data.chosen}
    assert codes.items() <= chosen.items()
    for point_id in codes:
        assert entity_id(hass, "sensor", loaded, point_id, TODAY) is not None
        assert state_of(hass, "sensor", loaded, point_id, TODAY).state != STATE_UNAVAILABLE


async def test_a_question_that_is_no_longer_open_goes(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, pass_time: PassTime
) -> None:
    await swap(simulator, pass_time)
    simulator.remove_point(STORE)
    await pass_time(PAST_HOUR)
    assert issues(hass) == {f"points_gone_{loaded.entry_id}"}
    simulator.add_point(code=STORE, name="Storage", parent=SITE)
    await pass_time(PAST_HOUR)
    assert len(issues(hass)) == 1
    assert await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert issues(hass) == set()
