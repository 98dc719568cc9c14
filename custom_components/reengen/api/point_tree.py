"""The hierarchy of points: parents and children, whatever the platform's parent codes look like."""

from collections.abc import Callable, Iterable, Iterator
from string import ascii_lowercase, ascii_uppercase
from typing import Final, override

from .models import Point
from .oddities import Oddities, Oddity, OddityKind

_METHOD: Final = "GetPointHierarchy"

# Codes are matched beyond their exact spelling in ASCII only: `str.lower` turns the Turkish letters
# İ and I into what other codes may be made of.
_ASCII_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


class PointTree:
    """The points of an account in the platform's order, and their parents and children.

    A parent code is looked up exactly, then without regard to ASCII case where that names one point only.
    A point whose parent is missing, ambiguous, itself or below itself is a root; `oddities` say so, behind those that
    the points came with.
    Of two points with one id the first stands. Of two with one code the one with the lower id stands, whatever the
    order: a meter that was replaced under its code keeps its id, and with it its history, while both are listed.
    A point that is known stands before both (`preferring`).
    Trees are equal when their points are.
    Source: API document, GetPointHierarchy.
    """

    def __init__(
        self,
        points: Iterable[Point],
        oddities: Iterable[Oddity] = (),
        is_known: Callable[[Point], bool] = lambda _point: False,
    ) -> None:
        """Index the points and resolve their parents; `oddities` are those of the response they come from."""
        self._listed: Final = tuple(points)
        self._came_with: Final = tuple(oddities)
        self._found = Oddities(_METHOD)
        self.points: Final = tuple(self._one_of_each(is_known))
        self._by_id = {point.id: point for point in self.points}
        self._by_code = {point.code: point for point in self.points}
        self._parents = self._resolve_parents()
        self._cut_circles()
        self._children: dict[int | None, list[Point]] = {}
        for point in self.points:
            parent = self._parents.get(point.id)
            self._children.setdefault(parent.id if parent else None, []).append(point)
        self.roots: Final = tuple(self._children.get(None, ()))
        self.oddities: Final = (*self._came_with, *self._found.found())

    @override
    def __eq__(self, other: object) -> bool:
        return self.points == other.points if isinstance(other, PointTree) else NotImplemented

    @override
    def __hash__(self) -> int:
        return hash(self.points)

    @override
    def __repr__(self) -> str:
        return f"<PointTree of {len(self.points)} points>"

    def __len__(self) -> int:
        """Return how many points there are."""
        return len(self.points)

    def preferring(self, is_known: Callable[[Point], bool]) -> PointTree:
        """Return the tree in which, of several points with one id or one code, one that is known stands."""
        if len(self._listed) == len(self.points):
            return self
        return PointTree(self._listed, self._came_with, is_known)

    def by_id(self, point_id: int) -> Point | None:
        """Return the point with this id, or None."""
        return self._by_id.get(point_id)

    def by_code(self, code: str) -> Point | None:
        """Return the point with exactly this code, or None."""
        return self._by_code.get(code)

    def parent(self, point: Point) -> Point | None:
        """Return the point above, or None for a root."""
        return self._parents.get(point.id)

    def children(self, point: Point) -> tuple[Point, ...]:
        """Return the points directly below, in the platform's order."""
        return tuple(self._children.get(point.id, ()))

    def ancestors(self, point: Point) -> tuple[Point, ...]:
        """Return the points above, nearest first."""
        return tuple(self._upwards(point))

    def path(self, point: Point) -> tuple[str, ...]:
        """Return the names from the root down to the point."""
        names = [point.name, *(above.name for above in self._upwards(point))]
        return tuple(reversed(names))

    def descendants(self, point: Point) -> tuple[Point, ...]:
        """Return all points below, each before its own children, without the point itself."""
        found: list[Point] = []
        waiting = list(reversed(self._children.get(point.id, ())))
        while waiting:
            below = waiting.pop()
            found.append(below)
            waiting.extend(reversed(self._children.get(below.id, ())))
        return tuple(found)

    def _upwards(self, point: Point) -> Iterator[Point]:
        above = self._parents.get(point.id)
        while above is not None:
            yield above
            above = self._parents.get(above.id)

    def _one_of_each(self, is_known: Callable[[Point], bool]) -> Iterator[Point]:
        """Yield the points in order, one of each id and code."""
        of_id: dict[int, Point] = {}
        for point in self._listed:
            first = of_id.setdefault(point.id, point)
            if is_known(point) and not is_known(first):
                of_id[point.id] = point
        of_code: dict[str, Point] = {}
        for point in sorted(of_id.values(), key=lambda point: (not is_known(point), point.id)):
            of_code.setdefault(point.code, point)
        for point in self._listed:
            of_its_id, of_its_code = of_id[point.id], of_code.get(point.code, point)
            if of_its_id.code != point.code:
                # By the id people would take it for the other one.
                example = f"the id {point.id} is that of {of_its_id.code!r}, too"
                self._found.add(OddityKind.POINT_TWICE, "data", example, point_code=point.code)
            elif of_its_id is not point:
                self._note(OddityKind.SAME_VALUE_TWICE, point, f"the point {point.code!r}")
            elif of_its_code is not point:
                self._note(OddityKind.POINT_TWICE, point, f"its code is that of the id {of_its_code.id}, too")
            else:
                yield point

    def _note(self, kind: OddityKind, point: Point, example: str) -> None:
        self._found.add(kind, "data", example, point_id=point.id, point_code=point.code)

    def _resolve_parents(self) -> dict[int, Point]:
        alike: dict[str, list[Point]] = {}
        for point in self.points:
            alike.setdefault(point.code.translate(_ASCII_LOWER), []).append(point)
        parents: dict[int, Point] = {}
        for point in self.points:
            if (code := point.parent_code) is None:
                continue
            exact = self._by_code.get(code)
            candidates = [exact] if exact else alike.get(code.translate(_ASCII_LOWER), [])
            if len(candidates) == 1:
                (parents[point.id],) = candidates
            if exact is None:
                # One oddity for all points with this parent: who may not see a site may see all the points below it.
                self._found.add(OddityKind.PARENT, "data", _unmatched(code, candidates), point_code=code)
        return parents

    def _cut_circles(self) -> None:
        """Make a root of the point with the lowest id of every circle, whatever the order."""
        seen: set[int] = set()
        for point in self.points:
            trail: list[int] = []
            current: Point | None = point
            while current is not None and current.id not in seen:
                seen.add(current.id)
                trail.append(current.id)
                current = self._parents.get(current.id)
            if current is not None and current.id in trail:
                first = self._by_id[min(trail[trail.index(current.id) :])]
                del self._parents[first.id]
                self._note(OddityKind.PARENT, first, f"{first.code!r} stands below itself")


def _unmatched(code: str, candidates: list[Point]) -> str:
    if not candidates:
        return f"no point has the code {code!r}"
    if len(candidates) == 1:
        return f"{code!r} is taken for {candidates[0].code!r}"
    return f"{code!r} could be any of {sorted(each.code for each in candidates)}"
