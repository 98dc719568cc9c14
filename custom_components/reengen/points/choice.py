"""The choice of one of several things that the options have something of, such as a command or a point."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import SelectOptionDict
import voluptuous as vol

from custom_components.reengen.account import OptionsForms, drop_down


def choice_schema(field: str, options: list[SelectOptionDict]) -> vol.Schema:
    """Return the choice of one of the options."""
    return vol.Schema({vol.Required(field): drop_down(options=options)})


class TickedChoice(OptionsForms):
    """Asks which one is meant; `key` names it in the options, `labels` say what people call it."""

    key: str
    labels: Mapping[str, str]

    def show_choice(
        self, step_id: str, field: str, labels: Mapping[str, str], stored: Mapping[str, Any], *, none: str
    ) -> ConfigFlowResult:
        """Ask which; those of which something is stored are ticked and stand first, also when they are there no longer.

        Where there is nothing to choose from, `none` is the reason why the flow ends.
        """
        self.labels = {key: key for key in stored} | dict(labels)
        if not self.labels:
            return self.async_abort(reason=none)
        options = [
            SelectOptionDict(value=key, label=f"✓ {label}" if key in stored else label)
            for key, label in sorted(self.labels.items(), key=lambda item: item[0] not in stored)
        ]
        return self.show(step_id, choice_schema(field, options), last_step=False)

    def save_chosen(self, option: str, stored: Mapping[str, Any], own: Mapping[str, Any]) -> ConfigFlowResult:
        """Finish with what the option has (`stored`), and `own` of the chosen one; of nothing no trace is left."""
        others = {key: value for key, value in stored.items() if key != self.key}
        return self.save_options({option: others | ({self.key: own} if own else {})})
