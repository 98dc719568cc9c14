"""One demo for all tests, and what they have in common."""

from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from demo.inventory import Inventory
from demo.progress import step
from demo.stage import Stage, set_stage

# All points' hours of this many days are what it takes to know, in the time that a check may take.
DAYS: Final = ("--days", "7")
PERIODS: Final = ("_today", "_this_month")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Tell in the words of its docstring what a test checks, and how long that took or that it failed."""
    assert isinstance(item, pytest.Function)
    with step(f"Check: {str(item.function.__doc__).rstrip('.')}"):
        yield


@pytest.fixture(scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Run the demo, from nothing."""
    async with set_stage(tmp_path_factory.mktemp("demo"), *DAYS) as stage:
        yield stage


@pytest.fixture(scope="session")
async def points(stage: Stage) -> list[dict[str, Any]]:
    """Return the platform's points: id, code, name, parent."""
    return await stage.simulation.points()


@dataclass(frozen=True, kw_only=True, slots=True)
class Restart:
    """What there was before and after a restart of Home Assistant, and when that began."""

    before: Inventory
    begun_at: datetime
    after: Inventory


@pytest.fixture(scope="session")
async def restart(stage: Stage) -> Restart:
    """Enable the sensors of today and this month that start disabled, and restart Home Assistant in the midst of the import."""
    before = await stage.inventory()
    for entity in before.entities:
        if entity.key.endswith(PERIODS):
            await stage.api.command("config/entity_registry/update", entity_id=entity.entity_id, disabled_by=None)
    begun_at = datetime.now(UTC)
    await stage.restart_home()
    return Restart(before=before, begun_at=begun_at, after=await stage.inventory())
