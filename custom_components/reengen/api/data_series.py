"""What GetData with measurements and with costs shares: a range, series by position, and what is odd for most points."""

from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from .adaptations import AS_ASSUMED, Adaptations
from .envelope import Envelope, response_error
from .json_values import JsonArray, shown
from .models import DataResponse, Resolution
from .oddities import Oddities, OddityKind
from .wire_time import WIRE_STEP, StampReader, as_utc, range_to_wire

# Fewer points than these are meters with a fault, whatever their share.
_FEWEST_OF_MOST: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryContext:
    """What a request asks for and its response is read against; `resolution` is None for costs and raw rows.

    `start` and `end` are the half-open range of the request, `zone` is the platform's, which does otherwise than assumed
    as the `adaptations` say. `series_count` is that of GetData.
    """

    start: datetime
    end: datetime
    zone: tzinfo
    resolution: Resolution | None = None
    adaptations: Adaptations = AS_ASSUMED
    series_count: int = 0

    @property
    def ends_exclusively(self) -> bool:
        """Return whether the end of the range is sent as it is, not as the last second before it."""
        return self.adaptations.ends_exclusively(self.resolution)

    @property
    def wire_range(self) -> tuple[str, str]:
        """Return start and end as they are sent; raises ReengenRequestError for what is no range."""
        return range_to_wire(self.start, self.end, self.zone, ends_exclusively=self.ends_exclusively)


def data_response[S: Sized](
    envelope: Envelope, query: QueryContext, decode: Callable[[JsonArray, str, Oddities], S], lacking: S
) -> DataResponse[S]:
    """Return the response; `decode` reads the rows of a series, `lacking` stands for one that has no rows.

    Raises ReengenResponseError where the response has no data for its series.
    """
    oddities = Oddities(envelope.method)
    data = envelope.data()
    if isinstance(data, list) and len(data) == query.series_count:
        data = {str(position): rows for position, rows in enumerate(data)}
    if not isinstance(data, dict):
        raise response_error(envelope.method, "data", f"expected an object, got {shown(data)}")
    asked = [str(position) for position in range(query.series_count)]
    found: list[S | None] = []
    for key in asked:
        where = f"data.{key}"
        if key not in data:
            oddities.add(OddityKind.SERIES_MISSING, where, "no such key")
            found.append(lacking)
        elif data[key] is None:
            found.append(None)
        elif isinstance(data[key], list):
            found.append(decode(data[key], where, oddities))
        else:
            oddities.add(OddityKind.SERIES_SHAPE, where, shown(data[key]))
            found.append(lacking)
    for key in data.keys() - set(asked):
        oddities.add(OddityKind.SERIES_NOT_ASKED_FOR, "data", shown(key))
    start, end = _covered(envelope, query, oddities)
    return DataResponse(series=tuple(found), start=start, end=end, oddities=oddities.found())


def _covered(envelope: Envelope, query: QueryContext, oddities: Oddities) -> tuple[datetime | None, datetime | None]:
    """Return what the platform says it covered, half-open; an echo of the request is the request's range."""
    stamps = StampReader(query.zone)
    asked_start, asked_end = query.wire_range
    last_step = timedelta() if query.ends_exclusively else WIRE_STEP

    def edge(key: str, asked: str, instant: datetime, step: timedelta) -> datetime | None:
        told = envelope.properties.get(key)
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


# What is told of a meter with a fault, and of all meters where the platform's clock or its numbers are read wrongly.
_OF_A_POINT: Final = frozenset(
    {
        OddityKind.STAMP,
        OddityKind.VALUE,
        OddityKind.SKIPPED_HOUR,
        OddityKind.TWO_VALUES,
        OddityKind.LABEL_OFF_BOUNDARY,
    }
)


def mostly_odd(response: DataResponse[Any], points_asked: int) -> bool:
    """Return whether a response of GetData is odd for most points: then it is read wrongly, in another zone, say.

    True where stamps or values are odd for at least three points and for more than half of those asked for, or where
    more rows (at least three) were left out without a readable point than rows were kept. A surplus bucket at an edge
    of the range is no such oddity.
    """
    points = {each.point_id for each in response.oddities if each.kind in _OF_A_POINT} - {None}
    nameless = sum(each.count for each in response.oddities if each.point_id is None and each.kind.loses_data)
    return len(points) > max(points_asked / 2, _FEWEST_OF_MOST - 1) or nameless > max(
        response.row_count, _FEWEST_OF_MOST - 1
    )
