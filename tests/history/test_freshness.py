"""Freshness with a real recorder: late data is told, silence is reported, and nobody is late because of us."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from homeassistant.components.recorder.core import Recorder
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from custom_components.reengen.history import async_clear
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime
from tests.conftest import NOW
from tests.registries import entity_id, state_of

from .conftest import Imported
from .statistics import IMPORT, TRAFO_6

HOUR = timedelta(hours=1)
# Both clocks stand at twenty past, and the hour before was over then.
PAST_THE_HOUR = 20


pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin three days ago."""
    return WorldOptions(start=now - timedelta(days=3), points=2)


def last_data(hass: HomeAssistant, entry: MockConfigEntry, point_id: int = 12768) -> State:
    return state_of(hass, "sensor", entry, point_id, "last_data")


def late(hass: HomeAssistant, entry: MockConfigEntry, point_id: int = 12768) -> str:
    return state_of(hass, "binary_sensor", entry, point_id, "data_late").state


def late_points(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[str, list[str]]:
    """Return how many points of the account have late data, and which."""
    found = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{entry.entry_id}_late_points")
    assert found is not None
    state = hass.states.get(found)
    assert state is not None
    return state.state, state.attributes["points"]


def issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"points_silent_{entry.entry_id}")


def newest_hour_end(simulator: Simulator, variant: str = "import") -> datetime:
    """Return the end of the newest hour that was over when both clocks last stood at twenty past, and has a reading."""
    now = simulator.clock.now()
    (newest,) = simulator.database.execute(
        "SELECT max(end_utc) FROM reading JOIN point ON point.id = point_id WHERE code = ? AND value IS NOT NULL"
        " AND definition = 'activeEnergy' AND variant = ? AND revealed_utc <= ? AND end_utc < ?",
        (TRAFO_6, variant, now.timestamp(), now.timestamp() // 3600 * 3600),
    ).fetchone()
    return datetime.fromtimestamp(newest // 3600 * 3600 + 3600, UTC)


def hold_back(simulator: Simulator, until: timedelta) -> datetime:
    """Hold back what the transformer reads from now on, and return when it is released."""
    now = simulator.clock.now()
    released = now + until
    simulator.hold_back(TRAFO_6, now, released, released)
    return released


@pytest.mark.parametrize("missing", ["omit", "null"])
async def test_prompt_data_late_data_silence_and_release(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    pass_time: PassTime,
    missing: Literal["omit", "null"],
) -> None:
    simulator.profile.empty_buckets = missing
    entry = await imported()
    assert late(hass, entry) == STATE_OFF
    assert late_points(hass, entry) == ("0", [])
    assert last_data(hass, entry).attributes["usual_delay_minutes"] == {}

    await pass_time(HOUR)
    assert last_data(hass, entry).state == newest_hour_end(simulator).isoformat()
    assert last_data(hass, entry).attributes["usual_delay_minutes"] == {"active_energy_import": PAST_THE_HOUR}
    assert late(hass, entry) == STATE_OFF

    hold_back(simulator, timedelta(hours=120))
    # Until a week has been seen a daily report may be usual: late after 36 hours, silent after three days.
    for hours, state, silent in ((36, STATE_OFF, False), (13, STATE_ON, False), (13, STATE_ON, False)):
        await pass_time(hours * HOUR)
        assert (late(hass, entry), issue(hass, entry) is not None) == (state, silent)
    assert late_points(hass, entry) == ("1", ["Transformer 6"])
    await pass_time(13 * HOUR)
    found = issue(hass, entry)
    assert found is not None
    assert found.active
    assert not found.is_fixable
    assert found.translation_placeholders == {"account": entry.title, "points": f"Transformer 6 ({TRAFO_6})"}
    # The quarter hour that was over when the hold began is the last that is seen.
    assert last_data(hass, entry).state == newest_hour_end(simulator).isoformat()
    shown = state_of(hass, "binary_sensor", entry, 12768, "data_late").attributes
    assert shown["late_series"] == ["active_energy_import"]
    assert shown["last_data"] == newest_hour_end(simulator)

    # The hold ends 45 hours from here; a silent point is asked for at least every twelve.
    for _ in range(5):
        await pass_time(12 * HOUR)
    assert late(hass, entry) == STATE_OFF
    assert issue(hass, entry) is None
    assert last_data(hass, entry).state == newest_hour_end(simulator).isoformat()


async def test_issue_goes_with_the_account_and_so_does_what_was_learned(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    pass_time: PassTime,
    hass_storage: dict[str, Any],
) -> None:
    entry = await imported()
    await pass_time(HOUR)
    hold_back(simulator, timedelta(days=30))
    for _ in range(3):
        await pass_time(timedelta(hours=37))
    assert issue(hass, entry) is not None
    # A reload looks again before it says anything else.
    await imported()
    assert issue(hass, entry) is not None
    key = f"reengen.freshness.{entry.entry_id}"
    assert key in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert issue(hass, entry) is None
    assert key not in hass_storage


async def test_a_daily_report_is_learned_and_never_late(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, pass_time: PassTime
) -> None:
    """Each day's readings come two hours after midnight (in UTC)."""
    entry = await imported()
    midnight = simulator.clock.now().replace(hour=0, minute=0)
    begin = simulator.clock.now()
    for day in range(1, 12):
        end = midnight + timedelta(days=day)
        simulator.hold_back(TRAFO_6, begin, end - timedelta(seconds=1), end + 2 * HOUR)
        begin = end - timedelta(seconds=1)
    for _ in range(9 * 3):
        await pass_time(8 * HOUR)
        assert late(hass, entry) == STATE_OFF
    # The first hour of a day waits 25 hours; we ask twelve hours later at the latest.
    minutes = last_data(hass, entry).attributes["usual_delay_minutes"]["active_energy_import"]
    assert 25 * 60 <= minutes <= 37 * 60 + PAST_THE_HOUR


async def test_a_history_that_stands_still_makes_nothing_late(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, pass_time: PassTime, simulator: Simulator
) -> None:
    await imported()
    await pass_time(HOUR)
    end = newest_hour_end(simulator)
    hass.config_entries.async_update_entry(entry, options={**entry.options, "history_paused": True})
    await imported()
    for _ in range(3):
        await pass_time(timedelta(days=3))
        assert late(hass, entry) == STATE_UNKNOWN
        assert issue(hass, entry) is None
    # What was known is known.
    assert last_data(hass, entry).state == end.isoformat()
    assert last_data(hass, entry).attributes["usual_delay_minutes"] == {"active_energy_import": PAST_THE_HOUR}


async def test_a_platform_that_is_away_makes_nothing_late(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, pass_time: PassTime
) -> None:
    entry = await imported()
    await pass_time(HOUR)
    await simulator.stop_listening()
    for _ in range(3):
        await pass_time(timedelta(days=2))
        assert late(hass, entry) == STATE_OFF
        assert issue(hass, entry) is None
    await simulator.start_listening()
    await pass_time(HOUR)
    assert late(hass, entry) == STATE_OFF
    assert last_data(hass, entry).attributes["usual_delay_minutes"] == {"active_energy_import": PAST_THE_HOUR}


async def test_a_series_that_is_refused_was_not_looked_at(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, pass_time: PassTime
) -> None:
    entry = await imported()
    await pass_time(HOUR)
    simulator.fail_next("refused", method="GetData", times=1000)
    await pass_time(timedelta(days=5))
    assert late(hass, entry) == STATE_OFF
    simulator.clear_faults()
    await pass_time(13 * HOUR)
    assert late(hass, entry) == STATE_OFF


async def test_nothing_is_asked_for_and_points_without_data_are_unknown(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, simulator: Simulator, imported: Imported
) -> None:
    never = simulator.add_point(code="bare", name="Bare", parent=None, metered=False)
    options = {**entry.options, "points": [TRAFO_6, "bare"]}
    hass.config_entries.async_update_entry(entry, options=options)
    await imported()
    asked = simulator.count()
    await entry.runtime_data.freshness.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.count() == asked
    assert last_data(hass, entry, never).state == STATE_UNKNOWN
    assert entity_id(hass, "binary_sensor", entry, never, "data_late") is None
    assert never not in entry.runtime_data.freshness.data


async def test_what_was_learned_outlives_a_reload_and_diagnostics_show_it(
    hass: HomeAssistant, imported: Imported, pass_time: PassTime, simulator: Simulator
) -> None:
    entry = await imported()
    await pass_time(HOUR)
    await imported()
    found = (await async_get_config_entry_diagnostics(hass, entry))["freshness"]
    assert found == {
        "12768": {
            "last_data": newest_hour_end(simulator).isoformat(),
            "usual_delay_minutes": {"active_energy_import": PAST_THE_HOUR},
            "late_series": [],
            "is_silent": False,
        }
    }


async def test_statistics_that_are_deleted_are_no_data(
    hass: HomeAssistant, imported: Imported, pass_time: PassTime, simulator: Simulator
) -> None:
    """The other series is still there, so the history did read the database."""
    entry = await imported()
    options = {**entry.options, "measurements": ["active_energy_import", "reactive_energy_import"]}
    hass.config_entries.async_update_entry(entry, options=options)
    await imported()
    await pass_time(HOUR)
    assert len(last_data(hass, entry).attributes["usual_delay_minutes"]) == 2
    await async_clear(hass, [IMPORT])
    # Reading the other series again is the first look into the database; the next run would bring the hours back.
    begin = simulator.clock.now() - timedelta(days=1)
    await entry.runtime_data.history.async_import(begin, statistic_ids=[IMPORT.replace("active", "reactive")])
    assert list(last_data(hass, entry).attributes["usual_delay_minutes"]) == ["reactive_energy_import"]


@pytest.mark.parametrize("now", [datetime(2026, 10, 24, 22, 20, tzinfo=UTC)], ids=["25 h day"])
async def test_the_end_of_summer_time_is_no_delay(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    entry = await imported()
    for _ in range(6):
        await pass_time(HOUR)
        assert late(hass, entry) == STATE_OFF
        assert last_data(hass, entry).state == newest_hour_end(simulator).isoformat()
    assert last_data(hass, entry).attributes["usual_delay_minutes"] == {"active_energy_import": PAST_THE_HOUR}


@pytest.mark.parametrize("world_options", [WorldOptions(start=NOW - timedelta(days=1))], ids=["forty points"])
async def test_many_silent_points_are_counted_and_one_more_is_news(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, imported: Imported, pass_time: PassTime
) -> None:
    rows = simulator.database.execute(
        "SELECT DISTINCT point.code, point.name FROM point JOIN reading ON point.id = point_id"
        " WHERE definition = 'activeEnergy' AND variant = 'import' AND tenant = ?",
        (simulator.options.tenant,),
    ).fetchall()
    names = dict(rows)
    assert len(names) > 12
    options = {**entry.options, "points": sorted(names)}
    hass.config_entries.async_update_entry(entry, options=options)
    await imported()
    await pass_time(HOUR)
    now, until = simulator.clock.now(), simulator.clock.now() + timedelta(days=9)
    speaking = TRAFO_6
    for code in names.keys() - {speaking}:
        simulator.hold_back(code, now, until, until)
    await pass_time(HOUR)
    await pass_time(timedelta(days=4))
    found = issue(hass, entry)
    assert found is not None
    assert found.translation_placeholders is not None
    listed, more = found.translation_placeholders["points"].split(" + ")
    assert int(more) == len(names) - 1 - 10
    assert {f"{names[code]} ({code})" for code in names} > set(listed.split(", "))
    assert len(listed.split(", ")) == 10

    ir.async_ignore_issue(hass, DOMAIN, found.issue_id, ignore=True)
    now = simulator.clock.now()
    simulator.hold_back(speaking, now, until, until)
    await pass_time(HOUR)
    await pass_time(timedelta(days=4))
    found = issue(hass, entry)
    assert found is not None
    assert found.dismissed_version is None
    assert found.translation_placeholders is not None
    assert found.translation_placeholders["points"].endswith(f" + {len(names) - 10}")
    await pass_time(timedelta(days=1, hours=1))
    assert issue(hass, entry) is None
