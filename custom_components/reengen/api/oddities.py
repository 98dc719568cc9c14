"""What a response holds that cannot be used: left out at the smallest level that holds it, and named."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self, override


class OddityKind(StrEnum):
    """Why a part of a response was left out, or read in a way that the API document does not foresee."""

    ROW_SHAPE = "row_shape"
    POINT_ID = "point_id"
    STAMP = "stamp"
    VALUE = "value"
    SKIPPED_HOUR = "skipped_hour"
    TWO_VALUES = "two_values"
    SAME_VALUE_TWICE = "same_value_twice"
    LABEL_OUT_OF_RANGE = "label_out_of_range"
    LABEL_OFF_BOUNDARY = "label_off_boundary"
    SERIES_MISSING = "series_missing"
    SERIES_NOT_ASKED_FOR = "series_not_asked_for"
    SERIES_SHAPE = "series_shape"
    POINT = "point"
    POINT_TWICE = "point_twice"
    PARENT = "parent"
    COMMAND = "command"
    COMMAND_OPTION = "command_option"
    DATA_VALUE = "data_value"
    REFUSED = "refused"

    @property
    def loses_data(self) -> bool:
        """Return whether something that the user may miss was left out."""
        return self not in _HARMLESS


_HARMLESS: Final = frozenset(
    {
        OddityKind.SAME_VALUE_TWICE,
        OddityKind.LABEL_OUT_OF_RANGE,
        OddityKind.LABEL_OFF_BOUNDARY,
        OddityKind.SERIES_NOT_ASKED_FOR,
        OddityKind.PARENT,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Oddity:
    """One kind of oddity of one point: `count` cases, the first at `where` ("data.0[17][2]") as `example` shows it.

    `point_id` and `point_code` are None where the response does not tell; no text holds a secret.
    """

    method: str
    kind: OddityKind
    where: str
    example: str
    count: int = 1
    point_id: int | None = None
    point_code: str | None = None

    @override
    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')}: {self.count}, the first {self.example} at {self.where}"

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what makes two oddities cases of one."""
        return (self.method, self.kind, self.point_id, self.point_code)


class Oddities:
    """Collects the oddities of one response: ten thousand cases of one kind and point are one with a count."""

    def __init__(self, method: str) -> None:
        """Begin with none."""
        self._method = method
        self._found: dict[tuple[Any, ...], Oddity] = {}

    def add(
        self,
        kind: OddityKind,
        where: str,
        example: str,
        *,
        point_id: int | None = None,
        point_code: str | None = None,
    ) -> None:
        """Note one case."""
        oddity = Oddity(
            method=self._method, kind=kind, where=where, example=example, point_id=point_id, point_code=point_code
        )
        first = self._found.get(oddity.key)
        self._found[oddity.key] = oddity if first is None else replace(first, count=first.count + 1)

    def found(self) -> tuple[Oddity, ...]:
        """Return the oddities in the order of their first cases."""
        return tuple(self._found.values())


def merged_oddities(oddities: Iterable[Oddity]) -> tuple[Oddity, ...]:
    """Return the oddities of several responses, those of one kind and point as one."""
    merged: dict[tuple[Any, ...], Oddity] = {}
    for oddity in oddities:
        first = merged.get(oddity.key)
        merged[oddity.key] = oddity if first is None else replace(first, count=first.count + oddity.count)
    return tuple(merged.values())


class Listing[T](tuple[T, ...]):  # noqa: SLOT001 - a tuple of any length can have no slots
    """The items of a response that could be used; `oddities` names those that were left out."""

    oddities: tuple[Oddity, ...]

    def __new__(cls, items: Iterable[T] = (), oddities: Iterable[Oddity] = ()) -> Self:
        """Keep the items in their order."""
        listing = super().__new__(cls, items)
        listing.oddities = tuple(oddities)
        return listing
