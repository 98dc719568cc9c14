"""The readings of a series: rows to whoever looks at them, columns in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import add, eq
from typing import NamedTuple, Self, override


class Reading(NamedTuple):
    """One bucket of one point: `value` is None where the platform said null (missing rows are absent)."""

    bucket_start: datetime
    point_id: int
    value: float | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReadingSeries:
    """Readings in order of time and then point id, in the unit that was asked for; instants in UTC.

    Ten thousand readings are three lists here. As objects of their own, those of a few responses would make the
    interpreter's garbage collector go through everything in the process, while all threads stand still.

    `unknown` names what a row that was left out may have been: the start of the bucket and the id of the point, either
    None where the row does not tell. A reading that is absent is missing only where it is not unknown.
    """

    bucket_starts: Sequence[datetime] = ()
    point_ids: Sequence[int] = ()
    values: Sequence[float | None] = ()
    unknown: frozenset[tuple[datetime | None, int | None]] = frozenset()

    @classmethod
    def in_order(
        cls,
        bucket_starts: Sequence[datetime],
        point_ids: Sequence[int],
        values: Sequence[float | None],
        unknown: frozenset[tuple[datetime | None, int | None]] = frozenset(),
    ) -> Self:
        """Return the readings of three columns in any order."""
        series = cls(bucket_starts=bucket_starts, point_ids=point_ids, values=values, unknown=unknown)
        width = max(point_ids, default=0) + 1
        of_start = {start: rank * width for rank, start in enumerate(sorted({*bucket_starts}))}
        keys = list(map(add, map(of_start.__getitem__, bucket_starts), point_ids, strict=True))
        return series if keys == sorted(keys) else series.at(sorted(range(len(keys)), key=keys.__getitem__))

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Return the readings of several series as one."""
        some = list(parts)
        return cls.in_order(
            list(chain.from_iterable(part.bucket_starts for part in some)),
            list(chain.from_iterable(part.point_ids for part in some)),
            list(chain.from_iterable(part.values for part in some)),
            frozenset().union(*(part.unknown for part in some)),
        )

    def at(self, indices: Sequence[int]) -> Self:
        """Return the readings at these places, in the order of the places."""
        return replace(
            self,
            bucket_starts=list(map(self.bucket_starts.__getitem__, indices)),
            point_ids=list(map(self.point_ids.__getitem__, indices)),
            values=list(map(self.values.__getitem__, indices)),
        )

    def is_unknown(self, bucket_start: datetime, point_id: int) -> bool:
        """Return whether a row that was left out may have been the reading of this bucket and point."""
        return not self.unknown.isdisjoint(
            {(bucket_start, point_id), (None, point_id), (bucket_start, None), (None, None)}
        )

    def __len__(self) -> int:
        """Return how many readings there are."""
        return len(self.values)

    def __iter__(self) -> Iterator[Reading]:
        """Yield the readings in order."""
        return map(Reading, self.bucket_starts, self.point_ids, self.values, strict=True)

    @override
    def __eq__(self, other: object) -> bool:
        """Return whether the other one, or another sequence, has the same readings."""
        if not isinstance(other, Sequence | ReadingSeries):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as anything that equals lists
