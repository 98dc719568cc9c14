"""Registers and phases: what the meters' raw rows say, in few requests."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import METERS_INTERVAL, POINTS_INTERVAL, REGISTER_SEARCH_INTERVAL
from custom_components.reengen.meters import poll as meters
from simulator import Simulator, raw_data
from simulator.world import STORED_UNITS
from tests import oracle
from tests.accounts import set_up
from tests.conftest import NOW
from tests.registries import entity_id, sensor_of, state_of

SITE = "xFabrikaFabrika"
TRAFO_6 = "xFabrikaTrafo6"
SILENT = "reengenPoint"
# Its readings come five minutes past the quarter, now and then ten.
IRREGULAR = "xyzBesiktas"
REGISTERS: Final = {
    "active_energy_import": ("activeEnergy", "import"),
    "reactive_energy_import": ("reactiveEnergy", "import"),
    "inductive_reactive_energy_import": ("inductiveReactiveEnergy", "import"),
    "capacitive_energy_export": ("capacitiveEnergy", "export"),
}
LEVELS: Final = {"active_power_phase": "activePower", "voltage_phase": "voltage", "current_phase": "current"}
READING = "active_energy_import_reading"

type PassTime = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose registers and phases of everything, of meters that have all, some and nothing."""
    return entry_options | {
        "points": [SITE, TRAFO_6, IRREGULAR, SILENT],
        "measurements": [*REGISTERS, *LEVELS],
        "meter_readings": True,
        "phases": True,
    }


def sensor(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, key: str, code: str = TRAFO_6) -> State:
    return sensor_of(hass, entry, simulator, code, key)


def has_sensor(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, key: str, code: str) -> bool:
    return entity_id(hass, "sensor", entry, oracle.point_id(simulator, code), key) is not None


def register(simulator: Simulator, code: str = TRAFO_6, key: str = "active_energy_import") -> Decimal:
    """Return the register in the sensor's unit, a thousand times the stored one."""
    found = oracle.newest(simulator, "original", code, *REGISTERS[key])
    assert found is not None
    return found / 1000


@pytest.mark.parametrize("key", REGISTERS)
async def test_a_reading_is_the_newest_register(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, key: str
) -> None:
    before = register(simulator, key=key)
    state = sensor(hass, loaded_entry, simulator, f"{key}_reading")
    assert Decimal(state.state) == before
    assert state.attributes["state_class"] == "total_increasing"
    assert state.attributes["unit_of_measurement"] == ("kWh" if key.startswith("active") else "kvarh")

    await pass_time(METERS_INTERVAL)
    assert Decimal(sensor(hass, loaded_entry, simulator, f"{key}_reading").state) == register(simulator, key=key)
    assert register(simulator, key=key) > before


