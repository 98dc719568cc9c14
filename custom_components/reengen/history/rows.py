"""Rows of the recorder's database; each query blocks and runs in the recorder's executor.

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

# The recorder gives a row as several objects. Thousands at a time make the interpreter's garbage collector go through
# everything in the process sooner or later, while all of it stands still; fewer at a time take more queries, which
# leave objects behind as well.
_ROWS_AT_ONCE: Final = 375

# Meters that report have an hour in here, and one query finds those of all; each of the others takes one of its own.
_RECENT: Final = timedelta(hours=6)

_EPOCH: Final = instant(0)

type _Slice = tuple[str, list[Any]]
"""Statistic id, and neighbouring rows of it; at least one."""


def _during(hass: HomeAssistant, ids: set[str], start: datetime, end: datetime | None, *types: Any) -> Any:
    if not ids:
        return {}
    return statistics_during_period(hass, start, end, ids, "hour", None, set(types))


def _slices(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int, *types: Any) -> Iterator[_Slice]:
    """Give the rows of the window, few at a time; those of one series in order of time."""
    together = max(1, _ROWS_AT_ONCE * HOUR // max(HOUR, end - start))
    for some in batched(sorted(statistic_ids), together, strict=False):
        for begin in range(start, end, _ROWS_AT_ONCE * HOUR):
            until = min(end, begin + _ROWS_AT_ONCE * HOUR)
            yield from _during(hass, set(some), instant(begin), instant(until), *types).items()


def stretches(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> dict[str, Stretch]:
    """Return the window of each summed series with the sum before it and the row behind it."""
    bases: dict[str, float] = {}
    hours: dict[str, list[StoredHour]] = {statistic_id: [] for statistic_id in statistic_ids}
    for statistic_id, found in _slices(hass, statistic_ids, start, end, "state", "sum", "change"):
        bases.setdefault(statistic_id, _sum_before(found[0]))
        hours[statistic_id] += _hours(found)
    behind = {statistic_id: [row] for statistic_id, row in _behind(hass, statistic_ids, end).items()}
    for statistic_id in statistic_ids - bases.keys():
        if after := behind.get(statistic_id):
            bases[statistic_id] = _sum_before(after[0])
        else:
            # Whatever there is lies before the window.
            bases[statistic_id] = next((row.get("sum") or 0.0 for row in _last(hass, statistic_id, "sum")), 0.0)
    return {
        statistic_id: Stretch(
            base=bases[statistic_id], rows=rows, behind=next(iter(_hours(behind.get(statistic_id, ()))), None)
        )
        for statistic_id, rows in hours.items()
    }


def _behind(hass: HomeAssistant, statistic_ids: set[str], end: int) -> dict[str, Any]:
    """Return the first row from `end` on of each series that has one."""
    after = end + HOUR
    rows = _first_rows(hass, statistic_ids, end, after)
    # As a rule that is all: it is the next hour, or there is none at all.
    last = {key: start for key, start in newest(hass, statistic_ids - rows.keys()).items() if start >= end}
    while missing := {key for key, start in last.items() if key not in rows and start >= after}:
        begin, after = after, after + max(1, _ROWS_AT_ONCE // len(missing)) * HOUR
        rows |= _first_rows(hass, missing, begin, after)
    return rows


def _first_rows(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> dict[str, Any]:
    found = _during(hass, statistic_ids, instant(start), instant(end), "state", "sum", "change")
    return {statistic_id: rows[0] for statistic_id, rows in found.items()}


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
    result: dict[str, dict[int, float]] = {}
    for statistic_id, found in _slices(hass, statistic_ids, start, end, "state", "mean"):
        result.setdefault(statistic_id, {}).update(
            (int(row["start"]), value)
            for row in found
            if (value := row.get("state") if row.get("state") is not None else row.get("mean")) is not None
        )
    return result


def levels(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> dict[str, dict[int, Level]]:
    """Return the hours of level series that have all three values."""
    result: dict[str, dict[int, Level]] = {}
    for statistic_id, found in _slices(hass, statistic_ids, start, end, "mean", "min", "max"):
        result.setdefault(statistic_id, {}).update(
            (int(row["start"]), Level(row["mean"], row["min"], row["max"]))
            for row in found
            if None not in {row["mean"], row["min"], row["max"]}
        )
    return result


def rows(hass: HomeAssistant, statistic_id: str) -> list[StoredHour]:
    """Return all rows of a summed series."""
    return _hours(_during(hass, {statistic_id}, _EPOCH, None, "state", "sum").get(statistic_id, []))
