"""What every answer is wrapped in, and the strict readers of single values that all decoders share.

A reader takes a row, the key of an element and the place of the row in the answer ("data.0[17]"); its error
names the place of the element ("data.0[17][1]").
"""

from dataclasses import dataclass, field
import json
import math
import re
from typing import Any, Final, NoReturn

import orjson

from .errors import ReengenAnswerError, ReengenRefusedError

type JsonObject = dict[str, Any]

# What a reader takes an element from: an object by its key, an array (long enough) by its index.
type Row = JsonObject | list[Any]

# Enough of a wrong value to recognise it by; a whole one could be megabytes.
_SHOWN_LENGTH: Final = 60

# Enough of the platform's own words for a person; they end up in error texts.
_MESSAGE_LENGTH: Final = 500

# `float` also takes "1_000", "nan", " 3 " and other digits; the API's numbers have a dot and nothing else.
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)

# Half of a character outside the basic plane: the standard parser lets it stand alone and the text can then not
# be stored or sent; orjson refuses that. Whole pairs match too, so this only says where to look closer.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


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

    def rows(self) -> list[Any]:
        """Return `properties.data` as an array; raises ReengenAnswerError where it is none."""
        return self.array(self.data(), "data")

    def array(self, value: object, where: str) -> list[Any]:
        """Return an array."""
        return value if isinstance(value, list) else self._refuse("an array", value, where)

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
    answer = _load(body, method)
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


def shown(value: object) -> str:
    """Return a wrong value in short, for an error text."""
    if isinstance(value, dict):
        return "an object"
    text = repr(value[:4] if isinstance(value, list) else value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


def _element(row: Row, key: Any) -> Any:
    return row.get(key) if isinstance(row, dict) else row[key]


def _place(where: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else key


def _load(body: bytes, method: str) -> Any:
    try:
        # A stream of UTF-8 whatever the HTTP header says; some servers begin it with a byte order mark.
        text = body.decode("utf-8-sig")
        if _SURROGATE.search(text):
            orjson.loads(text)
        # orjson silently keeps the last of two equal keys. This takes about 2 ms for 10 000 rows of GetData and
        # 11 ms for 10 000 of ListDataEx, where orjson takes 1 and 5: not worth a second way.
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except ReengenAnswerError as err:
        raise answer_error(method, "", str(err)) from None
    except (ValueError, RecursionError) as err:
        # The parser's own text may quote the body, which may hold a connection id.
        raise answer_error(method, "", f"the answer is not JSON ({_position(err)})") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ReengenAnswerError(f"an object repeats the key {shown(twice)}")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ReengenAnswerError(f"{name} is no number")


def _position(err: Exception) -> str:
    if isinstance(err, json.JSONDecodeError):
        return f"{err.msg}, at character {err.pos}"
    return "not UTF-8" if isinstance(err, UnicodeDecodeError) else "beyond what can be read"


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
        dict: "an object",
    }
    return kinds.get(type(value), "null or nothing")
