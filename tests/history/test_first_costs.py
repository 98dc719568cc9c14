"""The costs of this month while the history is imported for the first time, and when tax is put into them or taken out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.tasks import ImportStatisticsTask
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import text

from custom_components.reengen.account import async_forget_kept
from custom_components.reengen.api import ReengenConnectionError
from custom_components.reengen.history.cost_import import CostImport
from simulator import Simulator
from tests import oracle
from tests.registries import sensor_of

from .conftest import Imported
from .statistics import COST, TRAFO_6, Statistics
from .test_cost_import import TODAY, assert_adds_up, total, world_options

__all__ = ["world_options"]


MONTH = TODAY.replace(day=1)
COMPLETE_END = TODAY.replace(hour=14)
NEWEST_HOUR = (COMPLETE_END - timedelta(hours=1)).timestamp()


@dataclass(frozen=True)
class Step:
    """What a person sees of the month after one task of the recorder: progress (%), the newest hour and the sum."""

    progress: float | None
    newest: float | None
    cost: Decimal


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose costs besides energy."""
    return entry_options | {"costs": ["active_energy_cost"]}


@contextmanager
def watched(entry: MockConfigEntry) -> Iterator[list[Step]]:
    """Yield what is in the database after each task that writes statistics."""
    steps: list[Step] = []
    run = ImportStatisticsTask.run

    def run_and_look(task: ImportStatisticsTask, instance: Recorder) -> None:
        run(task, instance)
        with session_scope(session=instance.get_session(), read_only=True) as session:
            rows = session.execute(
                text(
                    "SELECT s.start_ts, s.state FROM statistics s JOIN statistics_meta m ON m.id = s.metadata_id"
                    " WHERE m.statistic_id = :id AND s.start_ts >= :start"
                ),
                {"id": COST, "start": MONTH.timestamp()},
            ).fetchall()
        cost = sum((Decimal(repr(state)) for _, state in rows), Decimal(0)).quantize(oracle.SIX_DECIMALS)
        newest = max((start for start, _ in rows), default=None)
        steps.append(Step(entry.runtime_data.history.progress, newest, cost))

    with patch.object(ImportStatisticsTask, "run", run_and_look):
        yield steps


def assert_never_taken_for_whole(steps: list[Step], whole: Decimal) -> None:
    """Assert that a sum that lacks anything ends before the newest hour, while the import is said to be under way."""
    parts = [step for step in steps if step.cost != whole]
    assert parts
    for step in parts:
        assert step.newest is None or step.newest < NEWEST_HOUR, step
        assert step.cost < whole, step
        assert step.progress is None or step.progress < 100, step
    months = [step.cost for step in steps]
    assert months == sorted(months)
    assert months[-1] == whole


async def test_the_month_is_never_taken_for_whole_before_it_is(
    imported: Imported, entry: MockConfigEntry, statistics: Statistics
) -> None:
    with watched(entry) as steps:
        await imported()
    whole = statistics.platform_cost(TRAFO_6, MONTH, COMPLETE_END)
    assert_never_taken_for_whole(steps, whole)
    assert total(await statistics.hours(COST), MONTH, COMPLETE_END) == whole
    # When the month is there, the older months of its energy are still to come.
    assert next(step for step in steps if step.cost == whole).progress != steps[-1].progress


async def test_an_import_that_is_broken_off_goes_on_where_it_was(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, statistics: Statistics
) -> None:
    """The platform is away after the tenth day of July, and Home Assistant is started again."""
    check, days = CostImport.check, 0

    async def failing(costs: CostImport, *args: Any, **more: Any) -> Any:
        nonlocal days
        days += 1
        if days > 30:
            raise ReengenConnectionError("away", sent=False)
        return await check(costs, *args, **more)

    with watched(entry) as steps:
        with patch.object(CostImport, "check", failing):
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
        assert entry.runtime_data.history.last_error is not None
        broken_off = len(steps)
        assert MONTH.timestamp() < (steps[-1].newest or 0) < NEWEST_HOUR
        assert await hass.config_entries.async_unload(entry.entry_id)
        async_forget_kept(hass, entry.entry_id)
        await imported()
    assert broken_off < len(steps)
    assert_never_taken_for_whole(steps, statistics.platform_cost(TRAFO_6, MONTH, COMPLETE_END))


@pytest.mark.every_database
async def test_tax_is_put_into_costs_and_taken_out_again(
    hass: HomeAssistant, imported: Imported, statistics: Statistics, simulator: Simulator
) -> None:
    entry = await imported()
    ids = await statistics.ids()
    for taxed in (True, False):
        hass.config_entries.async_update_entry(entry, options={**entry.options, "include_tax": taxed})
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await assert_adds_up(statistics, simulator, COMPLETE_END, taxed=taxed)
        shown = sensor_of(hass, entry, simulator, TRAFO_6, "active_energy_cost_this_month")
        assert Decimal(shown.state) == statistics.platform_cost(TRAFO_6, MONTH, simulator.clock.now(), taxed=taxed)
        assert await statistics.ids() == ids
