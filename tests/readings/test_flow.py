"""Flow of water and gas is the volume of the newest quarter hour by its length, where meters report that often."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.readings import measured_key, powers_of
from simulator import Simulator
from tests import oracle
from tests.conftest import NOW
from tests.custom_measurements.samples import GAS, TEMPERATURE, WATER, Stored
from tests.registries import entity_id, sensor_of, state_of

METER = "xFabrikaSuSayaci"
QUARTER = timedelta(minutes=15)
# The quarter hour in which the clock of these tests stands began then.
FLOOR = NOW.replace(minute=15)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a meter of water, and a site without one."""
    own = [WATER, {**WATER, "key": "water_import_sum_l", "name": "Litres", "unit": "L"}]
    return {**entry_options, "points": ["xFabrikaFabrika", METER], "measurements": [], "custom_measurements": own}


@pytest.mark.parametrize(
    ("key", "unit", "per_unit"), [("water_import_flow", "m³/h", 1), ("water_import_sum_l_flow", "L/h", 1000)]
)
async def test_flow_is_the_newest_volume_by_time(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, key: str, unit: str, per_unit: int
) -> None:
    state = sensor_of(hass, loaded_entry, simulator, METER, key)
    cubic_metres = oracle.summed_kilo(simulator, METER, "water", "import", FLOOR - QUARTER, FLOOR)
    assert Decimal(state.state) == pytest.approx(4 * cubic_metres * per_unit)
    assert cubic_metres > 0
    assert {name: state.attributes[name] for name in ("unit_of_measurement", "device_class", "state_class")} == {
        "unit_of_measurement": unit,
        "device_class": "volume_flow_rate",
        "state_class": "measurement",
    }
    assert state.attributes["interval_minutes"] == 15
    assert state.name == ("Su Sayacı Water flow" if unit == "m³/h" else "Su Sayacı Litres flow")
    assert entity_id(hass, "sensor", loaded_entry, oracle.point_id(simulator, "xFabrikaFabrika"), key) is None


async def test_a_meter_that_reports_once_a_day_has_no_flow(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    point = oracle.point_id(simulator, METER)
    simulator.database.execute(
        "DELETE FROM sample WHERE series IN (SELECT id FROM series WHERE point_id = ?) AND end_utc NOT IN"
        " (SELECT MAX(end_utc) FROM reading WHERE point_id = ? AND end_utc < ?)",
        (point, point, FLOOR.timestamp()),
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert float(state_of(hass, "sensor", entry, point, "water_import_today").state) > 0
    assert entity_id(hass, "sensor", entry, point, "water_import_flow") is None


def flows(*own: Stored) -> Iterator[tuple[str, str]]:
    rows = powers_of(AccountOptions.read({"custom_measurements": own}))
    return ((row.key, measured_key(row.key)) for row in rows)


def test_what_has_a_flow() -> None:
    assert list(flows(WATER, GAS, TEMPERATURE)) == [
        ("water_import_flow", "water_import"),
        ("gas_import_flow", "gas_import"),
    ]
    energy = {**GAS, "unit": "kWh", "device_class": "energy"}
    feet = {**GAS, "unit": "ft3"}
    volume = {**WATER, "device_class": "volume"}
    for none in (energy, feet, volume, {**WATER, "variant": "export"}):
        assert list(flows(none)) == []


def test_a_measurement_of_the_users_own_keeps_its_key() -> None:
    assert list(flows(WATER, {**TEMPERATURE, "key": "water_import_flow"})) == []
