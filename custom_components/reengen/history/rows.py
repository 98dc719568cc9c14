"""What is stored of statistics: queries that block, for one of the recorder's own threads (`HistoryStore.read`).

Windows are the starts of hours in epoch seconds, and hours come in order of time. What takes years of many
series is worked out by the database itself, so that none of its rows becomes an object.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched, pairwise
import math
from typing import Any, Final

from homeassistant.components.recorder.db_schema import Statistics, StatisticsMeta
from homeassistant.components.recorder.statistics import get_metadata, statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from .hours import instant
from .plan import HOUR, SUM_RESOLUTION, SUM_TOLERANCE, VALUE_TOLERANCE, Level, StoredHour, Stretch
from .reconcile import NOTHING, Stored

# The recorder gives a row as several objects. Thousands at a time set off a full garbage collection sooner or later, and
# Home Assistant stands still during one; fewer at a time take more queries, which leave objects behind as well.
_ROWS_AT_ONCE: Final = 375

# Few enough for the parameters of a statement.
_SERIES_AT_ONCE: Final = 500

_OF_SERIES: Final = Statistics.metadata_id == StatisticsMeta.id

_EPOCH: Final = instant(0)

_EVER: Final = range(0, 2**40, HOUR)

type _Slice = tuple[str, list[Any]]
"""Statistic id, and neighbouring rows of it; at least one."""


def _during(hass: HomeAssistant, ids: Collection[str], start: datetime, end: datetime | None, *types: Any) -> Any:
    if not ids:
        return {}
    return statistics_during_period(hass, start, end, set(ids), "hour", None, set(types))


def _slices(hass: HomeAssistant, statistic_ids: Collection[str], window: range, *types: Any) -> Iterator[_Slice]:
    """Give the rows of the window, few at a time; those of one series in order of time."""
    together = max(1, _ROWS_AT_ONCE // max(1, len(window)))
    for some in batched(sorted(statistic_ids), together, strict=False):
        for first in range(0, len(window), _ROWS_AT_ONCE):
            part = window[first : first + _ROWS_AT_ONCE]
            yield from _during(hass, some, instant(part.start), instant(part.stop), *types).items()


def stretches(hass: HomeAssistant, statistic_ids: Collection[str], window: range) -> dict[str, Stretch]:
    """Return the window of each summed series with the sum before it and the row behind it."""
    hours: dict[str, list[StoredHour]] = {statistic_id: [] for statistic_id in statistic_ids}
    for statistic_id, found in _slices(hass, statistic_ids, window, "state", "sum"):
        hours[statistic_id] += _hours(found)
    edges = {statistic_id: row for statistic_id, *row in _of_each(hass, statistic_ids, _edges(window))}
    result: dict[str, Stretch] = {}
    for statistic_id, rows in hours.items():
        base, first, state, total = edges.get(statistic_id, (None,) * 4)
        behind = None if first is None else StoredHour(int(first), state, total)
        result[statistic_id] = Stretch(base=base or 0.0, rows=rows, behind=behind)
    return result


def _edges(window: range) -> Select[Any]:
    """Return the query for the id of each series, the sum before the window, and start, state and sum of the row behind it."""
    table = Statistics
    last = select(func.max(table.start_ts)).where(_OF_SERIES, table.start_ts < window.start).scalar_subquery()
    first = select(func.min(table.start_ts)).where(_OF_SERIES, table.start_ts >= window.stop).scalar_subquery()
    before, behind = aliased(Statistics), aliased(Statistics)
    return (
        select(StatisticsMeta.statistic_id, before.sum, behind.start_ts, behind.state, behind.sum)
        .select_from(StatisticsMeta)
        .outerjoin(before, and_(before.metadata_id == StatisticsMeta.id, before.start_ts == last))
        .outerjoin(behind, and_(behind.metadata_id == StatisticsMeta.id, behind.start_ts == first))
    )


def _of_each(hass: HomeAssistant, statistic_ids: Collection[str], query: Select[Any]) -> Iterator[Any]:
    """Give the rows of a query for series, which is sent for few enough of them at once."""
    with session_scope(hass=hass, read_only=True) as session:
        for some in batched(statistic_ids, _SERIES_AT_ONCE, strict=False):
            yield from session.execute(query.where(StatisticsMeta.statistic_id.in_(some)))


def _hours(rows: Iterable[Any]) -> list[StoredHour]:
    return [StoredHour(int(row["start"]), row.get("state"), row.get("sum")) for row in rows]


def newest(hass: HomeAssistant, statistic_ids: Collection[str]) -> dict[str, int]:
    """Return the start of the newest hour of each series that has any."""
    last = select(func.max(Statistics.start_ts)).where(_OF_SERIES).scalar_subquery()
    found = _of_each(hass, statistic_ids, select(StatisticsMeta.statistic_id, last))
    return {statistic_id: int(start) for statistic_id, start in found if start is not None}


def values(hass: HomeAssistant, statistic_ids: Collection[str], window: range) -> dict[str, dict[int, float]]:
    """Return states, or means of series that have no state; rows with neither are left out."""
    result: dict[str, dict[int, float]] = {}
    for statistic_id, found in _slices(hass, statistic_ids, window, "state", "mean"):
        result.setdefault(statistic_id, {}).update(
            (int(row["start"]), value)
            for row in found
            if (value := row.get("state") if row.get("state") is not None else row.get("mean")) is not None
        )
    return result


def levels(hass: HomeAssistant, statistic_ids: Collection[str], window: range) -> dict[str, dict[int, Level]]:
    """Return the hours of level series that have all three values."""
    result: dict[str, dict[int, Level]] = {}
    for statistic_id, found in _slices(hass, statistic_ids, window, "mean", "min", "max"):
        result.setdefault(statistic_id, {}).update(
            (int(row["start"]), Level(row["mean"], row["min"], row["max"]))
            for row in found
            if None not in {row["mean"], row["min"], row["max"]}
        )
    return result


def all_rows(hass: HomeAssistant, statistic_id: str) -> list[StoredHour]:
    """Return all rows of a summed series, oldest first."""
    return _hours(_during(hass, [statistic_id], _EPOCH, None, "state", "sum").get(statistic_id, []))


def names(hass: HomeAssistant, statistic_ids: Collection[str]) -> dict[str, str | None]:
    """Return the names of the statistics that exist."""
    found = get_metadata(hass, statistic_ids=set(statistic_ids))
    return {statistic_id: metadata["name"] for statistic_id, (_, metadata) in found.items()}


def inconsistent(hass: HomeAssistant, statistic_ids: Collection[str], window: range = _EVER) -> set[str]:
    """Return the summed series with a row in the window, or the one behind it, whose change is not its state."""
    metadata = get_metadata(hass, statistic_ids=set(statistic_ids))
    with session_scope(hass=hass, read_only=True) as session:
        return {key for key, (number, _) in metadata.items() if session.scalar(_any_broken(number, window))}


def _any_broken(number: int, window: range) -> Select[tuple[bool]]:
    """Return the query whether the change of any row of the window, and of the one behind it, is not its state."""
    table, start, end = Statistics, window.start, window.stop
    of_series = table.metadata_id == number
    before = select(func.max(table.start_ts)).where(of_series, table.start_ts < start).scalar_subquery()
    behind = select(func.min(table.start_ts)).where(of_series, table.start_ts >= end).scalar_subquery()
    last_sum = func.coalesce(func.lag(table.sum).over(order_by=table.start_ts), 0.0)
    rows = (
        select(table.start_ts, table.state, table.sum, last_sum.label("last_sum"))
        .where(of_series, table.start_ts.between(func.coalesce(before, start), func.coalesce(behind, end)))
        .subquery()
        .c
    )
    gap = or_(rows.state.is_(None), rows.sum.is_(None))
    off = func.abs(rows.sum - rows.last_sum - rows.state) > SUM_TOLERANCE + SUM_RESOLUTION * func.abs(rows.sum)
    return select(exists().where(rows.start_ts >= start, or_(gap, off)))


def totals(hass: HomeAssistant, statistic_id: str, edges: Sequence[int], *, has_sum: bool) -> dict[int, Stored]:
    """Return by its start the total of each bucket between the edges that holds any hour; of levels, the mean."""
    metadata = get_metadata(hass, statistic_ids={statistic_id})
    with session_scope(hass=hass, read_only=True) as session:
        return {
            start: Stored(total if has_sum else total / hours, hours)
            for number, _ in metadata.values()
            for start, total, hours in session.execute(_sums(number, edges))
        }


def complete_totals(hass: HomeAssistant, statistic_ids: Collection[str], window: range) -> dict[str, float]:
    """Return what the window adds up to, of each summed series whose hours reach over all of the window."""
    within = Statistics.start_ts >= window.start, Statistics.start_ts < window.stop
    total = select(func.sum(Statistics.state)).where(_OF_SERIES, *within).scalar_subquery()
    reaches = (
        exists().where(_OF_SERIES, Statistics.start_ts <= window.start),
        exists().where(_OF_SERIES, Statistics.start_ts >= window.stop - HOUR),
    )
    found = _of_each(hass, statistic_ids, select(StatisticsMeta.statistic_id, total).where(*reaches))
    return {statistic_id: total for statistic_id, total in found if total is not None}


def differing(hass: HomeAssistant, expected: Mapping[str, Stored], window: range) -> set[str]:
    """Return the series whose hours of the window do not add up to what is expected, or are not as many."""
    result: set[str] = set()
    edges = window.start, window.stop
    for statistic_id, (total, hours) in expected.items():
        found = totals(hass, statistic_id, edges, has_sum=True).get(window.start, NOTHING)
        is_equal = math.isclose(total, found.total, rel_tol=1e-9, abs_tol=hours * VALUE_TOLERANCE)
        if hours != found.hours or not is_equal:
            result.add(statistic_id)
    return result


def _sums(number: int, edges: Sequence[int]) -> Select[tuple[int, float, int]]:
    """Return the query for the start of each bucket, the sum of its states, or of means without one, and their count."""
    value = func.coalesce(Statistics.state, Statistics.mean)
    bucket = case(*((Statistics.start_ts < end, begin) for begin, end in pairwise(edges))).label("bucket")
    of_series = Statistics.metadata_id == number
    within = Statistics.start_ts >= edges[0], Statistics.start_ts < edges[-1]
    chosen = select(bucket, func.sum(value), func.count(value)).where(of_series, *within, value.is_not(None))
    return chosen.group_by(bucket.name)
