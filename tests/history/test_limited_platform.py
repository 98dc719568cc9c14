"""A platform whose responses are limited: sensors and every hour of the history equal the registers all the same."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest

from custom_components.reengen.const import READINGS_INTERVAL
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.clocks import PassTime
from tests.registries import state_of

from .conftest import Imported
from .statistics import Statistics

CODES = ("xFabrikaTrafo6", "xFabrikaDepo", "xFabrikaFabrika")
ISTANBUL = ZoneInfo("Europe/Istanbul")


@pytest.fixture(autouse=True)
def _waits_are_over_at_once(leaping_clock: None) -> None:
    """Let no response take its time."""


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin five days ago."""
    return WorldOptions(start=now - timedelta(days=5), points=12)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose three points and two measurements."""
    return entry_options | {"points": list(CODES), "measurements": ["active_energy_import", "reactive_energy_import"]}


@pytest.mark.parametrize(
    ("switches", "reason"),
    [
        pytest.param({"most_rows": 20}, "too_large", id="413 above 20 rows"),
        pytest.param({"data_row_cap": 40}, "cap", id="cap at 40 rows"),
        pytest.param({"seconds_per_row": 0.01, "gateway_seconds": 0.9}, "too_slow", id="gateway above 90 rows"),
    ],
)
async def test_sensors_and_history_equal_the_registers(
    hass: HomeAssistant,
    simulator: Simulator,
    imported: Imported,
    statistics: Statistics,
    pass_time: PassTime,
    switches: dict[str, Any],
    reason: str,
) -> None:
    simulator.profile.change(switches)
    entry = await imported()
    await pass_time(READINGS_INTERVAL)
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["adapted"].keys() == {reason}
    midnight = simulator.clock.now().astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
    for code in CODES:
        point_id = oracle.point_id(simulator, code)
        today = state_of(hass, "sensor", entry, point_id, "active_energy_import_today").state
        expected = oracle.summed_kilo(simulator, code, "activeEnergy", "import", midnight, simulator.clock.now())
        assert Decimal(today) == expected
        hours = await statistics.hours(f"reengen:xyz_{point_id}_active_energy_import")
        assert hours == statistics.complete_hours(code)
