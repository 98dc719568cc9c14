"""What the responses of GetData with measurements and with costs share: series by position, and the range covered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from .adaptations import AS_ASSUMED, Adaptations
from .envelope import Envelope
from .json_values import JsonArray, shown
from .models import Resolution
from .oddities import Oddities, OddityKind
from .wire_time import WIRE_STEP, StampReader, as_utc, range_to_wire


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryContext:
    """What a response of GetData is read against; `resolution` is None for costs.

    `start` and `end` are the half-open range of the request, `zone` is the platform's, whose rows are read by the
    `adaptations`.
    """

    series_count: int
    start: datetime
    end: datetime
    zone: tzinfo
    resolution: Resolution | None = None
    adaptations: Adaptations = AS_ASSUMED


def each_series[T](
    envelope: Envelope, query: QueryContext, oddities: Oddities, decode: Callable[[JsonArray, str], T], unknown: T
) -> tuple[T | None, ...]:
    """Return for each requested position what its rows decode to, None for null, `unknown` where it has no rows."""
    data = envelope.data()
    if isinstance(data, list) and len(data) == query.series_count:
        data = {str(position): rows for position, rows in enumerate(data)}
    if not isinstance(data, dict):
        raise envelope.error("data", "an object", got=shown(data))
    asked = [str(position) for position in range(query.series_count)]
    found: list[T | None] = []
    for key in asked:
        where = f"data.{key}"
        if key not in data:
            oddities.add(OddityKind.SERIES_MISSING, where, "no such key")
            found.append(unknown)
        elif data[key] is None:
            found.append(None)
        elif isinstance(data[key], list):
            found.append(decode(data[key], where))
        else:
            oddities.add(OddityKind.SERIES_SHAPE, where, shown(data[key]))
            found.append(unknown)
    for key in data.keys() - set(asked):
        oddities.add(OddityKind.SERIES_NOT_ASKED_FOR, "data", shown(key))
    return tuple(found)


def covered(envelope: Envelope, query: QueryContext, oddities: Oddities) -> tuple[datetime | None, datetime | None]:
    """Return what the platform says it covered, half-open; an echo of the request is the request's range."""
    stamps = StampReader(query.zone)
    echo = envelope.properties or {}
    is_exclusive = query.adaptations.ends_exclusively(query.resolution)
    asked_start, asked_end = range_to_wire(query.start, query.end, query.zone, ends_exclusively=is_exclusive)
    last_step = timedelta() if is_exclusive else WIRE_STEP

    def edge(key: str, asked: str, instant: datetime, step: timedelta) -> datetime | None:
        told = echo.get(key)
        if told is None or told == asked:
            return None if told is None else as_utc(instant)
        try:
            if (read := stamps.read(told)) is not None:
                return read + step
        except OverflowError:
            pass
        oddities.add(OddityKind.RANGE, key, shown(told))
        return None

    return edge("start", asked_start, query.start, timedelta()), edge("end", asked_end, query.end, last_step)
