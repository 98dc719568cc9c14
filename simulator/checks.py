"""Checks of what a caller sent; each raises Refused with a sentence for the caller."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulator.wall import instant, parse_stamp


class Refused(Exception):  # noqa: N818 - the platform's word for it
    """The platform does not do what was asked: `succeeded` false with this message."""


class TooMuch(Exception):  # noqa: N818 - not an error of the platform, a limit before it
    """The range is longer than the platform answers: status 413."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """The asked range as sent, and as its first and last second that count (the end is inclusive)."""

    start: str
    end: str
    first_second: int
    last_second: int


def text(values: dict[str, Any], key: str) -> str:
    """Return a text that must be there and not be empty."""
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise Refused(f"'{key}' must be a text")
    return value


def choice(values: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    """Return a text out of a closed set."""
    value = text(values, key)
    if value not in allowed:
        raise Refused(f"Unknown {key} '{value}', expected one of: {', '.join(allowed)}")
    return value


def whole_number(values: dict[str, Any], key: str, highest: int) -> int:
    """Return an integer from 0 to `highest`."""
    value = values.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
        raise Refused(f"'{key}' must be an integer from 0 to {highest}")
    return value


def number(values: dict[str, Any], key: str) -> float:
    """Return a number."""
    value = values.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refused(f"'{key}' must be a number")
    return value


def array(values: dict[str, Any], key: str) -> list[Any]:
    """Return an array with at least one element."""
    value = values.get(key)
    if not isinstance(value, list) or not value:
        raise Refused(f"'{key}' must be an array with at least one element")
    return value


def text_array(values: dict[str, Any], key: str) -> list[str]:
    """Return an array of texts with at least one element."""
    value = array(values, key)
    if not all(isinstance(item, str) for item in value):
        raise Refused(f"'{key}' must be an array of texts")
    return value


def objects(values: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return an array of objects with at least one element."""
    value = array(values, key)
    if not all(isinstance(item, dict) for item in value):
        raise Refused(f"'{key}' must be an array of objects")
    return value


def wall_time(values: dict[str, Any], key: str) -> datetime:
    """Return a naive wall-clock time of the documented form."""
    value = text(values, key)
    try:
        return parse_stamp(value)
    except ValueError as error:
        raise Refused(f"'{key}' is not a date: {error}") from None


def time_range(values: dict[str, Any], zone: ZoneInfo) -> Range:
    """Return the range from the first instant at which the wall clock shows `start` to the last at which it shows `end`."""
    start, end = wall_time(values, "start"), wall_time(values, "end")
    if start > end:
        raise Refused(f"'start' {values['start']} is after 'end' {values['end']}")
    return Range(
        start=values["start"],
        end=values["end"],
        first_second=instant(start, zone),
        last_second=instant(end, zone, fold=1),
    )
