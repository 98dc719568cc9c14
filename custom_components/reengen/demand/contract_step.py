"""The steps of the options in which a person says how much power is contracted."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import PERCENTAGE, UnitOfPower
from homeassistant.helpers.selector import SelectOptionDict
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, OptionsForms, drop_down, number_box
from custom_components.reengen.const import (
    CONF_CONTRACTED_POWER,
    CONF_CONTRACTS,
    CONF_POINT,
    CONF_WARNING_SHARE,
    WIDEST,
)
from custom_components.reengen.points import point_options
from custom_components.reengen.readings import POWERS

from .contract import USUAL_WARNING_PERCENT
from .keys import POWER_KEY

# A contract of less is none, and a share of zero kilowatts is no number.
_LEAST_KILOWATTS: Final = 0.001


def contracts_schema(options: list[SelectOptionDict]) -> vol.Schema:
    """Return the choice of a point."""
    return vol.Schema({vol.Required(CONF_POINT): drop_down(options=options)})


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


class ContractSteps(OptionsForms):
    """Choose a point; then say how much power is contracted there, and when to warn."""

    _point: str
    _labels: Mapping[str, str]

    async def async_step_contracts(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which point; a tick marks those that have a contract already."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            self._point = user_input[CONF_POINT]
            return await self.async_step_contract()
        stored = self._contracts()
        self._labels = {key: key for key in stored} | self._measured()
        if not self._labels:
            return self.async_abort(reason="no_energy")
        options = [
            SelectOptionDict(value=key, label=f"✓ {label}" if key in stored else label)
            for key, label in sorted(self._labels.items(), key=lambda item: item[0] not in stored)
        ]
        return self.show("contracts", contracts_schema(options), last_step=False)

    async def async_step_contract(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the contracted power; an empty field takes the contract away."""
        stored = self._contracts()
        if user_input is not None:
            others = {key: value for key, value in stored.items() if key != self._point}
            own = contract_from(user_input)
            return self.save_options({CONF_CONTRACTS: others | ({self._point: own} if own else {})})
        quoted = {CONF_POINT: self._labels[self._point]}
        return self.show("contract", contract_schema(), suggested=stored.get(self._point), quoted=quoted)

    def _contracts(self) -> dict[str, Mapping[str, Any]]:
        return dict(AccountOptions.of(self.config_entry).contracts)

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
