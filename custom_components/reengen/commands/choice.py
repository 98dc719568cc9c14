"""The choice of one command of the chosen points, which the steps of the options that are about a command begin with."""

from collections.abc import Collection, Iterator, Mapping

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import SelectOptionDict
import voluptuous as vol

from custom_components.reengen.account import OptionsForms, drop_down
from custom_components.reengen.api import Command, Point
from custom_components.reengen.const import CONF_COMMAND
from custom_components.reengen.points import point_options

from .coordinator import CommandsCoordinator


def command_schema(options: list[SelectOptionDict]) -> vol.Schema:
    """Return the choice of a command, or of a case of one."""
    return vol.Schema({vol.Required(CONF_COMMAND): drop_down(options=options)})


class CommandChoice(OptionsForms):
    """Asks which command is meant; `key` names it in the options, `labels` say what people call it."""

    labels: Mapping[str, str]
    key: str

    @property
    def commands(self) -> CommandsCoordinator:
        """Return what is listed for the account, which is loaded."""
        commands: CommandsCoordinator = self.config_entry.runtime_data.commands
        return commands

    def show_choice(self, step_id: str, labels: Mapping[str, str], stored: Collection[str]) -> ConfigFlowResult:
        """Ask which; those of which something is stored are ticked and stand first, also when they are listed no longer."""
        self.labels = {key: key for key in stored} | dict(labels)
        options = [
            SelectOptionDict(value=key, label=f"✓ {label}" if key in stored else label)
            for key, label in sorted(self.labels.items(), key=lambda item: item[0] not in stored)
        ]
        return self.show(step_id, command_schema(options), last_step=False)

    def listed(self) -> Iterator[tuple[Point, Command, str]]:
        """Yield the commands of the chosen points, each with the path of its point and its name."""
        points = self.commands.points.data
        paths = {option["value"]: option["label"] for option in point_options(points.tree)}
        for point in points.chosen:
            for command in self.commands.data.get(point.id, ()):
                yield point, command, f"{paths[point.code]}: {command.name}"
