"""The readings of a series: rows to whoever looks at them, columns in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from operator import eq
from typing import Final, NamedTuple, Self, overload, override

# Readings of merged points have no id; no more than one of them shares a bucket.
_NO_POINT: Final = -1


class Reading(NamedTuple):
    """One bucket of one point: `value` is None where the platform said null (missing rows are absent).

    `point_id` is None where the request merged its points into one series.
    """

    bucket_start: datetime
    point_id: int | None
    value: float | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReadingSeries(Sequence[Reading]):
    """Readings in order of time and then point id, in the unit that was asked for; instants in UTC.

    Ten thousand readings are three lists here. As objects of their own, a few responses of them would make the
    interpreter's garbage collector go through everything in the process, while all of it stands still.

    `unknown` names what a row that was left out may have been: the start of the bucket and the id of the point, either
    None where the row does not tell. A reading that is absent is missing only where it is not unknown.
    """

    bucket_starts: Sequence[datetime] = ()
    point_ids: Sequence[int | None] = ()
    values: Sequence[float | None] = ()
    unknown: frozenset[tuple[datetime | None, int | None]] = frozenset()

    @classmethod
    def in_order(
        cls,
        bucket_starts: Sequence[datetime],
        point_ids: Sequence[int | None],
        values: Sequence[float | None],
        unknown: frozenset[tuple[datetime | None, int | None]] = frozenset(),
    ) -> Self:
        """Return the readings of three columns in any order."""
        order = list(range(len(values)))
        order.sort(key=lambda index: _NO_POINT if (point_id := point_ids[index]) is None else point_id)
        order.sort(key=bucket_starts.__getitem__)
        return cls(
            bucket_starts=[bucket_starts[index] for index in order],
            point_ids=[point_ids[index] for index in order],
            values=[values[index] for index in order],
            unknown=unknown,
        )

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

    def is_unknown(self, bucket_start: datetime, point_id: int | None) -> bool:
        """Return whether a row that was left out may have been the reading of this bucket and point."""
        unknown = self.unknown
        return bool(unknown) and (
            (bucket_start, point_id) in unknown
            or (None, point_id) in unknown
            or (bucket_start, None) in unknown
            or (None, None) in unknown
        )

    @override
    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> Reading: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Reading]: ...

    @override
    def __getitem__(self, index: int | slice) -> Reading | Sequence[Reading]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        return Reading(self.bucket_starts[index], self.point_ids[index], self.values[index])

    @override
    def __iter__(self) -> Iterator[Reading]:
        return map(Reading, self.bucket_starts, self.point_ids, self.values, strict=True)

    @override
    def __eq__(self, other: object) -> bool:
        """Return whether another sequence has the same readings."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as any sequence that equals lists
