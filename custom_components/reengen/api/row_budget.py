"""How a read is cut into requests whose responses stay small enough to be decoded without a pause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple

from .models import Resolution
from .wire_time import WIRE_STEP, bucket_edges, is_repeated

# Rows of one response: about half a megabyte, decoded in a few hundredths of a second.
ROW_BUDGET: Final = 10_000
_ONE_BUCKET: Final = 2


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
