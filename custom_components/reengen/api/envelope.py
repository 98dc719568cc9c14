"""What every answer is wrapped in, and the strict readers of single values that all decoders share.

A reader takes a row, the key of an element and the place of the row in the answer ("data.0[17]"); its error
names the place of the element ("data.0[17][1]").
"""

from dataclasses import dataclass, field
import math
import re
from typing import Any, Final, NoReturn

from .errors import ReengenAnswerError, ReengenRefusedError
from .json_values import JsonArray, JsonObject, NotJsonError, Rows, read_json, shown

# What a reader takes an element from: an object by its key, an array (long enough) by its index.
type Row = JsonObject | JsonArray

# Enough of the platform's own words for a person; they end up in error texts.
_MESSAGE_LENGTH: Final = 500

# `float` also takes "1_000", "nan", " 3 " and other digits; the API's numbers have a dot and nothing else.
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """The answer of one method that succeeded; `properties` is None where the platform left them out.

    `message` is "" where the platform said nothing. The repr shows no properties: they may hold a connection id.
    """

    method: str
    properties: JsonObject | None = field(repr=False)
    message: str = ""

    def error(self, where: str, expected: str, *, got: str | None = None) -> ReengenAnswerError:
        """Return the error for the place `where`; `got` is the wrong value, already fit to be shown."""
        return answer_error(self.method, where, f"expected {expected}" + (f", got {got}" if got is not None else ""))

    def data(self) -> Any:
        """Return `properties.data`; raises ReengenAnswerError where the answer lacks it or it is null."""
        data = (self.properties or {}).get("data")
        if data is None:
            raise ReengenAnswerError(
                f"{self.method}: the answer lacks properties.data", method=self.method, where="data"
            )
        return data

    def rows(self) -> JsonArray:
        """Return `properties.data` as an array; raises ReengenAnswerError where it is none."""
        return self.array(self.data(), "data")

    def array(self, value: object, where: str) -> JsonArray:
        """Return an array."""
        return value if isinstance(value, list | Rows) else self._refuse("an array", value, where)

    def members(self, value: object, where: str) -> JsonObject:
        """Return the members of an object."""
        return value if isinstance(value, dict) else self._refuse("an object", value, where)

    def text(self, row: Row, key: Any, where: str, what: str = "a text") -> str:
        """Return a text of a row that is not empty."""
        value = _element(row, key)
        return value if isinstance(value, str) and value else self._refuse(what, value, where, key)

    def text_or_none(self, row: Row, key: Any, where: str) -> str | None:
        """Return a text of a row, empty or not, or None for null."""
        value = _element(row, key)
        return value if value is None or isinstance(value, str) else self._refuse("a text or null", value, where, key)

    def integer(self, row: Row, key: Any, where: str, what: str = "a whole number") -> int:
        """Return a whole number of a row; true and false are none."""
        value = _element(row, key)
        return value if type(value) is int else self._refuse(what, value, where, key)

    def integer_or_none(self, row: Row, key: Any, where: str) -> int | None:
        """Return a whole number of a row, or None for null."""
        return None if _element(row, key) is None else self.integer(row, key, where, "a whole number or null")

    def number_or_none(self, row: Row, key: Any, where: str) -> float | None:
        """Return a finite number of a row, given as a number or as text with a decimal point, or None for null."""
        value = _element(row, key)
        if value is None:
            return None
        if type(value) is float or type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
        return self._refuse("a number or null", value, where, key)

    def _refuse(self, expected: str, value: object, where: str, key: Any = None) -> NoReturn:
        raise self.error(where if key is None else _place(where, key), expected, got=shown(value))


def parse_envelope(body: bytes, method: str) -> Envelope:
    """Read the JSON of an answer to `method`.

    Raises ReengenAnswerError where it is no JSON object in UTF-8, repeats a key of an object, or lacks a
    boolean `succeeded`; ReengenRefusedError where that is false. Safe to call from any thread.
    Source: API document, all responses; its "Error Response" of ExecuteCommand.
    """
    try:
        answer = read_json(body)
    except NotJsonError as err:
        raise answer_error(method, "", str(err)) from None
    if not isinstance(answer, dict):
        raise answer_error(method, "", f"expected an object, got {_kind(answer)}")
    succeeded = answer.get("succeeded")
    if not isinstance(succeeded, bool):
        raise answer_error(method, "succeeded", f"expected true or false, got {_kind(succeeded)}")
    message = _message(answer.get("message"))
    if not succeeded:
        reason = message or "no reason given"
        raise ReengenRefusedError(f"{method}: the platform refused: {reason}", method=method, server_message=message)
    properties = answer.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise answer_error(method, "properties", f"expected an object, got {_kind(properties)}")
    return Envelope(method=method, properties=properties, message=message)


def answer_error(method: str, where: str, problem: str) -> ReengenAnswerError:
    """Return the error "method: where: problem"."""
    place = f"{where}: " if where else ""
    return ReengenAnswerError(f"{method}: {place}{problem}", method=method, where=where)


def _element(row: Row, key: Any) -> Any:
    return row.get(key) if isinstance(row, dict) else row[key]


def _place(where: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else key


def _message(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else shown(value)
    return text.strip()[:_MESSAGE_LENGTH]


def _kind(value: object) -> str:
    """Return what sort of JSON a value is: at these places its content could be a secret."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "an array",
        Rows: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "null or nothing")
