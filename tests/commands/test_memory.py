"""What was listed within the hour is not listed again, neither by a reload nor because another point failed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import COMMANDS_REMEMBERED, COMMANDS_RETRY
from simulator import Simulator
from tests import oracle
from tests.commands.samples import POINT, SAMPLES, SWITCH, PassTime
from tests.registries import entity_id

SITE = "xFabrikaFabrika"
LISTING = "ListAvailableCommands"


pytestmark = pytest.mark.usefixtures("every_command")


def listed_points(simulator: Simulator) -> list[str]:
    """Return the points whose commands were listed, in order, and begin anew."""
    found = [each.body["properties"]["point"] for each in simulator.requests if each.method == LISTING]
    simulator.requests.clear()
    return found


async def reload(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Change options, if any, and load the account anew, as its options flow does."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_reload_within_the_hour_lists_nothing_and_shows_everything(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    assert sorted(listed_points(simulator)) == sorted([SITE, POINT])
    await SWITCH.call(hass, loaded_entry)
    await pass_time(COMMANDS_REMEMBERED - timedelta(minutes=1))
    simulator.fail_next("http_500_html", method=LISTING, times=10)
    await reload(hass, loaded_entry)
    assert listed_points(simulator) == []
    assert SWITCH.state_in(hass, loaded_entry) == "on"
    assert all(sample.state_in(hass, loaded_entry) != "unavailable" for sample in SAMPLES)


async def test_a_later_reload_lists_all_and_keeps_what_a_point_had_where_that_fails(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await pass_time(COMMANDS_REMEMBERED)
    listed_points(simulator)
    simulator.fail_next("truncated_json", method=LISTING, times=2)
    await SWITCH.call(hass, loaded_entry)
    await reload(hass, loaded_entry)
    assert sorted(listed_points(simulator)) == sorted([SITE, POINT])
    assert SWITCH.state_in(hass, loaded_entry) == "on"


async def test_a_reload_lists_the_points_that_came_with_it(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    listed_points(simulator)
    await reload(hass, loaded_entry, points=[*loaded_entry.options["points"], "xFabrikademoAtolye"])
    assert listed_points(simulator) == ["xFabrikademoAtolye"]


async def test_a_point_that_appears_is_listed_alone(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "include_descendants": True})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    listed_points(simulator)
    point_id = simulator.add_point(code="xFabrikaYeni", name="Yeni", parent=POINT)
    simulator.add_command("xFabrikaYeni", SWITCH.code, name=SWITCH.name, **SWITCH.listing)
    await entry.runtime_data.points.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert listed_points(simulator) == ["xFabrikaYeni"]
    assert entity_id(hass, "switch", entry, point_id, SWITCH.key) is not None


async def test_a_clock_that_was_ahead_keeps_no_listing(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, freezer: Any
) -> None:
    freezer.tick(timedelta(hours=-5))
    listed_points(simulator)
    await reload(hass, loaded_entry)
    assert sorted(listed_points(simulator)) == sorted([SITE, POINT])


async def test_another_user_is_listed_anew(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    listed_points(simulator)
    hass.config_entries.async_update_entry(loaded_entry, unique_id=f"{loaded_entry.unique_id} other")
    await reload(hass, loaded_entry)
    assert sorted(listed_points(simulator)) == sorted([SITE, POINT])


async def test_an_account_that_is_removed_is_forgotten(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    assert loaded_entry.entry_id in {entry_id for entry_id, _ in hass.data["reengen_kept"]}
    assert await hass.config_entries.async_remove(loaded_entry.entry_id)
    assert hass.data["reengen_kept"] == {}


@pytest.fixture
def six_points(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> list[str]:
    """Choose six points with a command each, and return their codes in order; six are more than are listed at once."""
    codes = [f"line{number}" for number in range(6)]
    for code in codes:
        simulator.add_point(code=code, name=code, parent=SITE)
        simulator.add_command(code, SWITCH.code, name=SWITCH.name, **SWITCH.listing)
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": codes})
    return codes


def fail_points(simulator: Simulator, monkeypatch: pytest.MonkeyPatch, fails: Callable[[str], str | None]) -> None:
    """Let each listing of a point end in the fault that `fails` names for its code."""
    take = simulator.take_fault

    def take_fault(method: str | None) -> Any:
        fault = fails(simulator.requests[-1].body["properties"]["point"]) if method == LISTING else None
        if fault is not None:
            simulator.fail_next(fault, method=LISTING)
        return take(method)

    monkeypatch.setattr(simulator, "take_fault", take_fault)


@pytest.mark.parametrize("fault", ["http_500_html", "refused", "truncated_json", "reset_before_body"])
async def test_a_point_that_always_fails_keeps_no_other_from_being_listed(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: PassTime,
    monkeypatch: pytest.MonkeyPatch,
    impatient_client: None,
    six_points: list[str],
    fault: str,
) -> None:
    fail_points(simulator, monkeypatch, lambda code: fault if code == "line1" else None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    # A broken connection may mean that the platform is away, so that others are left for the next time.
    await pass_time(COMMANDS_RETRY)
    commands = entry.runtime_data.commands
    assert {code for code in six_points if commands.data[oracle.point_id(simulator, code)]} == set(six_points) - {
        "line1"
    }
    assert commands.unlisted.keys() == {"line1"}
    assert commands.last_update_success
    listed_points(simulator)
    await pass_time(COMMANDS_RETRY)
    assert set(listed_points(simulator)) == (set() if fault == "refused" else {"line1"})


async def test_a_platform_that_is_away_is_not_asked_for_every_point(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    impatient_client: None,
    six_points: list[str],
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    commands = entry.runtime_data.commands
    before = commands.data
    listed_points(simulator)
    simulator.fail_next("http_503_html", method=LISTING, times=100)
    await commands.async_list_anew()
    assert set(listed_points(simulator)) == set(six_points[:4])
    assert not commands.last_update_success
    assert commands.unlisted.keys() == set(six_points)
    assert commands.data == before
