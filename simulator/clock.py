"""The platform's clock: real, or standing still until moved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Give the platform's instant; a test moves it.

    A clock made with an instant stands still there. One made without follows real time and, once set,
    goes on running from where it was set.
    """

    def __init__(self, instant: datetime | None = None) -> None:
        """Stand still at `instant`, or run with real time."""
        self._standing = None if instant is None else _aware(instant)
        self._ahead = timedelta()
        self.on_move: Callable[[datetime], None] | None = None

    @property
    def stands_still(self) -> bool:
        """Return whether time passes only when it is told to."""
        return self._standing is not None

    def now(self) -> datetime:
        """Return the aware instant in UTC."""
        return datetime.now(UTC) + self._ahead if self._standing is None else self._standing

    def set(self, instant: datetime) -> None:
        """Move to an aware instant; readings up to there exist when this returns."""
        if self._standing is None:
            self._ahead = _aware(instant) - datetime.now(UTC)
        else:
            self._standing = _aware(instant)
        if self.on_move is not None:
            self.on_move(self.now())

    def advance(self, step: timedelta) -> None:
        """Move on by a step."""
        self.set(self.now() + step)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("the clock takes an aware instant")
    return instant.astimezone(UTC)
