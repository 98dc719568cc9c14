"""Hours that the platform has no longer are removed, and what they cost, in whichever way that is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulator import Simulator
from tests.clocks import PassTime

from .conftest import Imported
from .odd_rows import WAYS, OddRows, lacking
from .statistics import COST, IMPORT, TRAFO_6, Statistics
from .test_import_history import correct, entry_options, row, run, world_options

__all__ = ["entry_options", "world_options"]


@pytest.mark.parametrize("named", [range(1), range(2), range(-4, 8)], ids=["one of them", "they alone", "more"])
@pytest.mark.parametrize("days_ago", [0, 3, 18])
async def test_hours_that_are_gone_go_with_the_range_that_names_them(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    now: datetime,
    days_ago: int,
    named: range,
) -> None:
    """The total that confirms it is that of their day, of which the range may be a small part."""
    entry = await imported()
    before = await statistics.hours(IMPORT)
    first = now.replace(minute=0) - timedelta(days=days_ago, hours=8)
    gone = [first, first + timedelta(hours=1)]
    for hour in gone:
        correct(simulator, hour, None)
    start, end = (first + timedelta(hours=edge) for edge in (named.start, named.stop))
    fields: dict[str, Any] = {"series": ["active_energy_import"], "start": start.isoformat(), "end": end.isoformat()}
    told = await run(hass, entry, **fields, dry_run=True)
    done = await run(hass, entry, **fields)
    assert done == told | {"dry_run": False}
    removed = [int(hour.timestamp()) for hour in gone if hour < end]
    assert row(done, IMPORT)["hours_removed"] == len(removed)
    assert await statistics.hours(IMPORT) == {hour: before[hour] for hour in before if hour not in removed}
    await run(hass, entry)
    assert await statistics.hours(IMPORT) == statistics.complete_hours()


@pytest.mark.parametrize("by_action", [True, False], ids=["action", "comparison"])
async def test_a_day_that_is_gone_goes_with_its_cost(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    now: datetime,
    pass_time: PassTime,
    by_action: bool,
) -> None:
    """The totals that confirm it are those of the month: without readings the day has neither energy nor cost."""
    entry = await imported()
    before = await statistics.hours(COST)
    midnight = now.replace(hour=21, minute=0) - timedelta(days=4)
    day = {int((midnight + timedelta(hours=hour)).timestamp()) for hour in range(24)}
    for hour in day:
        correct(simulator, datetime.fromtimestamp(hour, UTC), None)
    if by_action:
        end = midnight + timedelta(days=1)
        await run(hass, entry, series=["active_energy_import"], start=midnight.isoformat(), end=end.isoformat())
    else:
        await pass_time(timedelta(hours=6))
    assert day <= before.keys()
    assert not day & (await statistics.hours(IMPORT)).keys()
    assert not day & (await statistics.hours(COST)).keys()
    assert (await statistics.hours(COST)).items() >= {hour: before[hour] for hour in before if hour not in day}.items()


async def test_an_hour_that_a_response_lacks_keeps_its_share_of_the_cost(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The day's total says that the hour is there: its energy stays, and so does what it costs."""
    entry = await imported()
    energy, cost = await statistics.hours(IMPORT), await statistics.hours(COST)
    hour = now.replace(minute=0) - timedelta(days=3)
    rows = OddRows(simulator)
    rows.add(TRAFO_6, hour, WAYS.index(lacking))
    monkeypatch.setattr(simulator.platform, "answer", rows.answer)
    await run(hass, entry)
    assert await statistics.hours(IMPORT) == energy
    assert await statistics.hours(COST) == cost
