"""The options of an account: the one place that reads what is stored, and knows what counts where nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from custom_components.reengen.api import IncludeTax
from custom_components.reengen.const import (
    CONF_CAPACITIVE_LIMIT,
    CONF_COSTS,
    CONF_CUSTOM_MEASUREMENTS,
    CONF_HISTORY_MONTHS,
    CONF_INDUCTIVE_LIMIT,
    CONF_MEASUREMENTS,
    CONF_POINTS,
    DEFAULT_HISTORY_MONTHS,
)
from custom_components.reengen.measurements import COSTS, MEASUREMENTS, Measurement, custom_measurement

_LIMITS = (CONF_INDUCTIVE_LIMIT, CONF_CAPACITIVE_LIMIT)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOptions:
    """What the user has chosen for an account; but for `limits` and `unknown_measurements` a field is named as its option.

    `points` are codes; `areas` has sites and buildings suggested as areas of new devices. `measurements` are those that
    are read, the user's own (`custom_measurements`) last, and `costs` keys of the catalogue; `unknown_measurements` are
    keys that this version does not know. `include_tax` and `rolled_up_points` are None until the user has decided.
    `history_months` is 0 for everything that the platform has. `limits` of reactive energy are in percent, by the key of
    their option. The stored rows of `confirmations`, `number_limits`, `replaced_points` and `contracts` are read where
    they are used.
    """

    points: tuple[str, ...]
    measurements: tuple[Measurement, ...]
    custom_measurements: tuple[Measurement, ...]
    unknown_measurements: tuple[str, ...]
    costs: tuple[str, ...]
    history_months: int
    limits: Mapping[str, float]
    include_descendants: bool = False
    areas: bool = False
    currency: str = ""
    include_tax: bool | None = None
    time_zone: str = ""
    meter_readings: bool = False
    phases: bool = False
    history_paused: bool = False
    keep_statistics: bool = True
    dashboard: bool = False
    energy_dashboard: bool = False
    energy_dashboard_done: bool = False
    confirmations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    number_limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    replaced_points: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contracts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rolled_up_points: str | None = None

    @classmethod
    def of(cls, entry: ConfigEntry[Any]) -> Self:
        """Return the options of an entry, of whichever version it was stored by."""
        return cls.read(entry.options)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return what is stored, and the usual where nothing is."""
        custom = tuple(map(custom_measurement, stored.get(CONF_CUSTOM_MEASUREMENTS, ())))
        keys = stored.get(CONF_MEASUREMENTS, ())
        as_stored = {each.name: stored[each.name] for each in fields(cls) if each.name in stored}
        read = {
            "points": tuple(stored.get(CONF_POINTS, ())),
            "measurements": (*(MEASUREMENTS[key] for key in keys if key in MEASUREMENTS), *custom),
            "custom_measurements": custom,
            "unknown_measurements": tuple(key for key in keys if key not in MEASUREMENTS),
            "costs": tuple(key for key in stored.get(CONF_COSTS, ()) if key in COSTS),
            "history_months": int(stored.get(CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS)),
            "limits": {key: float(stored[key]) for key in _LIMITS if key in stored},
        }
        return cls(**as_stored | read)

    @property
    def tax(self) -> IncludeTax:
        """Return what costs are asked for with: without tax until the user has decided."""
        return IncludeTax.INTERNAL if self.include_tax else IncludeTax.NONE

    @property
    def catalogue(self) -> Mapping[str, Measurement]:
        """Return all measurements that the account may have, by key: those built in and the user's own."""
        return MEASUREMENTS | {row.key: row for row in self.custom_measurements}


@callback
def async_update_options(hass: HomeAssistant, entry: ConfigEntry[Any], changed: Mapping[str, Any]) -> None:
    """Store some options anew, None for none; all others stay as they are."""
    stored = {key: value for key, value in {**entry.options, **changed}.items() if value is not None}
    hass.config_entries.async_update_entry(entry, options=stored)
