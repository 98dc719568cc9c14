"""What a remote command becomes: an entity of which platform, how its options are shown, and which numbers it takes.

The platform names no bounds, no step and no unit of a number: the user says them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from homeassistant.const import MAX_LENGTH_STATE_STATE, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.exceptions import ServiceValidationError

from custom_components.reengen.account import AccountOptions, translated
from custom_components.reengen.api import Command, CommandOption, ParameterKind
from custom_components.reengen.measurements import written
from custom_components.reengen.points import fits_state

_PLATFORMS: Final = {
    ParameterKind.NONE: Platform.BUTTON,
    ParameterKind.BOOLEAN: Platform.SWITCH,
    ParameterKind.INTEGER: Platform.NUMBER,
    ParameterKind.NUMBER: Platform.NUMBER,
    ParameterKind.OPTION: Platform.SELECT,
    ParameterKind.TEXT: Platform.TEXT,
}

# Numbered options keep this much of a name: the number and its dot have room beside it.
_CUT_NAME_LENGTH: Final = MAX_LENGTH_STATE_STATE - 10


def platform_of(command: Command) -> Platform | None:
    """Return the platform of the entity that runs the command, or None where no entity does.

    Source: API document, ListAvailableCommands; what a command takes is told by `Command.kind`.
    """
    return _PLATFORMS.get(command.kind)


def option_labels(command: Command) -> dict[str, str]:
    """Return what a person reads for each option, by the option's code, in the platform's order.

    It is the option's name. Names that repeat, show nothing, or would read as if no option were known, come with the
    code, and where that does not tell them apart, or is too long for a state, all options are numbered: no two labels are
    equal.
    """
    labels = next(
        labels
        for labels in _candidates(command.options)
        if len(set(labels)) == len(labels) and all(fits_state(label) and _says_something(label) for label in labels)
    )
    return {option.code: label for option, label in zip(command.options, labels, strict=True)}


def option_code(command: Command, label: str) -> str:
    """Return the code that is sent for a label of `option_labels`; raises KeyError for any other text."""
    return {shown: code for code, shown in option_labels(command).items()}[label]


def _candidates(options: tuple[CommandOption, ...]) -> Iterator[list[str]]:
    names = [option.name.replace("\0", " ") for option in options]
    yield names
    times = Counter(names)
    yield [
        name if times[name] == 1 and _says_something(name) else f"{name} ({option.code})"
        for option, name in zip(options, names, strict=True)
    ]
    yield [f"{number}. {name[:_CUT_NAME_LENGTH]}" for number, name in enumerate(names, start=1)]


def _says_something(label: str) -> bool:
    return bool(label.strip()) and label not in {STATE_UNAVAILABLE, STATE_UNKNOWN, Platform}


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberLimits:
    """Bounds, step and unit of the numbers that a command takes, as the options store them; what nobody set is None, or ""."""

    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    unit: str = ""

    def check(self, command: Command, parameter: object, language: str) -> None:
        """Refuse a number beyond the bounds: ServiceValidationError, with figures as the language writes them.

        What is no number is for the client to refuse.
        """
        if isinstance(parameter, bool) or not isinstance(parameter, int | float):
            return
        if self.minimum is not None and parameter < self.minimum:
            key, bound = "number_too_small", self.minimum
        elif self.maximum is not None and parameter > self.maximum:
            key, bound = "number_too_large", self.maximum
        else:
            return
        number, limit = self._shown(parameter, language), self._shown(bound, language)
        raise translated(ServiceValidationError, key, command=command.name, number=number, bound=limit)

    def _shown(self, number: float, language: str) -> str:
        text = str(number) if isinstance(number, int) else written(f"{number:.15g}", language)
        return f"{text} {self.unit}".rstrip()


def limits_key(point_id: int, command: Command) -> str:
    """Return what names a command of a point in the options."""
    return f"{point_id}/{command.code}"


def limits_of(options: AccountOptions, point_id: int, command: Command) -> NumberLimits:
    """Return what the options say of the command, which is nothing at first."""
    return NumberLimits(**options.number_limits.get(limits_key(point_id, command), {}))
