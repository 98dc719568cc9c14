"""Queries of the recorder's database; each blocks and runs in the recorder's executor.

Windows are half-open, in epoch seconds at the start of an hour; hours come in order of time.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.components.recorder.statistics import get_last_statistics, statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .plan import Level, StoredHour, Stretch

_EPOCH: Final = datetime.fromtimestamp(0, UTC)

# The row behind a window is the next hour as a rule; across a gap it is looked for ever farther away.
_LOOK_AHEAD: Final = (timedelta(hours=1), timedelta(days=2), timedelta(days=60), None)

# Meters that report have an hour in here, and one query finds those of all; each of the others takes one of its own.
_RECENT: Final = timedelta(hours=6)


def _during(hass: HomeAssistant, ids: set[str], start: datetime, end: datetime | None, *types: Any) -> Any:
    if not ids:
        return {}
    return statistics_during_period(hass, start, end, ids, "hour", None, set(types))


def _instant(start: int) -> datetime:
    return datetime.fromtimestamp(start, UTC)


def stretches(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> dict[str, Stretch]:
    """Return the window of each summed series with the sum before it and the row behind it."""
    found = _during(hass, statistic_ids, _instant(start), _instant(end), "state", "sum", "change")
    last = newest(hass, statistic_ids)
    behind = _behind(hass, {statistic_id for statistic_id, newest_hour in last.items() if newest_hour >= end}, end)
    result = {}
    for statistic_id in statistic_ids:
        rows, after = found.get(statistic_id, []), behind.get(statistic_id)
        if rows or after:
            base = _sum_before(rows[0] if rows else after)
        else:
            # Whatever there is lies before the window.
            base = next((row.get("sum") or 0.0 for row in _last(hass, statistic_id, "sum")), 0.0)
        result[statistic_id] = Stretch(base=base, rows=_hours(rows), behind=_hours([after])[0] if after else None)
    return result


def _behind(hass: HomeAssistant, statistic_ids: set[str], end: int) -> dict[str, Any]:
    """Return the first row of each series from `end` on; all of them have one."""
    result: dict[str, Any] = {}
    for ahead in _LOOK_AHEAD:
        missing = statistic_ids - result.keys()
        until = None if ahead is None else _instant(end) + ahead
        found = _during(hass, missing, _instant(end), until, "state", "sum", "change")
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
    found = _during(hass, statistic_ids, _instant(start), _instant(end), "state", "mean")
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
    found = _during(hass, statistic_ids, _instant(start), _instant(end), "mean", "min", "max")
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
