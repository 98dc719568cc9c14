"""What the platform refuses of one point takes no hour from the others, and none that is stored."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator import Simulator, WorldOptions

from .conftest import Imported
from .statistics import Statistics

REFUSED = "reengen:xyz_12747_active_energy_import"
OTHER = "reengen:xyz_12768_active_energy_import"


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin two days ago."""
    return WorldOptions(start=now - timedelta(days=2))


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose two meters."""
    points = ["xFabrikaTrafo6", "xFabrikaDepo"]
    return entry_options | {"points": points, "measurements": ["active_energy_import"]}


async def test_the_others_are_imported_and_the_refused_point_when_it_is_answered(
    imported: Imported, statistics: Statistics, simulator: Simulator
) -> None:
    simulator.profile.refused_points = ("xFabrikaDepo",)
    await imported()
    assert len(await statistics.hours(OTHER)) > 40
    assert await statistics.hours(REFUSED) == {}
    simulator.profile.refused_points = ()
    await imported()
    assert len(await statistics.hours(REFUSED)) == len(await statistics.hours(OTHER))


async def test_what_is_stored_stays(imported: Imported, statistics: Statistics, simulator: Simulator) -> None:
    await imported()
    before = await statistics.hours(REFUSED)
    assert len(before) > 40
    simulator.profile.refused_points = ("xFabrikaDepo",)
    history = (await imported()).runtime_data.history
    assert await statistics.hours(REFUSED) == before
    # Neither does an import on demand take it for gone, which reads every hour again.
    await history.async_import()
    assert await statistics.hours(REFUSED) == before
