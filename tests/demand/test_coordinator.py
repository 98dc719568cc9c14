"""The highest demand of a month is that of the registers, from the first scan on, whatever comes late or is corrected."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import READINGS_INTERVAL
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.conftest import NOW
from tests.odd_platform import refuse, tamper
from tests.registries import entity_id, sensor_of
from tests.worlds import AnyZone

from .samples import (
    LAST_MONTH,
    QUARTER,
    SITE,
    THIS_MONTH,
    TRAFO_6,
    PassTime,
    highest,
    month,
    quarter_hours,
    report_by_the_hour,
    set_demand,
)

DAY = timedelta(days=1)

# Last month is off in a new account.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin in the middle of last month."""
    return WorldOptions(start=now - timedelta(days=30), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a site and the meter below it, which has a contract."""
    contracts = {"12768": {"contracted_power": 250.0, "warning_share": 90.0}}
    return entry_options | {"measurements": ["active_energy_import"], "contracts": contracts}


def assert_highest(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, code: str = TRAFO_6) -> Decimal:
    """Compare both months with the registers; return the highest demand of this month."""
    for key, ago in ((LAST_MONTH, 1), (THIS_MONTH, 0)):
        demand, at = highest(quarter_hours(simulator, code, *month(simulator.clock.now(), ago=ago)))
        state = sensor_of(hass, entry, simulator, code, key)
        assert (Decimal(state.state), state.attributes["at"]) == (demand, at), key
        assert state.attributes["interval_minutes"] == 15
    return demand


async def test_both_months_are_read_once_and_then_kept_up_for_nothing(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    for code in (SITE, TRAFO_6):
        assert_highest(hass, loaded_entry, simulator, code)
    # Today, this month, the newest quarter hours; then both months of two points in two responses.
    assert simulator.count("GetData") == 3 + 2
    for _ in range(8):
        before = simulator.count("GetData")
        await pass_time(READINGS_INTERVAL)
        assert simulator.count("GetData") - before == 3
        assert_highest(hass, loaded_entry, simulator)


async def test_a_peak_is_seen_with_the_next_poll(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    before = assert_highest(hass, loaded_entry, simulator)
    start = simulator.clock.now().replace(minute=15, second=0)
    set_demand(simulator, TRAFO_6, start, float(before) + 10)
    await pass_time(READINGS_INTERVAL)
    assert assert_highest(hass, loaded_entry, simulator) == before + 10
    assert sensor_of(hass, loaded_entry, simulator, TRAFO_6, THIS_MONTH).attributes["at"] == start


@pytest.mark.parametrize("age", [timedelta(hours=1), timedelta(hours=2)])
async def test_what_is_late_by_hours_counts_and_a_correction_lowers(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, age: timedelta
) -> None:
    before = assert_highest(hass, loaded_entry, simulator)
    start = simulator.clock.now().replace(minute=0, second=0) - age
    for kilowatts in (float(before) + 10, 1, None):
        set_demand(simulator, TRAFO_6, start, kilowatts)
        await pass_time(READINGS_INTERVAL)
        assert_highest(hass, loaded_entry, simulator)
    unknown = sensor_of(hass, loaded_entry, simulator, TRAFO_6, THIS_MONTH).attributes["unknown_quarter_hours"]
    assert unknown == missing(simulator)


def missing(simulator: Simulator) -> int:
    """Return how many quarter hours of the month have no value, up to the newest that has one."""
    found = quarter_hours(simulator, TRAFO_6, *month(simulator.clock.now()))
    return (max(found) + QUARTER - month(simulator.clock.now())[0]) // QUARTER - len(found)


@pytest.mark.parametrize("days", [1, 4, 20])
async def test_a_day_past_is_corrected_the_next_night(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, days: int
) -> None:
    """Up, and down again: a day's total tells that it is another one, of this and of last month."""
    start = simulator.clock.now().replace(minute=0, second=0) - days * DAY
    for kilowatts in (900, 5):
        set_demand(simulator, TRAFO_6, start, kilowatts)
        for _ in range(6):
            await pass_time(timedelta(hours=4))
        assert_highest(hass, loaded_entry, simulator)


async def test_a_day_without_corrections_costs_two_requests(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await pass_time(QUARTER)
    before = simulator.count("GetData")
    for _ in range(96):
        await pass_time(READINGS_INTERVAL)
    # Three a poll; once the totals of the days, and once yesterday.
    assert simulator.count("GetData") - before == 96 * 3 + 2
    assert_highest(hass, loaded_entry, simulator)


async def test_a_restart_knows_what_was_found_and_reads_today_alone(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    before = simulator.count("GetData")
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert_highest(hass, loaded_entry, simulator)
    # The poll, the look into the future, and today.
    assert simulator.count("GetData") - before == 3 + 1 + 1


@pytest.mark.parametrize("pause", [timedelta(hours=5), timedelta(hours=30), timedelta(days=4)])
async def test_what_happened_while_nobody_looked_is_read(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, pause: timedelta
) -> None:
    before = assert_highest(hass, loaded_entry, simulator)
    await simulator.stop_listening()
    start = simulator.clock.now().replace(minute=30, second=0) + timedelta(hours=1)
    await pass_time(pause)
    set_demand(simulator, TRAFO_6, start, float(before) + 7)
    await simulator.start_listening()
    await pass_time(READINGS_INTERVAL)
    await pass_time(READINGS_INTERVAL)
    assert assert_highest(hass, loaded_entry, simulator) == before + 7


async def test_while_days_are_unread_nothing_is_shown_for_final(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    """Today is answered, the days before fail: a maximum of today alone would be no maximum of the month."""
    midnight = NOW.strftime("%Y-%m-%dT00:00:00")

    def is_odd(_: str, asked: dict[str, Any], payload: dict[str, Any]) -> None:
        if asked.get("resolution") == "fifteenmin" and asked["start"] < midnight:
            payload["properties"] = "-"

    undo = tamper(simulator, is_odd)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    for key in (THIS_MONTH, LAST_MONTH):
        state = sensor_of(hass, entry, simulator, TRAFO_6, key)
        assert (state.state, state.attributes["at"]) == (STATE_UNKNOWN, None)
    undo()
    await pass_time(READINGS_INTERVAL)
    assert_highest(hass, entry, simulator)


async def test_what_was_open_at_a_kill_is_read_again(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: PassTime,
) -> None:
    """The file is of the first scan: of its day it has what there was then."""
    key = f"reengen.demand.{loaded_entry.entry_id}"
    written = hass_storage[key]
    await pass_time(timedelta(hours=5))
    set_demand(simulator, TRAFO_6, NOW.replace(minute=30) + timedelta(hours=3), 900)
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    hass_storage[key] = written
    await pass_time(2 * DAY)
    assert await hass.config_entries.async_setup(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert assert_highest(hass, loaded_entry, simulator) == 900


async def test_nothing_is_left_of_an_account_that_is_removed(
    hass: HomeAssistant, hass_storage: dict[str, Any], loaded_entry: MockConfigEntry
) -> None:
    key = f"reengen.demand.{loaded_entry.entry_id}"
    assert key in hass_storage
    await hass.config_entries.async_remove(loaded_entry.entry_id)
    assert key not in hass_storage


async def test_the_month_that_begins_knows_nothing_and_the_last_one_all(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    ends = month(NOW)[1]
    while simulator.clock.now() < ends - timedelta(hours=8):
        await pass_time(timedelta(hours=8))
    # Two minutes of the month.
    await pass_time(ends + timedelta(minutes=2) - simulator.clock.now())
    state = sensor_of(hass, loaded_entry, simulator, TRAFO_6, THIS_MONTH)
    assert (state.state, state.attributes["at"]) == (STATE_UNKNOWN, None)
    await pass_time(timedelta(minutes=35))
    assert_highest(hass, loaded_entry, simulator)


async def test_days_that_are_refused_are_unknown_and_what_is_answered_counts(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    """As of a meter that was not there: only the newest ten days are answered."""
    first = (NOW - 9 * DAY).strftime("%Y-%m-%dT00:00:00")
    undo = refuse(
        simulator,
        "GetData",
        lambda asked: asked["resolution"] == "fifteenmin" and asked["start"] < first and TRAFO_6 in asked["point"],
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    begins = month(NOW)[0].replace(day=6)
    demand, at = highest(quarter_hours(simulator, TRAFO_6, begins, NOW))
    state = sensor_of(hass, entry, simulator, TRAFO_6, THIS_MONTH)
    assert (Decimal(state.state), state.attributes["at"]) == (demand, at)
    assert state.attributes["unknown_quarter_hours"] == 5 * 96
    assert sensor_of(hass, entry, simulator, TRAFO_6, LAST_MONTH).state == STATE_UNKNOWN
    assert "highest_demand" in {row["where"] for row in entry.runtime_data.oddities.rows if row["kind"] == "refused"}
    assert_highest(hass, entry, simulator, SITE)
    # The next comparison finds the days, which are told by then.
    undo()
    for _ in range(12):
        await pass_time(timedelta(hours=4))
    assert_highest(hass, entry, simulator)


async def test_a_point_whose_quarter_hours_are_refused_has_no_demand(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    refuse(simulator, "GetData", lambda asked: asked["resolution"] == "fifteenmin")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sensor_of(hass, entry, simulator, TRAFO_6, THIS_MONTH).state == STATE_UNAVAILABLE


async def test_only_the_topmost_points_and_those_with_a_contract_have_demand(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(loaded_entry, options={**loaded_entry.options, "contracts": {}})
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entity_id(hass, "sensor", loaded_entry, oracle.point_id(simulator, SITE), THIS_MONTH)
    keys = [THIS_MONTH, LAST_MONTH, "contracted_power_share"]
    assert not [key for key in keys if entity_id(hass, "sensor", loaded_entry, 12768, key)]
    assert entity_id(hass, "sensor", loaded_entry, 12768, "active_power")
    assert_highest(hass, loaded_entry, simulator, SITE)


async def test_without_the_energy_there_is_no_demand(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    options = {**loaded_entry.options, "measurements": ["reactive_energy_import"]}
    hass.config_entries.async_update_entry(loaded_entry, options=options)
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded_entry.runtime_data.demand.data == {}
    assert entity_id(hass, "sensor", loaded_entry, 12768, THIS_MONTH) is None


class TestAnyZone(AnyZone):
    """Both months in zones and months whose days have 92, 96 and 100 quarter hours."""

    world_age = timedelta(days=22)
    options: ClassVar = {"points": [TRAFO_6]}

    @pytest.mark.parametrize("hourly", [False, True])
    @pytest.mark.parametrize(
        ("zone", "instant", "peak"),
        [
            ("Asia/Kolkata", datetime(2026, 7, 10, 11, 20, tzinfo=UTC), datetime(2026, 6, 30, 18, 30, tzinfo=UTC)),
            ("America/New_York", datetime(2026, 3, 12, 2, 5, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)),
            ("America/New_York", datetime(2026, 11, 9, 2, 5, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
            ("Europe/Istanbul", datetime(2015, 11, 20, 9, 50, tzinfo=UTC), datetime(2015, 11, 8, 1, tzinfo=UTC)),
            ("Europe/Berlin", datetime(2026, 4, 1, 21, 50, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ],
    )
    async def test_the_sensor_equals_the_registers(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        zone: str,
        instant: datetime,
        peak: datetime,
        hourly: bool,
    ) -> None:
        if hourly:
            report_by_the_hour(simulator, TRAFO_6)
        ends_at = peak + (timedelta(hours=1) if hourly else QUARTER) - timedelta(seconds=1)
        simulator.set_reading(TRAFO_6, "activeEnergy", "import", ends_at, 300_000)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        seen = []
        for ago, key in ((0, THIS_MONTH), (1, LAST_MONTH)):
            found = quarter_hours(simulator, TRAFO_6, *month(instant, zone, ago=ago), hourly=hourly)
            state = sensor_of(hass, entry, simulator, TRAFO_6, key)
            assert (Decimal(state.state), state.attributes["at"]) == highest(found)
            assert state.attributes["interval_minutes"] == (60 if hourly else 15)
            seen.append(state.attributes["at"])
        assert peak in seen
