# ruff: noqa: SLF001 - a measurement makes the history run when it wants it to
"""What a day costs once the history is there: rows, requests, and writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.reengen.api import Resolution
from custom_components.reengen.const import HISTORY_SETTLE
from custom_components.reengen.history.progress import DEPTH_INTERVAL
from custom_components.reengen.history.rows import all_rows
from custom_components.reengen.history.store import HistoryStore
from custom_components.reengen.measurements.catalogue import MEASUREMENTS

from .platform import Platform, running_platform
from .recording import (
    POINTS_WITHOUT_IMPORT,
    counted_writes,
    fill_history,
    fill_readings,
    get_data_requests,
    import_codes,
    prepared,
    recording,
    set_up,
    standing_clock,
)
from .table import Row

_HOUR = timedelta(hours=1)
_DAY_HOURS = 24
_DAYS_READ_ANEW = 30
# Two ways to find late data: opower reads the last 30 days twice a day, tibber every 20 minutes.
_OPOWER_READS = 2
_TIBBER_READS = 72
# The comparison of the whole depth comes once a week.
_WEEK_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Day:
    """Requests and rows of one day's upkeep, a seventh of the weekly comparison with it, and the rows it wrote."""

    series: int
    requests: float
    rows: float
    rows_written: int
    rows_of_30_days: int


@dataclass(frozen=True, kw_only=True)
class Writes:
    """Rows of statistics written for so many series: by a day without news, by one reading of 30 days anew."""

    series: int
    quiet_day: int
    one_reading_anew: int


async def upkeep_rows(series: tuple[int, ...], years: int) -> list[Row]:
    """Measure accounts of so many series with so many years of history, of which nothing changes but the newest hours."""
    largest = max(series)
    async with running_platform(largest + POINTS_WITHOUT_IMPORT, days=31 * (12 * years + 1)) as platform:
        fill_readings(platform)
        now = datetime.fromisoformat((await platform.control("clock"))["now"])
        await platform.control("clock", {"set": now.isoformat()})
        with standing_clock(now) as frozen:
            async with recording() as hass:
                codes = await import_codes(platform, largest)
                entry = await set_up(hass, platform, codes, history_months=12 * years, history_paused=True)
                await entry.runtime_data.history.async_series()
                until = (now - HISTORY_SETTLE).replace(minute=0, second=0, microsecond=0)
                await fill_history(hass, platform, entry.runtime_data.history.series, until)
                # From many to few: what fewer go on with is up to date.
                days = [
                    await _measure(hass, platform, entry, codes[:count], frozen)
                    for count in sorted(series, reverse=True)
                ]
                writes = await _writes(hass, entry, frozen)
    return [*_day_rows(days, years), _writes_row(writes, days[-1])]


async def _measure(
    hass: HomeAssistant,
    platform: Platform,
    entry: ConfigEntry[Any],
    codes: list[str],
    frozen: FrozenDateTimeFactory,
) -> Day:
    """Choose the points, compare everything as is done once a week, and let a day pass."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": codes})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = len(await platform.control("requests"))
    with counted_writes(hass) as weekly_writes:
        await _compare_everything(entry)
    # What was filled in is what an import leaves, so all of it was compared and nothing written.
    assert not weekly_writes
    weekly = await get_data_requests(platform, before)
    before = len(await platform.control("requests"))
    with counted_writes(hass) as written:
        await _pass_day(entry, frozen, platform)
    daily = await get_data_requests(platform, before)
    return Day(
        series=len(entry.runtime_data.history.series),
        requests=len(daily) + len(weekly) / _WEEK_DAYS,
        rows=_rows(daily) + _rows(weekly) / _WEEK_DAYS,
        rows_written=sum(written),
        rows_of_30_days=await _read_30_days(entry, codes),
    )


async def _compare_everything(entry: ConfigEntry[Any]) -> None:
    history = entry.runtime_data.history
    # The last time is more than a week ago.
    long_ago = dt_util.utcnow() - 2 * DEPTH_INTERVAL
    history._compared.depth = dict.fromkeys(history._compared.depth, long_ago)
    await history._async_run()
    assert history.last_error is None


def _rows(requests: list[dict[str, Any]]) -> int:
    return sum(request["rows"] for request in requests)


async def _pass_day(entry: ConfigEntry[Any], frozen: FrozenDateTimeFactory, platform: Platform | None) -> None:
    """Let 24 hours pass; the meters report in them where the platform's clock goes along."""
    for _ in range(_DAY_HOURS):
        frozen.tick(_HOUR)
        if platform is not None:
            await platform.control("clock", {"advance_seconds": _HOUR.total_seconds()})
        await entry.runtime_data.history._async_run()
        assert entry.runtime_data.history.last_error is None


