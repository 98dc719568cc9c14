"""Run every measurement and print one table: what, how much, the bar, and whether it is met."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
import sys

from .poll import measure_logins, measure_picker, measure_poll


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure beside its bar."""

    what: str
    measured: float
    unit: str
    at_most: float

    def __str__(self) -> str:
        """Return the row as the table prints it."""
        verdict = "met" if self.measured <= self.at_most else "MISSED"
        return f"{self.what:<66} {self.measured:>10.2f} {self.unit:<9} at most {self.at_most:>8.0f}  {verdict}"


def rows() -> Iterator[Row]:
    """Measure, one after another."""
    poll = asyncio.run(measure_poll(points=1000))
    yield Row(what="requests of one poll, 1 000 points x 4 series", measured=poll.requests, unit="", at_most=5)
    yield Row(what="rows of its largest answer", measured=poll.largest_answer_rows, unit="", at_most=10_000)
    yield Row(
        what=f"event loop held up while it writes {poll.states_written} states, worst of 5",
        measured=poll.held_up_ms,
        unit="ms",
        at_most=50,
    )
    logins = asyncio.run(measure_logins(callers=50))
    yield Row(what="logins when 50 callers meet a dead connection id", measured=logins, unit="", at_most=1)
    picker = asyncio.run(measure_picker(points=10_000))
    yield Row(what="from credentials to the picker of 10 000 points", measured=picker, unit="s", at_most=2)


def main() -> int:
    """Print the table; the exit code says whether every bar is met."""
    met = True
    for row in rows():
        print(row, flush=True)
        met = met and row.measured <= row.at_most
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
