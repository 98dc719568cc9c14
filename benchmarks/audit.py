"""What a start of Home Assistant costs with years of history: whether every sum of it is in order."""

import gc
import time

from homeassistant.util import dt as dt_util

from custom_components.reengen.history.plan import repair
from custom_components.reengen.history.rows import all_rows, inconsistent
from custom_components.reengen.history.store import HistoryStore

from .event_loop import measured_stretches
from .platform import running_platform
from .recording import POINTS_WITHOUT_IMPORT, fill_history, fill_readings, import_codes, recording, set_up
from .table import Row


async def audit_rows(series: int, years: int) -> list[Row]:
    """Let the database look at every sum, and then look at each of its rows."""
    async with running_platform(series + POINTS_WITHOUT_IMPORT, days=366 * years) as platform, recording() as hass:
        fill_readings(platform)
        codes = await import_codes(platform, series)
        entry = await set_up(hass, platform, codes, history_paused=True)
        chosen = await entry.runtime_data.history.async_series()
        await fill_history(hass, platform, chosen, dt_util.utcnow().replace(minute=0, second=0, microsecond=0))
        store = HistoryStore(hass)
        gc.collect()
        with measured_stretches() as asked:
            started = time.perf_counter()
            broken = await store.read(inconsistent, [each.statistic_id for each in chosen])
            seconds = time.perf_counter() - started
        assert not broken
        gc.collect()
        with measured_stretches() as read:
            started, count = time.perf_counter(), 0
            for each in chosen:
                rows = await store.read(all_rows, each.statistic_id)
                count += len(rows)
                assert not await hass.async_add_executor_job(repair, rows)
            reading_seconds = time.perf_counter() - started
    return [
        Row(
            what=f"audit of all sums at a start, {series} series x {years} years, against reading their rows",
            measured=seconds / reading_seconds,
            unit="x",
            at_most=1 / 3,
            detail=f"{count} rows in {seconds:.1f} s, the event loop held up for at most {asked.longest_ms:.0f} ms;"
            f" read, {reading_seconds:.1f} s and {read.longest_ms:.0f} ms, with {read.collections_of_everything}"
            " passes of the collector over everything",
            is_timing=True,
        )
    ]
