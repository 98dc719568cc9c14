"""What is known of credentials beyond the life of one client, and when a refusal leads to a login. No input and no output."""

from collections import deque
from dataclasses import dataclass, field
import math
from typing import Final

from .wording import Wording

# Seconds until a platform that refuses its own connection ids is asked for another one; the pause doubles after every
# such login. Where the platform refuses one method alone, the pause is the longest: other methods need no new id.
_FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 3600.0

# As many logins follow on mere guesses in an hour.
_MOST_LOGINS: Final = 4
_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR


@dataclass(kw_only=True, slots=True)
class Standing:
    """How one set of credentials stands with the platform; it outlives the clients that use them.

    Instants are seconds on the clock of the retry policy. `is_refused`: the platform refused the credentials, so nobody
    signs in with them again (platforms lock accounts after a few wrong passwords). `paused_until`: until then no login
    follows on one whose connection id the platform refused. `certain` is how the platform refuses a connection id that it
    never issued, None as long as nobody asked.
    """

    is_refused: bool = False
    paused_until: float = -math.inf
    certain: Wording | None = None
    _pause: float = _FIRST_PAUSE
    _logins: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_LOGINS))
    _waiting: dict[Wording, float] = field(default_factory=dict)
    _no_matter: dict[tuple[str, Wording], float] = field(default_factory=dict)

    def next_pause(self) -> float:
        """Return for how many seconds no new id is asked for; twice as long after every call, until an id works."""
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return pause

    def works(self) -> None:
        """Note that the platform accepted a connection id."""
        self.paused_until, self._pause = -math.inf, _FIRST_PAUSE

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

    def helped(self, wording: Wording | None) -> None:
        """Note that another connection id was accepted: the next refusal in these words may be about an id again."""
        self._waiting = {each: until for each, until in self._waiting.items() if each != wording}

    def is_no_matter(self, method: str, wording: Wording, now: float) -> None:
        """Note that a refusal was not about the connection id."""
        self._no_matter = {each: until for each, until in self._no_matter.items() if now < until}
        self._no_matter[method, wording] = now + _DAY
