"""Whatever happens in whatever order, the statistics end as the platform's hours and their costs, and every sum is sound."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
import sqlite3
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.recorder import session_scope
from hypothesis import HealthCheck, example, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import text

from custom_components.reengen.account.client import async_forget_standing
from custom_components.reengen.history import async_clear, async_own_statistic_ids
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime
from tests.oracle import point_id
from tests.profiles import examples

from .conftest import STATISTICS_TASKS, Imported
from .odd_rows import BUCKETS, WAYS, OddRows
from .statistics import HOUR, Statistics

SITE, TRAFO_6 = "xFabrikaFabrika", "xFabrikaTrafo6"
ACTIVE_IMPORT = ("activeEnergy", "import")
DAYS = 8
DAY = timedelta(days=1)
ISTANBUL = ZoneInfo("Europe/Istanbul")
ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "Asia/Kolkata")
# Hours that leave less than this part of what they hold without their signs have no shares.
LEAST_PART = Decimal("0.001")
# A share is rounded at both of its ends.
SHARE_TOLERANCE = Decimal("0.000003")

HOURS_BACK = st.integers(2, DAYS * 24 - 2)
FAULTS = (
    "null_series",
    "expired_id",
    "refused",
    "empty_200",
    "echo_clamped",
    "unknown_point_id",
    "duplicate_row",
    "stale_response",
)


type Event = tuple[str, int, int, str]
"""What happens, two numbers that say more, and the code of the point that it happens to."""

NO_NUMBER = st.just(0)


def event(
    name: str, first: st.SearchStrategy[int] = NO_NUMBER, second: st.SearchStrategy[int] = NO_NUMBER
) -> st.SearchStrategy[Event]:
    return st.tuples(st.just(name), first, second, st.sampled_from((SITE, TRAFO_6)))


EVENTS = st.one_of(
    event("late", HOURS_BACK, st.integers(1, 40)),
    event("correct", HOURS_BACK, st.integers(-300_000, 500_000)),
    event("retract", HOURS_BACK),
    event("tariff", HOURS_BACK, st.integers(1, 900)),
    event("odd", HOURS_BACK, st.integers(0, len(WAYS) * len(BUCKETS) - 1)),
    event("advance", st.integers(1, 30)),
    event("run_on", st.integers(1, 4)),
    event("restart"),
    event("use_zone", st.integers(0, len(ZONES) - 1)),
    event("fail", st.integers(0, len(FAULTS) - 1), st.integers(1, 6)),
    event("import_again", HOURS_BACK, st.integers(0, 6)),
    event("kill", st.integers(0, 4)),
    event("edit_sums", HOURS_BACK, st.integers(-900, 900)),
    event("delete_rows", HOURS_BACK, st.integers(1, 60)),
)


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose two meters and what they cost."""
    return entry_options | {"points": [SITE, TRAFO_6], "costs": ["active_energy_cost"]}


