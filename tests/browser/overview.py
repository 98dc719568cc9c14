"""The overview of the account's dashboard, read as a person reads it, and what has to stand in it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
import sqlite3
from typing import Any, Final

from playwright.async_api import Page

from demo.inventory import read_inventory
from demo.simulation import database_file
from tests.e2e.sensor_oracle import Oracle
from tests.e2e.sensors import POLL_LASTS

from .conftest import World
from .dialogs import texts
from .energy import ZONE

LARGEST: Final = 5
UNKNOWN: Final = "\u2013"
MONTH: Final = "active_energy_import_this_month"
TODAY: Final = "active_energy_import_today"
NAMED: Final = texts("en")["selector"]["dashboard"]["options"]
# The tariff at the end of each reading counts.
COST: Final = """
    SELECT SUM(r.value * CAST(t.price AS REAL) / t.stored_per_unit) FROM tariff t JOIN reading r
    ON r.definition = t.definition AND r.variant = t.variant AND r.end_utc >= t.valid_from_utc AND r.end_utc < t.valid_to_utc
    WHERE t.cost_group = 'activeEnergyCost' AND r.point_id = ? AND r.end_utc >= ? AND r.end_utc <= ? AND r.revealed_utc <= ?
"""
CELLS: Final = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
# A figure is shown as a whole number.
ROUNDING: Final = 0.501

type Figures = Sequence[tuple[str, float | None]]
"""What is named, and how much it is; None where nobody knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """The first tab of the dashboard; the site is the one that stands there first."""

    page: Page
    world: World
    entry_id: str
    site: str

    async def open(self, title: str) -> None:
        """Click on the name of the account in the side bar."""
        await self.page.locator("ha-sidebar").get_by_text(title, exact=True).click()
        await self.page.locator("hui-heading-card").get_by_text(self.site, exact=True).wait_for()

    async def is_true(self) -> bool:
        """Tell whether energy and cost of the month, and today's largest consumers, are those of the simulator's database."""
        month, largest = await self._shown("so_far"), await self._shown("largest")
        return any(
            agree(month, expected_month) and agree(largest, expected_largest)
            for expected_month, expected_largest in await self._expected()
        )

    async def _shown(self, text: str) -> Figures:
        """Return names and first figures of the table that has a text of the dashboard in it."""
        card = self.page.locator("hui-markdown-card").filter(has_text=NAMED[text]).first
        rows: list[list[str]] = await card.locator("tbody tr").evaluate_all(CELLS)
        return [(name, None if figure == UNKNOWN else float(figure.replace("\u202f", ""))) for name, figure, *_ in rows]

    async def _expected(self) -> list[tuple[Figures, Figures]]:
        """Return what has to be shown: one for each quarter hour in which the last poll may have asked."""
        points = await self.world.simulation.points()
        (site,) = (point for point in points if point["name"] == self.site)
        asked_at = await self._asked_at(site["id"])
        return [self._figures(points, site, instant) for instant in (asked_at, asked_at - POLL_LASTS)]

    async def _asked_at(self, point_id: int) -> datetime:
        """Return when the sensor of the month was last written: the platform was asked right before."""
        inventory = await read_inventory(self.world.api, self.entry_id)
        for entity in inventory.entities:
            if (entity.point_id, entity.key) == (point_id, MONTH):
                state = await self.world.api.get(f"/api/states/{entity.entity_id}")
                return datetime.fromisoformat(state["last_reported"])
        return datetime.now(UTC)

    def _figures(
        self, points: Sequence[Mapping[str, Any]], site: Mapping[str, Any], asked_at: datetime
    ) -> tuple[Figures, Figures]:
        oracle = Oracle(database=database_file(self.world.root), zone=ZONE)
        month = [
            (f"{NAMED['energy']} (kWh)", oracle.values(MONTH, asked_at).get(site["id"])),
            (f"{NAMED['cost']} (TRY)", self._cost(site["id"], asked_at)),
        ]
        today = oracle.values(TODAY, asked_at)
        consumers = [(str(point["name"]), today[point["id"]]) for point in below(points, site) if point["id"] in today]
        return month, sorted(consumers, key=lambda each: -each[1])[:LARGEST]

    def _cost(self, point_id: int, asked_at: datetime) -> float | None:
        """Return what the month has cost so far, by the tariffs of the simulator's database."""
        first = asked_at.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        asked = asked_at.timestamp()
        with closing(sqlite3.connect(f"file:{database_file(self.world.root)}?mode=ro", uri=True)) as connection:
            (cost,) = connection.execute(COST, (point_id, first.timestamp(), asked, asked)).fetchone()
        return None if cost is None else float(cost)


def below(points: Sequence[Mapping[str, Any]], site: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield all points below one."""
    for point in points:
        if str(point["parent"] or "").casefold() == str(site["code"]).casefold():
            yield point
            yield from below(points, point)


def agree(shown: Figures, expected: Figures) -> bool:
    """Tell whether figures are as expected, in the same order, and rounded to whole ones."""
    return [name for name, _ in shown] == [name for name, _ in expected] and all(
        is_rounded(figure, value) for (_, figure), (_, value) in zip(shown, expected, strict=True)
    )


def is_rounded(figure: float | None, value: float | None) -> bool:
    """Tell whether a figure is a value rounded to a whole number; what is not known has to be unknown."""
    if figure is None or value is None:
        return figure is value
    return abs(figure - value) < ROUNDING
