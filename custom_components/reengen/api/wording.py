"""How a request was refused, without what changes from one refusal to the next."""

from collections.abc import Iterator
import re
from typing import Any, Final, NamedTuple

_LENGTH: Final = 120
# A shorter value of a request may be part of an ordinary word.
_TELLING_LENGTH: Final = 3
_QUOTED: Final = re.compile(r"""(?<!\w)(?:'[^']*'|"[^"]*"|`[^`]*`|„[^“”]*[“”]|“[^”]*”|«[^»]*»)(?!\w)""")
# Numbers, times and ids.
_WITH_DIGITS: Final = re.compile(r"[^\s*]*\d[^\s*]*")
_STARS: Final = re.compile(r"\*(?:[^\w*]*\*)+")
_TAG: Final = re.compile(r"<[^>]*>")


class Wording(NamedTuple):
    """How a request was refused: HTTP status, and the words without what changes from one response to the next."""

    status: int
    words: str


def wording_of(status: int, said: str, query: Any) -> Wording:
    """Return the wording of a refusal; "*" stands for ids, numbers, quotations and what the query holds.

    `said` is the platform's message, or a page. Words of a wording give the same wording again.
    """
    said = " ".join(_TAG.sub(" ", said).split())
    for value in sorted(_texts(query), key=len, reverse=True):
        said = said.replace(value, "*")
    said = _STARS.sub("*", _WITH_DIGITS.sub("*", _QUOTED.sub("*", said)))
    return Wording(status, said[:_LENGTH].rstrip())


def _texts(value: Any) -> Iterator[str]:
    """Return the longer texts of a request, its method too."""
    match value:
        case str() if len(value) >= _TELLING_LENGTH:
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
