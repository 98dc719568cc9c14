"""The options of an account: the one place that reads what is stored, and knows what counts where nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant, callback

from custom_components.reengen.api import IncludeTax
from custom_components.reengen.const import (
    CONF_AREAS,
    CONF_CAPACITIVE_LIMIT,
    CONF_CONFIRMATIONS,
    CONF_CONTRACTS,
    CONF_COSTS,
    CONF_CURRENCY,
    CONF_CUSTOM_MEASUREMENTS,
    CONF_DASHBOARD,
    CONF_ENERGY_DASHBOARD,
    CONF_ENERGY_DASHBOARD_DONE,
    CONF_HISTORY_MONTHS,
    CONF_HISTORY_PAUSED,
    CONF_INCLUDE_DESCENDANTS,
    CONF_INCLUDE_TAX,
    CONF_INDUCTIVE_LIMIT,
    CONF_KEEP_STATISTICS,
    CONF_MEASUREMENTS,
    CONF_METER_READINGS,
    CONF_NUMBER_LIMITS,
    CONF_PHASES,
    CONF_POINTS,
    CONF_REPLACED_POINTS,
    CONF_ROLLED_UP_POINTS,
    DEFAULT_HISTORY_MONTHS,
)
from custom_components.reengen.measurements import COSTS, MEASUREMENTS, Measurement, custom_measurement

_LIMITS = (CONF_INDUCTIVE_LIMIT, CONF_CAPACITIVE_LIMIT)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOptions:
    """What the user has chosen for an account.

    `points` are codes; `areas` has sites and buildings suggested as areas of new devices. `measurements` are those that
    are read, the user's own (`custom_measurements`) last, and `costs` keys of the catalogue; `unknown_measurements` are
    keys that this version does not know. `include_tax` and `rolled_up_points` are None until the user has decided.
    `history_months` is 0 for everything that the platform has. `limits` of reactive energy are in percent, by the key of
    their option. The stored rows of `confirmations`, `number_limits`, `replaced_points` and `contracts` are read where
    they are used.
    """

    points: tuple[str, ...]
    include_descendants: bool
    areas: bool
    measurements: tuple[Measurement, ...]
    custom_measurements: tuple[Measurement, ...]
    unknown_measurements: tuple[str, ...]
    costs: tuple[str, ...]
    currency: str
    include_tax: bool | None
    time_zone: str
    meter_readings: bool
    phases: bool
    history_months: int
    history_paused: bool
    keep_statistics: bool
    dashboard: bool
    energy_dashboard: bool
    energy_dashboard_done: bool
    limits: Mapping[str, float]
    confirmations: Mapping[str, Mapping[str, Any]]
    number_limits: Mapping[str, Mapping[str, Any]]
    replaced_points: Mapping[str, Mapping[str, Any]]
    contracts: Mapping[str, Mapping[str, Any]]
    rolled_up_points: str | None

    @classmethod
    def of(cls, entry: ConfigEntry[Any]) -> Self:
        """Return the options of an entry, of whichever version it was stored by."""
        return cls.read(entry.options)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return what is stored, and the usual where nothing is."""
        custom = tuple(map(custom_measurement, stored.get(CONF_CUSTOM_MEASUREMENTS, ())))
        keys = stored.get(CONF_MEASUREMENTS, ())
        return cls(
            points=tuple(stored.get(CONF_POINTS, ())),
            include_descendants=stored.get(CONF_INCLUDE_DESCENDANTS, False),
            areas=stored.get(CONF_AREAS, False),
            measurements=(*(MEASUREMENTS[key] for key in keys if key in MEASUREMENTS), *custom),
            custom_measurements=custom,
            unknown_measurements=tuple(key for key in keys if key not in MEASUREMENTS),
            costs=tuple(key for key in stored.get(CONF_COSTS, ()) if key in COSTS),
            currency=stored.get(CONF_CURRENCY, ""),
            include_tax=stored.get(CONF_INCLUDE_TAX),
            time_zone=stored.get(CONF_TIME_ZONE, ""),
            meter_readings=stored.get(CONF_METER_READINGS, False),
            phases=stored.get(CONF_PHASES, False),
            history_months=int(stored.get(CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS)),
            history_paused=stored.get(CONF_HISTORY_PAUSED, False),
            keep_statistics=stored.get(CONF_KEEP_STATISTICS, True),
            dashboard=stored.get(CONF_DASHBOARD, False),
            energy_dashboard=stored.get(CONF_ENERGY_DASHBOARD, False),
            energy_dashboard_done=stored.get(CONF_ENERGY_DASHBOARD_DONE, False),
            limits={key: float(stored[key]) for key in _LIMITS if key in stored},
            confirmations=stored.get(CONF_CONFIRMATIONS, {}),
            number_limits=stored.get(CONF_NUMBER_LIMITS, {}),
            replaced_points=stored.get(CONF_REPLACED_POINTS, {}),
            contracts=stored.get(CONF_CONTRACTS, {}),
            rolled_up_points=stored.get(CONF_ROLLED_UP_POINTS),
        )

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
