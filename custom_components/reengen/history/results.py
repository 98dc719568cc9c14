"""What an import found and did."""

from dataclasses import dataclass

from homeassistant.exceptions import HomeAssistantError


class HistoryUnavailableError(HomeAssistantError):
    """The recorder does not take statistics now: it migrates its database, is stopped, or did not answer in time."""


class HistoryMistakenError(HomeAssistantError):
    """What the platform says is odd for most points: no meter's fault but a wrong assumption, so nothing is written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesResult:
    """What became of one series: hours compared with the platform, written, and removed.

    `moved` is the sum of the absolute changes of all hours, in the series' unit; 0 for levels, which have no amount.
    In a dry run the figures say what would be done.
    """

    hours_checked: int = 0
    hours_written: int = 0
    hours_removed: int = 0
    moved: float = 0.0

    def __add__(self, other: SeriesResult) -> SeriesResult:
        """Return both together."""
        return SeriesResult(
            hours_checked=self.hours_checked + other.hours_checked,
            hours_written=self.hours_written + other.hours_written,
            hours_removed=self.hours_removed + other.hours_removed,
            moved=self.moved + other.moved,
        )


type Results = dict[str, SeriesResult]
"""Statistic id -> what became of it."""


def add_results(into: Results, more: Results) -> None:
    """Add the figures of `more` to those of `into`, series by series."""
    for statistic_id, result in more.items():
        into[statistic_id] = into.get(statistic_id, SeriesResult()) + result
