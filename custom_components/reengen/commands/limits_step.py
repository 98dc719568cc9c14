"""The steps of the options in which a person says which numbers a command takes."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import Platform
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, FormError, number_box
from custom_components.reengen.api import ParameterKind
from custom_components.reengen.const import (
    CONF_COMMAND,
    CONF_MAXIMUM,
    CONF_MINIMUM,
    CONF_NUMBER_LIMITS,
    CONF_STEP,
    CONF_UNIT,
    FINEST_STEP,
    WIDEST,
)

from .choice import CommandChoice
from .kinds import limits_key, platform_of

_NUMBERS: Final = (CONF_MINIMUM, CONF_MAXIMUM, CONF_STEP)


# What a number command takes; each field may stay empty.
LIMITS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_MINIMUM): number_box(min=-WIDEST, max=WIDEST, step="any"),
        vol.Optional(CONF_MAXIMUM): number_box(min=-WIDEST, max=WIDEST, step="any"),
        vol.Optional(CONF_STEP): number_box(min=FINEST_STEP, max=WIDEST, step="any"),
        vol.Optional(CONF_UNIT): TextSelector(),
    }
)


def limits_from(user_input: Mapping[str, Any], *, takes_whole: bool) -> dict[str, Any]:
    """Return what is stored of a command, {} for nothing; `takes_whole` says that it takes whole numbers alone.

    Raises: FormError.
    """
    # The selector takes the text "nan", which sets no limit.
    limits = {key: value for key, value in user_input.items() if key in _NUMBERS and math.isfinite(value)}
    if takes_whole and (odd := [key for key, value in limits.items() if not float(value).is_integer()]):
        raise FormError("whole_number_required", field=odd[0])
    if {CONF_MINIMUM, CONF_MAXIMUM} <= limits.keys():
        width = limits[CONF_MAXIMUM] - limits[CONF_MINIMUM]
        if width <= 0:
            raise FormError("maximum_too_small", field=CONF_MAXIMUM)
        if limits.get(CONF_STEP, 0) > width:
            raise FormError("step_too_wide", field=CONF_STEP)
    unit = user_input.get(CONF_UNIT, "").strip()
    return {**limits, **({CONF_UNIT: unit} if unit else {})}


class NumberLimitSteps(CommandChoice):
    """Choose a command that takes a number; then say from where to where, in which steps and in which unit."""

    _whole: set[str]

    async def async_step_number_limits(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which command; a tick marks those that have limits already."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            self.key = user_input[CONF_COMMAND]
            return await self.async_step_number_limit()
        labels: dict[str, str] = {}
        self._whole = set()
        for point, command, label in self.listed():
            if platform_of(command) is Platform.NUMBER:
                labels[key := limits_key(point.id, command)] = label
                if command.kind is ParameterKind.INTEGER:
                    self._whole.add(key)
        stored = AccountOptions.of(self.config_entry).number_limits
        return self.show_choice("number_limits", CONF_COMMAND, labels, stored, none="no_numbers")

    async def async_step_number_limit(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what the command takes; fields that are empty set nothing."""
        stored, quoted = AccountOptions.of(self.config_entry).number_limits, {CONF_COMMAND: self.labels[self.key]}

        async def done(typed: dict[str, Any]) -> ConfigFlowResult:
            limits = limits_from(typed, takes_whole=self.key in self._whole)
            return self.save_chosen(CONF_NUMBER_LIMITS, stored, limits)

        suggested = stored.get(self.key)
        return await self.ask("number_limit", LIMITS_SCHEMA, user_input, done, suggested=suggested, quoted=quoted)
