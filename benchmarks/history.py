# ruff: noqa: SLF001 - a measurement makes the importer run when it wants it to
"""Statistics in a real recorder with a database file: what the history takes beside what it is compared with."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import gc
from itertools import accumulate
from pathlib import Path
import tempfile
import time
from typing import Any
from unittest.mock import patch

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, real_monotonic
from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component import patch_time  # noqa: F401 - lets Home Assistant's clock stand still
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import Resolution
from custom_components.reengen.catalogue import MEASUREMENTS
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history import HistorySeries
from custom_components.reengen.history.apply import Applier
from custom_components.reengen.history.plan import StoredHour
from custom_components.reengen.history.store import HistoryStore

from .event_loop import longest_stretch
from .platform import Platform, running_platform
from .poll import account, home_assistant

# Meters of active energy are what a dashboard shows.
_KINDS_WITHOUT_IMPORT = {"none", "solar", "water", "gas", "medicalGas"}
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class FirstImport:
    """Seconds of a first import and of the floor, for so many rows."""

    rows: int
    seconds: float
    floor_seconds: float
    held_up_ms: float


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """What a day asks for, as a mean of a week, what is written when nothing changed, and what 30 days of hours take."""

    series: int
    requests: float
    rows: float
    rows_of_30_days: int
    writes_when_unchanged: int


@dataclass(frozen=True, kw_only=True)
class Correction:
    """Seconds until every later sum is right."""

    later_rows: int
    seconds: float
    rewriting_seconds: float


@asynccontextmanager
async def _recording() -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant with a recorder on a new database file."""
    with tempfile.TemporaryDirectory() as folder:
        async with home_assistant() as hass:
            async_initialize_recorder(hass)
            config = {"recorder": {"db_url": f"sqlite:///{Path(folder) / 'home-assistant_v2.db'}"}}
            assert await async_setup_component(hass, "recorder", config)
            await hass.async_block_till_done()
            yield hass


