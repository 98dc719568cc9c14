"""A day or month of costs is settled as a whole: none of it before the meter was there, none of it to come."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import ReengenConnectionError
from custom_components.reengen.history.platform import HistoryPlatform
from custom_components.reengen.history.series import HistorySeries
from simulator import Simulator
from tests.clocks import PassTime
from tests.services.action_samples import act

from .conftest import Imported
from .statistics import COST, HOUR, TRAFO_6, Statistics
from .test_cost_import import OLD_PERIODS, TODAY, assert_adds_up, total, world_options

__all__ = ["world_options"]

ISTANBUL = ZoneInfo("Europe/Istanbul")
GAS_COST = "reengen:xyz_12768_medical_gas_cost_try"
DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
ROUNDED = Decimal("0.000005")
MAY, JUNE = OLD_PERIODS[0]
# In the middle of a month of which only the total is asked for, in the middle of a day.
INSTALLED = datetime(2026, 5, 20, 10, tzinfo=ISTANBUL)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a cost that has an energy to share it by, and one that has not."""
    return entry_options | {"costs": ["active_energy_cost", "medical_gas_cost"]}


def use_gas(simulator: Simulator, start: datetime, end: datetime) -> None:
    """Let every hour use 100 litres, and the last one 1000."""
    for number in range((end - start) // ONE_HOUR):
        hour_end = start + (number + 1) * ONE_HOUR
        litres = 1000 if hour_end == end else 100
        simulator.set_reading(TRAFO_6, "medicalGas", "import", hour_end - timedelta(seconds=1), litres)


def complete_end(simulator: Simulator) -> datetime:
    """Return the end of the newest hour that ended ten minutes ago or more."""
    return (simulator.clock.now() - timedelta(minutes=10)).replace(minute=0, second=0, microsecond=0)


async def import_range(hass: HomeAssistant, entry: MockConfigEntry, start: datetime, end: datetime, **more: Any) -> Any:
    """Import a range again."""
    return await act(hass, entry, "import_history", start=start.isoformat(), end=end.isoformat(), **more)


class TestAcrossMidnight:
    """An import begun before the last hour of a day was complete, and going on when it is."""

    @pytest.fixture
    def now(self) -> datetime:
        """Return half a minute before the hour until midnight in Istanbul counts as complete."""
        return datetime(2026, 7, 15, 21, 9, 30, tzinfo=UTC)

    async def test_the_day_has_the_cost_of_all_its_hours(
        self, imported: Imported, statistics: Statistics, simulator: Simulator, freezer: FrozenDateTimeFactory
    ) -> None:
        midnight = TODAY + DAY
        use_gas(simulator, TODAY, midnight)
        hours, calls = HistoryPlatform.hours, 0

        async def taking_a_minute(platform: HistoryPlatform, *args: Any) -> Any:
            nonlocal calls
            calls += 1
            async for found in hours(platform, *args):
                yield found
            if calls == 1:
                freezer.tick(timedelta(minutes=1))
                simulator.clock.advance(timedelta(minutes=1))

        with patch.object(HistoryPlatform, "hours", taking_a_minute):
            await imported()
        assert complete_end(simulator) == midnight
        cost = statistics.platform_cost(TRAFO_6, TODAY, midnight, "medicalGasCost")
        # 3300 litres at 14.20 x 1.12 the cubic metre.
        assert cost == Decimal("52.483200")
        assert total(await statistics.hours(GAS_COST), TODAY, midnight) == cost
        assert total(await statistics.hours(COST), TODAY, midnight) == statistics.platform_cost(
            TRAFO_6, TODAY, midnight
        )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(TODAY - DAY * 2.75, TODAY - DAY * 2.25, id="in a recent day"),
        pytest.param(TODAY - DAY * 2.75, TODAY + ONE_HOUR, id="in the day under way"),
        pytest.param(MAY + 10 * DAY, MAY + 20 * DAY, id="in an old month"),
        pytest.param(JUNE + 5 * DAY, TODAY - DAY * 3.5, id="from old to recent"),
    ],
)
async def test_a_part_of_a_period_is_settled_with_the_rest_of_it(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    start: datetime,
    end: datetime,
) -> None:
    """The range has a price of its own, which the shares of the days and months that it cuts do not show."""
    simulator.set_tariff("activeEnergyCost", "4.4", since=start, until=end)
    entry = await imported()
    await import_range(hass, entry, start, end, series=["active_energy_cost"])
    await assert_adds_up(statistics, simulator, TODAY.replace(hour=14))


