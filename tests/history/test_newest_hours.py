"""After each hourly run the newest hours are what the platform has of them by then, however late quarter hours arrive."""

from datetime import datetime, timedelta
from decimal import Decimal
import random
from typing import Any

import pytest

from custom_components.reengen.api import Resolution
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .statistics import COST, IMPORT, TRAFO_6, Statistics

QUARTER = timedelta(minutes=15)


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin two days ago."""
    return WorldOptions(start=now - timedelta(days=2), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose costs besides energy."""
    return entry_options | {"costs": ["active_energy_cost"]}


@pytest.mark.parametrize(
    "lateness", [pytest.param([25], id="25-minutes"), pytest.param([0, 20, 65, 115], id="in-any-order-up-to-two-hours")]
)
async def test_what_is_late_by_less_than_two_hours_is_there_at_once(
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    now: datetime,
    pass_time: PassTime,
    lateness: list[int],
) -> None:
    chosen = random.Random(7)  # noqa: S311 - no secret
    first = now.replace(minute=0) - timedelta(hours=2)
    for number in range(40):
        begin = first + number * QUARTER
        revealed = begin + QUARTER + timedelta(minutes=chosen.choice(lateness))
        simulator.hold_back(TRAFO_6, begin, begin + QUARTER, revealed)
    await imported()
    for _ in range(8):
        before = simulator.count()
        # The history has its place in the hour before that minute.
        await pass_time((simulator.clock.now() + timedelta(hours=1)).replace(minute=17) - simulator.clock.now())
        requests = [
            request.body["properties"]
            for request in simulator.requests[before:]
            if request.method == "GetData" and request.body["properties"].get("resolution") == Resolution.HOUR
        ]
        assert len(requests) == 1
        end = simulator.clock.now().replace(minute=0)
        energy = await statistics.hours(IMPORT)
        expected = statistics.platform_hours(TRAFO_6, "activeEnergy", "import", now - timedelta(days=3), end)
        assert energy == expected
        cost = await statistics.hours(COST)
        # 2.35 x 1.12 a kWh since 1 July.
        assert {round(cost[hour] / energy[hour], 3) for hour in energy} == {Decimal("2.632")}
