"""Run every measurement and print one table: what, how much, the bar, and whether it is met."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
import sys

from .history import measure_correction, measure_first_import, measure_upkeep
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
        return f"{self.what:<84} {self.measured:>10.3f} {self.unit:<9} at most {self.at_most:>8g}  {verdict}"


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


def history_rows() -> Iterator[Row]:
    """Measure the history; each ratio is of two figures of one run on the same data."""
    first = asyncio.run(measure_first_import(series=20, months=13))
    yield Row(
        what=f"first import, {first.rows} hours in {first.seconds:.0f} s, against the recorder in one call",
        measured=first.seconds / first.floor_seconds,
        unit="x",
        at_most=1.25,
    )
    yield Row(what="event loop held up during it, longest", measured=first.held_up_ms, unit="ms", at_most=50)
    upkeep = asyncio.run(measure_upkeep(series=3, years=3))
    yield Row(
        what=f"rows a day, {upkeep.rows / upkeep.series:.0f} a series over 3 years, against 30 days of hours",
        measured=upkeep.rows / upkeep.rows_of_30_days,
        unit="x",
        at_most=1 / 20,
    )
    # An hour's new rows, four comparisons of a month, one of two months and a seventh of one of everything.
    yield Row(
        what="requests a day, for any number of series in 10 000 rows", measured=upkeep.requests, unit="", at_most=30
    )
    yield Row(what="recorder tasks when nothing changed", measured=upkeep.writes_when_unchanged, unit="", at_most=0)
    corrected = asyncio.run(measure_correction(years=3))
    yield Row(
        what=f"corrected hour before {corrected.later_rows} rows, {corrected.seconds * 1000:.0f} ms, against rewriting",
        measured=corrected.seconds / corrected.rewriting_seconds,
        unit="x",
        at_most=1 / 50,
    )


def main() -> int:
    """Print the table; the exit code says whether every bar is met."""
    met = True
    for row in chain(rows(), history_rows()):
        print(row, flush=True)
        met = met and row.measured <= row.at_most
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
