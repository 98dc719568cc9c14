"""What happens to statistics while Home Assistant runs on: two years of them, deletions, days that stay different."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import ReengenTimeoutError, Resolution
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from custom_components.reengen.history import async_clear
from custom_components.reengen.history.platform import HistoryPlatform
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .statistics import HOUR, IMPORT, TRAFO_6, Statistics

ACTIVE_IMPORT = ("activeEnergy", "import")


@pytest.fixture
def days() -> int:
    """Return how long ago the world begins."""
    return 5


@pytest.fixture
def world_options(now: datetime, days: int) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=days), points=2)


def hours_asked(simulator: Simulator, since: int) -> int:
    """Return how many requests for hours there were."""
    return sum(
        request.method == "GetData" and request.body["properties"].get("resolution") == "hour"
        for request in simulator.requests[since:]
    )


class TestTwoYears:
    """A correction far back."""

    @pytest.fixture
    def days(self) -> int:
        return 740

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        return entry_options | {"history_months": 25}

    async def test_a_correction_two_years_back(
        self,
        imported: Imported,
        statistics: Statistics,
        simulator: Simulator,
        now: datetime,
        queued: list[str],
    ) -> None:
        await imported()
        assert len(statistics.complete_hours()) > 17_700
        assert await statistics.hours(IMPORT) == statistics.complete_hours()
        queued.clear()
        hour = (now - timedelta(days=730)).replace(minute=0)
        simulator.set_reading(TRAFO_6, *ACTIVE_IMPORT, hour + timedelta(minutes=30, seconds=-1), 777_000)
        await imported()
        assert statistics.complete_hours()[int(hour.timestamp())] > 777
        assert await statistics.hours(IMPORT) == statistics.complete_hours()
        # One row, and one statement for the 17 000 behind it.
        assert queued == ["ImportStatisticsTask", "AdjustStatisticsTask"]


async def test_what_was_read_before_a_failure_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    statistics: Statistics,
    pass_time: PassTime,
) -> None:
    hours = HistoryPlatform.hours

    async def first(platform: HistoryPlatform, *args: Any) -> AsyncIterator[Any]:
        async for found in hours(platform, *args):
            yield found
            raise ReengenTimeoutError("No response came in time", sent=True)

    with patch.object(HistoryPlatform, "hours", first):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert entry.runtime_data.history.last_error == "No response came in time"
        assert await statistics.hours(IMPORT) == statistics.complete_hours()
    await pass_time(timedelta(hours=1))
    assert entry.runtime_data.history.last_error is None
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


async def test_deleted_while_home_assistant_runs(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    pass_time: PassTime,
) -> None:
    await imported()
    await async_clear(hass, [IMPORT])
    await pass_time(timedelta(hours=1))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


@pytest.mark.parametrize("resolutions", [{Resolution.DAY, Resolution.MONTH}, {Resolution.MONTH}], ids=["both", "month"])
async def test_what_stays_different_is_remembered_and_not_asked_for_in_a_loop(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    now: datetime,
    pass_time: PassTime,
    resolutions: set[Resolution],
) -> None:
    """A platform whose total of a day, or of a month alone, is not that of its hours."""
    entry = await imported()
    # 12 July in Istanbul.
    day = int(datetime(2026, 7, 11, 21, tzinfo=UTC).timestamp())
    totals = HistoryPlatform.totals

    async def five_more(platform: HistoryPlatform, series: Any, window: range, by: Resolution) -> Any:
        edges, found = await totals(platform, series, window, by)
        bucket = max((edge for edge in edges if edge <= day), default=0)
        total = found.get(IMPORT, {}).get(bucket)
        if by in resolutions and total is not None and (by is Resolution.MONTH or bucket == day):
            found[IMPORT][bucket] = total + 5.0
        return edges, found

    with patch.object(HistoryPlatform, "totals", five_more):
        await imported()
        unresolved = (await async_get_config_entry_diagnostics(hass, entry))["history"]["stubborn"]
        assert unresolved
        assert all(each["platform"] - each["stored"] == pytest.approx(5.0) for each in unresolved)
        if Resolution.DAY in resolutions:
            of_day = sum(value for hour, value in statistics.complete_hours().items() if day <= hour < day + 24 * HOUR)
            (found,) = [each for each in unresolved if each["resolution"] == Resolution.DAY]
            assert found["start"] == "2026-07-11T21:00:00+00:00"
            assert found["stored"] == pytest.approx(float(of_day))

        # The month's comparison comes every six hours; beside it only the hour that is over is asked for.
        for _ in range(3):
            before = simulator.count()
            await pass_time(timedelta(hours=7))
            assert hours_asked(simulator, before) == 1
        assert await statistics.hours(IMPORT) == statistics.complete_hours()
    await pass_time(timedelta(hours=7))
    assert entry.runtime_data.history.unresolved == []
    assert await statistics.hours(IMPORT) == statistics.complete_hours()
