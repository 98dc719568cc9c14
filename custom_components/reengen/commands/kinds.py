"""What a remote command becomes: an entity of which platform, and how its options are shown."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from homeassistant.const import MAX_LENGTH_STATE_STATE, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform

from custom_components.reengen.api import Command, CommandOption, ParameterKind
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
    labels = next(filter(_are_usable, _candidates(command.options)))
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


def _are_usable(labels: list[str]) -> bool:
    return len(set(labels)) == len(labels) and all(fits_state(label) and _says_something(label) for label in labels)


def _says_something(label: str) -> bool:
    return bool(label.strip()) and label not in {STATE_UNAVAILABLE, STATE_UNKNOWN, Platform}
