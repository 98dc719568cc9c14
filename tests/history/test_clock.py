"""A clock that was ahead, or behind: what was noted in the future counts as never, and nothing is taken away."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.reengen.freshness.track import Source, Track
from simulator import Simulator, WorldOptions
from tests.clocks import PassTime

from .conftest import Imported
from .statistics import IMPORT, TRAFO_6, Statistics

DAYS = 40


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some weeks ago."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=2)


@pytest.fixture
def jump(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> PassTime:
    """Return what moves Home Assistant's clock alone, and fires the timers of the next hour."""

    async def jumps(delta: timedelta) -> None:
        freezer.tick(delta)
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=1))
        await hass.async_block_till_done(wait_background_tasks=True)

    return jumps


def known(hours: dict[int, Decimal], wanted: dict[int, Decimal]) -> dict[int, Decimal]:
    """Return the stored hours but for zeros in the future, which become what they are when they have passed."""
    return {start: value for start, value in hours.items() if start in wanted or value}


@pytest.mark.parametrize("empty_buckets", ["omit", "zero"])
@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(days=40)], ids=["hours", "weeks"])
@pytest.mark.parametrize("at_boot", [True, False], ids=["at-boot", "while-running"])
async def test_a_clock_that_was_ahead(
    hass: HomeAssistant,
    imported: Imported,
    entry: MockConfigEntry,
    simulator: Simulator,
    statistics: Statistics,
    freezer: FrozenDateTimeFactory,
    jump: PassTime,
    pass_time: PassTime,
    empty_buckets: Literal["omit", "zero"],
    ahead: timedelta,
    at_boot: bool,
) -> None:
    simulator.profile.empty_buckets = empty_buckets
    await imported()
    if at_boot:
        freezer.tick(ahead)
        await imported()
    else:
        await jump(ahead)
    freezer.tick(-ahead)
    for _ in range(2):
        await pass_time(timedelta(hours=1))
    wanted = statistics.complete_hours()
    assert known(await statistics.hours(IMPORT), wanted) == wanted
    # A comparison is due as well, whatever was compared in the future.
    hour = simulator.clock.now().replace(minute=0) - timedelta(days=10)
    simulator.set_reading(TRAFO_6, "activeEnergy", "import", hour + timedelta(minutes=15, seconds=-1), 70_000.0)
    for _ in range(8):
        await pass_time(timedelta(hours=1))
    wanted = statistics.complete_hours()
    assert known(await statistics.hours(IMPORT), wanted) == wanted
    newest = entry.runtime_data.history.newest_hours[IMPORT]
    assert newest + timedelta(hours=1) <= simulator.clock.now()
    freshness = entry.runtime_data.freshness.data[12768]
    assert freshness.last_data == newest + timedelta(hours=1)


async def test_a_clock_that_was_behind_takes_nothing_away(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    freezer: FrozenDateTimeFactory,
    pass_time: PassTime,
) -> None:
    await imported()
    before = await statistics.rows(IMPORT)
    freezer.tick(-timedelta(days=20))
    await imported()
    assert await statistics.rows(IMPORT) == before
    freezer.tick(timedelta(days=20))
    for _ in range(2):
        await pass_time(timedelta(hours=1))
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


def test_a_look_in_the_future_is_none() -> None:
    now = datetime.fromisoformat("2026-07-15T12:00:00+00:00")
    ahead = now + timedelta(days=40)
    track = Track(source=Source.HOURS, newest_end=now - timedelta(hours=1), looked_at=now - timedelta(hours=1))
    track.look(ahead, ahead)
    track.look(now, now)
    assert (track.newest_end, track.looked_at) == (now, now)
    track.look(now + timedelta(hours=1), now + timedelta(hours=1))
    # Nothing is learned of days that have not come.
    assert max(track.delays) == now.toordinal()
