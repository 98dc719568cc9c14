"""What a probe comes to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any, Final, Self

# Enough to recognise a factor, and nothing of the customer's.
_DIGITS: Final = 4


class Outcome(StrEnum):
    """Whether what the integration assumes holds on this platform."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of one probe; a probe itself leaves its name to its row in the table.

    `what` is one word for what differs, or for why nothing is known; "" where the assumption holds. `figures` are ratios,
    counts and the like, no code, name or quantity of the customer.
    """

    probe: str = ""
    outcome: Outcome
    what: str = ""
    figures: Mapping[str, float | str] = field(default_factory=dict)

    def named(self, probe: str) -> Self:
        """Return the verdict of the probe of this name."""
        return replace(self, probe=probe)

    @property
    def text_key(self) -> str:
        """Return the key of the sentence."""
        if self.outcome is Outcome.UNKNOWN:
            return f"unknown_{self.what}"
        return f"{self.probe}_{self.what or self.outcome.value}"

    def stored(self) -> dict[str, Any]:
        """Return the verdict as JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Self:
        """Return the verdict that was stored."""
        return cls(**{**stored, "outcome": Outcome(stored["outcome"])})


def _verdict(outcome: Outcome, what: str = "", /, **figures: float | str) -> Verdict:
    rounded = {key: round(value, _DIGITS) if isinstance(value, float) else value for key, value in figures.items()}
    return Verdict(outcome=outcome, what=what, figures=rounded)


# What differs, or why nothing is known, is the first argument; the figures are named ones.
holds = partial(_verdict, Outcome.HOLDS)
differs = partial(_verdict, Outcome.DIFFERS)
unknown = partial(_verdict, Outcome.UNKNOWN)
