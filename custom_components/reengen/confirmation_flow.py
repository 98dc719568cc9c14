"""The steps of the options in which a person says which series shows that a command had effect."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .catalogue import measurements_of
from .confirmations import Comparison, case_key, cases
from .const import (
    CONF_COMMAND,
    CONF_COMPARISON,
    CONF_CONFIRMATIONS,
    CONF_CONFIRMED,
    CONF_MEASUREMENT,
    CONF_MEASUREMENTS,
    CONF_MINUTES,
    CONF_THRESHOLD,
    DOMAIN,
)
from .flow_forms import ReengenForms
from .point_picker import point_options
from .runtime import ReengenConfigEntry

# The first whole quarter hour ends up to half an hour behind the command, and its value comes some minutes later.
_LEAST_MINUTES: Final = 40
_USUAL_MINUTES: Final = 60
# A request a quarter hour: a day makes a hundred.
_MOST_MINUTES: Final = 24 * 60

_CASES: Final = f"component.{DOMAIN}.selector.{CONF_COMMAND}.options."


def command_schema(options: list[SelectOptionDict]) -> vol.Schema:
    """Return the choice of what is to be confirmed."""
    commands = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN))
    return vol.Schema({vol.Required(CONF_COMMAND): commands})


def rule_schema(options: Mapping[str, Any]) -> vol.Schema:
    """Return the fields of a rule: what must be beyond which value, and how long that may take.

    `options` are the account's, which may have measurements of the user's own.
    """
    # Those that are built in have their names in the translations.
    measurements = [SelectOptionDict(value=key, label=row.name or key) for key, row in measurements_of(options).items()]
    minutes = NumberSelectorConfig(
        min=_LEAST_MINUTES,
        max=_MOST_MINUTES,
        step=1,
        unit_of_measurement=UnitOfTime.MINUTES,
        mode=NumberSelectorMode.BOX,
    )
    return vol.Schema(
        {
            vol.Required(CONF_CONFIRMED, default=True): BooleanSelector(),
            vol.Required(CONF_MEASUREMENT, default="active_power_phase"): _choice(measurements, CONF_MEASUREMENTS),
            vol.Required(CONF_COMPARISON, default=Comparison.BELOW.value): _choice(
                [SelectOptionDict(value=each, label=each) for each in Comparison], CONF_COMPARISON
            ),
            vol.Required(CONF_THRESHOLD): NumberSelector(NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX)),
            vol.Required(CONF_MINUTES, default=_USUAL_MINUTES): NumberSelector(minutes),
        }
    )


def _choice(options: list[SelectOptionDict], translation_key: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN, translation_key=translation_key)
    )


class ConfirmationSteps(ReengenForms, OptionsFlow):
    """Choose a command, on or off of a switch, or an option; then say what shows that it had effect."""

    _labels: dict[str, str]
    _key: str

    async def async_step_confirmations(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which command; a tick marks those that are confirmed already."""
        entry: ReengenConfigEntry = self.config_entry
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            self._key = user_input[CONF_COMMAND]
            return await self.async_step_confirmation()
        rules = self._rules()
        # What is listed no longer can still be taken out.
        self._labels = {key: key for key in rules} | await self._async_labels(entry)
        if not self._labels:
            return self.async_abort(reason="no_commands")
        options = [
            SelectOptionDict(value=key, label=f"✓ {label}" if key in rules else label)
            for key, label in sorted(self._labels.items(), key=lambda item: item[0] not in rules)
        ]
        return self.show("confirmations", command_schema(options), last_step=False)

    async def async_step_confirmation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what shows the effect."""
        rules = self._rules()
        stored = rules.pop(self._key, {})
        if user_input is not None:
            if user_input.pop(CONF_CONFIRMED):
                rules[self._key] = {**user_input, CONF_MINUTES: int(user_input[CONF_MINUTES])}
            return self.async_create_entry(data={**self.config_entry.options, CONF_CONFIRMATIONS: rules})
        quoted = {CONF_COMMAND: self._labels[self._key]}
        return self.show("confirmation", rule_schema(self.config_entry.options), suggested=stored, quoted=quoted)

    def _rules(self) -> dict[str, dict[str, Any]]:
        return dict(self.config_entry.options.get(CONF_CONFIRMATIONS, {}))

    async def _async_labels(self, entry: ReengenConfigEntry) -> dict[str, str]:
        """Return what a person reads for each case of each command of the chosen points."""
        texts = await async_get_translations(self.hass, self.hass.config.language, "selector", [DOMAIN])
        data = entry.runtime_data
        paths = {option["value"]: option["label"] for option in point_options(data.points.data.tree)}
        return {
            case_key(point.id, command, parameter): ": ".join(
                filter(None, (paths[point.code], command.name, texts.get(_CASES + case, case)))
            )
            for point in data.points.data.chosen
            for command in data.commands.data.get(point.id, ())
            for parameter, case in cases(command)
        }
