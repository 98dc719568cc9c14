"""Queries of the recorder's database; each blocks and runs in the recorder's executor.

Windows are half-open, in epoch seconds at the start of an hour; hours come in order of time.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, Final

from homeassistant.components.recorder.statistics import get_last_statistics, statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .hours import instant
from .plan import HOUR, Level, StoredHour, Stretch

_EPOCH: Final = instant(0)

# The row behind a window is the next hour as a rule; across a gap it is looked for ever farther away.
_LOOK_AHEAD: Final = (timedelta(hours=1), timedelta(days=2), timedelta(days=60), None)

# A month of one series. The recorder gives a row as several objects; many of them at a time make the interpreter's
# garbage collector go through everything in the process, while all of it stands still.
_ROWS_AT_ONCE: Final = 750

# Meters that report have an hour in here, and one query finds those of all; each of the others takes one of its own.
_RECENT: Final = timedelta(hours=6)


def _during(hass: HomeAssistant, ids: set[str], start: datetime, end: datetime | None, *types: Any) -> Any:
    if not ids:
        return {}
    return statistics_during_period(hass, start, end, ids, "hour", None, set(types))


def stretches(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> dict[str, Stretch]:
    """Return the window of each summed series with the sum before it and the row behind it."""
    return dict(_each_stretch(hass, statistic_ids, start, end))


def unsound(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> set[str]:
    """Return the series whose sums are broken in the window, or at the row behind it."""
    return {
        statistic_id for statistic_id, stretch in _each_stretch(hass, statistic_ids, start, end) if not stretch.is_sound
    }


def _each_stretch(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> Iterator[tuple[str, Stretch]]:
    last = newest(hass, statistic_ids)
    behind = _behind(hass, {statistic_id for statistic_id, newest_hour in last.items() if newest_hour >= end}, end)
    for statistic_id, sum_before, rows in _windows(hass, statistic_ids, start, end):
        after = behind.get(statistic_id)
        if sum_before is not None:
            base = sum_before
        elif after:
            base = _sum_before(after)
        else:
            # Whatever there is lies before the window.
            base = next((row.get("sum") or 0.0 for row in _last(hass, statistic_id, "sum")), 0.0)
        yield statistic_id, Stretch(base=base, rows=rows, behind=_hours([after])[0] if after else None)


def _windows(
    hass: HomeAssistant, statistic_ids: set[str], start: int, end: int
) -> Iterator[tuple[str, float | None, list[StoredHour]]]:
    """Give the rows of each series and the sum before them, None where there are none."""
    together = max(1, _ROWS_AT_ONCE * HOUR // max(HOUR, end - start))
    for some in batched(sorted(statistic_ids), together, strict=False):
        bases: dict[str, float] = {}
        rows: dict[str, list[StoredHour]] = {statistic_id: [] for statistic_id in some}
        for begin in range(start, end, _ROWS_AT_ONCE * HOUR):
            until = min(end, begin + _ROWS_AT_ONCE * HOUR)
            found = _during(hass, set(some), instant(begin), instant(until), "state", "sum", "change")
            for statistic_id, of_slice in found.items():
                bases.setdefault(statistic_id, _sum_before(of_slice[0]))
                rows[statistic_id] += _hours(of_slice)
        for statistic_id in some:
            yield statistic_id, bases.get(statistic_id), rows.pop(statistic_id)


def _behind(hass: HomeAssistant, statistic_ids: set[str], end: int) -> dict[str, Any]:
    """Return the first row of each series from `end` on; all of them have one."""
    result: dict[str, Any] = {}
    for ahead in _LOOK_AHEAD:
        missing = statistic_ids - result.keys()
        until = None if ahead is None else instant(end) + ahead
        found = _during(hass, missing, instant(end), until, "state", "sum", "change")
        result.update({statistic_id: rows[0] for statistic_id, rows in found.items() if rows})
    return result


def _hours(rows: Iterable[Any]) -> list[StoredHour]:
    return [StoredHour(int(row["start"]), row.get("state"), row.get("sum")) for row in rows]


def _sum_before(row: Any) -> float:
    return (row.get("sum") or 0.0) - (row.get("change") or 0.0)


def _last(hass: HomeAssistant, statistic_id: str, *types: Any) -> list[Any]:
    return list(get_last_statistics(hass, 1, statistic_id, False, set(types)).get(statistic_id, []))  # noqa: FBT003


def newest(hass: HomeAssistant, statistic_ids: set[str]) -> dict[str, int]:
    """Return the start of the newest hour of each series that has any."""
    recent = _during(hass, statistic_ids, dt_util.utcnow() - _RECENT, None)
    silent = {statistic_id: _last(hass, statistic_id) for statistic_id in statistic_ids - recent.keys()}
    return {statistic_id: int(rows[-1]["start"]) for statistic_id, rows in (recent | silent).items() if rows}


def values(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> dict[str, dict[int, float]]:
    """Return states, or means of series that have no state; rows with neither are left out."""
    found = _during(hass, statistic_ids, instant(start), instant(end), "state", "mean")
    return {
        statistic_id: {
            int(row["start"]): value
            for row in rows
            if (value := row.get("state") if row.get("state") is not None else row.get("mean")) is not None
        }
        for statistic_id, rows in found.items()
    }


def levels(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> dict[str, dict[int, Level]]:
    """Return the hours of level series that have all three values."""
    found = _during(hass, statistic_ids, instant(start), instant(end), "mean", "min", "max")
    return {
        statistic_id: {
            int(row["start"]): Level(row["mean"], row["min"], row["max"])
            for row in rows
            if None not in {row["mean"], row["min"], row["max"]}
        }
        for statistic_id, rows in found.items()
    }


def rows(hass: HomeAssistant, statistic_id: str) -> list[StoredHour]:
    """Return all rows of a summed series."""
    return _hours(_during(hass, {statistic_id}, _EPOCH, None, "state", "sum").get(statistic_id, []))
