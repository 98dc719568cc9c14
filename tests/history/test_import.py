"""The first import and what comes after it: every hour is the platform's, and the change of every row is its state."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
import pytest

from simulator import Simulator, WorldOptions

from .statistics import Statistics

type Imported = Callable[[], Awaitable[MockConfigEntry]]

TRAFO_6 = "xFabrikaTrafo6"
TRAFO_6_IMPORT = "reengen:xyz_12768_active_energy_import"
ACTIVE_IMPORT = ("activeEnergy", "import")


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin 50 days ago, in the middle of a month and before the newest 35 days."""
    return WorldOptions(start=now - timedelta(days=50), points=8)


def complete_end(now: datetime) -> datetime:
    """Return the end of the newest hour that ended ten minutes ago or more."""
    return (now - timedelta(minutes=10)).replace(minute=0, second=0, microsecond=0)


async def test_first_import(imported: Imported, statistics: Statistics, world_options: WorldOptions, now: datetime) -> None:
    entry = await imported()
    start = world_options.first_instant(now)
    expected = statistics.platform_hours(TRAFO_6, *ACTIVE_IMPORT, start, complete_end(now))
    assert len(expected) > 1190
    assert await statistics.hours(TRAFO_6_IMPORT) == expected
    assert entry.runtime_data.history.progress == 100
