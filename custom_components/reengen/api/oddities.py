"""The oddities of responses: what cannot be used is left out at the smallest level that holds it, and named."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Any, Final, Self, override

# An example is there to be recognised; codes and keys of a response may be of any length.
_EXAMPLE_LENGTH: Final = 120


class OddityKind(StrEnum):
    """Why a part of a response was left out, or read in a way that the API document does not foresee.

    `loses_data` tells whether something that the user may miss was left out; `sentence` is for a person.
    """

    loses_data: bool
    sentence: str

    def __new__(cls, value: str, loses_data: bool, sentence: str) -> Self:
        """Make a member of its row."""
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.loses_data = loses_data
        kind.sentence = sentence
        return kind

    ROW_SHAPE = "row_shape", True, "a row of another shape is left out"
    POINT_ID = "point_id", True, "a row without a readable point is left out"
    STAMP = "stamp", True, "a row without a readable time is left out"
    VALUE = "value", True, "a value that is no number is left out"
    SKIPPED_HOUR = (
        "skipped_hour",
        True,
        "a value in an hour that the clock skipped is left out; the time zone may be another",
    )
    SKIPPED_HOUR_EMPTY = (
        "skipped_hour_empty",
        False,
        "a row without a value in an hour that the clock skipped is left out",
    )
    TWO_VALUES = "two_values", True, "two rows contradict each other, and both are left out"
    SAME_VALUE_TWICE = "same_value_twice", False, "the same came twice, and is taken once"
    LABEL_OUT_OF_RANGE = "label_out_of_range", False, "a row outside of the range that was asked for is left out"
    LABEL_OFF_BOUNDARY = "label_off_boundary", False, "a row that begins at no edge of the resolution is kept as it is"
    SERIES_MISSING = "series_missing", True, "a series was not answered"
    SERIES_NOT_ASKED_FOR = "series_not_asked_for", False, "a series that was not asked for is left out"
    SERIES_SHAPE = "series_shape", True, "a series of another shape is left out"
    RANGE = "range", False, "the range that was covered cannot be read"
    ROW_COUNT = "row_count", False, "the count of rows is not that of the rows"
    ROWS_MISSING = "rows_missing", True, "rows that were counted are missing"
    TEXT = "text", False, "a name or note that is no text is left out"
    POINT = "point", True, "a point that cannot be read is left out"
    POINT_TWICE = "point_twice", True, "a point with the code or the id of another one is left out"
    PARENT = "parent", False, "a parent is not found as it is spelled"
    COMMAND = "command", True, "a command that cannot be read is left out"
    COMMAND_OPTION = "command_option", True, "an option of a command that cannot be read is left out"
    DATA_VALUE = "data_value", True, "a value that cannot be read is left out"
    REFUSED = "refused", True, "the platform refused a part"


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
        """Return a sentence for a person: what happened, of which point, the first case and where it stands."""
        point = str(self.point_code or self.point_id or "")[:_EXAMPLE_LENGTH]
        of_point = f" (point {point})" if point and point not in self.example else ""
        more = "" if self.count == 1 else f", and {self.count - 1} more"
        return f"{self.kind.sentence}{of_point}: {self.example} at {self.where}{more}"

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what makes two oddities cases of one."""
        return (self.method, self.kind, self.point_id, self.point_code)


@dataclass(frozen=True, slots=True)
class Oddities:
    """Collects the oddities of one response: ten thousand cases of one kind and point are one with a count.

    `point_code` is that of the point whose response it is, where it is about one.
    """

    method: str
    point_code: str | None = None
    _found: dict[tuple[Any, ...], Oddity] = field(default_factory=dict)

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
            method=self.method,
            kind=kind,
            where=where,
            example=example[:_EXAMPLE_LENGTH],
            point_id=point_id,
            point_code=point_code or self.point_code,
        )
        _count(self._found, oddity)

    def found(self) -> tuple[Oddity, ...]:
        """Return the oddities in the order of their first cases."""
        return tuple(self._found.values())


def merged_oddities(oddities: Iterable[Oddity]) -> tuple[Oddity, ...]:
    """Return the oddities of several responses, those of one kind and point as one."""
    merged: dict[tuple[Any, ...], Oddity] = {}
    for oddity in oddities:
        _count(merged, oddity)
    return tuple(merged.values())


def _count(found: dict[tuple[Any, ...], Oddity], oddity: Oddity) -> None:
    first = found.get(oddity.key)
    found[oddity.key] = oddity if first is None else replace(first, count=first.count + oddity.count)


class Listing[T](tuple[T, ...]):  # noqa: SLOT001 - a tuple of any length can have no slots
    """The items of a response that could be used; `oddities` names those that were left out."""

    oddities: tuple[Oddity, ...]

    def __new__(cls, items: Iterable[T] = (), oddities: Iterable[Oddity] = ()) -> Self:
        """Keep the items in their order."""
        listing = super().__new__(cls, items)
        listing.oddities = tuple(oddities)
        return listing

    @classmethod
    def joined(cls, parts: Iterable[Listing[T]]) -> Listing[T]:
        """Return the items of several responses as one."""
        listings = list(parts)
        oddities = merged_oddities(chain.from_iterable(each.oddities for each in listings))
        return Listing(chain.from_iterable(listings), oddities)
