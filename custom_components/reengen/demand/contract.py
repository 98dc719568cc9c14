"""A contracted power, and how a month's highest demand stands to it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from custom_components.reengen.const import CONF_CONTRACTED_POWER, CONF_WARNING_SHARE

USUAL_WARNING_PERCENT: Final = 90.0

# As many as the platform is asked for: the far smaller errors of binary fractions could show what is just reached as exceeded.
_DECIMALS: Final = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """The contracted power of a point in kW, and at which share of it (percent) to warn."""

    kilowatts: float
    warning_percent: float

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Return the contract that is stored for a point."""
        return cls(
            kilowatts=float(stored[CONF_CONTRACTED_POWER]),
            warning_percent=float(stored.get(CONF_WARNING_SHARE, USUAL_WARNING_PERCENT)),
        )

    @property
    def warning_kilowatts(self) -> float:
        """Return the demand at which to warn."""
        return round(self.kilowatts * self.warning_percent / 100, _DECIMALS)

    def share_percent(self, demand: float) -> float:
        """Return a demand (kW) as a share of the contracted power."""
        return round(100 * demand / self.kilowatts, _DECIMALS)

    def excess(self, demand: float) -> float:
        """Return by how many kW a demand is above the contracted power, 0 where it is not."""
        return max(0.0, round(demand - self.kilowatts, _DECIMALS))

    def is_near(self, demand: float) -> bool:
        """Return whether a demand (kW) has reached the share at which to warn."""
        return round(demand, _DECIMALS) >= self.warning_kilowatts
