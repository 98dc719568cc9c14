"""Progress lines: what is being done, how long it took, and how long it will take."""

from collections.abc import Iterator, Sequence
import contextlib
import math
import sys
import time
from typing import Final, TextIO

# On what is no terminal, where lines cannot be rewritten.
SECONDS_BETWEEN_LINES: Final = 30.0
# The first steps of an import take longer than those that follow.
ENOUGH_TO_TELL: Final = 0.02


def say(text: str) -> None:
    """Print a line with the time of day, as the shell scripts do."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a step, and say how long it took or that it failed."""
    say(f"{text} ...")
    started = time.monotonic()
    try:
        yield
    except BaseException:
        say(f"{text}: not done after {time.monotonic() - started:.1f} s")
        raise
    say(f"{text}: {time.monotonic() - started:.1f} s")


class LastLines:
    """The end of the screen: one line of progress, rewritten in place on a terminal, and lines that stay below it."""

    def __init__(self, *lines: str, stream: TextIO = sys.stderr) -> None:
        """Keep these lines last; nothing is printed yet."""
        self._lines: Sequence[str] = lines
        self._stream = stream
        self._shown = ""
        self._shown_at = 0.0

    def tell(self, progress: str) -> None:
        """Show how far it is; on what is no terminal at most one line each half minute, alone after the first."""
        if self._stream.isatty():
            up = f"\x1b[{len(self._lines) + 1}F\x1b[2K" if self._shown else ""
            self._write(up + self._block(progress))
        elif not self._shown:
            self._write(self._block(progress))
        elif progress != self._shown and time.monotonic() - self._shown_at >= SECONDS_BETWEEN_LINES:
            self._write(progress + "\n")
        else:
            return
        self._shown, self._shown_at = progress, time.monotonic()

    def end(self, progress: str) -> None:
        """Show the last line of progress, with the lines that stay below it."""
        if self._stream.isatty():
            self.tell(progress)
        else:
            self._write(self._block(progress))

    def _block(self, progress: str) -> str:
        return "".join(f"{line}\n" for line in (progress, *self._lines))

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class Pace:
    """How fast something goes of which a share from 0 to 1 is done; seconds are those of any clock."""

    def __init__(self) -> None:
        """Begin with the first share that is told."""
        self._first: tuple[float, float] | None = None

    def left(self, share: float, now: float) -> float | None:
        """Return how many seconds are left if it goes on as it did; None before enough was done to tell."""
        self._first = self._first or (share, now)
        done = share - self._first[0]
        return (now - self._first[1]) / done * (1.0 - share) if done >= ENOUGH_TO_TELL else None


def in_minutes(seconds: float) -> str:
    """Return a time that is left, rounded up to minutes."""
    minutes = math.ceil(seconds / 60.0)
    return "less than a minute left" if minutes <= 1 else f"about {minutes} minutes left"
