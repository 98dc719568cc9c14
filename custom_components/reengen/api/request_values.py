"""The checks of single values that requests are made of; each raises ReengenRequestError, saying what is wrong."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from enum import StrEnum
import math

from .errors import ReengenRequestError
from .json_values import shown


def some(values: Collection[object], what: str) -> None:
    """Refuse an empty list: the API does not say whether it means none or all."""
    if not values:
        raise ReengenRequestError(f"The request has no {what}")


def text(value: object, what: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ReengenRequestError(f"The {what} is a text that is not empty, not {shown(value)}")
    return value


def texts(values: Sequence[object], what: str) -> list[str]:
    """Return the texts of a list that is not empty, each once."""
    if isinstance(values, str):
        raise ReengenRequestError(f"The {what} are a list, not the text {shown(values)}")
    some(values, what)
    return list(dict.fromkeys(text(value, what) for value in values))


def member[E: StrEnum](kind: type[E], value: str, what: str) -> E:
    """Return the member of a closed set, also for its text."""
    try:
        return kind(value)
    except ValueError as err:
        raise ReengenRequestError(f"The {what} is one of {', '.join(kind)}, not {shown(value)}") from err


def count(value: object, what: str) -> int:
    """Return a whole number from 0."""
    if type(value) is not int or value < 0:
        raise ReengenRequestError(f"The {what} is a whole number from 0, not {shown(value)}")
    return value


def number(value: object, what: str) -> float:
    """Return a finite number, whole ones as they are; true and false are none."""
    # A whole number beyond those of JSON's usual readers is no finite one to them.
    with suppress(OverflowError):
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
    raise ReengenRequestError(f"The {what} is a finite number, not {shown(value)}")
