"""What becomes of a command, as the coordinator tells it to all who listen at its point."""

from dataclasses import dataclass
from enum import StrEnum

from custom_components.reengen.api import Command, ReengenError, ReengenOutcomeUnknownError

from .confirmation import Parameter


class CommandEvent(StrEnum):
    """What the platform said, and later what a series of the point shows of the effect (see `Outcome`).

    Nothing has run where a command is refused; it may have run where the outcome is unknown.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DONE = "done"
    NOT_DONE = "not_done"
    NO_READING = "no_reading"


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandNews:
    """What became of one execution; `reason` is the client's sentence where it failed, "" else."""

    command: Command
    parameter: Parameter
    event: CommandEvent
    reason: str = ""


def event_of(error: BaseException) -> CommandEvent:
    """Return what an execution came to that ended so: what broke it off has not said what the platform did."""
    is_known = isinstance(error, ReengenError) and not isinstance(error, ReengenOutcomeUnknownError)
    return CommandEvent.REFUSED if is_known else CommandEvent.UNKNOWN
