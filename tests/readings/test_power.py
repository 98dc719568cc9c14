"""Power is the energy of the newest quarter hour times four, of an hour times one, and never made up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import READINGS_INTERVAL
from custom_components.reengen.readings import Readings, powers_of, reading_rows
from simulator import Simulator
from tests import oracle
from tests.conftest import NOW
from tests.custom_measurements.samples import TEMPERATURE
from tests.odd_platform import refuse
from tests.profiles import examples
from tests.registries import entity_id, sensor_of
from tests.worlds import AnyZone

from .samples import FLOOR, IMPORT, QUARTER, TRAFO_6, WINDOW, report, spoil_newest

type PassTime = Callable[[timedelta], Awaitable[None]]

SITE, ROOF, SILENT = "xFabrikaFabrika", "xFabrikaCatiGes", "reengenPoint"
ENERGIES = {
    "active_power": IMPORT,
    "active_power_export": ("activeEnergy", "export"),
    "active_power_produced": ("activeEnergy", "produced"),
}
HOUR = timedelta(hours=1)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose all energies of a site, a meter, a roof and a point without readings; no level."""
    return entry_options | {
        "points": [SITE, TRAFO_6, ROOF, SILENT],
        "measurements": ["active_energy_import", "active_energy_export", "active_energy_produced"],
    }


def power(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, code: str = TRAFO_6, key: str = "active_power"
) -> State:
    return sensor_of(hass, entry, simulator, code, key)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (SITE, "active_power"),
        (SITE, "active_power_export"),
        *[(TRAFO_6, "active_power"), (ROOF, "active_power_produced")],
    ],
)
async def test_power_is_the_newest_energy_by_time(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, code: str, key: str
) -> None:
    state = power(hass, loaded_entry, simulator, code, key)
    energy = oracle.summed_kilo(simulator, code, *ENERGIES[key], FLOOR - QUARTER, FLOOR)
    assert Decimal(state.state) == 4 * energy
    assert {name: state.attributes[name] for name in ("unit_of_measurement", "device_class", "state_class")} == {
        "unit_of_measurement": "kW",
        "device_class": "power",
        "state_class": "measurement",
    }
    assert state.attributes["interval_minutes"] == 15


