"""Whatever happens in whatever order, the statistics end as the platform's hours, and every sum is sound."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
import sqlite3
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.recorder import session_scope
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import text

from custom_components.reengen.history import async_clear
from custom_components.reengen.history.store import CAN_REMOVE
from simulator import Simulator, WorldOptions
from tests.profiles import examples

from .conftest import STATISTICS_TASKS
from .statistics import HOUR, Statistics

TRAFO_6 = "xFabrikaTrafo6"
TRAFO_6_IMPORT = "reengen:xyz_12768_active_energy_import"
ACTIVE_IMPORT = ("activeEnergy", "import")
DAYS = 8

HOURS_BACK = st.integers(2, DAYS * 24 - 2)
FAULTS = (
    "null_series",
    "expired_id",
    "refused",
    "empty_200",
    "echo_clamped",
    "unknown_point_id",
    "duplicate_row",
    "stale_answer",
)
EVENTS = st.one_of(
    st.tuples(st.just("late"), HOURS_BACK, st.integers(1, 40)),
    st.tuples(st.just("correct"), HOURS_BACK, st.integers(-1_000, 500_000)),
    st.tuples(st.just("retract"), HOURS_BACK, st.just(0)),
    st.tuples(st.just("advance"), st.integers(1, 30), st.just(0)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
    st.tuples(st.just("fail"), st.integers(0, len(FAULTS) - 1), st.integers(1, 6)),
    st.tuples(st.just("import"), HOURS_BACK, st.integers(0, 6)),
    st.tuples(st.just("kill"), st.integers(0, 4), st.just(0)),
    st.tuples(st.just("edit_sums"), HOURS_BACK, st.integers(-900, 900)),
    st.tuples(st.just("delete_rows"), HOURS_BACK, st.integers(1, 60)),
)


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=2)


@dataclass(kw_only=True)
class World:
    """What happens, to the platform, to the account and to the database."""

    hass: HomeAssistant
    recorder: Recorder
    simulator: Simulator
    freezer: FrozenDateTimeFactory
    entry: MockConfigEntry
    imported: Callable[[], Awaitable[MockConfigEntry]]

    async def happens(self, event: str, first: int, second: int) -> None:
        """Let one event happen."""
        now = self.simulator.clock.now()
        hour = (now - timedelta(hours=first)).replace(minute=0)
        if event == "late":
            self.simulator.hold_back(TRAFO_6, hour, hour + timedelta(hours=second), now + timedelta(hours=2))
        elif event in {"correct", "retract"}:
            for quarter in range(1, 5):
                end = hour + timedelta(minutes=15 * quarter, seconds=-1)
                value = None if event == "retract" else second
                self.simulator.set_reading(TRAFO_6, *ACTIVE_IMPORT, end, value)
        elif event == "advance":
            self.pass_time(timedelta(hours=first))
            await self.run()
        elif event == "restart":
            await self.run()
        elif event == "fail":
            self.simulator.fail_next(FAULTS[first], method="GetData", times=second)
            await self.run()
        elif event == "import":
            await self.imported_again(hour, second)
        elif event == "kill":
            await self.killed_after(first)
        else:
            await self.harmed(event, hour, second)

    async def harmed(self, event: str, hour: datetime, amount: int) -> None:
        """Let another hand change the sums from an hour on, or delete some rows."""
        if event == "edit_sums":
            await self.sql(f"UPDATE statistics SET sum = sum + {amount} WHERE start_ts >= {hour.timestamp()}")
        else:
            end = hour + timedelta(hours=amount)
            await self.sql(
                f"DELETE FROM statistics WHERE start_ts >= {hour.timestamp()} AND start_ts < {end.timestamp()}"
            )

    def pass_time(self, delta: timedelta) -> None:
        self.freezer.tick(delta)
        self.simulator.clock.advance(delta)

    async def run(self) -> None:
        """Reload the account; it may fail, as the platform may."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def imported_again(self, start: datetime, requests: int) -> None:
        """Read again from an hour on, and let the platform fail after so many requests for data."""
        if self.entry.state is not ConfigEntryState.LOADED:
            return
        fields = {"config_entry_id": self.entry.entry_id, "start": start.isoformat()}
        self.simulator.fail_next("http_403_html", method="GetData", times=9)
        take_fault, good = self.simulator.take_fault, requests

        def later(method: str | None) -> Any:
            nonlocal good
            good -= method == "GetData"
            return take_fault(method) if good < 0 else None

        with patch.object(self.simulator, "take_fault", later), suppress(HomeAssistantError):
            await self.hass.services.async_call("reengen", "import_history", fields, blocking=True)
        self.simulator.clear_faults()

    async def killed_after(self, tasks: int) -> None:
        """Run, and lose all that the recorder is told after so many changes, as when the machine goes dark."""
        queue_task = self.recorder.queue_task
        left = tasks

        def lose(task: Any) -> None:
            nonlocal left
            if isinstance(task, STATISTICS_TASKS):
                left -= 1
                if left < 0:
                    return
            queue_task(task)

        with patch.object(self.recorder, "queue_task", lose):
            await self.run()

    async def sql(self, statement: str) -> None:
        def execute() -> None:
            with session_scope(hass=self.hass) as session:
                session.execute(text(statement))

        await self.recorder.async_add_executor_job(execute)


@pytest.mark.every_database
@settings(
    max_examples=examples(12, 300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(events=st.lists(EVENTS, min_size=1, max_size=7))
async def test_any_sequence_of_events(
    *,
    hass: HomeAssistant,
    recorder_mock: Recorder,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    imported: Callable[[], Awaitable[MockConfigEntry]],
    statistics: Statistics,
    now: datetime,
    events: list[tuple[str, int, int]],
) -> None:
    world = World(
        hass=hass, recorder=recorder_mock, simulator=simulator, freezer=freezer, entry=entry, imported=imported
    )
    beginning = sqlite3.connect(":memory:", check_same_thread=False)
    simulator.database.backup(beginning)
    try:
        await imported()
        for event in events:
            await world.happens(*event)
        # Whatever is late has come, and whatever failed works again.
        simulator.clear_faults()
        world.pass_time(timedelta(hours=3))
        await imported()

        end = simulator.clock.now().replace(minute=0)
        expected = statistics.platform_hours(TRAFO_6, *ACTIVE_IMPORT, now - timedelta(days=DAYS + 1), end)
        found = await statistics.hours(TRAFO_6_IMPORT)
        retracted = {hour: value for hour, value in found.items() if hour not in expected}
        assert {hour: value for hour, value in found.items() if hour in expected} == expected
        # Home Assistant 2026.10 cannot remove single hours: there they count nothing.
        assert not any(retracted.values())
        assert not (retracted and CAN_REMOVE)
        assert all(hour % HOUR == 0 for hour in found)
    finally:
        await hass.config_entries.async_unload(entry.entry_id)
        await async_clear(hass, [TRAFO_6_IMPORT])
        beginning.backup(simulator.database)
        beginning.close()
        freezer.move_to(now)
        simulator.clock.set(now)