async def _set_up(hass: HomeAssistant, platform: Platform, codes: list[str], **options: Any) -> ConfigEntry[Any]:
    entry = MockConfigEntry(
        domain=DOMAIN,
        data=account(platform),
        options={
            "points": codes,
            "measurements": ["active_energy_import"],
            "costs": [],
            "time_zone": "Europe/Istanbul",
            **options,
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def _codes(platform: Platform, count: int) -> list[str]:
    points = await platform.control("points")
    return [point["code"] for point in points if point["kind"] not in _KINDS_WITHOUT_IMPORT][:count]


async def measure_first_import(series: int, months: int) -> FirstImport:
    """Import so many series from the platform, then the same rows in one call for each series into a new database."""
    async with running_platform(series + 3, days=31 * (months + 1)) as platform:
        async with _recording() as hass:
            codes = await _codes(platform, series)
            entry = await _set_up(hass, platform, codes, history_months=months, history_paused=True)
            options = {**entry.options, "history_paused": False}
            hass.config_entries.async_update_entry(entry, options=options)
            # The account is set up by now; what is measured is its history alone, without a pass of the garbage
            # collector over the objects of the benchmark itself.
            gc.collect()
            gc.freeze()
            with longest_stretch() as watch:
                started = time.perf_counter()
                assert await hass.config_entries.async_reload(entry.entry_id)
                await hass.async_block_till_done(wait_background_tasks=True)
                seconds = time.perf_counter() - started
            assert entry.runtime_data.history.progress == 100
            store = HistoryStore(hass)
            imported: list[HistorySeries] = list(entry.runtime_data.history.series)
            rows = [await store.rows(each.statistic_id) for each in imported]
        async with _recording() as hass:
            prepared = [_data(of_series) for of_series in rows]
            store = HistoryStore(hass)
            started = time.perf_counter()
            for each, data in zip(imported, prepared, strict=True):
                async_add_external_statistics(hass, each.metadata, data)
            await store.written()
            floor_seconds = time.perf_counter() - started
    return FirstImport(
        rows=sum(map(len, rows)), seconds=seconds, floor_seconds=floor_seconds, held_up_ms=watch.milliseconds
    )


def _data(rows: list[StoredHour]) -> list[StatisticData]:
    return [
        StatisticData(start=datetime.fromtimestamp(row.start, UTC), state=row.state or 0.0, sum=row.sum or 0.0)
        for row in rows
    ]


async def measure_upkeep(series: int, years: int) -> Upkeep:
    """Import so many years, let a week pass hour by hour, then compare everything once more."""
    months = 12 * years
    async with running_platform(series + 3, days=31 * (months + 1)) as platform, _recording() as hass:
        codes = await _codes(platform, series)
        entry = await _set_up(hass, platform, codes, history_months=months)
        history = entry.runtime_data.history
        now = datetime.fromisoformat((await platform.control("clock"))["now"])
        before = len(await platform.control("requests"))
        await platform.control("clock", {"set": now.isoformat()})
        with _frozen(now) as frozen:
            # The week has one comparison of the whole depth.
            history._compared.clear()
            for _ in range(7 * 24):
                frozen.tick(_HOUR)
                await platform.control("clock", {"advance_seconds": _HOUR.total_seconds()})
                await history._async_run()
            requests = (await platform.control("requests"))[before:]
            queued = history._upkeep.store.tasks_queued
            history._compared.clear()
            await history._async_run()
            writes = history._upkeep.store.tasks_queued - queued
            month = await _read_30_days(entry, codes)
    asked = [request for request in requests if request["method"] == "GetData"]
    return Upkeep(
        series=series,
        requests=len(asked) / 7,
        rows=sum(request["rows"] for request in asked) / 7,
        rows_of_30_days=month,
        writes_when_unchanged=writes,
    )


@contextmanager
def _frozen(now: datetime) -> Iterator[FrozenDateTimeFactory]:
    loop = asyncio.get_running_loop()
    with patch.object(loop, "time", real_monotonic), freeze_time(now) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


async def _read_30_days(entry: ConfigEntry[Any], codes: list[str]) -> int:
    """Return the rows of the request that other integrations send once or more often every day."""
    end = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    answer = await entry.runtime_data.client.get_data(
        [MEASUREMENTS["active_energy_import"].series],
        points=codes,
        start=end - timedelta(days=30),
        end=end,
        resolution=Resolution.HOUR,
    )
    return int(answer.row_count)


async def measure_correction(years: int) -> Correction:
    """Correct one hour at the beginning of so many years, and then rewrite every later row for comparison."""
    async with running_platform(2, days=366 * years) as platform, _recording() as hass:
        entry = await _set_up(hass, platform, (await _codes(platform, 1)), history_months=12 * years)
        history = entry.runtime_data.history
        store = HistoryStore(hass)
        (each,) = history.series
        rows = await store.rows(each.statistic_id)
        corrected = rows[24 * 10]
        hour = datetime.fromtimestamp(corrected.start, UTC)

        started = time.perf_counter()
        found = {each.statistic_id: {corrected.start: (corrected.state or 0.0) + 100.0}}
        await Applier(hass, store).sums([each], hour, hour + _HOUR, found)
        seconds = time.perf_counter() - started
        after = await store.rows(each.statistic_id)
        assert after[-1].sum is not None
        assert rows[-1].sum is not None
        assert round(after[-1].sum - rows[-1].sum, 3) == 100

        later = [row for row in rows if row.start >= corrected.start]
        sums = accumulate((row.state or 0.0 for row in later), initial=rows[24 * 10 - 1].sum or 0.0)
        data = [
            StatisticData(start=datetime.fromtimestamp(row.start, UTC), state=row.state or 0.0, sum=total)
            for row, total in zip(later, list(sums)[1:], strict=True)
        ]
        started = time.perf_counter()
        async_add_external_statistics(hass, each.metadata, data)
        await store.written()
        rewriting = time.perf_counter() - started
    return Correction(later_rows=len(later), seconds=seconds, rewriting_seconds=rewriting)
