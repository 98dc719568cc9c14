"""ListDataEx does not page: a window whose response is cut short is asked for in halves."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo
from typing import Final

from .errors import ReengenError
from .models import RawReading
from .oddities import Listing
from .portions import is_too_large
from .raw_responses import RawRows
from .wire_time import WIRE_STEP, is_repeated

# Meters store a row every 5 to 60 minutes: where the rows of a window as short as this do not fit into a response, those
# of a shorter window do not fit either.
_SHORTEST_WINDOW: Final = timedelta(minutes=15)

# A platform that caps its responses caps them at a round number of rows, and its `rowCount` may count only these.
_ROUND_COUNT: Final = 1000


async def listed_in_halves(
    ask: Callable[[datetime, datetime], Awaitable[RawRows]], start: datetime, end: datetime, zone: tzinfo
) -> Listing[RawReading]:
    """Return all rows of a window in order of time; raises what `ask` raises for a window that cannot be halved."""
    whole_ones: list[Listing[RawReading]] = []
    windows: list[tuple[datetime, datetime, RawRows | None]] = [(start, end, None)]
    while windows:
        begin, after, whole = windows.pop()
        found: RawRows | ReengenError
        try:
            found = await ask(begin, after)
        except ReengenError as error:
            if not is_too_large(error):
                raise
            found = error
        middle = middle_of(begin, after, zone) if _may_be_cut_short(found, whole) else None
        if middle is not None:
            part = found if isinstance(found, RawRows) else None
            windows += [(middle, after, part), (begin, middle, part)]
        elif not isinstance(found, RawRows):
            raise found
        else:
            whole_ones.append(found.rows)
    return Listing.joined(whole_ones)


def middle_of(start: datetime, end: datetime, zone: tzinfo) -> datetime | None:
    """Return where to halve a window of raw rows, or None where it is too short for that."""
    middle = start + (end - start) // 2 // WIRE_STEP * WIRE_STEP
    # The wire cannot say which pass of a repeated hour is meant.
    while is_repeated(middle, zone) or is_repeated(middle - WIRE_STEP, zone):
        middle += _SHORTEST_WINDOW
    return middle if middle - start >= _SHORTEST_WINDOW and middle < end else None


def _may_be_cut_short(found: RawRows | ReengenError, whole: RawRows | None) -> bool:
    """Tell whether a response may lack rows that a shorter window would have; `whole` is that of twice the window."""
    if not isinstance(found, RawRows):
        return True
    if found.listed and found.listed % _ROUND_COUNT == 0:
        return True
    # A response that is cut short has as many rows for half the window. With fewer rows for the half nothing was cut, and
    # the platform counts something else.
    return found.lacks_rows and (whole is None or found.listed >= whole.listed)
