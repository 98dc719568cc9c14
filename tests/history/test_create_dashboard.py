"""The dashboard shows the statistics that exist, and what they came to before, to the hour of the account's clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator, WorldOptions
from tests import oracle
from tests.services.action_samples import act

from .conftest import Imported
from .statistics import IMPORT, Statistics

SITE, TRAFO_6 = "xFabrikaFabrika", "xFabrikaTrafo6"
NONE: Final = "\u2013"


def cards_in(found: Any) -> Iterator[dict[str, Any]]:
    """Yield every card below."""
    if isinstance(found, dict):
        if "type" in found:
            yield found
        for each in found.values():
            yield from cards_in(each)
    elif isinstance(found, list):
        for each in found:
            yield from cards_in(each)


async def views_of(hass: HomeAssistant, entry: MockConfigEntry) -> list[dict[str, Any]]:
    response = await act(hass, entry, "create_dashboard")
    views: list[dict[str, Any]] = response["dashboard"]["views"]
    return views


async def test_statistics_that_exist(hass: HomeAssistant, imported: Imported) -> None:
    entry = await imported()
    cards = list(cards_in(await views_of(hass, entry)))
    graphs = {each["entity"] for card in cards if card["type"] == "statistics-graph" for each in card["entities"]}
    months = {card["entity"] for card in cards if card["type"] == "statistic"}
    assert IMPORT in graphs
    existing = set(entry.runtime_data.history.newest_hours)
    assert graphs | months <= existing


async def cells(hass: HomeAssistant, entry: MockConfigEntry, name: str, column: int) -> str:
    """Return a cell of the first row of the overview's tables that begins with a name, as a browser shows it."""
    overview = (await views_of(hass, entry))[0]
    texts = [
        str(Template(card["content"], hass).async_render(parse_result=False))
        for card in cards_in(overview)
        if card["type"] == "markdown"
    ]
    rows = [line.strip("|").split("|") for text in texts for line in text.splitlines() if line.startswith("|")]
    return next(row[column].strip() for row in rows if name in row[0])


# What came before holds a clock change, and ends or begins at the account's midnight, which is not Home Assistant's.
CHANGES = [
    pytest.param("Europe/Berlin", datetime(2026, 4, 5, 11, 20, tzinfo=UTC), id="23h-day"),
    pytest.param("Europe/Berlin", datetime(2026, 11, 1, 11, 20, tzinfo=UTC), id="25h-day"),
    pytest.param("Asia/Tokyo", datetime(2026, 7, 14, 23, 20, tzinfo=UTC), id="on-another-date"),
]


class TestBefore:
    """The last month and the same day of the week before."""

    @pytest.fixture
    def now(self, instant: datetime) -> datetime:
        return instant

    @pytest.fixture
    def begins(self) -> timedelta:
        """Return how long ago the platform's first reading is."""
        return timedelta(days=47)

    @pytest.fixture
    def world_options(self, zone: str, instant: datetime, begins: timedelta) -> WorldOptions:
        return WorldOptions(start=instant - begins, time_zone=zone, points=2)

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any], zone: str) -> dict[str, Any]:
        return entry_options | {"points": [SITE, TRAFO_6], "time_zone": zone}

    @pytest.mark.parametrize(("zone", "instant"), CHANGES)
    async def test_they_are_the_sums_of_their_hours(
        self,
        hass: HomeAssistant,
        imported: Imported,
        statistics: Statistics,
        simulator: Simulator,
        zone: str,
        instant: datetime,
    ) -> None:
        entry = await imported()
        today = instant.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0)
        month = today.replace(day=1)
        periods = {
            ("Energy", 3, SITE): ((month - timedelta(days=1)).replace(day=1), month),
            ("Transformer 6", 2, TRAFO_6): (today - timedelta(days=7), today - timedelta(days=6)),
        }
        for (name, column, code), (start, end) in periods.items():
            expected = oracle.summed_kilo(simulator, code, "activeEnergy", "import", start, end)
            hours = await statistics.hours(f"reengen:xyz_{oracle.point_id(simulator, code)}_active_energy_import")
            stored = sum(value for hour, value in hours.items() if start.timestamp() <= hour < end.timestamp())
            shown = float(re.sub(r"\s", "", await cells(hass, entry, name, column)))
            assert shown == pytest.approx(float(stored), abs=0.5)
            assert shown == pytest.approx(float(expected), abs=0.5)

    @pytest.mark.parametrize(("zone", "instant"), CHANGES[:1])
    @pytest.mark.parametrize("begins", [timedelta(days=6)])
    async def test_a_part_of_them_is_not_all(self, hass: HomeAssistant, imported: Imported) -> None:
        """Of a month, and of a day, that is stored from its middle on nobody knows what it came to."""
        entry = await imported()
        assert await cells(hass, entry, "Energy", 3) == NONE
        assert await cells(hass, entry, "Transformer 6", 2) == NONE
