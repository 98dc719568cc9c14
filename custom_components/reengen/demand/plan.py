"""Which days are to be read, of which points, in how many requests; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from custom_components.reengen.api import ROW_BUDGET
from custom_components.reengen.const import QUARTER_HOUR

from .months import Span

# Quarter hours are asked for, and compared, in six decimals: a hundred of them differ from their sum by less.
_TOLERANCE_KWH = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class Portion:
    """What one request asks for: these points, and these days without a gap, in order of time."""

    point_ids: frozenset[int]
    spans: tuple[Span, ...]

    @property
    def start(self) -> datetime:
        """Return where the first day begins."""
        return self.spans[0].start

    @property
    def end(self) -> datetime:
        """Return where the last day ends."""
        return self.spans[-1].end

    def halves(self, point_ids: frozenset[int]) -> list[Portion]:
        """Return the older and the newer days, of some points."""
        middle = len(self.spans) // 2
        return [Portion(point_ids=point_ids, spans=spans) for spans in (self.spans[:middle], self.spans[middle:])]


def portions(due: Mapping[int, Collection[datetime]], days: Sequence[Span]) -> list[Portion]:
    """Return the requests for the days (by their start) that are due of each point, the newest first.

    Each asks for as many days as a response holds, and for one at least: the client splits what has too many points.
    """
    found: list[Portion] = []
    for span in reversed(days):
        point_ids = frozenset(point_id for point_id, starts in due.items() if span.start in starts)
        if not point_ids:
            continue
        newer = found[-1].spans if found and found[-1].point_ids == point_ids else ()
        if newer and span.end == newer[0].start and _rows(point_ids, span.start, newer[-1].end) <= ROW_BUDGET:
            found[-1] = Portion(point_ids=point_ids, spans=(span, *newer))
        else:
            found.append(Portion(point_ids=point_ids, spans=(span,)))
    return found


def _rows(point_ids: Collection[int], start: datetime, end: datetime) -> int:
    return len(point_ids) * ((end - start) // QUARTER_HOUR)


def differ(one: float | None, other: float | None) -> bool:
    """Return whether two totals of a day (kWh) are not the same; None is no total."""
    if one is None or other is None:
        return one is not other
    return abs(one - other) > _TOLERANCE_KWH
