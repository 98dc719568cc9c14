"""The choice of one command of the chosen points, which the steps of the options that are about a command begin with."""

from collections.abc import Iterator

from custom_components.reengen.api import Command, Point
from custom_components.reengen.points import TickedChoice, point_options

from .coordinator import CommandsCoordinator


class CommandChoice(TickedChoice):
    """Asks which command is meant."""

    @property
    def commands(self) -> CommandsCoordinator:
        """Return what is listed for the account, which is loaded."""
        commands: CommandsCoordinator = self.config_entry.runtime_data.commands
        return commands

    def listed(self) -> Iterator[tuple[Point, Command, str]]:
        """Yield the commands of the chosen points, each with the path of its point and its name."""
        points = self.commands.points.data
        paths = {option["value"]: option["label"] for option in point_options(points.tree)}
        for point in points.chosen:
            for command in self.commands.data.get(point.id, ()):
                yield point, command, f"{paths[point.code]}: {command.name}"