@dataclass(kw_only=True)
class World:
    """What happens, to the platform, to the account and to the database."""

    hass: HomeAssistant
    recorder: Recorder
    simulator: Simulator
    freezer: FrozenDateTimeFactory
    entry: MockConfigEntry
    imported: Imported
    odd_rows: OddRows
    pass_hour: PassTime

    def hour_before(self, hours: int) -> datetime:
        """Return the start of the hour so many hours ago."""
        return (self.simulator.clock.now() - timedelta(hours=hours)).replace(minute=0)

    async def late(self, hours_back: int, hours: int, point: str) -> None:
        """Let so many hours of a point arrive in two hours from now only."""
        hour, revealed = self.hour_before(hours_back), self.simulator.clock.now() + timedelta(hours=2)
        self.simulator.hold_back(point, hour, hour + timedelta(hours=hours), revealed)

    async def correct(self, hours_back: int, watt_hours: int | None, point: str) -> None:
        """Let each quarter of an hour hold so much, or (None) nothing."""
        for quarter in range(1, 5):
            end = self.hour_before(hours_back) + timedelta(minutes=15 * quarter, seconds=-1)
            self.simulator.set_reading(point, *ACTIVE_IMPORT, end, watt_hours)

    async def retract(self, hours_back: int, _: int, point: str) -> None:
        """Take an hour from the platform."""
        await self.correct(hours_back, None, point)

    async def tariff(self, hours_back: int, cents: int, _: str) -> None:
        """Let the energy cost so much from an hour on."""
        self.simulator.set_tariff("activeEnergyCost", f"{cents / 100}", since=self.hour_before(hours_back))

    async def odd(self, hours_back: int, number: int, point: str) -> None:
        """Let a row of a point be one that cannot be used."""
        self.odd_rows.add(point, self.hour_before(hours_back), number)

    async def advance(self, hours: int, _: int, __: str) -> None:
        """Let time pass, and Home Assistant start after it."""
        self.pass_time(timedelta(hours=hours))
        await self.run()

    async def run_on(self, hours: int, _: int, __: str) -> None:
        """Let time pass while Home Assistant runs."""
        for _hour in range(hours):
            await self.pass_hour(timedelta(hours=1))

    async def restart(self, _: int, __: int, ___: str) -> None:
        """Let Home Assistant start again."""
        await self.run()

    async def use_zone(self, number: int, _: int, __: str) -> None:
        """Let the user choose the zone of the platform's clock."""
        options = {**self.entry.options, "time_zone": ZONES[number]}
        self.hass.config_entries.async_update_entry(self.entry, options=options)
        await self.run()

    async def fail(self, fault: int, times: int, _: str) -> None:
        """Let the platform fail so often."""
        self.simulator.fail_next(FAULTS[fault], method="GetData", times=times)
        await self.run()

    async def edit_sums(self, hours_back: int, amount: int, _: str) -> None:
        """Let another hand change the sums from an hour on."""
        start = self.hour_before(hours_back).timestamp()
        await self.sql(f"UPDATE statistics SET sum = sum + {amount} WHERE start_ts >= {start}")

    async def delete_rows(self, hours_back: int, hours: int, _: str) -> None:
        """Let another hand delete some rows."""
        start = self.hour_before(hours_back)
        end = (start + timedelta(hours=hours)).timestamp()
        await self.sql(f"DELETE FROM statistics WHERE start_ts >= {start.timestamp()} AND start_ts < {end}")

    async def import_again(self, hours_back: int, requests: int, _: str) -> None:
        """Read again from an hour on, and let the platform fail after so many requests for data."""
        if self.entry.state is not ConfigEntryState.LOADED:
            return
        fields = {"config_entry_id": self.entry.entry_id, "start": self.hour_before(hours_back).isoformat()}
        self.simulator.fail_next("http_403_html", method="GetData", times=9)
        take_fault, good = self.simulator.take_fault, requests

        def later(method: str | None) -> Any:
            nonlocal good
            good -= method == "GetData"
            return take_fault(method) if good < 0 else None

        with patch.object(self.simulator, "take_fault", later), suppress(HomeAssistantError):
            await self.hass.services.async_call("reengen", "import_history", fields, blocking=True)
        self.simulator.clear_faults()

    async def kill(self, tasks: int, _: int, __: str) -> None:
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

    def pass_time(self, delta: timedelta) -> None:
        self.freezer.tick(delta)
        self.simulator.clock.advance(delta)

    async def run(self) -> None:
        """Reload the account; it may fail, as the platform may."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def sql(self, statement: str) -> None:
        def execute() -> None:
            with session_scope(hass=self.hass) as session:
                session.execute(text(statement))

        await self.recorder.async_add_executor_job(execute)


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """What the simulator's database says the statistics are, and what they are."""

    statistics: Statistics
    simulator: Simulator
    point: str
    start: datetime
    end: datetime

    def statistic_id(self, key: str) -> str:
        """Return the id of a statistic of the point."""
        return f"reengen:xyz_{point_id(self.simulator, self.point)}_{key}"

    @property
    def energy(self) -> dict[int, Decimal]:
        """Return the energy of every hour."""
        return self.statistics.platform_hours(self.point, *ACTIVE_IMPORT, self.start, self.end)

    @property
    def cost(self) -> dict[int, Decimal]:
        """Return the cost of every hour: its share of what its day costs."""
        energy = self.energy
        result: dict[int, Decimal] = {}
        for day in {datetime.fromtimestamp(hour, ISTANBUL).date() for hour in energy}:
            begin = datetime.combine(day, time(), ISTANBUL)
            until = min(begin + DAY, self.end)
            of_day = {hour: energy[hour] for hour in energy if begin.timestamp() <= hour < until.timestamp()}
            total = self.statistics.platform_cost(self.point, begin, until)
            whole = sum(of_day.values(), Decimal(0))
            if abs(whole) <= LEAST_PART * sum(map(abs, of_day.values())):
                of_day, whole = dict.fromkeys(of_day, Decimal(1)), Decimal(len(of_day))
            result |= {hour: total * value / whole for hour, value in of_day.items()}
        return result

    async def assert_known_energy(self, odd_rows: OddRows) -> None:
        """Compare the hours that the platform tells of; whether others are gone cannot always be known."""
        found = await self.statistics.hours(self.statistic_id("active_energy_import"))
        unknown = odd_rows.unknown(self.point, self.energy)
        known = {hour: value for hour, value in self.energy.items() if hour not in unknown}
        assert {hour: value for hour, value in found.items() if hour in known} == known

    async def assert_energy(self) -> None:
        """Compare each hour."""
        found, energy = await self.statistics.hours(self.statistic_id("active_energy_import")), self.energy
        assert {hour: value for hour, value in found.items() if hour in energy} == energy
        assert_gone(found, energy)

    async def assert_cost(self) -> None:
        """Compare each hour, to the last digit but what a share is rounded by."""
        found = await self.statistics.hours(self.statistic_id("active_energy_cost_try"))
        expected = self.cost
        assert expected.keys() <= found.keys()
        far_off = {hour for hour, value in expected.items() if abs(found[hour] - value) > SHARE_TOLERANCE}
        assert {hour: (found[hour], expected[hour]) for hour in far_off} == {}
        assert_gone(found, expected)


