"""How credentials stand with the platform: what is known of them beyond the life of one client."""

from dataclasses import dataclass
import math
from typing import Final

# A platform that refuses the ids that it gives is asked for another one after the first pause, in seconds, and after twice
# as long each time. For a method that it refuses always the longest pause is kept: the others need no new id.
_FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 3600.0


@dataclass(kw_only=True, slots=True)
class Standing:
    """How one set of credentials stands with the platform; it outlives the clients that are made for them.

    `is_refused`: the platform refused them, so nobody signs in with them again (platforms lock accounts after a few
    wrong passwords). `paused_until`, on the clock of the retry policy: it refuses the connection ids that it gives.
    """

    is_refused: bool = False
    paused_until: float = -math.inf
    _pause: float = _FIRST_PAUSE

    def next_pause(self) -> float:
        """Return for how many seconds no new id is asked for, longer each time until one works."""
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return pause

    def works(self) -> None:
        """Take note that the platform accepted an id."""
        self.paused_until, self._pause = -math.inf, _FIRST_PAUSE
