"""Home Assistant's Energy dashboard, read as a person reads it, and what has to stand in it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from playwright.async_api import Locator, Page, expect

from demo.api import HomeApi
from demo.simulation import STATISTICS_PREFIX, TIME_ZONE, database_file
from tests.e2e.history_oracle import HistoryOracle, Hours

from .conftest import World

ZONE: Final = ZoneInfo(TIME_ZONE)


def today() -> date:
    """Return the day that it is on the platform."""
    return datetime.now(ZONE).date()


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyPage:
    """The tab of electricity."""

    page: Page
    home: HomeApi

    async def open(self, day: date) -> None:
        """Show a day that is over."""
        await self.page.goto(f"{self.home.url}/energy/electricity")
        # In the first hour of a day Home Assistant begins with the day before.
        await self.page.get_by_role("button", name="Now").first.click()
        for _ in range((today() - day).days):
            await self.page.get_by_role("button", name="Previous").first.click()
        await expect(self.page.get_by_text(f"{day:%b} {day.day}", exact=True).first).to_be_visible()

    def row(self, name: str) -> Locator:
        """Return a row of the table of sources."""
        return self.page.locator("hui-energy-sources-table-card tbody tr").filter(has_text=name)


def figure(value: float) -> str:
    """Return a number as Home Assistant writes it in English: two decimals at most."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """What the simulator's database has of one day; all of a test looks at the same, also where midnight is in it."""

    world: World
    date: date

    @classmethod
    def yesterday(cls, world: World) -> Day:
        """Return the last day of which every hour is over."""
        return cls(world=world, date=today() - timedelta(days=1))

    @property
    def start(self) -> datetime:
        """The first instant of the day."""
        return datetime.combine(self.date, time.min, ZONE)

    @property
    def end(self) -> datetime:
        """The first instant of the day after."""
        return datetime.combine(self.date + timedelta(days=1), time.min, ZONE)

    @property
    def _oracle(self) -> HistoryOracle:
        return HistoryOracle(database=database_file(self.world.root), zone=ZONE)

    async def energy_kwh(self, point: str, key: str) -> float:
        """Return the energy of a point, in kWh."""
        return sum((await self.hours_kwh(point, key)).values())

    async def hours_kwh(self, point: str, key: str) -> dict[int, float]:
        """Return the energy of each hour of a point, in kWh, by its start in epoch seconds."""
        return self._of_day(self._oracle.sums(key)[await self._id(point)])

    async def statistic_id(self, point: str, key: str) -> str:
        """Return the id of a point's statistic."""
        return f"{STATISTICS_PREFIX}{await self._id(point)}_{key}"

    async def cost(self, point: str, key: str) -> float:
        """Return what it cost."""
        return sum(self._of_day(self._oracle.costs(key)[await self._id(point)]).values())

    def _of_day(self, hours: Hours[float]) -> Hours[float]:
        start, end = self.start.timestamp(), self.end.timestamp()
        return {hour: value for hour, value in hours.items() if start <= hour < end}

    async def _id(self, point: str) -> int:
        (point_id,) = (int(each["id"]) for each in await self.world.simulation.points() if each["name"] == point)
        return point_id