async def test_costs_are_settled_by_one_at_a_time(imported: Imported) -> None:
    """Who knows an older end of the day would undo what another has settled in between."""
    history = (await imported()).runtime_data.history
    costs, inside, most = HistoryPlatform.costs, 0, 0

    async def counted(*args: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        found = await costs(*args)
        inside -= 1
        return found

    with patch.object(HistoryPlatform, "costs", counted):
        await asyncio.gather(*(history.async_import(TODAY - 3 * DAY, statistic_ids={COST}) for _ in range(3)))
    assert most == 1


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Two hours of a day whose energies have changed places, and all costs before that."""

    day: datetime
    hours: tuple[int, int]
    before: dict[int, Decimal]

    def assert_followed(self, after: dict[int, Decimal]) -> None:
        """Compare the costs of the two hours, to the half of the sixth digit that each is rounded by."""
        one, other = self.hours
        assert abs(self.before[one] - self.before[other]) > 1
        assert abs(after[one] - self.before[other]) < ROUNDED
        assert abs(after[other] - self.before[one]) < ROUNDED


async def change_places(simulator: Simulator, statistics: Statistics, day: datetime) -> Moved:
    """Let the platform move the readings of two hours of a day, which no total shows."""
    night, noon = (int((day + hours * ONE_HOUR).timestamp()) for hours in (3, 12))
    # The readings of noon go out of the way first.
    for seconds, start in [
        (-900_000_000, noon),
        (noon - night, night),
        (900_000_000 + night - noon, noon - 900_000_000),
    ]:
        simulator.database.execute(
            "UPDATE sample SET end_utc = end_utc + ? WHERE end_utc >= ? AND end_utc < ?", (seconds, start, start + HOUR)
        )
    return Moved(day=day, hours=(night, noon), before=await statistics.hours(COST))


@pytest.fixture(params=[MAY + 15 * DAY, TODAY - 3 * DAY], ids=["old", "recent"])
async def moved(
    imported: Imported, statistics: Statistics, simulator: Simulator, request: pytest.FixtureRequest
) -> Moved:
    """Import the history, then let two hours of an old or a recent day change places."""
    await imported()
    return await change_places(simulator, statistics, request.param)


@pytest.mark.parametrize(
    "series", [["active_energy_import"], ["active_energy_import", "active_energy_cost"]], ids=["energy", "both"]
)
async def test_energy_that_has_moved_between_hours_takes_its_cost_along(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    statistics: Statistics,
    simulator: Simulator,
    moved: Moved,
    series: list[str],
) -> None:
    """The import that reads all hours finds it."""
    day = moved.day
    await imported()
    assert await statistics.hours(COST) == moved.before
    told = await import_range(hass, entry, day, day + DAY, series=series, dry_run=True)
    assert await statistics.hours(COST) == moved.before
    done = await import_range(hass, entry, day, day + DAY, series=series)
    assert done == told | {"dry_run": False}
    moved.assert_followed(await statistics.hours(COST))
    await assert_adds_up(statistics, simulator, TODAY.replace(hour=14))
    again = await import_range(hass, entry, day, day + DAY, series=series)
    assert {each["hours_written"] for each in again["data"]} == {0}


async def test_a_cost_that_was_not_published_when_its_energy_moved_follows_later(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    statistics: Statistics,
    simulator: Simulator,
    pass_time: PassTime,
    moved: Moved,
) -> None:
    tariffs = simulator.database.execute("SELECT * FROM tariff").fetchall()
    simulator.database.execute("DELETE FROM tariff")
    await import_range(hass, entry, moved.day, moved.day + DAY, series=["active_energy_import"])
    assert await statistics.hours(COST) == moved.before
    simulator.database.executemany(f"INSERT INTO tariff VALUES ({', '.join('?' * len(tariffs[0]))})", tariffs)
    # The whole depth is compared weekly.
    await pass_time(7 * DAY)
    moved.assert_followed(await statistics.hours(COST))


@pytest.mark.parametrize("reloads", [True, False], ids=["reload", "next hour"])
async def test_a_cost_that_could_not_be_asked_for_is_not_forgotten(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    statistics: Statistics,
    pass_time: PassTime,
    moved: Moved,
    reloads: bool,
) -> None:
    away = ReengenConnectionError("away", method="GetData", sent=False)
    with patch.object(HistoryPlatform, "costs", side_effect=away), pytest.raises(HomeAssistantError):
        await import_range(hass, entry, moved.day, moved.day + DAY, series=["active_energy_import"])
    assert await statistics.hours(COST) == moved.before
    if reloads:
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    else:
        await pass_time(ONE_HOUR)
    moved.assert_followed(await statistics.hours(COST))


class TestWithoutEnergy:
    """Costs that no energy says the share of."""

    async def test_a_meter_without_energy_that_came_in_the_middle_of_a_month(
        self, imported: Imported, statistics: Statistics, simulator: Simulator
    ) -> None:
        use_gas(simulator, INSTALLED, JUNE)
        use_gas(simulator, TODAY - DAY, TODAY)
        use_gas(simulator, TODAY, TODAY.replace(hour=14))
        await imported()
        hours = await statistics.hours(GAS_COST)
        may = statistics.platform_cost(TRAFO_6, MAY, JUNE, "medicalGasCost")
        assert total(hours, MAY, JUNE) == may > 0
        # All hours of 20 May and later alike, and nothing in June, when nothing was used.
        assert min(hours) == INSTALLED.replace(hour=0).timestamp()
        each = may / (12 * 24)
        assert all(abs(hours[hour] - each) < Decimal("0.000002") for hour in hours if hour < JUNE.timestamp())
        assert total(hours, JUNE, TODAY - DAY) == 0
        for start, end in [(TODAY - DAY, TODAY), (TODAY, TODAY.replace(hour=14))]:
            assert total(hours, start, end) == statistics.platform_cost(TRAFO_6, start, end, "medicalGasCost")
        assert max(hours) == complete_end(simulator).timestamp() - HOUR

    async def test_a_month_charged_from_its_first_day_on_takes_one_request_more(
        self, imported: Imported, statistics: Statistics, simulator: Simulator
    ) -> None:
        use_gas(simulator, MAY, JUNE)
        await imported()
        hours = await statistics.hours(GAS_COST)
        assert len([hour for hour in hours if MAY.timestamp() <= hour < JUNE.timestamp()]) == 31 * 24
        asked = [
            (each.body["properties"]["start"], each.body["properties"]["end"])
            for each in simulator.requests
            if each.body and "medicalGasCost" in str(each.body) and each.body["properties"]["start"] < "2026-06"
        ]
        assert asked == [
            # Whether there is anything at all in the depth.
            ("2026-05-01T00:00:00", "2026-07-15T13:59:59"),
            ("2026-05-01T00:00:00", "2026-05-31T23:59:59"),
            ("2026-05-01T00:00:00", "2026-05-01T23:59:59"),
        ]

    @pytest.mark.parametrize("before", ["nothing", "zeros"])
    async def test_a_meter_with_energy_that_came_in_the_middle_of_a_month(
        self, imported: Imported, statistics: Statistics, simulator: Simulator, before: str
    ) -> None:
        query = "DELETE FROM sample" if before == "nothing" else "UPDATE sample SET value = 0"
        simulator.database.execute(f"{query} WHERE end_utc < ?", (INSTALLED.timestamp(),))
        await imported()
        hours = await statistics.hours(COST)
        assert total(hours, MAY, INSTALLED) == 0
        assert hours[int(INSTALLED.timestamp())] > 0
        await assert_adds_up(statistics, simulator, TODAY.replace(hour=14))

    @pytest.mark.parametrize("energy", ["none", "zeros"])
    async def test_a_standing_charge_without_any_energy(
        self,
        imported: Imported,
        statistics: Statistics,
        simulator: Simulator,
        pass_time: PassTime,
        energy: str,
    ) -> None:
        """24 a day from 20 May on, for a machine that stands still."""
        simulator.database.execute("DELETE FROM sample" if energy == "none" else "UPDATE sample SET value = 0")
        installed = INSTALLED.replace(hour=0)

        async def charged(_: HistoryPlatform, series: Sequence[HistorySeries], hours: range) -> dict[str, float]:
            days = {int((installed + number * DAY).timestamp()) for number in range(90)}
            return {COST: 24.0 * sum(day in hours for day in days)} if COST in str(series) else {}

        with patch.object(HistoryPlatform, "costs", charged):
            await imported()
            await pass_time(ONE_HOUR)
            hours = await statistics.hours(COST)
        assert min(hour for hour, cost in hours.items() if cost) == installed.timestamp()
        assert max(hours) < complete_end(simulator).timestamp()
        assert {cost for hour, cost in hours.items() if hour < TODAY.timestamp()} == {Decimal("1.000000")}
        assert total(hours, TODAY, TODAY + DAY) == 24
        for number in range((TODAY - installed) // DAY):
            assert total(hours, installed + number * DAY, installed + (number + 1) * DAY) == 24
