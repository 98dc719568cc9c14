"""What a check looks at: a few points, a settled day and the last whole month."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Self

from custom_components.reengen.api import Point, PointTree, Resolution, floor_to_bucket, next_bucket

from .figures import DAY

# Late data has come after three days, and a platform of which little is known yet has these at least.
_SETTLED_DAYS: Final = 3
_OLDEST_DAYS: Final = 10
# A parent needs two children to be the sum of, and all of them are asked for.
_CHILDREN: Final = range(2, 41)
_ROOFS: Final = 3

_ENERGY: Final = "active_energy_import"
_PRODUCED: Final = "active_energy_produced"
_LEVELS: Final = ("active_power_phase", "voltage_phase", "current_phase")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Points of a check: one with many readings, one that has others below it, one with phases, and solar roofs."""

    meter: Point
    parent: Point | None
    children: tuple[Point, ...]
    phased: Point | None
    roofs: tuple[Point, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """Return the points that are looked at, three at most."""
        return tuple(dict.fromkeys(each for each in (self.meter, self.phased, self.parent) if each is not None))


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """The settled day and the whole month of a check, half-open, and now; instants in UTC."""

    now: datetime
    day: datetime
    day_end: datetime
    month: datetime
    month_end: datetime

    @classmethod
    def at(cls, now: datetime, zone: tzinfo) -> Self:
        """Return those of an instant: the newest settled day around which the clock of `zone` was not changed."""
        midnights = [
            floor_to_bucket(now - days * DAY, Resolution.DAY, zone) for days in range(_SETTLED_DAYS, _OLDEST_DAYS)
        ]
        day = next((each for each in midnights if _is_quiet(each, zone)), midnights[0])
        month_end = floor_to_bucket(now - _SETTLED_DAYS * DAY, Resolution.MONTH, zone)
        month = floor_to_bucket(month_end - DAY, Resolution.MONTH, zone)
        return cls(now=now, day=day, day_end=next_bucket(day, Resolution.DAY, zone), month=month, month_end=month_end)


def sample_of(chosen: Sequence[Point], tree: PointTree, known: Collection[tuple[str, str]]) -> Sample | None:
    """Return the sample of the chosen points, None where none is chosen.

    `known` are codes of points and keys of measurements that the platform has values of.
    """
    if not chosen:
        return None
    kinds = Counter(code for code, _ in known)
    below = {point.id: tree.children(point) for point in chosen}

    def rank(point: Point) -> tuple[bool, bool, int]:
        return (point.code, _ENERGY) in known, not below[point.id], kinds[point.code]

    parents = [point for point in chosen if len(below[point.id]) in _CHILDREN]
    parent = min(parents, key=lambda point: ((point.code, _ENERGY) not in known, len(below[point.id])), default=None)
    phased = [point for point in chosen if any((point.code, key) in known for key in _LEVELS)]
    return Sample(
        meter=max(chosen, key=rank),
        parent=parent,
        children=() if parent is None else below[parent.id],
        phased=max(phased, key=rank, default=None),
        roofs=tuple(point for point in chosen if (point.code, _PRODUCED) in known)[:_ROOFS],
    )


def _is_quiet(day: datetime, zone: tzinfo) -> bool:
    return len({(day + days * DAY).astimezone(zone).utcoffset() for days in range(-1, 4)}) == 1
