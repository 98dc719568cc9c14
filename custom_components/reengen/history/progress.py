"""How much of the chosen depth of history is there, in percent; pure."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from .plan import HOUR

# What is settled hour by hour counts as complete only when the whole depth has been gone through.
_ALMOST: Final = 99.9

type Settled = Callable[[Collection[str], int, int], None]
"""Takes note that the hours from the second instant (epoch seconds) up to the third are settled for some statistics."""


class Progress:
    """The hours that are stored as the platform has them, or that it does not have; of all chosen statistics alike.

    `percent` is None before the first run. It falls only where a run finds less than the one before left.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self.percent: float | None = None
        self._chosen: frozenset[str] = frozenset()
        self._complete: set[str] = set()
        self._seconds: dict[str, int] = {}
        self._window = (0, 0)
        self._counted_from: dict[str, int] = {}
        self._least = 0.0

    def begin(self, chosen: Iterable[str], complete: Iterable[str], *, goes_on: bool) -> None:
        """Begin a run; `complete` are settled already. `goes_on` says that the run before was broken off."""
        self._least = min(self.percent or 0.0, _ALMOST) if goes_on else 0.0
        self._chosen = frozenset(chosen)
        self._complete = set(self._chosen.intersection(complete))
        self._seconds.clear()
        self._counted_from.clear()
        self._note()

    def expect(self, start: int, end: int) -> None:
        """Take note of the depth, in epoch seconds."""
        self._window = start, end

    def settled(self, statistic_ids: Collection[str], begin: int, end: int) -> None:
        """Count hours of some statistics; none may be settled twice, but those that `newest` counted are left out."""
        first, last = self._window
        for each in statistic_ids:
            seconds = min(end, last, self._counted_from.get(each, last)) - max(begin, first)
            self._seconds[each] = self._seconds.get(each, 0) + max(0, seconds)
        self._note()

    def newest(self, statistic_ids: Collection[str], begin: int, end: int) -> None:
        """Count the newest hours, which are read before anything is compared."""
        self.settled(statistic_ids, begin, end)
        self._counted_from.update(dict.fromkeys(statistic_ids, begin))

    def complete(self, statistic_ids: Iterable[str]) -> None:
        """Take note that the whole depth is settled for some statistics."""
        self._complete |= self._chosen.intersection(statistic_ids)
        self._note()

    def doubt(self) -> None:
        """Take note that something may be missing of what was complete."""
        if self.percent is not None:
            self.percent = min(self.percent, _ALMOST)

    def _note(self) -> None:
        if self._complete == self._chosen:
            self.percent = 100.0
            return
        first, last = self._window
        whole = max(HOUR, last - first)
        parts = sum(min(whole, self._seconds.get(each, 0)) for each in self._chosen - self._complete) / whole
        share = (len(self._complete) + parts) / len(self._chosen)
        self.percent = max(self._least, min(_ALMOST, 100.0 * share))
        self._least = self.percent
