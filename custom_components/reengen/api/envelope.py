"""What every response is wrapped in, and the strict readers of single values that all decoders share.

A reader takes a row and the key of an element in it; what it cannot use it raises as an OddError, and the decoder
leaves out the smallest thing that holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
import math
import re
from typing import Any, Final

from .errors import ReengenRefusedError, ReengenResponseError
from .json_values import REPLACEMENT, JsonArray, JsonObject, NotJsonError, read_json, shown

# What a reader takes an element from: an object by its key, an array (long enough) by its index.
type Row = JsonObject | JsonArray

# Enough of the platform's own words for a person to read in an error text.
_MESSAGE_LENGTH: Final = 500

# `float` also takes "1_000", "nan", " 3 " and other digits; the API's numbers have a dot and nothing else.
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)

# Ids are whole numbers of five digits in the API document; eighteen digits fit 64 bits.
_ID: Final = re.compile(r"\d{1,18}", re.ASCII)
ID_END: Final = 10**18

# A float keeps fifteen digits: added to a greater number, what a meter measures in an hour would be lost. None measures so much.
NUMBER_END: Final = 1e15


class OddError(Exception):
    """A value that is not what the API document describes; `key` is its place in the row, None for the row itself."""

    def __init__(self, value: object, key: Any = None) -> None:
        """Keep the value and its place."""
        super().__init__(value, key)
        self.value = value
        self.key = key


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """The response of one method that succeeded; `properties` are empty where the platform left them out.

    `message` is "" where the platform said nothing; the response took `seconds` to come. The repr shows no properties:
    they may hold a connection id.
    """

    method: str
    properties: JsonObject = field(repr=False)
    message: str = ""
    seconds: float = 0.0

    def data(self) -> Any:
        """Return `properties.data`; raises ReengenResponseError where the response lacks it or it is null."""
        data = self.properties.get("data")
        if data is None:
            raise ReengenResponseError(
                f"{self.method}: the response lacks properties.data", method=self.method, where="data"
            )
        return data

    def rows(self) -> JsonArray:
        """Return `properties.data` as an array; raises ReengenResponseError where it is none."""
        data = self.data()
        if not isinstance(data, list):
            raise response_error(self.method, "data", f"expected an array, got {shown(data)}")
        return data


def members(value: object, key: Any = None) -> JsonObject:
    """Return the members of an object; raises OddError for anything else."""
    if isinstance(value, dict):
        return value
    raise OddError(value, key)


def text(row: Row, key: Any) -> str:
    """Return a text of a row that is not empty and has all its letters; raises OddError for anything else."""
    value = element(row, key)
    if isinstance(value, str) and value and REPLACEMENT not in value:
        return value
    raise OddError(value, key)


def text_or_none(row: Row, key: Any) -> str | None:
    """Return a text of a row, empty or not, or None for null; raises OddError for anything else."""
    value = element(row, key)
    if value is None or isinstance(value, str):
        return value
    raise OddError(value, key)


def whole(row: Row, key: Any) -> int:
    """Return an id or another whole number from 0 of a row, as a number or as digits; raises OddError."""
    value = element(row, key)
    if isinstance(value, str) and _ID.fullmatch(value):
        return int(value)
    if type(value) is int and 0 <= value < ID_END:
        return value
    raise OddError(value, key)


def whole_or_none(row: Row, key: Any) -> int | None:
    """Return a whole number as `whole` does, or None for null; raises OddError."""
    return None if element(row, key) is None else whole(row, key)


def number_or_none(row: Row, key: Any) -> float | None:
    """Return a number of a row, given as a number or as text with a decimal point, or None for null.

    Raises OddError for anything else, and for a number from NUMBER_END on.
    """
    value = element(row, key)
    if value is None:
        return None
    if type(value) is float or type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        # Not so for nan.
        if abs(number) < NUMBER_END:
            return number
    raise OddError(value, key)


def told[T](read: Callable[[Any, str], T], row: object, key: str) -> T | None:
    """Return what an odd row tells of its point, None where it does not."""
    try:
        return read(members(row), key)
    except OddError:
        return None


def element(row: Row, key: Any) -> Any:
    """Return an element of a row; None where an object lacks it."""
    return row.get(key) if isinstance(row, dict) else row[key]


def place(where: str, key: str | int | None) -> str:
    """Return the place of an element ("data.0[17][1]") of what stands at `where` ("data.0[17]")."""
    if key is None:
        return where
    return f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}"


def parse_envelope(body: bytes, method: str) -> Envelope:
    """Read the JSON of a response to `method`.

    Raises ReengenResponseError where it is no JSON object or lacks a boolean `succeeded`; ReengenRefusedError where that
    is false. Safe to call from any thread.
    Source: API document, all responses; its "Error Response" of ExecuteCommand.
    """
    try:
        response = read_json(body)
    except NotJsonError as err:
        raise response_error(method, "", str(err)) from None
    if not isinstance(response, dict):
        raise response_error(method, "", f"expected an object, got {_kind(response)}")
    succeeded = response.get("succeeded")
    if not isinstance(succeeded, bool):
        raise response_error(method, "succeeded", f"expected true or false, got {_kind(succeeded)}")
    message = _message(response.get("message"))
    if not succeeded:
        reason = message or "no reason given"
        raise ReengenRefusedError(f"{method}: the platform refused: {reason}", method=method, server_message=message)
    properties = response.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise response_error(method, "properties", f"expected an object, got {_kind(properties)}")
    return Envelope(method=method, properties=properties or {}, message=message)


def response_error(method: str, where: str, problem: str) -> ReengenResponseError:
    """Return the error "method: where: problem"."""
    at = f"{where}: " if where else ""
    return ReengenResponseError(f"{method}: {at}{problem}", method=method, where=where)


def _message(value: object) -> str:
    if value is None:
        return ""
    words = value if isinstance(value, str) else shown(value)
    return words.strip()[:_MESSAGE_LENGTH]


def _kind(value: object) -> str:
    """Return what sort of JSON a value is: at these places its content could be a secret."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "null or nothing")
