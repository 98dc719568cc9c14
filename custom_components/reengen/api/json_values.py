"""The JSON of an answer, read strictly: UTF-8, no key twice, no numbers that are none, no half of a character."""

from collections.abc import Callable, Sequence
import json
from json import decoder, scanner
import re
from typing import Any, Final, NoReturn, overload, override

import orjson

type JsonObject = dict[str, Any]

# Enough of a wrong value to recognise it by; a whole one could be megabytes.
_SHOWN_LENGTH: Final = 60

# Half of a character outside the basic plane: the standard parser lets it stand alone and the text can then not
# be stored or sent; orjson refuses that. Whole pairs match too, so this only says where to look closer.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")

# An array of arrays, behind its opening bracket.
_ROWS: Final = re.compile(r"[ \t\n\r]*\[")


type Scan = Callable[[str, int], tuple[Any, int]]
"""Reads the value that begins at a position of a text; returns it with the position behind it."""


class Rows(Sequence[Any]):
    """An array of arrays that has been found to be in order; each row is made when it is asked for.

    Ten thousand rows at a time would make the interpreter's garbage collector go through everything in the process
    sooner or later, while all of it stands still.
    """

    def __init__(self, text: str, begins: Sequence[int], scan: Scan) -> None:
        """Keep the text of the whole answer, and where each row begins in it."""
        self._text = text
        self._begins = begins
        self._scan = scan

    @override
    def __len__(self) -> int:
        return len(self._begins)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    @override
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Rows(self._text, self._begins[index], self._scan)
        return self._scan(self._text, self._begins[index])[0]


type JsonArray = list[Any] | Rows


class NotJsonError(ValueError):
    """The body is no JSON as the platform writes it; the text quotes nothing of it but a key."""


def read_json(body: bytes) -> Any:
    """Return the value that a body holds; safe to call from any thread. Raises NotJsonError."""
    try:
        # A stream of UTF-8 whatever the HTTP header says; some servers begin it with a byte order mark.
        text = body.decode("utf-8-sig")
        if _SURROGATE.search(text):
            orjson.loads(text)
        # orjson silently keeps the last of two equal keys. This takes about 6 ms for 10 000 rows of GetData and
        # 11 ms for 10 000 of ListDataEx, where orjson takes 1 and 5: not worth a second way.
        return _Decoder().decode(text)
    except NotJsonError:
        raise
    except (ValueError, RecursionError) as err:
        reason = _position(err)
    # The parser's own text may quote the body, which may hold a connection id; so may its context.
    raise NotJsonError(f"the answer is not JSON ({reason})")


def shown(value: object) -> str:
    """Return a wrong value in short, for an error text."""
    if isinstance(value, dict):
        return "an object"
    text = repr(list(value[:4]) if isinstance(value, list | Rows) else value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


class _Decoder(json.JSONDecoder):
    """Reads an array of arrays as Rows; the rest as the standard library does."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_unique_keys, parse_constant=_no_constant)
        # The scanner in C takes no function of ours for arrays (that of Python 3.15 does), the one in Python does.
        self._scan: Scan = scanner.make_scanner(self)  # type: ignore[arg-type]  # the type stubs are off
        self.parse_array = self._array
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]  # not in the type stubs

    def _array(self, text_and_begin: tuple[str, int], _scan: Scan) -> tuple[JsonArray, int]:
        text, begin = text_and_begin
        if not _ROWS.match(text, begin):
            return self._scan(text, begin - 1)
        begins: list[int] = []

        def noted(text: str, begin: int) -> tuple[None, int]:
            begins.append(begin)
            return None, self._scan(text, begin)[1]

        _, end = decoder.JSONArray(text_and_begin, noted)  # type: ignore[attr-defined]  # not in the type stubs
        return Rows(text, begins, self._scan), end


def _unique_keys(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NotJsonError(f"an object repeats the key {shown(twice)}")
    return members


def _no_constant(name: str) -> NoReturn:
    raise NotJsonError(f"{name} is no number")


def _position(err: Exception) -> str:
    if isinstance(err, json.JSONDecodeError):
        return f"{err.msg}, at character {err.pos}"
    return "not UTF-8" if isinstance(err, UnicodeDecodeError) else "beyond what can be read"
