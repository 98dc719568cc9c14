"""The commands of each chosen point as the platform listed them last, whose turn it is to run one, and what became of it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import batched
from typing import Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions, action_errors, kept_over_reload, update_failed
from custom_components.reengen.api import (
    Command,
    Listing,
    Point,
    ReengenAuthenticationError,
    ReengenConnectionError,
    ReengenError,
    ReengenOutcomeUnknownError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenResponseError,
)
from custom_components.reengen.const import (
    COMMAND_LISTINGS_AT_ONCE,
    COMMANDS_INTERVAL,
    COMMANDS_REMEMBERED,
    COMMANDS_RETRY,
    DOMAIN,
    LOGGER,
)
from custom_components.reengen.points import ChosenPointsCoordinator
from custom_components.reengen.readings import ReadingsCoordinator

from .confirmation import Parameter
from .kinds import limits_of

type CommandsData = Mapping[int, Listing[Command]]

_AWAY: Final = (ReengenConnectionError, ReengenRateLimitError)


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


@dataclass(kw_only=True, slots=True)
class CommandMemory:
    """What is known of each point, by the platform's id of it.

    `listed` is the last listing, and `listed_at` its instant, of points that need not be listed before an hour has passed.
    `turns` are held while a command runs, so that commands of one point arrive in the order in which they were given.
    """

    listed: dict[int, Listing[Command]] = field(default_factory=dict)
    listed_at: dict[int, datetime] = field(default_factory=dict)
    turns: defaultdict[int, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def is_due(self, point_id: int, now: datetime) -> bool:
        """Return whether the point is to be listed: never listed, longer ago than an hour, or by a clock that was ahead."""
        at = self.listed_at.get(point_id)
        return at is None or not at <= now < at + COMMANDS_REMEMBERED


class CommandsCoordinator(ChosenPointsCoordinator[CommandsData]):
    """Lists the commands of each chosen point (by its id).

    A listing takes one request a point, so it runs in the background and seldom, and leaves out points that were listed
    within the last hour. A point that cannot be listed keeps what it had; `unlisted` tells why, by the point's code.
    """

    def __init__(self, readings: ReadingsCoordinator) -> None:
        """List daily; begin with what was listed before a reload. An accepted command asks for new readings."""
        super().__init__(readings.points, name="commands", interval=COMMANDS_INTERVAL)
        self.client = readings.points.client.in_background()
        # Each change of the options that is about commands reloads the account.
        self.options = AccountOptions.of(self.config_entry)
        self.readings = readings
        self.unlisted: Mapping[str, ReengenError] = {}
        self._news_listeners: defaultdict[int, list[Callable[[CommandNews], None]]] = defaultdict(list)
        entry = self.config_entry
        self._memory = kept_over_reload(self.hass, entry.entry_id, CommandMemory, entry.unique_id)
        self.data = dict(self._memory.listed)

    def turn(self, point_id: int) -> asyncio.Lock:
        """Return what is held while a command of the point runs."""
        return self._memory.turns[point_id]

    @callback
    def async_add_news_listener(self, point_id: int, heard: Callable[[CommandNews], None]) -> CALLBACK_TYPE:
        """Have `heard` called with what becomes of a point's commands, whoever ran them; returns what ends that."""
        listeners = self._news_listeners[point_id]
        listeners.append(heard)
        return partial(listeners.remove, heard)

    @callback
    def async_tell(self, point_id: int, news: CommandNews) -> None:
        """Tell all who listen at the point."""
        for heard in tuple(self._news_listeners[point_id]):
            self._async_update_listener(partial(heard, news))

    async def async_execute(self, point: Point, command: Command, parameter: Parameter = None) -> None:
        """Run the command once; it returns when the platform accepted it, which may be before it took effect.

        It waits for another command of the same point: two at once could arrive in the other order than they were given.
        The parameter is the value sent: true or false, a number, a text, the code of an option, None for none. Raises
        ServiceValidationError for a number beyond the bounds that the user set, HomeAssistantError with a translation
        that says whether the command was refused, failed or may have run.
        """
        limits_of(self.options, point.id, command).check(command, parameter, self.hass.config.language)
        tell = partial(CommandNews, command=command, parameter=parameter)
        with action_errors(self.hass, self.config_entry):
            async with self.turn(point.id):
                try:
                    await self.client.execute_command(point.code, command, parameter)
                except (ReengenError, asyncio.CancelledError) as error:
                    self.async_tell(point.id, tell(event=event_of(error), reason=str(error)))
                    raise
        self.async_tell(point.id, tell(event=CommandEvent.ACCEPTED))
        # The next command must not wait for this poll. Home Assistant lets one of a burst through in ten seconds.
        self.config_entry.async_create_background_task(
            self.hass, self.readings.async_request_refresh(), f"{DOMAIN} read after a command"
        )

    async def async_list_anew(self) -> None:
        """List the commands of all chosen points, also of those that were listed a moment ago."""
        self._memory.listed_at.clear()
        await self.async_refresh()

    @override
    async def _async_read(self) -> CommandsData:
        now, chosen = dt_util.utcnow(), self.points.data.chosen
        due = [point for point in chosen if self._memory.is_due(point.id, now)]
        # A point whose listing fails keeps no other one from being listed.
        due.sort(key=lambda point: point.code in self.unlisted)
        self.unlisted = await self._async_list(due, now)
        errors = self.unlisted.values()
        if errors and len(errors) == len(chosen) and not any(map(_has_answered, errors)):
            error = next(iter(errors))
            raise update_failed(error, retry_after=COMMANDS_RETRY.total_seconds()) from error
        is_complete = all(isinstance(error, ReengenRefusedError) for error in errors)
        self.update_interval = COMMANDS_INTERVAL if is_complete else COMMANDS_RETRY
        data = {point.id: self._memory.listed.get(point.id, Listing()) for point in chosen}
        found = ((point, oddity) for point in chosen for oddity in data[point.id].oddities)
        named = (replace(oddity, point_id=point.id, point_code=point.code) for point, oddity in found)
        self.oddities.report("commands", named)
        return data

    async def _async_list(self, due: Iterable[Point], now: datetime) -> dict[str, ReengenError]:
        """List the commands of these points and return why some were not listed, by their codes.

        Where the platform is away, the points that are left are not tried. Raises: ReengenAuthenticationError.
        """
        unlisted: dict[str, ReengenError] = {}
        away: ReengenError | None = None
        has_answered = False
        for batch in batched(due, COMMAND_LISTINGS_AT_ONCE, strict=False):
            if away is not None:
                unlisted |= dict.fromkeys((point.code for point in batch), away)
                continue
            asked = (self.client.list_available_commands(point.code) for point in batch)
            for point, response in zip(batch, await asyncio.gather(*asked, return_exceptions=True), strict=True):
                if isinstance(response, Listing):
                    self._memory.listed[point.id], self._memory.listed_at[point.id] = response, now
                elif isinstance(response, ReengenError) and not isinstance(response, ReengenAuthenticationError):
                    LOGGER.debug("The commands of %s were not listed: %s", point.code, response)
                    unlisted[point.code] = response
                else:
                    raise response
                has_answered |= _has_answered(response)
            # A failing server may fail for one point alone, unless it has failed for all so far.
            away = next((each for each in unlisted.values() if not has_answered or isinstance(each, _AWAY)), None)
        return unlisted


def _has_answered(response: Listing[Command] | ReengenError) -> bool:
    return isinstance(response, Listing | ReengenRefusedError | ReengenResponseError)
