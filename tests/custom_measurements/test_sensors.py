"""Sensors of added measurements: as those that are built in, equal to the registers, named by the user."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.meters.poll import phases_of, registers_of
from simulator import Simulator
from tests import oracle
from tests.custom_measurements.samples import GAS, PEAK_VOLTAGE, POWER_FACTOR, TEMPERATURE, WATER
from tests.registries import entity_id, sensor_of, state_of

ISTANBUL = ZoneInfo("Europe/Istanbul")
DAY_START = datetime(2026, 7, 15, tzinfo=ISTANBUL)
MONTH_START = datetime(2026, 7, 1, tzinfo=ISTANBUL)
QUARTER_START = datetime(2026, 7, 15, 14, 0, tzinfo=ISTANBUL)
WATER_METER = "xFabrikaSuSayaci"
GAS_METER = "xFabrikaGazSayaci"
SERVER_ROOM = "xFabrikaSunucuOdasi"
TRAFO_6 = "xFabrikaTrafo6"
MONTHS_WATER = {**WATER, "key": "water_import_sum", "name": "Water in litres", "unit": "L", "decimals": 0}


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Add measurements of four kinds; one account also reads registers and phases."""
    return entry_options | {
        "points": [WATER_METER, GAS_METER, SERVER_ROOM, TRAFO_6],
        "measurements": [],
        "custom_measurements": [WATER, GAS, TEMPERATURE, PEAK_VOLTAGE],
        "meter_readings": True,
        "phases": True,
    }


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("code", "definition", "device_class", "name"),
    [(WATER_METER, "water", "water", "Water"), (GAS_METER, "gas", "gas", "Natural gas")],
    ids=["water", "gas"],
)
async def test_sums_equal_the_registers(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    code: str,
    definition: str,
    device_class: str,
    name: str,
) -> None:
    point = oracle.point_id(simulator, code)
    for window, start in (("today", DAY_START), ("this_month", MONTH_START)):
        state = state_of(hass, "sensor", loaded_entry, point, f"{definition}_import_{window}")
        expected = oracle.summed_kilo(simulator, code, definition, "import", start, simulator.clock.now())
        assert Decimal(state.state) == expected > 0
        attributes = state.attributes
        assert (attributes["unit_of_measurement"], attributes["device_class"], attributes["state_class"]) == (
            "m³",
            device_class,
            "total",
        )
        assert dt_util.parse_datetime(attributes["last_reset"]) == start
        assert attributes["friendly_name"].endswith(f" {name} {window.replace('_', ' ')}")


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Su Sayacı Water today"), ("tr", "Su Sayacı Water (bugün)")],
)
async def test_names_follow_the_language(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, language: str, name: str
) -> None:
    hass.config.language = language
    assert await hass.config_entries.async_setup(entry.entry_id)
    state = sensor_of(hass, entry, simulator, WATER_METER, "water_import_today")
    assert state.attributes["friendly_name"] == name


async def test_levels_are_the_latest_quarter_hour(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    room, trafo = (oracle.point_id(simulator, code) for code in (SERVER_ROOM, TRAFO_6))
    state = state_of(hass, "sensor", loaded_entry, room, "temperature_indoor")
    quarter = (QUARTER_START, QUARTER_START + timedelta(minutes=15))
    assert Decimal(state.state) == oracle.mean(simulator, SERVER_ROOM, "temperature", "indoor", *quarter)
    assert state.attributes["friendly_name"] == "Sunucu Odası Room temperature"
    assert (state.attributes["unit_of_measurement"], state.attributes["device_class"]) == ("°C", "temperature")
    assert state.attributes["state_class"] == "measurement"

    state = state_of(hass, "sensor", loaded_entry, trafo, "voltage_phase_max")
    (highest,) = simulator.database.execute(
        "SELECT MAX(value) FROM reading WHERE point_id = ? AND definition = 'voltage' AND end_utc >= ? AND end_utc < ?",
        (trafo, *(instant.timestamp() for instant in quarter)),
    ).fetchone()
    assert float(state.state) == highest


async def test_points_that_measure_it_not_have_no_sensor(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    room = oracle.point_id(simulator, SERVER_ROOM)
    assert entity_id(hass, "sensor", loaded_entry, room, "water_import_today") is None


async def test_registers_are_in_the_unit_that_was_chosen(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    state = sensor_of(hass, loaded_entry, simulator, WATER_METER, "water_import_reading")
    litres = oracle.newest(simulator, "original", WATER_METER, "water", "import")
    assert litres is not None
    assert Decimal(state.state) == litres / 1000
    assert state.attributes["friendly_name"] == "Su Sayacı Water meter reading"
    assert (state.attributes["unit_of_measurement"], state.attributes["state_class"]) == ("m³", "total_increasing")


def test_a_register_or_phase_is_read_once_however_often_it_was_added() -> None:
    options = {
        "measurements": ["active_energy_import", "voltage_phase"],
        "custom_measurements": [WATER, MONTHS_WATER, TEMPERATURE, PEAK_VOLTAGE, POWER_FACTOR],
        "meter_readings": True,
        "phases": True,
    }
    assert [row.key for row in registers_of(AccountOptions.read(options))] == ["active_energy_import", "water_import"]
    # A room has no phases, and a raw row is no extreme.
    assert [row.key for row in phases_of(AccountOptions.read(options))] == ["voltage_phase", "power_factor_phase"]


async def test_a_measurement_that_the_platform_no_longer_takes_leaves_the_others_alone(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    wrong = {**WATER, "key": "steam_import", "name": "Steam", "definition": "steam"}
    options = {**entry.options, "custom_measurements": [TEMPERATURE, wrong]}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    state = sensor_of(hass, entry, simulator, SERVER_ROOM, "temperature_indoor")
    assert float(state.state) > 0


async def test_diagnostics_show_them(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded_entry)
    shown = {each.pop("key"): each for each in found["custom_measurements"]}
    assert shown == {
        "water_import": {"unit": "m³", "device_class": "water", "points_with_values": 1},
        "gas_import": {"unit": "m³", "device_class": "gas", "points_with_values": 1},
        "temperature_indoor": {"unit": "°C", "device_class": "temperature", "points_with_values": 1},
        "voltage_phase_max": {"unit": "V", "device_class": "voltage", "points_with_values": 1},
    }
    assert found["entry"]["options"]["custom_measurements"][0] == WATER
    assert found["readings"]["unknown_measurements"] == []
