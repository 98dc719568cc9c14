"""How a read is cut into requests whose responses stay small enough to be decoded without a pause."""

from collections.abc import Sequence
from datetime import datetime, time, tzinfo
from typing import Final

from .errors import ReengenRequestError
from .models import Resolution
from .wire_time import WIRE_STEP, bucket_edges, is_repeated

# Rows of one response: about half a megabyte, decoded in a few hundredths of a second.
ROW_BUDGET: Final = 10_000

type Portion = tuple[tuple[str, ...], datetime, datetime]


def split_by_rows(  # noqa: PLR0917 - the order of GetData's own parameters
    points: Sequence[str],
    series_count: int,
    start: datetime,
    end: datetime,
    resolution: Resolution,
    zone: tzinfo,
) -> list[Portion]:
    """Return requests (points, start, end) that together ask for each point and bucket once.

    Each expects at most ROW_BUDGET rows, unless one bucket of one point alone has more. Cuts over points come
    first; over time they lie on edges of buckets, at midnight where possible and never in a repeated hour,
    which the wire cannot tell from its first pass. Raises ReengenRequestError for an empty list or range.
    """
    if not points or series_count < 1:
        raise ReengenRequestError("The request has no points or no series")
    codes = list(dict.fromkeys(points))
    edges = bucket_edges(start, end, resolution, zone)
    buckets = len(edges) - 1
    together = ROW_BUDGET // (series_count * buckets)
    if together >= 1:
        return [(group, start, end) for group in _even_groups(codes, together)]
    cuts = [start, *_cuts(edges, max(1, ROW_BUDGET // series_count), zone), end]
    return [((point,), cuts[index], cuts[index + 1]) for point in codes for index in range(len(cuts) - 1)]


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
        position = min(reach, key=lambda index: _roughness(edges[index], zone))
        cuts.append(edges[position])
    return cuts


def _roughness(edge: datetime, zone: tzinfo) -> int:
    """Return how bad a place to cut is: 0 at midnight, 2 where the wire cannot say which pass is meant."""
    if is_repeated(edge, zone) or is_repeated(edge - WIRE_STEP, zone):
        return 2
    return 0 if edge.astimezone(zone).time() == time.min else 1
