"""How much one request of GetData asks for: how reads are cut, and what failures and pace have taught. No input and no output."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple

from .models import Resolution
from .wire_time import WIRE_STEP, bucket_edges, is_repeated

# Rows of one response: about half a megabyte, decoded in a few hundredths of a second.
ROW_BUDGET: Final = 10_000
_ONE_BUCKET: Final = 2
# A third of what a response may take, so that a slower moment is no time-out.
_TARGET_SECONDS: Final = 20.0
_LEAST_SECONDS: Final = 1e-3
# A limit that was found counts for a day, and is then tried again.
_DAY: Final = 86_400.0
_SHORTEST_LIMIT: Final = timedelta(days=1)
# A platform that caps its responses caps them at a round number of rows.
_ROUND_COUNT: Final = 500


class Portion(NamedTuple):
    """What one request asks for: codes of points, and a half-open range."""

    points: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Buckets:
    """The rows that a request of GetData may bring: one for each series, point and bucket, or range without resolution."""

    series_count: int
    resolution: Resolution | None
    zone: tzinfo

    def rows(self, portion: Portion) -> int:
        """Return how many rows a portion has at most."""
        return len(portion.points) * self.series_count * (len(self._edges(portion)) - 1)

    def split(self, portion: Portion, most_rows: int, longest: timedelta | None) -> list[Portion]:
        """Return portions that together ask for each point and bucket once.

        Each has at most `most_rows` rows, unless one bucket of one point alone has more, and is no longer than `longest`,
        unless a bucket is. Cuts over points come first; over time they lie on edges of buckets, at midnight where
        possible and never in a repeated hour, which the wire cannot tell from its first pass.
        """
        edges = self._edges(portion)
        most = len(edges) - 1
        if longest is not None:
            most = max(1, int(most * min(1.0, longest / (portion.end - portion.start))))
        windows = self._windows(portion, edges, most)
        if together := most_rows // (self.series_count * most):
            groups = _even_groups(portion.points, together)
            return [Portion(group, *window) for group in groups for window in windows]
        windows = self._windows(portion, edges, min(most, max(1, most_rows // self.series_count)))
        return [Portion((point,), *window) for point in portion.points for window in windows]

    def halves(self, portion: Portion) -> list[Portion]:
        """Return the parts of a portion, cut over time where it has several buckets, else over points; else none."""
        edges = self._edges(portion)
        if len(edges) > _ONE_BUCKET:
            windows = self._windows(portion, edges, len(edges) // 2)
            return [Portion(portion.points, *window) for window in windows]
        groups = _even_groups(portion.points, -(-len(portion.points) // 2))
        return [Portion(group, portion.start, portion.end) for group in groups] if len(groups) > 1 else []

    def _edges(self, portion: Portion) -> list[datetime]:
        if self.resolution is None:
            return [portion.start, portion.end]
        return bucket_edges(portion.start, portion.end, self.resolution, self.zone)

    def _windows(self, portion: Portion, edges: list[datetime], most: int) -> list[tuple[datetime, datetime]]:
        return list(pairwise([portion.start, *_cuts(edges, most, self.zone), portion.end]))


def _even_groups(points: Sequence[str], most: int) -> list[tuple[str, ...]]:
    count = -(-len(points) // most)
    bounds = [len(points) * index // count for index in range(count + 1)]
    return [tuple(points[bounds[index] : bounds[index + 1]]) for index in range(count)]


def _cuts(edges: list[datetime], most: int, zone: tzinfo) -> list[datetime]:
    """Return the inner cuts, at most `most` buckets apart."""
    cuts: list[datetime] = []
    position = 0
    while len(edges) - 1 - position > most:
        reach = range(position + most, position, -1)
        # Without a midnight in reach there are a day's buckets at most.
        position = next(at for rough in range(3) for at in reach if _roughness(edges[at], zone) == rough)
        cuts.append(edges[position])
    return cuts


def _roughness(edge: datetime, zone: tzinfo) -> int:
    """Return how bad a place to cut is: 0 at midnight, 2 where the wire cannot say which pass is meant."""
    if is_repeated(edge, zone) or is_repeated(edge - WIRE_STEP, zone):
        return 2
    return 0 if edge.astimezone(zone).time() == time.min else 1


@dataclass(slots=True)
class ResponseLimits:
    """Learns from each request: the rows it asked for, the rows it brought, its seconds; `clock` tells the seconds of now."""

    clock: Callable[[], float]
    _found: dict[str, tuple[float, float]] = field(default_factory=dict)
    _pace: float = float(ROW_BUDGET)
    _most_rows: int = 0
    _short: dict[int, int] = field(default_factory=dict)
    _whole: dict[int, float] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return how many rows to ask for in one request at most."""
        return int(min([ROW_BUDGET, *(limit for key, limit in self.adapted.items() if key != "range_hours")]))

    @property
    def longest(self) -> timedelta | None:
        """Return how long a range to ask for in one request at most, None for any."""
        hours = self.adapted.get("range_hours")
        return None if hours is None else timedelta(hours=hours)

    @property
    def adapted(self) -> Mapping[str, float]:
        """Return by its reason each limit in force: rows of a request, and for `range_hours` its length."""
        now = self.clock()
        found = {key: limit for key, (limit, until) in self._found.items() if now < until}
        return found if self._pace >= ROW_BUDGET else {**found, "too_slow": float(int(self._pace))}

    def too_large(self, rows: int, length: timedelta) -> None:
        """Note that the platform gives no response that may have so many rows, or over such a range (HTTP 413)."""
        if rows <= self._most_rows and length > _SHORTEST_LIMIT:
            # As many rows came of a shorter range.
            self._keep("range_hours", max(_SHORTEST_LIMIT, length / 2) / timedelta(hours=1))
            self._found.pop("too_large", None)
        else:
            self._keep("too_large", rows // 2)

    def too_slow(self, rows: int) -> None:
        """Note that a response that may have so many rows did not come in time."""
        self._pace = max(1.0, min(self._pace, rows / 2))

    def came(self, rows: int, listed: int, seconds: float) -> None:
        """Note a response to a request for `rows` that has `listed` rows and took so long."""
        self._most_rows = max(self._most_rows, listed)
        if seconds > _TARGET_SECONDS:
            self._pace = max(1.0, min(self._pace, rows * _TARGET_SECONDS / seconds))
        else:
            in_time = listed * _TARGET_SECONDS / max(seconds, _LEAST_SECONDS)
            self._pace = min(ROW_BUDGET, max(self._pace, min(2 * self._pace, in_time)))

    def may_be_capped(self, rows: int, listed: int) -> bool:
        """Return whether a response with fewer rows than were asked for may lack some because the platform caps it.

        That is where the number is round, was a cap before, or is that of a request for another number of rows; and where
        it was not found whole within a day.
        """
        if not 0 < listed < rows or (listed in self._whole and self.clock() < self._whole[listed]):
            return False
        is_like_another = self._short.setdefault(listed, rows) != rows
        was_a_cap = self._found.get("cap", (0, 0))[0] == listed
        return is_like_another or was_a_cap or listed % _ROUND_COUNT == 0

    def is_cap(self, listed: int) -> None:
        """Note that the platform lists no more rows than so many."""
        self._keep("cap", listed)

    def is_whole(self, listed: int) -> None:
        """Note that a response with so many rows lacked none."""
        now = self.clock()
        self._short.pop(listed, None)
        self._whole = {each: until for each, until in self._whole.items() if now < until}
        self._whole[listed] = now + _DAY

    def _keep(self, key: str, limit: float) -> None:
        self._found[key] = max(1.0, limit), self.clock() + _DAY
