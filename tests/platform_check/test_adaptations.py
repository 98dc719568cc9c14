"""What follows from a check by itself: sensors and every hour of the history equal the world's registers, and go back."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import CONF_HISTORY_PAUSED
from simulator import Simulator
from tests import oracle
from tests.history.conftest import (
    _rows_are_written_quickly,
    imported,
    mock_recorder_before_hass,
    recorder_db_url,
    statistics,
)
from tests.history.statistics import Statistics
from tests.registries import state_of

from .conftest import ISTANBUL, NOW, PHASED
from .test_checker import assert_tells_nothing_of_the_customer, check_platform, last

__all__ = ["_rows_are_written_quickly", "imported", "mock_recorder_before_hass", "recorder_db_url", "statistics"]

type Imported = Callable[[], Awaitable[MockConfigEntry]]

TODAY, THIS_MONTH = datetime(2026, 3, 10, tzinfo=ISTANBUL), datetime(2026, 3, 1, tzinfo=ISTANBUL)
DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
ENERGY, VOLTAGE, COST = "active_energy_import", "voltage_phase", "active_energy_cost"

ENDS = {"quarter_label": "end", "hour_label": "end", "day_label": "end"}

# (switch, value): the adaptations that follow, their verdicts.
TABLE: dict[tuple[str, Any], tuple[dict[str, Any], str]] = {
    ("month_label", "last"): ({"month_label": "within"}, "months: last"),
    ("month_label", "next"): ({"month_label": "end"}, "months: next"),
    ("range_end", "exclusive"): ({"range_end": "exclusive"}, "range_end: missing"),
    ("range_end", "whole_buckets"): ({"range_end": "whole_buckets"}, "range_end: missing"),
    ("bucket_label", "end"): (ENDS, "labels: end"),
    ("bucket_label", "last_second"): (ENDS, "labels: last_second"),
    ("empty_buckets", "zero"): ({"fills_with_zeros": True}, "future: zero"),
    ("empty_buckets", "zero_ahead"): ({"fills_with_zeros": True}, "future: zero_ahead"),
    ("most_decimals", 1): ({"decimals": 1}, "decimals: fewer"),
    ("decimals", "truncated"): ({"cuts_decimals": True}, "decimals: truncated"),
}


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a transformer with sums and levels, and the months of the world."""
    return entry_options | {
        "points": [PHASED],
        "measurements": [ENERGY, VOLTAGE],
        "costs": [COST],
        "history_months": 1,
        "currency": "TRY",
    }


