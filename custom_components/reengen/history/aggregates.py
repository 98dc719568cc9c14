"""What the recorder's database works out by itself, so that none of its rows, years of many series, becomes an object.

Each query blocks and runs in the recorder's executor. Windows are half-open, in epoch seconds at the start of an hour.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
import math

from homeassistant.components.recorder.db_schema import Statistics
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
from sqlalchemy import Select, case, exists, func, or_, select

from .plan import SUM_RESOLUTION, SUM_TOLERANCE, VALUE_TOLERANCE
from .reconcile import NOTHING, Stored


def unsound(hass: HomeAssistant, statistic_ids: set[str], start: int, end: int) -> set[str]:
    """Return the summed series whose sums are broken in the window, or at the row behind it."""
    metadata = get_metadata(hass, statistic_ids=statistic_ids)
    with session_scope(hass=hass, read_only=True) as session:
        return {
            statistic_id
            for statistic_id, (number, _) in metadata.items()
            if session.scalar(_any_broken(number, start, end))
        }


def _any_broken(number: int, start: int, end: int) -> Select[tuple[bool]]:
    """Return the query whether the change of any row of the window, and of the one behind it, is not its state."""
    table = Statistics
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


def totals(hass: HomeAssistant, statistic_id: str, edges: Sequence[int], has_sum: bool) -> dict[int, Stored]:
    """Return by its start the total of each bucket between the edges that holds any hour; of levels, the mean."""
    metadata = get_metadata(hass, statistic_ids={statistic_id})
    with session_scope(hass=hass, read_only=True) as session:
        return {
            start: Stored(total if has_sum else total / hours, hours)
            for number, _ in metadata.values()
            for start, total, hours in session.execute(_sums(number, edges))
        }


def differing(hass: HomeAssistant, expected: Mapping[str, Stored], start: int, end: int) -> set[str]:
    """Return the series whose hours of the window do not add up to what is expected, or are not as many."""
    metadata = get_metadata(hass, statistic_ids=set(expected))
    found = dict.fromkeys(expected, NOTHING)
    with session_scope(hass=hass, read_only=True) as session:
        for statistic_id, (number, _) in metadata.items():
            for _, total, hours in session.execute(_sums(number, (start, end))):
                found[statistic_id] = Stored(total, hours)
    return {
        statistic_id
        for statistic_id, (total, hours) in expected.items()
        if hours != found[statistic_id].hours
        or not math.isclose(total, found[statistic_id].total, rel_tol=1e-9, abs_tol=hours * VALUE_TOLERANCE)
    }


def _sums(number: int, edges: Sequence[int]) -> Select[tuple[int, float, int]]:
    """Return the query for the start of each bucket, the sum of its states, or of means without one, and their count."""
    value = func.coalesce(Statistics.state, Statistics.mean)
    bucket = case(*((Statistics.start_ts < end, begin) for begin, end in pairwise(edges))).label("bucket")
    of_series = Statistics.metadata_id == number
    within = Statistics.start_ts >= edges[0], Statistics.start_ts < edges[-1]
    chosen = select(bucket, func.sum(value), func.count(value)).where(of_series, *within, value.is_not(None))
    return chosen.group_by(bucket.name)
