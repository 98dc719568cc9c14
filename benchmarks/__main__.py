"""Run every measurement and print one table: what, how much, the bar, and whether it is met."""

import asyncio
from collections.abc import Iterator
import sys

from .audit import audit_rows
from .correction import correction_rows
from .decoding import decoding_rows
from .first_import import first_import_rows
from .poll import measure_logins, measure_picker, measure_poll
from .rest_sensors import requests_rows
from .set_up import set_up_rows
from .slow_platform import slow_platform_rows
from .table import Row
from .upkeep import upkeep_rows


def poll_rows() -> Iterator[Row]:
    """Measure the sensors and the config flow."""
    poll = asyncio.run(measure_poll(points=1000))
    yield Row(what="requests of one poll, 1 000 points x 4 series", measured=poll.requests, unit="", at_most=8)
    yield Row(what="rows of its largest response", measured=poll.largest_response_rows, unit="", at_most=10_000)
    yield Row(
        what=f"event loop held up while it writes {poll.states_written} states, worst of 5",
        measured=poll.held_up_ms,
        unit="ms",
        at_most=50,
        is_timing=True,
    )
    logins = asyncio.run(measure_logins(callers=50))
    yield Row(what="logins when 50 callers meet a dead connection id", measured=logins, unit="", at_most=1)
    picker = asyncio.run(measure_picker(points=10_000))
    yield Row(
        what="from credentials to the picker of 10 000 points", measured=picker, unit="s", at_most=2, is_timing=True
    )


def rows() -> Iterator[Row]:
    """Measure, one after another; every ratio is of two figures of one run on the same data and Home Assistant."""
    yield from decoding_rows()
    yield from poll_rows()
    yield from asyncio.run(slow_platform_rows(points=1000))
    yield from asyncio.run(set_up_rows(points=1000))
    yield from asyncio.run(first_import_rows(series=20, months=13))
    yield from asyncio.run(upkeep_rows(series=(10, 50, 100), years=3))
    yield from asyncio.run(correction_rows(years=3))
    yield from asyncio.run(audit_rows(series=100, years=3))
    yield from asyncio.run(requests_rows(points=100))


def main() -> int:
    """Print the table; the exit code says whether every bar of a count is met."""
    failed = False
    for row in rows():
        print(row, flush=True)
        failed = failed or row.fails
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
