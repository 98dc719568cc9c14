"""What the user takes out of the selection goes from the registries, and nothing else does."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.const import COMMANDS_INTERVAL, DOMAIN, POINTS_INTERVAL
from custom_components.reengen.points.unticked import Place, is_unwanted, taken_out
from custom_components.reengen.runtime import sensor_keys
from simulator import Simulator
from tests.accounts import set_up
from tests.commands.samples import POINT, POINT_ID, PassTime
from tests.custom_measurements.samples import WATER
from tests.data_values.samples import add_wanted, value_entity, wanted
from tests.profiles import examples
from tests.registries import entity_id, point_device

SITE, STORE = "xFabrikaFabrika", "xFabrikaDepo"


pytestmark = pytest.mark.usefixtures("every_command")


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose what makes entities of every class."""
    return {
        **entry_options,
        "points": [POINT, STORE],
        "measurements": ["active_energy_import", "reactive_energy_import", "reactive_energy_export", "voltage_phase"],
        "costs": ["active_energy_cost"],
        "currency": "TRY",
        "custom_measurements": [WATER],
        "meter_readings": True,
        "phases": True,
    }


async def choose(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Change the options as the dialog does, which reloads the account."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def registered(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the account's unique ids, without its own."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    # Whether data is late stays with a point that was judged once.
    return {each.unique_id.removeprefix(f"{entry.entry_id}_") for each in found if "data_late" not in each.unique_id}


def devices(hass: HomeAssistant, entry: MockConfigEntry) -> set[str | None]:
    """Return the codes of the points that have a device."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {each.model_id for each in found} - {None}


@pytest.mark.parametrize(
    "changed",
    [
        {"measurements": ["active_energy_import", "voltage_phase"]},
        {"measurements": ["reactive_energy_import"]},
        {"measurements": []},
        {"costs": []},
        {"meter_readings": False},
        {"phases": False},
        {"points": [STORE]},
        {"points": [POINT], "measurements": ["voltage_phase"], "costs": [], "meter_readings": False},
        {"points": ["xFabrikaTrafo5"]},
    ],
    ids=str,
)
async def test_what_is_left_is_what_a_new_account_has(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, changed: dict[str, Any]
) -> None:
    before = registered(hass, loaded_entry)
    await choose(hass, loaded_entry, **changed)
    other = MockConfigEntry(domain=DOMAIN, data=dict(loaded_entry.data), options=dict(loaded_entry.options))
    other.add_to_hass(hass)
    await set_up(hass, other)
    assert registered(hass, loaded_entry) == registered(hass, other) != before
    assert devices(hass, loaded_entry) == devices(hass, other)


async def test_points_below_go_with_the_wish_for_them(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "points": [SITE, STORE], "include_descendants": True}
    )
    await set_up(hass, entry)
    assert POINT in devices(hass, entry)
    await choose(hass, entry, include_descendants=False)
    assert devices(hass, entry) == {SITE, STORE}


async def test_what_comes_back_is_as_the_user_left_it(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    before = registered(hass, loaded_entry)
    found = entity_id(hass, "sensor", loaded_entry, POINT_ID, "active_energy_import_today")
    assert found is not None
    er.async_get(hass).async_update_entity(found, new_entity_id="sensor.main_meter", name="Main meter")
    await choose(hass, loaded_entry, points=[STORE])
    assert er.async_get(hass).async_get("sensor.main_meter") is None
    await choose(hass, loaded_entry, points=[POINT, STORE])
    assert registered(hass, loaded_entry) == before
    again = er.async_get(hass).async_get("sensor.main_meter")
    assert again is not None
    assert again.name == "Main meter"


@pytest.mark.parametrize("include_descendants", [False, True])
async def test_what_is_gone_from_the_platform_stays(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, include_descendants: bool
) -> None:
    await choose(hass, loaded_entry, points=[SITE, POINT, STORE], include_descendants=include_descendants)
    before = registered(hass, loaded_entry), devices(hass, loaded_entry)
    for code in (SITE, STORE):
        simulator.remove_point(code)
    for _ in range(2):
        assert await hass.config_entries.async_reload(loaded_entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        new = registered(hass, loaded_entry) - before[0]
        assert (registered(hass, loaded_entry) - new, devices(hass, loaded_entry)) == before
        # What stood below is topmost now.
        assert {each.partition("_")[2] for each in new} == {"highest_demand_this_month", "highest_demand_last_month"}
    # Also when the user has taken it out of the selection: the dialog says that its device can be deleted.
    await choose(hass, loaded_entry, points=[POINT])
    assert STORE in devices(hass, loaded_entry)


async def test_what_the_platform_moves_out_of_the_selection_stays(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await choose(hass, loaded_entry, points=[SITE], include_descendants=True)
    before = registered(hass, loaded_entry), devices(hass, loaded_entry)
    simulator.move_point(STORE, "xyzBesiktas")
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (registered(hass, loaded_entry), devices(hass, loaded_entry)) == before
    await choose(hass, loaded_entry, points=["xyzBesiktas"], include_descendants=False)
    assert devices(hass, loaded_entry) == {"xyzBesiktas"}


async def test_a_tree_or_a_listing_that_fails_removes_nothing(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    before = registered(hass, loaded_entry), devices(hass, loaded_entry)
    simulator.database.execute("DELETE FROM command")
    await pass_time(COMMANDS_INTERVAL)
    simulator.fail_next("truncated_json", method="GetPointHierarchy", times=2)
    assert not await hass.config_entries.async_reload(loaded_entry.entry_id)
    simulator.clear_faults()
    await pass_time(POINTS_INTERVAL)
    assert (registered(hass, loaded_entry), devices(hass, loaded_entry)) == before


async def test_what_is_not_known_stays_with_its_device(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    device = point_device(hass, loaded_entry, POINT_ID)
    assert device is not None
    stranger = er.async_get(hass).async_get_or_create(
        "sensor",
        DOMAIN,
        f"{loaded_entry.entry_id}_{POINT_ID}_of_a_later_version",
        config_entry=loaded_entry,
        device_id=device.id,
    )
    await choose(hass, loaded_entry, points=[STORE])
    assert er.async_get(hass).async_get(stranger.entity_id) is not None
    assert devices(hass, loaded_entry) == {POINT, STORE}
    assert entity_id(hass, "sensor", loaded_entry, POINT_ID, "active_energy_import_today") is None


async def test_a_value_of_the_data_science_table_is_chosen_by_itself(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    add_wanted(hass, entry, wanted(POINT_ID, "forecast"))
    await set_up(hass, entry)
    before = value_entity(hass, entry, "sensor", "forecast")
    await choose(hass, entry, points=[STORE])
    after = value_entity(hass, entry, "sensor", "forecast")
    assert before is not None
    assert after is not None
    assert after.entity_id == before.entity_id
    assert devices(hass, entry) == {STORE}


async def test_other_accounts_are_left_alone(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    other = MockConfigEntry(domain=DOMAIN, data=dict(loaded_entry.data), options=dict(loaded_entry.options))
    other.add_to_hass(hass)
    await set_up(hass, other)
    before = registered(hass, other)
    await choose(hass, loaded_entry, points=[STORE], measurements=[])
    assert (registered(hass, other), devices(hass, other)) == (before, {POINT, STORE})


IDS = st.integers(1, 8)
CODES = IDS.map("point {}".format)
PLACES = st.dictionaries(IDS, st.builds(Place, code=CODES, above=st.none() | IDS))


@settings(max_examples=examples(200, 2000))
@given(PLACES, st.sets(IDS), st.sets(IDS), st.sets(CODES), st.booleans())
def test_only_a_listed_point_that_no_option_explains_is_taken_out(
    places: dict[int, Place], listed: set[int], chosen: set[int], codes: set[str], below: bool
) -> None:
    options = AccountOptions.read({"points": list(codes), "include_descendants": below})

    def explained(point_id: int | None, steps: int) -> bool:
        place = places.get(point_id or 0)
        if place is None or steps > len(places):
            return False
        return place.code in codes or (below and explained(place.above, steps + 1))

    for point_id in places:
        expected = point_id in listed and point_id not in chosen and not explained(point_id, 0)
        assert (point_id in taken_out(places, listed, chosen, options)) == expected


@given(st.text())
def test_an_id_of_another_form_is_left_alone(text: str) -> None:
    entry, keys = MockConfigEntry(entry_id="entry"), sensor_keys(AccountOptions.read({}))

    def goes(unique_id: str) -> bool:
        return is_unwanted(entry, unique_id, {1}, keys)

    assert not goes(text)
    assert not goes(f"entry_2_command_{text}")
    assert not goes(f"entry_1_data_value_{text}")
    assert goes("entry_2_voltage_phase_l1")
    assert goes("entry_1_command_1")


def test_every_key_that_is_wanted_is_known(entry_options: dict[str, Any]) -> None:
    keys = sensor_keys(AccountOptions.read(entry_options))
    assert keys.wanted <= keys.known
