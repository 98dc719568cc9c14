"""The rows of the table, and their verdicts."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure beside its bar; `detail` holds the absolute figures and how they came about.

    A figure that comes from a clock says as much of what else the machine does: falling short of its bar is printed,
    and no failure. A count is the same everywhere.
    """

    what: str
    measured: float
    unit: str
    at_most: float
    detail: str = ""
    is_timing: bool = False

    @property
    def is_met(self) -> bool:
        """Return whether the figure is within its bar."""
        return self.measured <= self.at_most

    @property
    def fails(self) -> bool:
        """Return whether the whole run fails with it."""
        return not self.is_met and not self.is_timing

    def __str__(self) -> str:
        """Return the row as the table prints it."""
        verdict = "met" if self.is_met else "FALLS SHORT" + (" (of a clock)" if self.is_timing else "")
        line = f"{self.what:<84} {self.measured:>10.4g} {self.unit:<3} at most {self.at_most:>8.4g}  {verdict}"
        return f"{line}\n    {self.detail}" if self.detail else line
