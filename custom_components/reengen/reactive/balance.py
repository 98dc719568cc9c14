"""How a point's reactive energy of this month stands to its limit, from the samples of a poll.

A supplier in Turkey charges reactive energy once it is more than a share of the active energy drawn in the month.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from homeassistant.const import PERCENTAGE
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, number_box
from custom_components.reengen.api import Resolution, next_bucket
from custom_components.reengen.const import CONF_CAPACITIVE_LIMIT, CONF_INDUCTIVE_LIMIT
from custom_components.reengen.readings import Sample, SampleKey, Window

_PERCENT: Final = number_box(min=0, max=100, step=0.1, unit_of_measurement=PERCENTAGE)

ACTIVE_KEY: Final = "active_energy_import"
COST_KEY: Final = "reactive_energy_cost"

# As many as the platform is asked for. Rounding removes the far smaller errors of binary fractions, which could show
# a limit that is exactly reached as exceeded.
DECIMALS: Final = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class ReactiveSide:
    """One of the two kinds of reactive energy that have a limit.

    `source_keys` name what may be its energy in the catalogue: the first that has a value counts.
    `usual_limit_percent` is the limit where the entry has none.
    """

    key: str
    source_keys: tuple[str, ...]
    limit_option: str
    usual_limit_percent: float

    @property
    def ratio_key(self) -> str:
        """Return the key of the sensor of the ratio."""
        return f"{self.key}_ratio_this_month"

    def limit_percent(self, options: AccountOptions) -> float:
        """Return the limit of an account."""
        return options.limits.get(self.limit_option, self.usual_limit_percent)


# The limits are those of connections from 50 kVA. The definition that names the side stands before the general one,
# whose import is the inductive and whose export the capacitive energy (API document: variants).
SIDES: Final = (
    ReactiveSide(
        key="inductive",
        source_keys=("inductive_reactive_energy_import", "reactive_energy_import"),
        limit_option=CONF_INDUCTIVE_LIMIT,
        usual_limit_percent=20.0,
    ),
    ReactiveSide(
        key="capacitive",
        source_keys=("capacitive_energy_export", "reactive_energy_export"),
        limit_option=CONF_CAPACITIVE_LIMIT,
        usual_limit_percent=15.0,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """Energies of one point in one month: active in kWh and above zero, reactive in kvarh; the limit in percent."""

    active_kwh: float
    reactive_kvarh: float
    limit_percent: float

    @property
    def ratio_percent(self) -> float:
        """Return the reactive energy as a share of the active."""
        return 100 * self.reactive_kvarh / self.active_kwh

    @property
    def left_kvarh(self) -> float:
        """Return what the active energy drawn so far still allows; below zero, by how much the limit is exceeded."""
        left = self.active_kwh * self.limit_percent / 100 - self.reactive_kvarh
        return round(left, DECIMALS)

    @property
    def is_over_limit(self) -> bool:
        """Tell whether the limit is exceeded; to reach it is allowed."""
        return self.left_kvarh < 0


def is_measured(samples: Mapping[SampleKey, Sample], point_id: int, side: ReactiveSide) -> bool:
    """Tell whether the point has a value of both energies this month."""
    return _active(samples, point_id) is not None and _reactive(samples, point_id, side) is not None


def balance(
    samples: Mapping[SampleKey, Sample], point_id: int, side: ReactiveSide, limit_percent: float
) -> Balance | None:
    """Return how the point stands this month; None where an energy is missing or no active energy was drawn."""
    active, reactive = _active(samples, point_id), _reactive(samples, point_id, side)
    if active is None or active <= 0 or reactive is None:
        return None
    return Balance(active_kwh=active, reactive_kvarh=reactive, limit_percent=limit_percent)


def month_costs(
    samples: Mapping[SampleKey, Sample], point_id: int, zone: tzinfo, now: datetime
) -> tuple[float, float] | None:
    """Return what the platform charges for the reactive energy of the month so far, and by its end at the same pace.

    Both are in the account's currency; None where the platform says nothing. The month is that of the zone's clock.
    """
    sample = samples.get((point_id, COST_KEY, Window.THIS_MONTH))
    if sample is None or sample.value is None or now <= sample.start:
        return None
    month = next_bucket(sample.start, Resolution.MONTH, zone) - sample.start
    return sample.value, sample.value * (month / (now - sample.start))


def _active(samples: Mapping[SampleKey, Sample], point_id: int) -> float | None:
    sample = samples.get((point_id, ACTIVE_KEY, Window.THIS_MONTH))
    return None if sample is None else sample.value


def _reactive(samples: Mapping[SampleKey, Sample], point_id: int, side: ReactiveSide) -> float | None:
    found = (samples.get((point_id, key, Window.THIS_MONTH)) for key in side.source_keys)
    return next((sample.value for sample in found if sample is not None and sample.value is not None), None)


def reactive_schema() -> vol.Schema:
    """Return the limits of reactive energy, in percent of the active energy."""
    return vol.Schema({vol.Required(side.limit_option, default=side.usual_limit_percent): _PERCENT for side in SIDES})