async def _read_30_days(entry: ConfigEntry[Any], codes: list[str]) -> int:
    """Return the rows of what other integrations ask for once or more often every day."""
    end = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    response = await entry.runtime_data.client.get_data(
        [MEASUREMENTS["active_energy_import"].series],
        points=codes,
        start=end - timedelta(days=_DAYS_READ_ANEW),
        end=end,
        resolution=Resolution.HOUR,
    )
    return int(response.row_count)


async def _writes(hass: HomeAssistant, entry: ConfigEntry[Any], frozen: FrozenDateTimeFactory) -> Writes:
    """Let a day pass in which the platform has nothing new, the weekly comparison in it; then do as tibber does."""
    history = entry.runtime_data.history
    # The hour in which the meters fell silent is the last that has anything new; it is complete in two hours at most.
    for _ in range(2):
        frozen.tick(_HOUR)
        await history._async_run()
    with counted_writes(hass) as quiet:
        await _compare_everything(entry)
        await _pass_day(entry, frozen, None)
    store = HistoryStore(hass)
    with counted_writes(hass) as anew:
        for each in history.series:
            rows = await store.read(all_rows, each.statistic_id)
            async_add_external_statistics(hass, each.metadata, prepared(rows[-_DAYS_READ_ANEW * _DAY_HOURS :]))
        await store.written()
    return Writes(series=len(history.series), quiet_day=sum(quiet), one_reading_anew=sum(anew))


def _day_rows(days: list[Day], years: int) -> list[Row]:
    largest, smallest = days[0], days[-1]
    told = "; ".join(f"{day.series} series: {day.requests:.1f} requests, {day.rows:.0f} rows" for day in days)
    requests = [day.requests for day in days]
    return [
        Row(
            what=f"rows of a day's upkeep, {largest.series} series with {years} years, against 30 days of hours read anew",
            measured=largest.rows / largest.rows_of_30_days,
            unit="x",
            # Each hour is read with the two before it, which may have grown.
            at_most=1 / 4,
            detail=f"{largest.rows:.0f} rows a day, its 24 new hours and a seventh of the weekly comparison among them;"
            f" 30 days are {largest.rows_of_30_days} rows, read once here ({_OPOWER_READS} times a day by opower,"
            f" {_TIBBER_READS} by tibber)",
        ),
        Row(
            what=f"requests of a day's upkeep, {largest.series} series more than {smallest.series}",
            measured=max(requests) - min(requests),
            unit="",
            # The weekly comparison of 100 series x 36 months fits into one response of 10 000 rows.
            at_most=0,
            detail=f"{told}; reading 30 days anew takes a request a series every time",
        ),
    ]


def _writes_row(writes: Writes, ordinary: Day) -> Row:
    return Row(
        what="rows of statistics written in a day in which nothing changed, counted at the database engine",
        measured=writes.quiet_day,
        unit="",
        at_most=0,
        detail=f"{writes.series} series, 24 hourly runs and the weekly comparison; tibber's pattern writes"
        f" {writes.one_reading_anew} rows each of {_TIBBER_READS} times: {writes.one_reading_anew * _TIBBER_READS}"
        f" a day. A day of new hours: {ordinary.rows_written} rows",
    )
