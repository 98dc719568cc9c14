"""The steps of the options in which a person says which series shows that a command had effect."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import BooleanSelector, SelectOptionDict
import voluptuous as vol

from custom_components.reengen.account import AccountOptions, async_option_texts, drop_down, number_box
from custom_components.reengen.const import (
    CONF_COMMAND,
    CONF_COMPARISON,
    CONF_CONFIRMATIONS,
    CONF_CONFIRMED,
    CONF_MEASUREMENT,
    CONF_MEASUREMENTS,
    CONF_MINUTES,
    CONF_THRESHOLD,
)
from custom_components.reengen.measurements import Measurement, written
from custom_components.reengen.readings import Window

from .choice import CommandChoice
from .confirmation import Comparison, case_key, cases, point_id_of, usual_comparison

# The first whole quarter hour ends up to half an hour behind the command, and its value comes some minutes later.
_LEAST_MINUTES: Final = 40
_USUAL_MINUTES: Final = 60
# A request a quarter hour: a day makes a hundred.
_MOST_MINUTES: Final = 24 * 60


def rule_schema(catalogue: Mapping[str, Measurement], usual: Comparison | None = None) -> vol.Schema:
    """Return the fields of a rule: what must be beyond which value, and how long that may take.

    `catalogue` has all measurements of the account; `usual` is the comparison to begin with.
    """
    # Those that are built in have their names in the translations.
    measurements = [SelectOptionDict(value=key, label=row.name or key) for key, row in catalogue.items()]
    minutes = number_box(min=_LEAST_MINUTES, max=_MOST_MINUTES, step=1, unit_of_measurement=UnitOfTime.MINUTES)
    return vol.Schema(
        {
            vol.Required(CONF_CONFIRMED, default=True): BooleanSelector(),
            vol.Required(CONF_MEASUREMENT, default="active_power_phase"): drop_down(
                options=measurements, translation_key=CONF_MEASUREMENTS
            ),
            vol.Required(CONF_COMPARISON, default=vol.UNDEFINED if usual is None else usual.value): drop_down(
                options=[each.value for each in Comparison], translation_key=CONF_COMPARISON
            ),
            vol.Required(CONF_THRESHOLD): number_box(step="any"),
            vol.Required(CONF_MINUTES, default=_USUAL_MINUTES): minutes,
        }
    )


class ConfirmationSteps(CommandChoice):
    """Choose a command, on or off of a switch, or an option; then say what shows that it had effect."""

    async def async_step_confirmations(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which command; a tick marks those that are confirmed already."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            self.key = user_input[CONF_COMMAND]
            return await self.async_step_confirmation()
        texts = await async_option_texts(self.hass, CONF_COMMAND)
        labels = {
            case_key(point.id, command, parameter): ": ".join(filter(None, (label, texts.get(case, case))))
            for point, command, label in self.listed()
            for parameter, case in cases(command)
        }
        rules = AccountOptions.of(self.config_entry).confirmations
        return self.show_choice("confirmations", CONF_COMMAND, labels, rules, none="no_commands")

    async def async_step_confirmation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what shows the effect."""
        options = AccountOptions.of(self.config_entry)
        if user_input is not None:
            own = {**user_input, CONF_MINUTES: int(user_input[CONF_MINUTES])}
            return self.save_chosen(CONF_CONFIRMATIONS, options.confirmations, own if own.pop(CONF_CONFIRMED) else {})
        schema = rule_schema(options.catalogue, usual_comparison(self.key))
        quoted = {CONF_COMMAND: self.labels[self.key], "present": await self._async_present()}
        suggested = options.confirmations.get(self.key)
        return self.show("confirmation", schema, suggested=suggested, quoted=quoted)

    async def _async_present(self) -> str:
        """Return the newest levels of the command's point, by which a threshold can be judged."""
        samples = self.commands.readings.data.samples
        texts = await async_option_texts(self.hass, CONF_MEASUREMENTS)
        language = self.hass.config.language
        shown = [
            f"{row.name or texts[key]} {written(f'{sample.value:.{row.display_precision}f}', language)} {row.unit}"
            for key, row in AccountOptions.of(self.config_entry).catalogue.items()
            if (sample := samples.get((point_id_of(self.key), key, Window.LATEST))) and sample.value is not None
        ]
        return ", ".join(shown) or (await async_option_texts(self.hass, "present"))["none"]
