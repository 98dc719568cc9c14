"""Without a recorder the latest quarter hours of levels tell how fresh a point is; nothing else is made up."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.reengen.const import DOMAIN, POINTS_INTERVAL, READINGS_INTERVAL
from custom_components.reengen.readings.samples import Window
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.odd_platform import refuse
from tests.registries import entity_id, state_of

type PassTime = Callable[[timedelta], Awaitable[None]]

TRAFO = "xFabrikaTrafo6"
POINT = 12768


pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin a day ago."""
    return WorldOptions(start=now - timedelta(days=1), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a level and a sum of one transformer."""
    return entry_options | {"points": [TRAFO]}


def last_data(hass: HomeAssistant, entry: MockConfigEntry, point_id: int = POINT) -> State:
    return state_of(hass, "sensor", entry, point_id, "last_data")


def late(hass: HomeAssistant, entry: MockConfigEntry, point_id: int = POINT) -> str:
    return state_of(hass, "binary_sensor", entry, point_id, "data_late").state


def silent_issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"points_silent_{entry.entry_id}")


def newest_quarter_end(simulator: Simulator) -> datetime:
    """Return the end of the newest quarter hour that is over and has a voltage, from the simulator's database."""
    now = simulator.clock.now().timestamp()
    (newest,) = simulator.database.execute(
        "SELECT max(end_utc) FROM reading WHERE point_id = ? AND definition = 'voltage' AND variant = 'phase'"
        " AND value IS NOT NULL AND revealed_utc <= ? AND end_utc < ?",
        (oracle.point_id(simulator, TRAFO), now, now // 900 * 900),
    ).fetchone()
    return datetime.fromtimestamp(newest // 900 * 900 + 900, UTC)


def fall_silent(simulator: Simulator) -> None:
    """Let no reading of the next nine days come before they are over."""
    now = simulator.clock.now()
    simulator.hold_back(TRAFO, now, now + timedelta(days=9), now + timedelta(days=9))


async def learn(pass_time: PassTime) -> None:
    """Let the first newer quarter hour come."""
    await pass_time(READINGS_INTERVAL)


async def test_levels_tell_when_the_newest_data_ends(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    assert loaded_entry.runtime_data.history is None
    assert last_data(hass, loaded_entry).state == newest_quarter_end(simulator).isoformat()
    assert last_data(hass, loaded_entry).attributes["device_class"] == "timestamp"
    assert late(hass, loaded_entry) == STATE_OFF
    await learn(pass_time)
    assert last_data(hass, loaded_entry).state == newest_quarter_end(simulator).isoformat()
    # The clock stands five minutes past the quarter hour.
    assert last_data(hass, loaded_entry).attributes["usual_delay_minutes"] == {"voltage_phase": 5}
    for platform, key in (("sensor", "last_data"), ("binary_sensor", "data_late")):
        registered = er.async_get(hass).async_get(entity_id(hass, platform, loaded_entry, POINT, key) or "")
        assert registered is not None
        assert registered.entity_category == "diagnostic"


async def test_sums_alone_say_nothing_without_a_recorder(
    hass: HomeAssistant, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    options = {**entry.options, "measurements": ["active_energy_import"]}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await learn(pass_time)
    assert last_data(hass, entry).state == STATE_UNKNOWN
    assert entity_id(hass, "binary_sensor", entry, POINT, "data_late") is None
    assert last_data(hass, entry).attributes["usual_delay_minutes"] == {}


async def test_time_that_passes_without_news_makes_late(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    """Polls that find what the last one found tell no listener: the watch looks by itself."""
    await learn(pass_time)
    fall_silent(simulator)
    # A midnight in between changes readings; between the two last ones here nothing does.
    await pass_time(timedelta(hours=35))
    before = loaded_entry.runtime_data.readings.data
    assert late(hass, loaded_entry) == STATE_OFF
    for _ in range(3):
        await pass_time(timedelta(minutes=40))
    assert loaded_entry.runtime_data.readings.data == before
    await pass_time(READINGS_INTERVAL)
    assert late(hass, loaded_entry) == STATE_ON
    # It does not forget when the last data came, although no poll looks back that far.
    assert last_data(hass, loaded_entry).state == newest_quarter_end(simulator).isoformat()


async def test_silence_is_known_after_a_restart_too(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await learn(pass_time)
    fall_silent(simulator)
    await pass_time(timedelta(days=4))
    found = silent_issue(hass, loaded_entry)
    assert found is not None
    ir.async_ignore_issue(hass, DOMAIN, found.issue_id, ignore=True)
    expected = newest_quarter_end(simulator).isoformat()

    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await pass_time(READINGS_INTERVAL)
    assert (last_data(hass, loaded_entry).state, late(hass, loaded_entry)) == (expected, STATE_ON)
    assert last_data(hass, loaded_entry).attributes["usual_delay_minutes"] == {"voltage_phase": 5}
    found = silent_issue(hass, loaded_entry)
    assert found is not None
    assert found.dismissed_version is not None


async def test_a_kill_loses_an_hour_at_most(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: PassTime,
    hass_storage: dict[str, Any],
) -> None:
    """What is stored while Home Assistant runs is what was learned, as instants and seconds."""
    key = f"reengen.freshness.{loaded_entry.entry_id}"
    await learn(pass_time)
    assert key not in hass_storage
    # The store waits by the event loop's clock, which stands for nothing here.
    async_fire_time_changed(hass, simulator.clock.now() + timedelta(hours=1, minutes=1))
    await hass.async_block_till_done()
    (track,) = hass_storage[key]["data"]["points"][str(POINT)]["voltage_phase"].values()
    assert track["newest_end"] == newest_quarter_end(simulator).timestamp()
    assert list(track["delays"].values()) == [300]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_platform_that_is_away_or_refuses_makes_nothing_late(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await learn(pass_time)
    end = last_data(hass, loaded_entry).state
    await simulator.stop_listening()
    await pass_time(timedelta(days=5))
    # What was known stays known, unlike what a poll would have to tell.
    assert (last_data(hass, loaded_entry).state, late(hass, loaded_entry)) == (end, STATE_OFF)
    assert state_of(hass, "sensor", loaded_entry, POINT, "voltage_phase").state == STATE_UNAVAILABLE
    await simulator.start_listening()
    await pass_time(READINGS_INTERVAL)
    assert last_data(hass, loaded_entry).attributes["usual_delay_minutes"] == {"voltage_phase": 5}
    assert late(hass, loaded_entry) == STATE_OFF


async def test_a_level_that_is_refused_was_not_looked_at(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await learn(pass_time)
    await simulator.stop_listening()
    await pass_time(timedelta(days=5))
    await simulator.start_listening()
    refuse(simulator, "GetData", lambda asked: asked["series"][0].get("definition") == "voltage")
    await loaded_entry.runtime_data.readings.async_refresh()
    assert {row[1:] for row in loaded_entry.runtime_data.readings.data.refused} == {("voltage_phase", Window.LATEST)}
    assert late(hass, loaded_entry) == STATE_OFF


async def test_a_point_that_appears_and_one_that_goes(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    options = {**entry.options, "points": ["xFabrikaFabrika"], "include_descendants": True}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    added = simulator.add_point(code="new", name="New", parent="xFabrikaFabrika", metered=False)
    await pass_time(POINTS_INTERVAL)
    assert last_data(hass, entry, added).state == STATE_UNKNOWN
    assert entity_id(hass, "binary_sensor", entry, added, "data_late") is None
    simulator.remove_point("new")
    await pass_time(POINTS_INTERVAL)
    assert last_data(hass, entry, added).state == STATE_UNAVAILABLE
