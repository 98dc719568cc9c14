"""Whether a command had effect: which series shows it, as the user says, and what the platform has of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import Command, ParameterKind, Point, Resolution, floor_to_bucket, next_bucket
from custom_components.reengen.const import (
    CONF_COMPARISON,
    CONF_MEASUREMENT,
    CONF_MINUTES,
    CONF_THRESHOLD,
    CONFIRMATION_SETTLE,
)
from custom_components.reengen.measurements import Measurement
from custom_components.reengen.points import HomeClient

type Parameter = bool | float | str | None

# What a switch's two cases are called in keys and in the texts of the form.
_ON: Final = "on"
_OFF: Final = "off"


class Comparison(StrEnum):
    """On which side of the threshold a value shows that the command had effect."""

    BELOW = "below"
    ABOVE = "above"


class Outcome(StrEnum):
    """What is known of the effect of the command that was accepted last."""

    WAITING = "waiting"
    DONE = "done"
    NOT_DONE = "not_done"
    NO_READING = "no_reading"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A value of this measurement beyond the threshold, in its unit and within the wait, shows the effect."""

    measurement: Measurement
    comparison: Comparison
    threshold: float
    wait: timedelta

    def fits(self, value: float) -> bool:
        """Return whether the value shows the effect."""
        return value < self.threshold if self.comparison is Comparison.BELOW else value > self.threshold


def case_key(point_id: int, command: Command, parameter: Parameter) -> str:
    """Return what names an execution in the options: on and off, and each option, are shown by other values."""
    case = ""
    if command.kind is ParameterKind.BOOLEAN:
        case = _ON if parameter else _OFF
    elif command.kind is ParameterKind.OPTION:
        case = str(parameter)
    return "/".join((str(point_id), command.code, case))


def point_id_of(key: str) -> int:
    """Return the point of an execution that `case_key` names."""
    return int(key.partition("/")[0])


def usual_comparison(key: str) -> Comparison | None:
    """Return which comparison an execution usually has: what is turned on draws more, what is turned off less."""
    return {_ON: Comparison.ABOVE, _OFF: Comparison.BELOW}.get(key.rpartition("/")[2].lower())


def cases(command: Command) -> Iterator[tuple[Parameter, str]]:
    """Return what can be confirmed apart of one command: a parameter, and what its case is called ("" for all of it)."""
    if command.kind is ParameterKind.BOOLEAN:
        yield from ((True, _ON), (False, _OFF))
    elif command.kind is ParameterKind.OPTION:
        yield from ((option.code, option.name) for option in command.options)
    elif command.kind is not ParameterKind.UNKNOWN:
        yield None, ""


def rule_of(options: AccountOptions, point_id: int, command: Command, parameter: Parameter) -> Rule | None:
    """Return the rule that the options have for this execution, None for none or one of an unknown measurement."""
    stored = options.confirmations.get(case_key(point_id, command, parameter))
    if stored is None or (measurement := options.catalogue.get(stored[CONF_MEASUREMENT])) is None:
        return None
    return Rule(
        measurement=measurement,
        comparison=Comparison(stored[CONF_COMPARISON]),
        threshold=stored[CONF_THRESHOLD],
        wait=timedelta(minutes=stored[CONF_MINUTES]),
    )


def has_rule(options: AccountOptions, point_id: int, command: Command) -> bool:
    """Return whether the options have a rule for any case of the command."""
    return any(rule_of(options, point_id, command, parameter) for parameter, _ in cases(command))


def first_quarter(accepted_at: datetime, zone: tzinfo) -> datetime:
    """Return the start of the first quarter hour that lies wholly behind the execution."""
    begun = floor_to_bucket(accepted_at, Resolution.FIFTEEN_MINUTES, zone)
    return begun if begun == accepted_at else next_bucket(begun, Resolution.FIFTEEN_MINUTES, zone)


def next_look(accepted_at: datetime, now: datetime, zone: tzinfo) -> datetime:
    """Return when a quarter hour that has not been looked at should be there: some minutes after its end."""
    begun = floor_to_bucket(now - CONFIRMATION_SETTLE, Resolution.FIFTEEN_MINUTES, zone)
    awaited = max(first_quarter(accepted_at, zone), begun)
    return next_bucket(awaited, Resolution.FIFTEEN_MINUTES, zone) + CONFIRMATION_SETTLE


async def look(client: HomeClient, point: Point, rule: Rule, *, accepted_at: datetime, now: datetime) -> bool | None:
    """Return whether a complete quarter hour behind the execution shows the effect; None where none has a value.

    One GetData request, or none while there is no such quarter hour. Raises: ReengenError.
    """
    start = first_quarter(accepted_at, client.time_zone)
    end = floor_to_bucket(now, Resolution.FIFTEEN_MINUTES, client.time_zone)
    if start >= end:
        return None
    response = await client.get_data(
        [rule.measurement.series], points=[point.code], start=start, end=end, resolution=Resolution.FIFTEEN_MINUTES
    )
    values = [
        reading.value
        for reading in response.series[0] or ()
        if reading.value is not None and reading.point_id == point.id and start <= reading.bucket_start < end
    ]
    return any(map(rule.fits, values)) if values else None