@pytest.fixture
async def entry(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account in a Home Assistant that is near the site."""
    await hass.config.async_update(time_zone="Europe/Istanbul", longitude=29.0)
    return entry


async def check(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Check the platform, wait until what follows has followed, and return the adaptations by name."""
    await check_platform(hass, entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    return {each["name"]: each for each in last(entry).stored()["adaptations"]}


class World:
    """What the registers hold, and whether Home Assistant has it."""

    def __init__(self, hass: HomeAssistant, simulator: Simulator, statistics: Statistics) -> None:
        self._hass = hass
        self._simulator = simulator
        self._statistics = statistics

    def _state(self, entry: MockConfigEntry, key: str) -> Decimal:
        """Return the state of a sensor; energy in kWh, whatever the sensor shows."""
        state = state_of(self._hass, "sensor", entry, oracle.point_id(self._simulator, PHASED), key)
        return Decimal(state.state) * (1000 if state.attributes["unit_of_measurement"] == "MWh" else 1)

    def assert_sensors(self, entry: MockConfigEntry, within: Decimal) -> None:
        """Assert that the sensors show today, this month and the last whole quarter hour that was read."""
        now = self._simulator.clock.now()
        for key, start in ((f"{ENERGY}_today", TODAY), (f"{ENERGY}_this_month", THIS_MONTH)):
            wanted = oracle.summed_kilo(self._simulator, PHASED, "activeEnergy", "import", start, now)
            assert abs(self._state(entry, key) - wanted) <= within, key
        cost = self._statistics.platform_cost(PHASED, TODAY, self.newest_quarter() + QUARTER)
        assert abs(self._state(entry, f"{COST}_today") - cost) <= within
        quarter = self.newest_quarter()
        wanted = oracle.mean(self._simulator, PHASED, "voltage", "phase", quarter, quarter + QUARTER)
        assert abs(self._state(entry, VOLTAGE) - wanted) <= within

    async def assert_is_shown(self, entry: MockConfigEntry, within: Decimal) -> None:
        """Assert that sensors and history have what the registers have, and that nothing is odd or stays different."""
        self.assert_sensors(entry, within)
        await self.assert_history(within)
        assert not [each for each in entry.runtime_data.oddities.rows if each["method"] == "GetData"]
        # The recorder keeps an hour of levels that was written before where there is none now.
        unresolved = [each["statistic_id"] for each in entry.runtime_data.history.unresolved]
        assert not [each for each in unresolved if not each.endswith(VOLTAGE)]

    def newest_quarter(self) -> datetime:
        """Return the start of the last whole quarter hour that has a reading."""
        floor = self._simulator.clock.now().timestamp() // 900 * 900
        (newest,) = self._simulator.database.execute(
            "SELECT MAX(end_utc) FROM reading WHERE point_id = ? AND end_utc < ? AND revealed_utc <= ?",
            (oracle.point_id(self._simulator, PHASED), floor, self._simulator.clock.now().timestamp()),
        ).fetchone()
        return dt_util.utc_from_timestamp(newest // 900 * 900)

    async def assert_history(self, within: Decimal) -> None:
        """Assert that the hours since the history begins are those of the registers, and others hold nothing.

        Home Assistant's recorder removes no single hour, so that one written before may be left, of zero.
        """
        first = datetime(2026, 2, 1, tzinfo=ISTANBUL)
        all_hours = self._statistics.complete_hours(PHASED)
        wanted = {hour: value for hour, value in all_hours.items() if hour >= first.timestamp()}
        of_point = f"reengen:xyz_{oracle.point_id(self._simulator, PHASED)}"
        found = await self._statistics.hours(f"{of_point}_{ENERGY}")
        assert found.keys() >= wanted.keys()
        costs = await self._statistics.hours(f"{of_point}_{COST}_try")
        for day in range(8):
            begin, end = THIS_MONTH + day * DAY, THIS_MONTH + (day + 1) * DAY
            found_cost = sum(cost for hour, cost in costs.items() if begin.timestamp() <= hour < end.timestamp())
            assert abs(found_cost - self._statistics.platform_cost(PHASED, begin, end)) <= within, begin
        levels = self._statistics.platform_levels(
            PHASED, "voltage", first, dt_util.utc_from_timestamp(max(wanted) + 3600)
        )
        rows = {row.start: (row.mean, row.min, row.max) for row in await self._statistics.rows(f"{of_point}_{VOLTAGE}")}
        assert levels.keys() == wanted.keys()
        for hour, level in levels.items():
            assert rows[hour] == pytest.approx(tuple(map(float, level)), abs=float(within) + 1e-9), hour
        pairs = {hour: (value, wanted.get(hour, Decimal(0))) for hour, value in found.items()}
        assert {hour: (have, want) for hour, (have, want) in pairs.items() if abs(have - want) > within} == {}


@pytest.fixture
def world(hass: HomeAssistant, simulator: Simulator, statistics: Statistics) -> World:
    return World(hass, simulator, statistics)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(("switch", "value"), TABLE)
async def test_what_follows_is_right_and_goes_back(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, world: World, switch: str, value: Any
) -> None:
    usual = getattr(simulator.profile, switch)
    simulator.profile.change({switch: value})
    # The last whole hour has no readings yet.
    simulator.hold_back(PHASED, NOW.replace(hour=10, minute=0, second=0), NOW, NOW + timedelta(hours=1))
    entry = await imported()
    adaptations, verdict = TABLE[switch, value]
    found = await check(hass, entry)
    assert {name: each["value"] for name, each in found.items()} == adaptations
    assert {each["verdict"] for each in found.values()} == {verdict}
    assert_tells_nothing_of_the_customer(simulator, last(entry).stored())
    within = Decimal("0.05") if switch == "most_decimals" else Decimal("0.000001")
    await world.assert_is_shown(entry, within)
    # At the next start it is read like that from the first poll on, and months are compared by their totals.
    correct(simulator, datetime(2026, 2, 10, 11, tzinfo=ISTANBUL))
    await imported()
    await world.assert_is_shown(entry, within)

    simulator.profile.change({switch: usual})
    assert await check(hass, entry) == {}
    await world.assert_is_shown(entry, Decimal(0))


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_every_hour_is_read_anew_as_soon_as_the_history_goes_on(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, world: World
) -> None:
    """Hours that are shifted by one have the same totals where nothing is used around midnight."""
    simulator.database.execute(
        "UPDATE sample SET value = 0 WHERE series IN (SELECT id FROM series WHERE point_id = ? AND definition = ?)"
        " AND (end_utc + 3 * 3600) % 86400 >= 23 * 3600",
        (oracle.point_id(simulator, PHASED), "activeEnergy"),
    )
    simulator.profile.change({"bucket_label": "end"})
    entry = await imported()
    options = {**entry.options, CONF_HISTORY_PAUSED: True}
    hass.config_entries.async_update_entry(entry, options=options)
    await imported()
    assert (await check(hass, entry)).keys() == ENDS.keys()
    assert last(entry).has_outdated_history
    hass.config_entries.async_update_entry(entry, options={**options, CONF_HISTORY_PAUSED: False})
    await imported()
    assert not last(entry).has_outdated_history
    await world.assert_is_shown(entry, Decimal(0))


async def test_a_zero_without_a_raw_row_is_missing(
    hass: HomeAssistant,
    simulator: Simulator,
    imported: Imported,
    statistics: Statistics,
    world: World,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    simulator.profile.change({"empty_buckets": "zero_ahead"})
    entry = await imported()
    assert (await check(hass, entry)).keys() == {"fills_with_zeros"}
    held = NOW.replace(hour=13, minute=0, second=0)
    simulator.hold_back(PHASED, held, held + 2 * HOUR, held + 4 * HOUR)
    # A machine that stands still: its rows say zero.
    still = held - HOUR + 2 * QUARTER - timedelta(seconds=1)
    simulator.set_reading(PHASED, "activeEnergy", "import", still, 0)
    for _ in range(3):
        await pass_time(HOUR)
    found = await statistics.hours(f"reengen:xyz_{oracle.point_id(simulator, PHASED)}_{ENERGY}")
    assert max(found) == held.timestamp() - 3600
    await pass_time(3 * HOUR)
    await pass_time(HOUR)
    await world.assert_history(Decimal(0))


def correct(simulator: Simulator, hour: datetime) -> None:
    """Let the first reading of an hour be 50 kWh more."""
    point_id = oracle.point_id(simulator, PHASED)
    end_utc, value = simulator.database.execute(
        "SELECT end_utc, value FROM reading WHERE point_id = ? AND definition = 'activeEnergy' AND variant = 'import'"
        " AND end_utc >= ? ORDER BY end_utc LIMIT 1",
        (point_id, hour.timestamp()),
    ).fetchone()
    simulator.set_reading(PHASED, "activeEnergy", "import", dt_util.utc_from_timestamp(end_utc), value + 50_000)