@pytest.mark.parametrize("phase", [1, 2, 3])
@pytest.mark.parametrize("key", LEVELS)
async def test_a_phase_is_its_newest_level(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, key: str, phase: int
) -> None:
    state = sensor(hass, loaded_entry, simulator, f"{key}_l{phase}")
    assert Decimal(state.state) == oracle.newest(simulator, "value", TRAFO_6, LEVELS[key], "phase", phase)
    assert state.attributes["state_class"] == "measurement"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_phases_differ_and_are_not_their_mean(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    keys = ("voltage_phase", *(f"voltage_phase_l{phase}" for phase in (1, 2, 3)))
    assert len({sensor(hass, loaded_entry, simulator, key).state for key in keys}) == 4


async def test_irregular_rows_and_the_row_that_ends_now(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    simulator.database.execute(
        "UPDATE sample SET end_utc = ? WHERE end_utc = (SELECT MAX(end_utc) FROM sample WHERE series = ("
        "SELECT id FROM series WHERE point_id = ? AND definition = 'activeEnergy' AND variant = 'import'))"
        " AND series = (SELECT id FROM series WHERE point_id = ? AND definition = 'activeEnergy' AND variant = 'import')",
        (int(NOW.timestamp()), *[oracle.point_id(simulator, TRAFO_6)] * 2),
    )
    await set_up(hass, entry)
    for code in (IRREGULAR, TRAFO_6):
        assert Decimal(sensor(hass, entry, simulator, READING, code).state) == register(simulator, code)


async def test_only_what_a_meter_reports_has_a_sensor(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    for code in (SITE, TRAFO_6, IRREGULAR):
        assert has_sensor(hass, loaded_entry, simulator, READING, code)
    assert not has_sensor(hass, loaded_entry, simulator, READING, SILENT)
    assert not has_sensor(hass, loaded_entry, simulator, "voltage_phase_l1", IRREGULAR)
    assert not has_sensor(hass, loaded_entry, simulator, "reactive_energy_import_reading", IRREGULAR)


@pytest.mark.parametrize("option", ["meter_readings", "phases"])
async def test_each_option_stands_alone(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, option: str
) -> None:
    await set_up(hass, entry, **{"meter_readings": False, "phases": False, option: True})
    assert has_sensor(hass, entry, simulator, READING, TRAFO_6) is (option == "meter_readings")
    assert has_sensor(hass, entry, simulator, "voltage_phase_l1", TRAFO_6) is (option == "phases")
    # A register that nobody told of lately is looked for further back, a level is not.
    assert simulator.count("ListDataEx") == (2 if option == "meter_readings" else 1)


async def test_without_the_options_nothing_is_asked_for(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await set_up(hass, entry, meter_readings=False, phases=False)
    await pass_time(METERS_INTERVAL)
    assert simulator.count("ListDataEx") == 0
    assert entry.runtime_data.meters is None


async def test_one_poll_is_one_request(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    # One point has no recent register, and is asked for an older one.
    assert simulator.count("ListDataEx") == 2
    await pass_time(METERS_INTERVAL)
    assert simulator.count("ListDataEx") == 3
    await pass_time(REGISTER_SEARCH_INTERVAL - METERS_INTERVAL)
    assert simulator.count("ListDataEx") == 5
    await pass_time(METERS_INTERVAL)
    assert simulator.count("ListDataEx") == 6


async def test_where_all_meters_report_nothing_is_searched(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    await set_up(hass, entry, points=[SITE, TRAFO_6])
    assert simulator.count("ListDataEx") == 1


async def test_requests_grow_with_the_rows_that_points_answer_with(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: PassTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Transformers 1 and 6 have phases, the others have not: at first all are expected to.
    codes = [f"xFabrikaTrafo{number}" for number in range(1, 7)]
    at_first, later = 6 * 12 * (1 + 3), 12 * (6 + 2 * 3)
    monkeypatch.setattr(meters, "ROW_BUDGET", later)
    await set_up(hass, entry, points=codes, measurements=["active_energy_import", "voltage_phase"])
    assert simulator.count("ListDataEx") == at_first // later == 2
    await pass_time(METERS_INTERVAL)
    assert simulator.count("ListDataEx") == 2 + 1


# Forty points with one register at most: three hours have 12 quarter hours, a day has 96.
@pytest.mark.parametrize("budget", [10_000, 40 * 12, 40 * 12 - 1, 120, 96, 12, 1])
async def test_requests_grow_with_the_row_budget_alone(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: PassTime,
    monkeypatch: pytest.MonkeyPatch,
    budget: int,
) -> None:
    monkeypatch.setattr(meters, "ROW_BUDGET", budget)
    codes = [code for (code,) in simulator.database.execute("SELECT code FROM point ORDER BY id")]
    metered = [code for code in codes if oracle.newest(simulator, "original", code, "activeEnergy", "import")]
    assert len(codes) == 40 > len(metered) > 30
    poll_requests = -(-40 // max(1, budget // 12))
    search_requests = -(-(40 - len(metered)) // max(1, budget // 96))

    await set_up(hass, entry, points=codes, measurements=["active_energy_import"])
    assert simulator.count("ListDataEx") == poll_requests + search_requests
    await pass_time(METERS_INTERVAL)
    assert simulator.count("ListDataEx") == 2 * poll_requests + search_requests
    for code in metered:
        assert Decimal(sensor(hass, entry, simulator, READING, code).state) == register(simulator, code)


async def test_a_new_meter_begins_anew(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    before = Decimal(sensor(hass, loaded_entry, simulator, READING).state)
    simulator.replace_meter(TRAFO_6)
    await pass_time(METERS_INTERVAL)
    after = Decimal(sensor(hass, loaded_entry, simulator, READING).state)
    assert after == register(simulator)
    # Home Assistant takes a fall by more than a tenth for a reset of a total that increases.
    assert 0 < after < before * Decimal("0.9")


async def test_a_row_without_a_register_leaves_the_last_one(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    before = register(simulator)
    # As ImportData stores it: a value and no register.
    simulator.set_reading(TRAFO_6, "activeEnergy", "import", NOW - timedelta(minutes=1), 700)
    await set_up(hass, entry)
    assert oracle.newest(simulator, "value", TRAFO_6, *REGISTERS["active_energy_import"]) == 700
    assert Decimal(sensor(hass, entry, simulator, READING).state) == before


async def test_only_the_first_register_of_a_definition_is_shown(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    before, end = register(simulator), NOW - timedelta(minutes=1)
    simulator.set_reading(TRAFO_6, "activeEnergy", "import", end, 700, index=2)
    simulator.database.execute("UPDATE sample SET original = 4711 WHERE end_utc = ?", (int(end.timestamp()),))
    await set_up(hass, entry)
    assert oracle.newest(simulator, "original", TRAFO_6, "activeEnergy", "import", 2) == 4711
    assert Decimal(sensor(hass, entry, simulator, READING).state) == before


async def test_a_corrected_register_is_shown_as_it_is(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    simulator.database.execute("UPDATE sample SET original = original - 5000")
    before = Decimal(sensor(hass, loaded_entry, simulator, READING).state)
    simulator.hold_back(TRAFO_6, NOW, NOW + timedelta(days=1), NOW + timedelta(days=2))
    await pass_time(METERS_INTERVAL)
    assert Decimal(sensor(hass, loaded_entry, simulator, READING).state) == before - 5 == register(simulator)


async def test_a_late_meter_keeps_its_register_but_not_its_level(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    before = register(simulator)
    simulator.hold_back(TRAFO_6, NOW, NOW + timedelta(days=1), NOW + timedelta(hours=4, minutes=15))
    for _ in range(4):
        await pass_time(timedelta(hours=1))
    assert Decimal(sensor(hass, loaded_entry, simulator, READING).state) == before
    assert sensor(hass, loaded_entry, simulator, "voltage_phase_l1").state == STATE_UNKNOWN

    await pass_time(METERS_INTERVAL)
    assert Decimal(sensor(hass, loaded_entry, simulator, READING).state) == register(simulator) > before
    assert Decimal(sensor(hass, loaded_entry, simulator, "voltage_phase_l1").state) > 0


async def test_a_meter_that_reports_once_a_day_is_found(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    simulator.hold_back(TRAFO_6, NOW - timedelta(hours=20), NOW + timedelta(hours=3), NOW + timedelta(hours=8))
    await set_up(hass, entry)
    at_first = register(simulator)
    assert Decimal(sensor(hass, entry, simulator, READING).state) == at_first
    assert not has_sensor(hass, entry, simulator, "voltage_phase_l1", TRAFO_6)

    # What came late is older than the newest rows, and must not take their place.
    for _ in range(9):
        await pass_time(timedelta(hours=1))
    assert Decimal(sensor(hass, entry, simulator, READING).state) == register(simulator) > at_first


@pytest.mark.parametrize(
    ("stored_unit", "thousandths"),
    [("Wh", 1), ("kWh", 1000), ("KWH", 1000), ("kilowatthour", None), ("MWh", 1_000_000), ("varh", None), ("", None)],
)
async def test_the_stored_unit_is_not_assumed(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    stored_unit: str,
    thousandths: int | None,
) -> None:
    monkeypatch.setattr(raw_data, "STORED_UNITS", {**STORED_UNITS, "activeEnergy": stored_unit})
    await set_up(hass, entry)
    data = entry.runtime_data.meters.data
    if thousandths is None:
        assert not has_sensor(hass, entry, simulator, READING, TRAFO_6)
        assert data.unknown_units == {f"active_energy_import: {stored_unit}"}
    else:
        assert Decimal(sensor(hass, entry, simulator, READING).state) == register(simulator) * thousandths
        assert data.unknown_units == frozenset()


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_outage_and_recovery(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    # An id that is dead may be refused so, and is asked again with another one.
    simulator.fail_next("empty_200", method="ListDataEx", times=2)
    await pass_time(METERS_INTERVAL)
    assert sensor(hass, loaded_entry, simulator, READING).state == STATE_UNAVAILABLE
    # The readings of GetData do not suffer.
    assert Decimal(sensor(hass, loaded_entry, simulator, "voltage_phase").state) > 0

    await pass_time(METERS_INTERVAL)
    assert Decimal(sensor(hass, loaded_entry, simulator, READING).state) == register(simulator)


async def test_a_failed_start_is_made_up_for(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    simulator.fail_next("empty_200", method="ListDataEx", times=2)
    await set_up(hass, entry)
    assert not has_sensor(hass, entry, simulator, READING, TRAFO_6)
    await pass_time(METERS_INTERVAL)
    assert Decimal(sensor(hass, entry, simulator, READING).state) == register(simulator)


async def test_a_restart_without_rows_is_unknown(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.hold_back(TRAFO_6, NOW - timedelta(days=4), NOW, NOW + timedelta(days=1))
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sensor(hass, loaded_entry, simulator, READING).state == STATE_UNKNOWN


async def test_a_new_point_brings_its_register(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await set_up(hass, entry, points=[TRAFO_6], include_descendants=True)
    simulator.add_point(code="xYeniSayac", name="Yeni", parent=TRAFO_6)
    simulator.hold_back("xYeniSayac", NOW - timedelta(hours=10), NOW + timedelta(days=1), NOW + timedelta(days=2))
    await pass_time(POINTS_INTERVAL)
    assert Decimal(sensor(hass, entry, simulator, READING, "xYeniSayac").state) == register(simulator, "xYeniSayac")

    simulator.remove_point("xYeniSayac")
    point_id = max(point.id for point in entry.runtime_data.points.data.chosen)
    await pass_time(POINTS_INTERVAL)
    assert state_of(hass, "sensor", entry, point_id, READING).state == STATE_UNAVAILABLE
