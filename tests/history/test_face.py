"""What others use of the history: reading a range again, results, progress, ids."""

from datetime import datetime, timedelta
from decimal import Decimal

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import session_scope
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import text

from custom_components.reengen.history import SeriesResult, async_own_statistic_ids, cost_statistic_id, statistic_id
from simulator import Simulator, WorldOptions

from .conftest import Imported
from .statistics import IMPORT, TRAFO_6, Statistics


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin ten days ago."""
    return WorldOptions(start=now - timedelta(days=10), points=2)


async def test_a_range_is_read_again_and_told_hour_by_hour(
    imported: Imported, statistics: Statistics, simulator: Simulator, now: datetime, queued: list[str]
) -> None:
    history = (await imported()).runtime_data.history
    hour = (now - timedelta(days=3)).replace(minute=0)
    before = (await statistics.hours(IMPORT))[int(hour.timestamp())]
    for quarter in range(1, 5):
        end = hour + timedelta(minutes=15 * quarter, seconds=-1)
        simulator.set_reading(TRAFO_6, "activeEnergy", "import", end, 250_000)
    queued.clear()

    day = {"start": hour - timedelta(hours=10), "end": hour + timedelta(hours=14)}
    for dry_run in (True, False):
        assert queued == []
        (result,) = (await history.async_import(**day, dry_run=dry_run)).values()
        assert (result.hours_checked, result.hours_written, result.hours_removed) == (24, 1, 0)
        assert result.moved == pytest.approx(float(1000 - before))
    assert (await statistics.hours(IMPORT))[int(hour.timestamp())] == Decimal(1000)
    assert await history.async_import(**day) == {IMPORT: SeriesResult(hours_checked=24)}
    assert queued == ["ImportStatisticsTask", "AdjustStatisticsTask"]


async def test_everything_is_read_again(imported: Imported, statistics: Statistics) -> None:
    history = (await imported()).runtime_data.history
    (result,) = (await history.async_import()).values()
    assert result == SeriesResult(hours_checked=len(await statistics.hours(IMPORT)))
    assert await history.async_import(statistic_ids=["reengen:xyz_1_active_energy_import"]) == {}


async def test_progress_and_newest_hours(
    hass: HomeAssistant, imported: Imported, now: datetime, entry: MockConfigEntry
) -> None:
    history = (await imported()).runtime_data.history
    found = er.async_get(hass).async_get_entity_id("sensor", "reengen", f"{entry.entry_id}_history_progress")
    assert found is not None
    state = hass.states.get(found)
    assert state is not None
    assert state.state == "100.0"
    assert history.newest_hours == {IMPORT: now.replace(minute=0) - timedelta(hours=1)}
    assert history.unresolved == []


async def test_progress_says_100_only_when_nothing_is_missing(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry
) -> None:
    """Who waits for 100 % must not be told so one series-month too early."""
    history = (await imported()).runtime_data.history
    found = er.async_get(hass).async_get_entity_id("sensor", "reengen", f"{entry.entry_id}_history_progress")
    history._progress.percent = 99.97
    history.async_update_listeners()
    state = hass.states.get(found or "")
    assert state is not None
    assert state.state == "99.9"


async def test_ids(hass: HomeAssistant, imported: Imported, recorder_mock: Recorder) -> None:
    assert statistic_id("ornek_a_s", 12768, "active_energy_import") == "reengen:ornek_a_s_12768_active_energy_import"
    assert cost_statistic_id("xyz", 7, "gas_cost", "TRY") == "reengen:xyz_7_gas_cost_try"
    assert await async_own_statistic_ids(hass, await imported()) == {IMPORT}

    def metadata() -> list[tuple[object, ...]]:
        with session_scope(hass=hass, read_only=True) as session:
            columns = "statistic_id, source, unit_of_measurement, unit_class, has_sum, mean_type, name"
            return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM statistics_meta"))]

    (row,) = await recorder_mock.async_add_executor_job(metadata)
    assert row == (IMPORT, "reengen", "kWh", "energy", 1, 0, "Transformer 6 Active energy import")
