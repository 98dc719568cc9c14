"""Costs add up to the platform's totals, wait until they are published, and follow a changed tariff."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .statistics import COST, TRAFO_6, Statistics

ISTANBUL = ZoneInfo("Europe/Istanbul")
DAY = timedelta(days=1)
TODAY = datetime(2026, 7, 15, tzinfo=ISTANBUL)
# Of a period that began before this day only the total of the month is asked for.
FIRST_RECENT = datetime(2026, 6, 11, tzinfo=ISTANBUL)


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin 70 days ago, on 6 May."""
    return WorldOptions(start=now - timedelta(days=70), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose costs besides energy."""
    return entry_options | {"costs": ["active_energy_cost"]}


def total(hours: dict[int, Decimal], start: datetime, end: datetime) -> Decimal:
    """Return the sum of the hours of a range."""
    first, after = start.timestamp(), end.timestamp()
    return sum((cost for hour, cost in hours.items() if first <= hour < after), Decimal(0))


def recent_days(until: datetime) -> list[tuple[datetime, datetime]]:
    """Return the days for which a total of their own is asked."""
    count = (until - FIRST_RECENT) // DAY
    return [(FIRST_RECENT + number * DAY, FIRST_RECENT + (number + 1) * DAY) for number in range(count)]


OLD_PERIODS = [
    (datetime(2026, 5, 1, tzinfo=ISTANBUL), datetime(2026, 6, 1, tzinfo=ISTANBUL)),
    (datetime(2026, 6, 1, tzinfo=ISTANBUL), FIRST_RECENT),
]


async def assert_adds_up(statistics: Statistics, simulator: Simulator, until: datetime, *, taxed: bool = False) -> None:
    """Compare every day and every old month, and today so far."""
    hours = await statistics.hours(COST)
    midnight = until.replace(hour=0)
    for start, end in [*OLD_PERIODS, *recent_days(midnight), (midnight, until)]:
        if start < end:
            assert total(hours, start, end) == statistics.platform_cost(TRAFO_6, start, end, taxed=taxed), start


async def test_every_day_and_month(
    imported: Imported, statistics: Statistics, simulator: Simulator, queued: list[str]
) -> None:
    await imported()
    await assert_adds_up(statistics, simulator, TODAY.replace(hour=14))
    assert len(await statistics.hours(COST)) == len(await statistics.hours("reengen:xyz_12768_active_energy_import"))
    queued.clear()
    await imported()
    assert queued == []


async def test_an_hour_costs_its_energy_under_one_tariff(imported: Imported, statistics: Statistics) -> None:
    await imported()
    costs = await statistics.hours(COST)
    energies = await statistics.hours("reengen:xyz_12768_active_energy_import")
    july = datetime(2026, 7, 2, tzinfo=ISTANBUL).timestamp()
    prices = {round(costs[hour] / energy, 3) for hour, energy in energies.items() if hour >= july}
    # The third quarter's price: 2.35 x 1.12.
    assert prices == {Decimal("2.632")}


async def test_hour_by_hour(
    imported: Imported, statistics: Statistics, simulator: Simulator, pass_time: PassTime
) -> None:
    await imported()
    for hour in range(15, 27):
        await pass_time(timedelta(hours=1))
        await assert_adds_up(statistics, simulator, TODAY + timedelta(hours=hour))


class TestRequests:
    """What the README says of an hour's requests."""

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        """Choose two groups of costs and two energies."""
        measurements = ["active_energy_import", "reactive_energy_import"]
        return entry_options | {"measurements": measurements, "costs": ["active_energy_cost", "reactive_energy_cost"]}

    async def test_an_hour(self, imported: Imported, simulator: Simulator, pass_time: PassTime) -> None:
        """One for the new hours, one for each group's cost of today so far; the stored energy shares it."""
        await imported()
        before = simulator.count()
        await pass_time(timedelta(hours=1))
        asked = [each.body["properties"] for each in simulator.requests[before:] if each.method == "GetData"]
        hours = [each for each in asked if each.get("resolution") == "hour"]
        # A poll asks for whole days and months, the history until the end of the last hour.
        costs = [each for each in asked if "resolution" not in each and "T23:59:59" not in each["end"]]
        assert (len(hours), len(costs)) == (1, 2)


@pytest.mark.every_database
async def test_a_changed_tariff(imported: Imported, statistics: Statistics, simulator: Simulator) -> None:
    await imported()
    simulator.set_tariff("activeEnergyCost", "3.1", since=datetime(2026, 5, 20, tzinfo=ISTANBUL))
    await imported()
    await assert_adds_up(statistics, simulator, TODAY.replace(hour=14))


async def test_a_cost_that_is_not_published_yet(
    imported: Imported, statistics: Statistics, simulator: Simulator, pass_time: PassTime
) -> None:
    simulator.fail_next("null_series", method="GetData", times=1)
    simulator.set_tariff("activeEnergyCost", "0", since=TODAY - 3 * DAY)
    await imported()
    first_free = (TODAY - 3 * DAY).timestamp()
    assert max(await statistics.hours(COST)) < first_free
    simulator.set_tariff("activeEnergyCost", "2.9", since=TODAY - 3 * DAY)
    await imported()
    await assert_adds_up(statistics, simulator, TODAY.replace(hour=14))


async def test_a_refused_cost_leaves_the_energy_alone(
    imported: Imported, statistics: Statistics, simulator: Simulator
) -> None:
    # The poll asks for two costs, the history for the newest hours and for four pieces of its depth.
    simulator.database.execute("DELETE FROM tariff")
    await imported()
    assert await statistics.hours(COST) == {}
    assert len(await statistics.hours("reengen:xyz_12768_active_energy_import")) > 1600
