"""What to do after a refusal in words that nobody listed: a new login on a guess, or none. No input and no output."""

from collections import deque
from collections.abc import Iterator
import re
from typing import Any, Final, NamedTuple

# As many logins follow on mere guesses.
_MOST_LOGINS: Final = 4
_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR

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


class RefusalMemory:
    """Which wordings were refusals of a connection id, and which were not; instants in seconds of one clock.

    `certain` is how the platform refuses a connection id that it never issued, None as long as nobody asked.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self.certain: Wording | None = None
        self._logins: deque[float] = deque(maxlen=_MOST_LOGINS)
        self._waiting: dict[Wording, float] = {}
        self._no_matter: dict[tuple[str, Wording], float] = {}

    def is_certain(self, method: str, wording: Wording | None, now: float) -> bool:
        """Return whether the method was refused as a connection id that was never issued."""
        return wording is not None and wording == self.certain and self.is_open(method, wording, now)

    def is_open(self, method: str, wording: Wording, now: float) -> bool:
        """Return whether the refusal may be about the connection id: for a day it is not, once that was found out."""
        return now >= self._no_matter.get((method, wording), now)

    def may_log_in(self, method: str, wording: Wording, now: float) -> bool:
        """Return whether to log in anew on the guess that the refusal is about the connection id.

        Four such logins an hour at most, and for one wording only one until it has helped.
        """
        is_full = len(self._logins) == _MOST_LOGINS and now < self._logins[0] + _HOUR
        return not is_full and self.is_open(method, wording, now) and now >= self._waiting.get(wording, now)

    def logs_in(self, wording: Wording, now: float) -> None:
        """Note a login on a guess."""
        self._logins.append(now)
        self._waiting = {each: until for each, until in self._waiting.items() if now < until}
        self._waiting[wording] = now + _HOUR

    def helped(self, wording: Wording) -> None:
        """Note that another connection id was accepted: the next refusal in these words may be about an id again."""
        self._waiting.pop(wording, None)

    def is_no_matter(self, method: str, wording: Wording, now: float) -> None:
        """Note that a refusal was not about the connection id."""
        self._no_matter = {each: until for each, until in self._no_matter.items() if now < until}
        self._no_matter[method, wording] = now + _DAY
