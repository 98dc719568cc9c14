"""Progress lines: what is being done, and how long it took."""

from collections.abc import Iterator
import contextlib
import sys
import time


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
