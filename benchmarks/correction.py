"""One corrected hour at the beginning of a long history: until every later sum is right."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
import time
from typing import Any

from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.reengen.const import HISTORY_SETTLE
from custom_components.reengen.history import HistorySeries
from custom_components.reengen.history.apply import Applier
from custom_components.reengen.history.plan import HOUR, StoredHour
from custom_components.reengen.history.rows import all_rows
from custom_components.reengen.history.store import HistoryStore

from .platform import running_platform
from .recording import POINTS_WITHOUT_IMPORT, fill_history, import_codes, recording, set_up
from .table import Row

# Each way takes turns with the other; the best of each counts.
_TURNS = 2
_MORE_KWH = 100.0


async def correction_rows(years: int) -> list[Row]:
    """Correct an hour at the beginning of so many years by a shift, and by writing every later row."""
    shifting, rewriting = [], []
    async with running_platform(1 + POINTS_WITHOUT_IMPORT, days=366 * years) as platform, recording() as hass:
        codes = await import_codes(platform, 1)
        entry = await set_up(hass, platform, codes, history_months=12 * years, history_paused=True)
        await entry.runtime_data.history.async_series()
        (each,) = entry.runtime_data.history.series
        now = datetime.fromisoformat((await platform.control("clock"))["now"])
        until = (now - HISTORY_SETTLE).replace(minute=0, second=0, microsecond=0)
        await fill_history(hass, platform, [each], until)
        store = HistoryStore(hass)
        for turn in range(_TURNS):
            shifting.append(await _shift(hass, entry, store, each, 240 + turn))
            rewriting.append(await _rewrite(hass, store, each, 240 + turn))
        later = len(await store.read(all_rows, each.statistic_id)) - 240
    seconds, rewritten = min(shifting), min(rewriting)
    return [
        Row(
            what="one corrected hour until every later sum is right, against rewriting every later row",
            measured=seconds / rewritten,
            unit="x",
            at_most=1 / 50,
            detail=f"{seconds * 1000:.0f} ms, planned, written and looked over, with {later} later rows; writing them"
            f" all in one call takes {rewritten:.2f} s (best of {_TURNS} of each)",
            is_timing=True,
        )
    ]


async def _shift(
    hass: HomeAssistant, entry: ConfigEntry[Any], store: HistoryStore, series: HistorySeries, index: int
) -> float:
    rows = await store.read(all_rows, series.statistic_id)
    corrected = rows[index]
    hour = range(corrected.start, corrected.start + HOUR, HOUR)
    started = time.perf_counter()
    found = {series.statistic_id: {corrected.start: (corrected.state or 0.0) + _MORE_KWH}}
    await Applier(hass, entry, store).sums([series], hour, found)
    seconds = time.perf_counter() - started
    _assert_moved(rows, await store.read(all_rows, series.statistic_id), index, _MORE_KWH)
    return seconds


async def _rewrite(hass: HomeAssistant, store: HistoryStore, series: HistorySeries, index: int) -> float:
    """Take the correction back, as one does who knows no shift."""
    rows = await store.read(all_rows, series.statistic_id)
    started = time.perf_counter()
    states = [row.state or 0.0 for row in rows[index:]]
    states[0] -= _MORE_KWH
    sums = list(accumulate(states, initial=rows[index - 1].sum or 0.0))[1:]
    data = [
        StatisticData(start=datetime.fromtimestamp(row.start, UTC), state=state, sum=total)
        for row, state, total in zip(rows[index:], states, sums, strict=True)
    ]
    async_add_external_statistics(hass, series.metadata, data)
    await store.written()
    seconds = time.perf_counter() - started
    _assert_moved(rows, await store.read(all_rows, series.statistic_id), index, -_MORE_KWH)
    return seconds


def _assert_moved(before: Sequence[StoredHour], after: Sequence[StoredHour], index: int, kwh: float) -> None:
    """Make sure that every sum from the hour on has moved, and none before it."""
    for position, (old, new) in enumerate(zip(before, after, strict=True)):
        assert abs((new.sum or 0.0) - (old.sum or 0.0) - (kwh if position >= index else 0.0)) < 1e-3
