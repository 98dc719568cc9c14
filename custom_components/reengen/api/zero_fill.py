"""Platforms that fill with zeros: a zero behind the newest raw row of its point is missing, and no zero."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from .errors import ReengenRefusedError
from .models import MeasurementResponse, MeasurementSeries, RawReading
from .oddities import Listing
from .reading_series import ReadingSeries

# The newest raw row is looked for this far back. A point that has none there has been silent for as long as it says zero.
_RAW_WINDOW: Final = timedelta(days=2)

type Tails = dict[int, datetime]
"""Point id -> start of the first of the buckets that are zero up to its last one."""


async def without_filled(
    response: MeasurementResponse,
    series: Sequence[MeasurementSeries],
    *,
    codes: Mapping[int, str],
    end: datetime,
    now: datetime,
    list_data: Callable[..., Awaitable[Listing[RawReading]]],
) -> MeasurementResponse:
    """Return the response without zeros that end it and begin at or after the newest raw row, or after now.

    One request of raw rows, for the points whose last buckets up to now are zero; none where there are no such points.
    `codes` are those of points by id; of a point that is not among them no last zero is believed.
    """
    tails = [_tails(each) if each else {} for each in response.series]
    newest: dict[tuple[str | None, str | None, str | None], datetime] = {}
    last = min(end, now)
    asked = [(one, tail) for one, tail in zip(series, tails, strict=True) if any(at < last for at in tail.values())]
    points = sorted({codes[each] for _, tail in asked for each, at in tail.items() if at < last and each in codes})
    if points:
        first = min(at for _, tail in asked for at in tail.values())
        try:
            rows = await list_data(
                points=points,
                definitions=sorted({one.definition for one, _ in asked}),
                variants=sorted({one.variant for one, _ in asked}),
                start=max(first, last - _RAW_WINDOW),
                end=last,
            )
        except ReengenRefusedError:
            rows = Listing((), ())
        for row in sorted(rows, key=attrgetter("interval_end")):
            if row.value is not None:
                newest[row.point, row.definition, row.variant] = row.interval_end

    def kept(one: MeasurementSeries, readings: ReadingSeries, tail: Tails) -> ReadingSeries:
        ends = {each: newest.get((codes.get(each), one.definition, one.variant), at) for each, at in tail.items()}
        return _without(readings, {each: max(at, min(ends[each], now)) for each, at in tail.items()})

    found = zip(series, response.series, tails, strict=True)
    return replace(response, series=tuple(each and kept(one, each, tail) for one, each, tail in found))


def _tails(readings: ReadingSeries) -> Tails:
    tails: Tails = {}
    ended: set[int] = set()
    columns = zip(readings.bucket_starts, readings.point_ids, readings.values, strict=True)
    for start, point_id, value in reversed([*columns]):
        if value != 0:
            ended.add(point_id)
        elif point_id not in ended:
            tails[point_id] = start
    return tails


def _without(readings: ReadingSeries, ends: Mapping[int, datetime]) -> ReadingSeries:
    """Return the readings of each point that begin before its end, and all of a point that has none."""
    if not ends:
        return readings
    columns = zip(readings.bucket_starts, readings.point_ids, strict=True)
    return readings.at([at for at, (start, each) in enumerate(columns) if each not in ends or start < ends[each]])
