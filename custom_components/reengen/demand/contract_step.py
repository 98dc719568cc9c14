"""The steps of the options in which a person says how much power is contracted."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import PERCENTAGE, UnitOfPower
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, number_box
from custom_components.reengen.const import (
    CONF_CONTRACTED_POWER,
    CONF_CONTRACTS,
    CONF_POINT,
    CONF_WARNING_SHARE,
    WIDEST,
)
from custom_components.reengen.points import TickedChoice, point_options
from custom_components.reengen.readings import POWERS

from .contract import USUAL_WARNING_PERCENT
from .keys import POWER_KEY

# A contract of less is none, and a share of zero kilowatts is no number.
_LEAST_KILOWATTS: Final = 0.001


def contract_schema() -> vol.Schema:
    """Return the fields of a contract; without a power there is none."""
    kilowatts = number_box(min=_LEAST_KILOWATTS, max=WIDEST, step="any", unit_of_measurement=UnitOfPower.KILO_WATT)
    percent = number_box(min=1, max=100, step=1, unit_of_measurement=PERCENTAGE)
    return vol.Schema(
        {
            vol.Optional(CONF_CONTRACTED_POWER): kilowatts,
            vol.Required(CONF_WARNING_SHARE, default=USUAL_WARNING_PERCENT): percent,
        }
    )


def contract_from(user_input: Mapping[str, Any]) -> dict[str, float]:
    """Return what is stored of a contract, {} for none; the selector takes the text "nan", which is no number."""
    typed = {key: float(value) for key, value in user_input.items() if math.isfinite(value)}
    return {CONF_WARNING_SHARE: USUAL_WARNING_PERCENT, **typed} if CONF_CONTRACTED_POWER in typed else {}


class ContractSteps(TickedChoice):
    """Choose a point; then say how much power is contracted there, and when to warn."""

    async def async_step_contracts(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which point; a tick marks those that have a contract already."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            self.key = user_input[CONF_POINT]
            return await self.async_step_contract()
        stored = AccountOptions.of(self.config_entry).contracts
        return self.show_choice("contracts", CONF_POINT, self._measured(), stored, none="no_energy")

    async def async_step_contract(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the contracted power; an empty field takes the contract away."""
        stored = AccountOptions.of(self.config_entry).contracts
        if user_input is not None:
            return self.save_chosen(CONF_CONTRACTS, stored, contract_from(user_input))
        quoted = {CONF_POINT: self.labels[self.key]}
        return self.show("contract", contract_schema(), suggested=stored.get(self.key), quoted=quoted)

    def _measured(self) -> dict[str, str]:
        """Return the path of each chosen point that has energy, by its id, in the order of the picker."""
        data = self.config_entry.runtime_data
        tree, told = data.points.data.tree, data.readings.data.told
        return {
            str(point.id): option["label"]
            for option in point_options(tree)
            if (point := tree.by_code(option["value"])) is not None
            if point.id in data.points.data.chosen_ids and (point.id, POWERS[POWER_KEY]) in told
        }
