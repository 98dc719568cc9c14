"""A first import beside the recorder's own time for the same rows, and how long it holds up the event loop."""

import gc
import time

from homeassistant.components.recorder.statistics import async_add_external_statistics

from custom_components.reengen.history.rows import all_rows
from custom_components.reengen.history.store import HistoryStore

from .event_loop import measured_stretches
from .platform import running_platform
from .recording import POINTS_WITHOUT_IMPORT, import_codes, prepared, recording, set_up
from .table import Row


async def first_import_rows(series: int, months: int) -> list[Row]:
    """Import so many series from the platform, then the same rows in one call for each series into a new database."""
    async with running_platform(series + POINTS_WITHOUT_IMPORT, days=31 * (months + 1)) as platform:
        async with recording() as hass:
            codes = await import_codes(platform, series)
            entry = await set_up(hass, platform, codes, history_months=months, history_paused=True)
            history = entry.runtime_data.history
            hass.config_entries.async_update_entry(entry, options={**entry.options, "history_paused": False})
            # The account is set up by now, what is measured is its history alone: what the set-up left is collected.
            gc.collect()
            with measured_stretches() as watch:
                started = time.perf_counter()
                history.async_start()
                await hass.async_block_till_done(wait_background_tasks=True)
                seconds = time.perf_counter() - started
            assert history.progress == 100
            store = HistoryStore(hass)
            imported = list(history.series)
            rows = [prepared(await store.read(all_rows, each.statistic_id)) for each in imported]
            objects = len(gc.get_objects())
        async with recording() as hass:
            store = HistoryStore(hass)
            gc.collect()
            with measured_stretches() as floor:
                started = time.perf_counter()
                for each, data in zip(imported, rows, strict=True):
                    async_add_external_statistics(hass, each.metadata, data)
                await store.written()
                floor_seconds = time.perf_counter() - started
    count = sum(map(len, rows))
    return [
        Row(
            what=f"first import, {series} series x {months} months, against the recorder's time for the same rows",
            measured=seconds / floor_seconds,
            unit="x",
            at_most=1.25,
            detail=f"{count} hours in {seconds:.1f} s, from request to database; the recorder alone, given the"
            f" prepared rows of each series in one call: {floor_seconds:.1f} s",
            is_timing=True,
        ),
        Row(
            what="longest stretch of a blocked event loop during it, garbage collection apart",
            measured=watch.longest_without_collector_ms,
            unit="ms",
            at_most=50,
            detail=f"the recorder alone: {floor.longest_without_collector_ms:.0f} ms; from one run of a timer of 5 ms to"
            " the next, less what the interpreter's collector took in that time; by the processor's clock, the loop's"
            f" thread worked for at most {watch.loop_work_ms:.0f} ms of one, all threads together for"
            f" {watch.process_work_ms:.0f} ms: the rest is the machine's",
            is_timing=True,
        ),
        Row(
            what="longest stretch of a blocked event loop during it, all told",
            measured=watch.longest_ms,
            unit="ms",
            at_most=50,
            detail=f"the recorder alone: {floor.longest_ms:.0f} ms, {floor.collections_of_everything} passes of the"
            f" collector over everything; here {watch.collections_of_everything}, the longest"
            f" {watch.longest_collection_ms:.0f} ms, of {objects} objects, nearly all of them Home Assistant's and this"
            " program's",
            is_timing=True,
        ),
    ]
