"""Names that a database does not take as they are: too long, or with characters that nobody can read."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
import pytest
from sqlalchemy import text

from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .statistics import Statistics

pytestmark = pytest.mark.every_database


TRAFO_6, OFFICE = "xFabrikaTrafo6", "xFabrikaDepo"
IDS = {TRAFO_6: "reengen:xyz_12768_active_energy_import", OFFICE: "reengen:xyz_12747_active_energy_import"}
LABEL = " Active energy import"
DAYS = 2
LONGEST = 255

NAMES = {
    "nul": ("Depo\x00 1", "Depo  1" + LABEL),
    "control": ("\tDepo\x1b[1m\n", "Depo [1m" + LABEL),
    "long": ("ş" * 300, "ş" * (LONGEST - len(LABEL)) + LABEL),
    "long-outside-the-plane": ("\N{FACTORY}" * 300, "\N{FACTORY}" * (LONGEST - len(LABEL)) + LABEL),
    "nothing": ("\x00\x01", OFFICE + LABEL),
}


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin two days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS))


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose two points."""
    return entry_options | {"points": list(IDS)}


@pytest.mark.parametrize(("name", "stored"), NAMES.values(), ids=list(NAMES))
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_name_that_no_database_takes(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    now: datetime,
    pass_time: PassTime,
    name: str,
    stored: str,
    when: str,
) -> None:
    if when == "after":
        await imported()
    simulator.rename_point(OFFICE, name)
    if when == "before":
        await imported()
    for _ in range(2):
        await pass_time(timedelta(hours=1))

    def names() -> dict[str, str]:
        with session_scope(hass=hass, read_only=True) as session:
            found = session.execute(text("SELECT statistic_id, name FROM statistics_meta WHERE source = 'reengen'"))
            return {row[0]: row[1] for row in found}

    assert (await recorder_mock.async_add_executor_job(names))[IDS[OFFICE]] == stored
    end = simulator.clock.now().replace(minute=0)
    for code, statistic_id in IDS.items():
        expected = statistics.platform_hours(code, "activeEnergy", "import", now - timedelta(days=DAYS + 1), end)
        assert await statistics.hours(statistic_id) == expected
