"""The JSON of a response: what is odd in it stays where it is, so that all else can be read.

A key that comes twice with different values has TwoValues, a number beyond all bounds is an infinity, NaN is nan: no
reader takes these. Bytes and halves of characters that are no text become the replacement character (U+FFFD).
"""

from collections.abc import Callable, Sequence
import json
from json import decoder, scanner
import math
import re
from reprlib import Repr
from typing import Any, Final, NamedTuple, overload, override

type JsonObject = dict[str, Any]

# Enough of a wrong value to recognise it by; a whole one could be megabytes, and too deep for `repr`.
_SHOWN_LENGTH: Final = 60
_SHORT: Final = Repr(maxlist=4, maxlevel=3, maxstring=_SHOWN_LENGTH, maxlong=_SHOWN_LENGTH, maxother=_SHOWN_LENGTH)

# What stands for bytes and halves of characters that are no text.
REPLACEMENT: Final = "\ufffd"

# Half of a character outside the basic plane, which the standard parser lets stand alone: the text could then not
# be stored or sent. Whole pairs match too, so this only says where to look closer.
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)

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
        """Keep the text of the whole response, and where each row begins in it."""
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

    @override
    def __eq__(self, other: object) -> bool:
        """Return whether another array has the same rows."""
        return isinstance(other, Rows) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as any list


type JsonArray = list[Any] | Rows


class NotJsonError(ValueError):
    """The body is no JSON; the text quotes nothing of it."""


class TwoValues(NamedTuple):
    """What a key has that came twice in one object; which of the two is meant nobody can tell."""

    first: Any
    second: Any


def read_json(body: bytes) -> Any:
    """Return the value that a body holds; safe to call from any thread. Raises NotJsonError."""
    # A stream of UTF-8 whatever the HTTP header says; some servers begin it with a byte order mark.
    text = body.decode("utf-8-sig", errors="replace")
    if _SURROGATE.search(text):
        text = _ESCAPE.sub(lambda escape: REPLACEMENT if escape["half"] else escape[0], text)
    try:
        try:
            return _Decoder().decode(text)
        except json.JSONDecodeError:
            raise
        except ValueError:
            # A number of thousands of digits. A function of ours for every number would take its time.
            return _Decoder(parse_int=_whole_number).decode(text)
    except (ValueError, RecursionError) as err:
        reason = _position(err)
    # The parser's own text may quote the body, which may hold a connection id; so may its context.
    raise NotJsonError(f"the response is not JSON ({reason})")


def shown(value: object) -> str:
    """Return a wrong value in short, for a person."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, TwoValues):
        return f"one key with {shown(value.first)} and {shown(value.second)}"
    text = _SHORT.repr(list(value[:4]) if isinstance(value, list | Rows) else value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


class _Decoder(json.JSONDecoder):
    """Reads an array of arrays as Rows; the rest as the standard library does."""

    def __init__(self, parse_int: Callable[[str], float] | None = None) -> None:
        # A line break or a tab as it stands in a text is no JSON by the letter, and does no harm.
        super().__init__(object_pairs_hook=_members, parse_int=parse_int, strict=False)
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


def _members(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        members = {}
        for key, value in pairs:
            if key not in members or _same(members[key], value):
                members[key] = value
            else:
                members[key] = TwoValues(members[key], value)
    return members


def _same(first: object, second: object) -> bool:
    """Tell whether two values are one; to Python true equals 1."""
    return type(first) is type(second) and first == second


def _whole_number(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:
        return math.inf


def _position(err: Exception) -> str:
    if isinstance(err, json.JSONDecodeError):
        return f"{err.msg}, at character {err.pos}"
    return "beyond what can be read"