def assert_gone(found: dict[int, Decimal], expected: dict[int, Decimal]) -> None:
    """Check that nothing is stored of an hour that was retracted."""
    assert not found.keys() - expected.keys()
    assert all(hour % HOUR == 0 for hour in found)


@pytest.mark.every_database
@settings(
    max_examples=examples(12, 300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(events=st.lists(EVENTS, min_size=1, max_size=7))
@example(events=[("delete_rows", 2, 1, SITE)])
@example(events=[("advance", 8, 0, SITE)])
@example(events=[("correct", 2, 0, SITE), ("odd", 2, 17, SITE)])
@example(events=[("correct", 40, 0, SITE), ("odd", 40, 11, SITE)])
@example(events=[("fail", FAULTS.index("expired_id"), 4, SITE)])
async def test_any_sequence_of_events(
    *,
    hass: HomeAssistant,
    recorder_mock: Recorder,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    imported: Imported,
    pass_time: PassTime,
    statistics: Statistics,
    now: datetime,
    events: list[Event],
) -> None:
    odd_rows = OddRows(simulator)
    world = World(
        hass=hass,
        recorder=recorder_mock,
        simulator=simulator,
        freezer=freezer,
        entry=entry,
        imported=imported,
        odd_rows=odd_rows,
        pass_hour=pass_time,
    )
    beginning = sqlite3.connect(":memory:", check_same_thread=False)
    simulator.database.backup(beginning)
    options = entry.options
    try:
        await imported()
        with patch.object(simulator.platform, "answer", odd_rows.answer):
            for name, *details in events:
                await getattr(world, name)(*details)
            # Whatever is late has come, and whatever failed works again. The pause after refused connection ids is over
            # too: the pause goes by the monotonic clock, which stands still here.
            simulator.clear_faults()
            world.pass_time(timedelta(hours=3))
            async_forget_standing(hass, entry.entry_id)
            hass.config_entries.async_update_entry(entry, options=options)
            await imported()
            oracles = [
                Oracle(
                    statistics=statistics,
                    simulator=simulator,
                    point=point,
                    start=now - timedelta(days=DAYS + 1),
                    end=simulator.clock.now().replace(minute=0),
                )
                for point in (SITE, TRAFO_6)
            ]
            for oracle in oracles:
                await oracle.assert_known_energy(odd_rows)
                if not odd_rows.touches(oracle.point):
                    await oracle.assert_energy()
                    await oracle.assert_cost()
        # All rows can be read again.
        if odd_rows.odd:
            await imported()
        for oracle in oracles:
            await oracle.assert_energy()
            await oracle.assert_cost()
    finally:
        # What is left queued, and a pause after sessions that were refused, would fail the next example: clocks go back.
        simulator.clear_faults()
        async_forget_standing(hass, entry.entry_id)
        await hass.config_entries.async_unload(entry.entry_id)
        await async_clear(hass, await async_own_statistic_ids(hass, entry))
        beginning.backup(simulator.database)
        beginning.close()
        hass.config_entries.async_update_entry(entry, options=options)
        freezer.move_to(now)
        simulator.clock.set(now)
