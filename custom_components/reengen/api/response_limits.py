"""How much one response of this platform may hold: what was learned from its failures and its pace. No input and no output."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from .row_budget import ROW_BUDGET

# A third of what a response may take, so that a slower moment is no time-out.
_TARGET_SECONDS: Final = 20.0
_LEAST_SECONDS: Final = 1e-3
# A limit that was found counts for a day, and is then tried again.
_DAY: Final = 86_400.0
_SHORTEST_LIMIT: Final = timedelta(days=1)
# A platform that caps its responses caps them at a round number of rows.
_ROUND_COUNT: Final = 500


@dataclass(slots=True)
class ResponseLimits:
    """Learns from each request: the rows it asked for, the rows it brought, its seconds; `clock` tells the seconds of now.

    `adapted` tells what is in force, for diagnostics.
    """

    clock: Callable[[], float]
    _found: dict[str, tuple[float, float]] = field(default_factory=dict)
    _pace: float = float(ROW_BUDGET)
    _most_rows: int = 0
    _short: dict[int, int] = field(default_factory=dict)
    _whole: dict[int, float] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return how many rows to ask for in one request at most."""
        return int(min([ROW_BUDGET, *(limit for key, limit in self.adapted.items() if key != "range_hours")]))

    @property
    def longest(self) -> timedelta | None:
        """Return how long a range to ask for in one request at most, None for any."""
        hours = self.adapted.get("range_hours")
        return None if hours is None else timedelta(hours=hours)

    @property
    def adapted(self) -> Mapping[str, float]:
        """Return by its reason each limit in force: rows of a request, and for `range_hours` its length."""
        now = self.clock()
        found = {key: limit for key, (limit, until) in self._found.items() if now < until}
        return found if self._pace >= ROW_BUDGET else {**found, "too_slow": float(int(self._pace))}

    def too_large(self, rows: int, length: timedelta) -> None:
        """Note that the platform gives no response that may have so many rows, or over such a range (HTTP 413)."""
        if rows <= self._most_rows and length > _SHORTEST_LIMIT:
            # As many rows came of a shorter range.
            self._keep("range_hours", max(_SHORTEST_LIMIT, length / 2) / timedelta(hours=1))
            self._found.pop("too_large", None)
        else:
            self._keep("too_large", rows // 2)

    def too_slow(self, rows: int) -> None:
        """Note that a response that may have so many rows did not come in time."""
        self._pace = max(1.0, min(self._pace, rows / 2))

    def came(self, rows: int, listed: int, seconds: float) -> None:
        """Note a response to a request for `rows` that has `listed` rows and took so long."""
        self._most_rows = max(self._most_rows, listed)
        if seconds > _TARGET_SECONDS:
            self._pace = max(1.0, min(self._pace, rows * _TARGET_SECONDS / seconds))
        else:
            in_time = listed * _TARGET_SECONDS / max(seconds, _LEAST_SECONDS)
            self._pace = min(ROW_BUDGET, max(self._pace, min(2 * self._pace, in_time)))

    def may_be_capped(self, rows: int, listed: int) -> bool:
        """Return whether a response with fewer rows than were asked for may lack some because the platform caps it.

        That is where the number is round, was a cap before, or is that of a request for another number of rows; and where
        it was not found whole within a day.
        """
        if not 0 < listed < rows or (listed in self._whole and self.clock() < self._whole[listed]):
            return False
        is_like_another = self._short.setdefault(listed, rows) != rows
        was_a_cap = self._found.get("cap", (0, 0))[0] == listed
        return is_like_another or was_a_cap or listed % _ROUND_COUNT == 0

    def is_cap(self, listed: int) -> None:
        """Note that the platform lists no more rows than so many."""
        self._keep("cap", listed)

    def is_whole(self, listed: int) -> None:
        """Note that a response with so many rows lacked none."""
        now = self.clock()
        self._short.pop(listed, None)
        self._whole = {each: until for each, until in self._whole.items() if now < until}
        self._whole[listed] = now + _DAY

    def _keep(self, key: str, limit: float) -> None:
        self._found[key] = max(1.0, limit), self.clock() + _DAY
