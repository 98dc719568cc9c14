"""The JSON of a response: what is odd in it stays where it is, so that all else can be read.

A number beyond all bounds is an infinity, NaN is nan: no reader takes these. A whole number beyond 64 bits is a float.
Bytes and halves of characters that are no text become the replacement character (U+FFFD). Of a key that comes twice in one
object the parser takes the last.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import gc
import json
import math
import re
from reprlib import Repr
from typing import Any, Final

import orjson

type JsonObject = dict[str, Any]
type JsonArray = list[Any]

# Enough of a wrong value to recognise it by; a whole one could be megabytes, and too deep for `repr`.
_SHOWN_LENGTH: Final = 60
_SHORT: Final = Repr(maxlist=4, maxlevel=3, maxstring=_SHOWN_LENGTH, maxlong=_SHOWN_LENGTH, maxother=_SHOWN_LENGTH)

# What stands for bytes and halves of characters that are no text.
REPLACEMENT: Final = "\ufffd"

# Half of a character outside the basic plane, which the standard library lets stand alone: the text could then not be
# stored or sent. Whole pairs and escaped backslashes match too, so that no half is looked for within them.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class NotJsonError(ValueError):
    """The body is no JSON; the text quotes nothing of it."""


def read_json(body: bytes) -> Any:
    """Return the value that a body holds; safe to call from any thread. Raises NotJsonError."""
    with suppress(ValueError):
        return orjson.loads(body)
    return _read_leniently(body)


def _read_leniently(body: bytes) -> Any:
    """Read what is no JSON by the letter as far as anybody can; the standard library takes ten times as long."""
    # A stream of UTF-8 whatever the HTTP header says; some servers begin it with a byte order mark.
    text = body.decode("utf-8-sig", errors="replace")
    text = _ESCAPE.sub(lambda escape: REPLACEMENT if escape["half"] else escape[0], text)
    try:
        # A line break or a tab as it stands in a text does no harm.
        return json.loads(text, parse_int=_whole_number, strict=False)
    except json.JSONDecodeError as err:
        reason = f"{err.msg}, at character {err.pos}"
    except RecursionError:
        reason = "beyond what can be read"
    # The parser's own text may quote the body, which may hold a connection id; so may its context.
    raise NotJsonError(f"the response is not JSON ({reason})")


def _whole_number(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:
        # Thousands of digits.
        return math.inf


def shown(value: object) -> str:
    """Return a wrong value in short, for a person."""
    if isinstance(value, dict):
        return "an object"
    text = _SHORT.repr(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


@contextmanager
def garbage_collection_waits() -> Iterator[None]:
    """Let the interpreter begin no garbage collection, as long as the rows of a response are ten thousand lists.

    They are gone when they have become columns. Until then they would make the collector believe that the process has
    grown, and go through everything in it, while all threads stand still.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
