"""What is known of credentials beyond the life of one client."""

from dataclasses import dataclass, field
import math
from typing import Final

from .refusal_memory import RefusalMemory

# Seconds until a platform that refuses its own connection ids is asked for another one; the pause doubles after every
# such login. Where the platform refuses one method alone, the pause is the longest: other methods need no new id.
_FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 3600.0


@dataclass(kw_only=True, slots=True)
class Standing:
    """How one set of credentials stands with the platform; it outlives the clients that use them.

    `is_refused`: the platform refused the credentials, so nobody signs in with them again (platforms lock accounts after
    a few wrong passwords). `paused_until`, on the clock of the retry policy: until then no login follows on one whose
    connection id the platform refused. `refusals` is what refusals in unknown words were about.
    """

    is_refused: bool = False
    paused_until: float = -math.inf
    refusals: RefusalMemory = field(default_factory=RefusalMemory)
    _pause: float = _FIRST_PAUSE

    def next_pause(self) -> float:
        """Return for how many seconds no new id is asked for; twice as long after every call, until an id works."""
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return pause

    def works(self) -> None:
        """Note that the platform accepted a connection id."""
        self.paused_until, self._pause = -math.inf, _FIRST_PAUSE
