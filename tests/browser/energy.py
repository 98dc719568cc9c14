"""Home Assistant's Energy dashboard, read as a person reads it, and what has to stand in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import Locator, Page, expect

from script.lib.demo.api import HomeApi
from script.lib.demo.history_oracle import ByPoint, HistoryOracle
from script.lib.demo.simulation import TIME_ZONE, database_file

from .conftest import World


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyPage:
    """The tab of electricity."""

    page: Page
    home: HomeApi

    async def open_yesterday(self) -> None:
        """Show the day before, of which every hour is over."""
        await self.page.goto(f"{self.home.url}/energy/electricity")
        await self.page.get_by_role("button", name="Previous").first.click()
        day = datetime.now(ZoneInfo(TIME_ZONE)) - timedelta(days=1)
        await expect(self.page.get_by_text(f"{day:%b} {day.day}", exact=True).first).to_be_visible()

    def row(self, name: str) -> Locator:
        """Return a row of the table of sources."""
        return self.page.locator("hui-energy-sources-table-card tbody tr").filter(has_text=name)


def figure(value: float) -> str:
    """Return a number as Home Assistant writes it in English: two decimals at most."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, kw_only=True, slots=True)
class Yesterday:
    """What the simulator's database has of the day before."""

    world: World

    @property
    def _oracle(self) -> HistoryOracle:
        return HistoryOracle(database=database_file(self.world.root), zone=ZoneInfo(TIME_ZONE))

    async def energy_kwh(self, point: str, key: str) -> float:
        """Return the energy of a point, in kWh."""
        return await self._sum(self._oracle.sums(key), point)

    async def cost(self, point: str, key: str) -> float:
        """Return what it cost."""
        return await self._sum(self._oracle.costs(key), point)

    async def _sum(self, hours: ByPoint[float], point: str) -> float:
        (point_id,) = (each["id"] for each in await self.world.simulation.points() if each["name"] == point)
        midnight = datetime.now(ZoneInfo(TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
        start, end = (midnight - timedelta(days=1)).timestamp(), midnight.timestamp()
        return sum(value for hour, value in hours[point_id].items() if start <= hour < end)