async def test_only_a_point_with_the_energy_has_the_power(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    expected = {
        SITE: {"active_power", "active_power_export"},
        TRAFO_6: {"active_power"},
        ROOF: {"active_power_produced"},
    }
    for code in loaded_entry.options["points"]:
        point_id = oracle.point_id(simulator, code)
        found = {key for key in ENERGIES if entity_id(hass, "sensor", loaded_entry, point_id, key)}
        assert found == expected.get(code, set())


async def test_only_power_is_on_for_a_new_account(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    levels = ["active_power_phase", "voltage_phase", "current_phase"]
    options = {**entry.options, "measurements": ["active_energy_import", *levels]}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert float(power(hass, entry, simulator).state) > 0
    for key in levels:
        found = entity_id(hass, "sensor", entry, oracle.point_id(simulator, TRAFO_6), key)
        assert found is not None
        assert hass.states.get(found) is None


@dataclass(frozen=True, kw_only=True)
class Meter:
    """What a meter has: Wh of each interval, newest first (None: missing), by the hour or not, and how late it is."""

    by_hour: bool
    late: timedelta
    energies: Sequence[int | None]

    def readings(self, now: datetime) -> dict[datetime, float | None]:
        width = HOUR if self.by_hour else QUARTER
        last = datetime.fromtimestamp(now.timestamp() // width.total_seconds() * width.total_seconds(), UTC)
        ends = [last - number * width for number in range(len(self.energies))]
        return {
            end: energy
            for end, energy in zip(ends, self.energies, strict=True)
            if energy is not None and end + self.late <= now
        }


def meters(energies: st.SearchStrategy[int | None]) -> st.SearchStrategy[Meter]:
    return st.builds(
        Meter,
        by_hour=st.booleans(),
        late=st.integers(0, 240).map(lambda minutes: timedelta(minutes=minutes)),
        energies=st.lists(energies, min_size=1, max_size=20),
    )


AMOUNTS = st.integers(0, 500_000)
# Of a lone row in an hour that the clock repeats nobody can say in which pass it is, so no row is missing there.
WORLDS = [
    pytest.param("Europe/Istanbul", NOW, meters(AMOUNTS | st.none()), id="istanbul"),
    pytest.param("Asia/Kolkata", NOW, meters(AMOUNTS | st.none()), id="kolkata"),
    pytest.param("America/New_York", datetime(2026, 3, 8, 8, 20, tzinfo=UTC), meters(AMOUNTS | st.none()), id="23h"),
    pytest.param("America/New_York", datetime(2026, 11, 1, 6, 50, tzinfo=UTC), meters(AMOUNTS), id="25h, second pass"),
    pytest.param("America/New_York", datetime(2026, 11, 1, 8, 5, tzinfo=UTC), meters(AMOUNTS), id="25h"),
    pytest.param("Europe/Istanbul", datetime(2015, 11, 8, 2, 40, tzinfo=UTC), meters(AMOUNTS), id="istanbul-2015"),
]


class TestAnyWorld(AnyZone):
    """The sensor against the registers, in any zone, for any meter."""

    options: ClassVar = {"points": [SITE, TRAFO_6]}

    @pytest.mark.parametrize(("zone", "instant", "drawn"), WORLDS)
    @settings(max_examples=examples(25, 400), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_the_sensor_equals_the_registers(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded_entry: MockConfigEntry,
        instant: datetime,
        drawn: st.SearchStrategy[Meter],
        data: st.DataObject,
    ) -> None:
        meter = data.draw(drawn)
        report(simulator, meter.readings(instant))
        readings = loaded_entry.runtime_data.readings
        # Each example stands for an account that was just set up.
        readings.data = Readings()
        await readings.async_refresh()
        end = datetime.fromtimestamp(instant.timestamp() // 900 * 900, UTC)
        found = oracle.quarter_energies(simulator, TRAFO_6, *IMPORT, end - WINDOW, end)
        state = power(hass, loaded_entry, simulator)
        if len(found) <= 1:
            assert state.state == STATE_UNKNOWN
            return
        newest = max(found)
        looks_hourly = all((newest - each) % HOUR == timedelta(0) for each in found)
        assert looks_hourly or not meter.by_hour
        assert Decimal(state.state) == found[newest] * (1 if looks_hourly else 4)
        assert state.attributes["interval_minutes"] == (60 if looks_hourly else 15)


async def test_zero_is_zero_null_and_missing_are_not(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    report(simulator, {FLOOR: 0, FLOOR - QUARTER: 500})
    await loaded_entry.runtime_data.readings.async_refresh()
    assert float(power(hass, loaded_entry, simulator).state) == 0
    report(simulator, {FLOOR: None, FLOOR - QUARTER: 500, FLOOR - 2 * QUARTER: 400})
    simulator.profile.empty_buckets = "null"
    await loaded_entry.runtime_data.readings.async_refresh()
    assert float(power(hass, loaded_entry, simulator).state) == 4 * 0.5
    report(simulator, {})
    await loaded_entry.runtime_data.readings.async_refresh()
    assert power(hass, loaded_entry, simulator).state == STATE_UNKNOWN


@pytest.mark.parametrize(("late", "is_known"), [(timedelta(hours=3), True), (timedelta(hours=3, minutes=15), False)])
async def test_what_is_three_hours_old_is_unknown(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, late: timedelta, is_known: bool
) -> None:
    """A quarter hour that began three hours before the newest one ended is the last that counts."""
    newest_end = FLOOR - late + QUARTER
    report(simulator, {newest_end - number * QUARTER: 250 for number in range(8)})
    await loaded_entry.runtime_data.readings.async_refresh()
    state = power(hass, loaded_entry, simulator)
    assert state.state == ("1.0" if is_known else STATE_UNKNOWN)
    assert state.attributes["interval_minutes"] == (15 if is_known else None)


async def test_one_hour_alone_is_known_for_an_hour_from_before(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    """Of a meter that reports by the hour, and late, the three hours have two hours at times, and then one."""
    late = timedelta(minutes=80)
    hours = {NOW.replace(minute=0) + number * HOUR: 3000 + number for number in range(-5, 4)}
    report(simulator, {end: float(value) for end, value in hours.items() if end + late <= NOW})
    await loaded_entry.runtime_data.readings.async_refresh()
    counted = set()
    for _ in range(8):
        await pass_time(READINGS_INTERVAL)
        now = simulator.clock.now()
        seen = {end: float(value) for end, value in hours.items() if end + late <= now}
        report(simulator, seen)
        await loaded_entry.runtime_data.readings.async_refresh()
        floor = now.replace(minute=now.minute // 15 * 15)
        counted.add(len(oracle.quarter_energies(simulator, TRAFO_6, *IMPORT, floor - WINDOW, floor)))
        state = power(hass, loaded_entry, simulator)
        assert (float(state.state), state.attributes["interval_minutes"]) == (seen[max(seen)] / 1000, 60)
    assert counted == {1, 2}


async def test_power_costs_no_request_beside_the_levels(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    measurements = [*entry.options["measurements"], "voltage_phase", "current_phase"]
    hass.config_entries.async_update_entry(entry, options={**entry.options, "measurements": measurements})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = simulator.count("GetData")
    await pass_time(READINGS_INTERVAL)
    # Today, this month, and the quarter hours of levels and energies alike.
    assert simulator.count("GetData") - before == 3


async def test_refused_quarter_hours_take_no_day(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """As of a platform that has the meter's days alone."""
    refuse(simulator, "GetData", lambda asked: asked["resolution"] == "fifteenmin")
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert power(hass, entry, simulator).state == STATE_UNAVAILABLE
    today = sensor_of(hass, entry, simulator, TRAFO_6, "active_energy_import_today")
    assert float(today.state) > 0


async def test_a_newest_quarter_hour_that_cannot_be_read_is_unknown(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    undo = spoil_newest(simulator, "0")
    await loaded_entry.runtime_data.readings.async_refresh()
    assert power(hass, loaded_entry, simulator).state == STATE_UNKNOWN
    undo()
    await loaded_entry.runtime_data.readings.async_refresh()
    assert float(power(hass, loaded_entry, simulator).state) > 0


async def test_a_measurement_of_the_users_own_keeps_its_key(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """One of the definition activePower and the variant export had the key before there was power of energy."""
    own = {**TEMPERATURE, "key": "active_power_export", "name": "My power"}
    hass.config_entries.async_update_entry(entry, options={**entry.options, "custom_measurements": [own]})
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert [row.key for row in powers_of(AccountOptions.of(entry))] == ["active_power", "active_power_produced"]
    found = [row for row in reading_rows(AccountOptions.of(entry)) if row.key == "active_power_export"]
    assert [row.description.name for row in found] == ["My power"]


async def test_power_is_not_late_by_itself(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    """Its energy is watched by the hour: no second judgement of the same meter."""
    for _ in range(8):
        await pass_time(timedelta(days=1))
    now = simulator.clock.now()
    simulator.hold_back(TRAFO_6, now, now + timedelta(days=1), now + timedelta(days=2))
    await pass_time(timedelta(hours=4))
    assert power(hass, loaded_entry, simulator).state == STATE_UNKNOWN
    assert loaded_entry.runtime_data.freshness.data == {}
