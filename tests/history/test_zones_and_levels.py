"""Hours of UTC from any zone, days of 23 and 25 hours, and levels with mean, least and greatest."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from simulator import Simulator, WorldOptions
from tests.clocks import PassTime
from tests.worlds import AnyZone

from .conftest import Imported
from .statistics import HOUR, IMPORT, TRAFO_6, Statistics, six_decimals

# Each `now` is some days after what is looked at: clock changes by one hour and by half of one, and odd offsets.
ZONES = [
    pytest.param("Europe/Berlin", datetime(2026, 4, 2, 11, 20, tzinfo=UTC), id="berlin-23h-day"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 28, 11, 20, tzinfo=UTC), id="berlin-25h-day"),
    pytest.param("Europe/Istanbul", datetime(2015, 11, 12, 11, 20, tzinfo=UTC), id="istanbul-2015"),
    pytest.param("Asia/Kolkata", datetime(2026, 7, 15, 11, 20, tzinfo=UTC), id="plus-5-30"),
    pytest.param("Asia/Kathmandu", datetime(2026, 7, 15, 11, 20, tzinfo=UTC), id="plus-5-45"),
    pytest.param("Australia/Lord_Howe", datetime(2026, 4, 9, 11, 20, tzinfo=UTC), id="lord-howe-half-hour-change"),
    pytest.param("Australia/Lord_Howe", datetime(2026, 10, 8, 11, 20, tzinfo=UTC), id="lord-howe-spring"),
]


class TestZones(AnyZone):
    """Two accounts of time: the platform's wall clock and the recorder's hours of UTC."""

    world_age = timedelta(days=12)

    @pytest.mark.parametrize(("zone", "instant"), ZONES)
    async def test_every_hour(
        self,
        imported: Imported,
        statistics: Statistics,
        simulator: Simulator,
        instant: datetime,
        queued: list[str],
    ) -> None:
        await imported()
        start, end = instant - self.world_age, instant.replace(minute=0)
        expected = statistics.platform_hours(TRAFO_6, "activeEnergy", "import", start, end)
        assert len(expected) == 288
        assert await statistics.hours(IMPORT) == expected

        queued.clear()
        await imported()
        assert queued == []

        corrected = int((instant - timedelta(days=5)).timestamp()) // HOUR * HOUR
        reading_end = datetime.fromtimestamp(corrected + 900 * 2 - 1, UTC)
        simulator.set_reading(TRAFO_6, "activeEnergy", "import", reading_end, 500_000)
        await imported()
        assert await statistics.hours(IMPORT) == statistics.platform_hours(
            TRAFO_6, "activeEnergy", "import", start, end
        )
        assert (await statistics.hours(IMPORT))[corrected] > Decimal(500)
        assert queued == ["ImportStatisticsTask", "AdjustStatisticsTask"]

    @pytest.mark.parametrize(
        ("zone", "instant"), [pytest.param("Asia/Kolkata", datetime(2026, 6, 30, 13, 15, tzinfo=UTC), id="plus-5-30")]
    )
    async def test_a_month_that_begins_half_an_hour_after_midnight(
        self, imported: Imported, statistics: Statistics, pass_time: PassTime
    ) -> None:
        """The comparison of the month under way comes half an hour after midnight, when none of its hours is complete."""
        history = (await imported()).runtime_data.history
        await pass_time(timedelta(hours=6))
        assert history.last_error is None
        assert await statistics.hours(IMPORT) == statistics.complete_hours()


@pytest.mark.every_database
class TestLevels:
    """Voltage of three phases."""

    @pytest.fixture
    def world_options(self, now: datetime) -> WorldOptions:
        return WorldOptions(start=now - timedelta(days=6), points=2)

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        return entry_options | {"measurements": ["voltage_phase"]}

    async def test_mean_least_and_greatest(
        self,
        imported: Imported,
        statistics: Statistics,
        simulator: Simulator,
        now: datetime,
        queued: list[str],
    ) -> None:
        async def stored() -> dict[int, tuple[Decimal, Decimal, Decimal]]:
            rows = await statistics.rows("reengen:xyz_12768_voltage_phase")
            assert all(row.sum is None and row.state is None for row in rows)
            return {
                row.start: (six_decimals(row.mean or 0), six_decimals(row.min or 0), six_decimals(row.max or 0))
                for row in rows
            }

        await imported()
        start, end = now - timedelta(days=6), now.replace(minute=0)
        expected = statistics.platform_levels(TRAFO_6, "voltage", start, end)
        assert len(expected) == 144
        assert await stored() == expected

        queued.clear()
        await imported()
        assert queued == []

        reading_end = now.replace(minute=14, second=59) - timedelta(days=3)
        simulator.set_reading(TRAFO_6, "voltage", "phase", reading_end, 401.5, 2)
        await imported()
        corrected = statistics.platform_levels(TRAFO_6, "voltage", start, end)
        assert await stored() == corrected
        assert corrected[int(now.timestamp()) // HOUR * HOUR - 72 * HOUR][2] == Decimal("401.5")
