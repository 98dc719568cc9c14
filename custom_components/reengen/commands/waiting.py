"""Waits until a series shows that a command had effect, or until it should have."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from custom_components.reengen.api import Command, Point, ReengenError
from custom_components.reengen.const import DOMAIN, LOGGER

from .confirmation import Outcome, Parameter, Rule, has_rule, look, next_look, rule_of
from .coordinator import CommandsCoordinator

ATTR_CONFIRMATION: Final = "confirmation"
_ACCEPTED_AT: Final = "accepted_at"


@dataclass(slots=True)
class CommandConfirmation:
    """What is known of the effect of one command; it reads, and never sends the command.

    After an accepted command with a rule there is one request for each quarter hour, and one when the wait ends; `ended`
    is called with what the wait came to.
    """

    coordinator: CommandsCoordinator
    point: Point
    ended: Callable[[Outcome], None]
    _outcome: Outcome | None = None
    _accepted_at: datetime | None = None
    _was_contradicted: bool = False
    _timer: CALLBACK_TYPE | None = None
    _task: asyncio.Task[None] | None = None

    def attributes(self, command: Command) -> dict[str, Any] | None:
        """Return the entity's attributes: none where the command is not confirmed in any case."""
        return (
            {ATTR_CONFIRMATION: self._outcome} if has_rule(self.coordinator.options, self.point.id, command) else None
        )

    def stored(self) -> dict[str, Any]:
        """Return what outlives a restart."""
        if self._outcome is None or self._accepted_at is None:
            return {}
        return {ATTR_CONFIRMATION: self._outcome, _ACCEPTED_AT: self._accepted_at.isoformat()}

    @callback
    def async_restore(self, command: Command, parameter: Parameter, stored: Mapping[str, Any]) -> None:
        """Go on where a restart interrupted: a wait that is over by now ends with one look."""
        accepted_at = dt_util.parse_datetime(str(stored.get(_ACCEPTED_AT)))
        rule = rule_of(self.coordinator.options, self.point.id, command, parameter)
        if (
            accepted_at is None
            or accepted_at > dt_util.utcnow()
            or rule is None
            or stored.get(ATTR_CONFIRMATION) not in set(Outcome)
        ):
            return
        self._outcome, self._accepted_at = Outcome(stored[ATTR_CONFIRMATION]), accepted_at
        if self._outcome is Outcome.WAITING:
            self._async_wait(rule, accepted_at)

    @callback
    def async_accepted(self, command: Command, parameter: Parameter) -> None:
        """Begin to wait for the effect of what was accepted just now; what was waited for before is past."""
        self.async_stop()
        self._was_contradicted = False
        self._accepted_at = dt_util.utcnow()
        rule = rule_of(self.coordinator.options, self.point.id, command, parameter)
        self._outcome = None if rule is None else Outcome.WAITING
        if rule is not None:
            self._async_wait(rule, self._accepted_at)

    @callback
    def async_stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _async_wait(self, rule: Rule, accepted_at: datetime) -> None:
        hass, entry = self.coordinator.hass, self.coordinator.config_entry
        when = min(next_look(accepted_at, dt_util.utcnow(), self.coordinator.client.time_zone), accepted_at + rule.wait)

        @callback
        def look_now(_now: datetime) -> None:
            self._timer = None
            looking = self._async_look(rule, accepted_at)
            self._task = entry.async_create_background_task(hass, looking, f"{DOMAIN} confirm a command")

        self._timer = async_track_point_in_utc_time(hass, look_now, when)

    async def _async_look(self, rule: Rule, accepted_at: datetime) -> None:
        now = dt_util.utcnow()
        # The code of the point may have changed since the command was accepted.
        points = self.coordinator.points
        point = points.data.tree.by_id(self.point.id) or self.point
        shown = None
        try:
            shown = await look(points.home_client, point, rule, accepted_at=accepted_at, now=now)
        except ReengenError as error:
            LOGGER.debug("The effect of a command at %s was not seen: %s", point.code, error)
        except Exception:  # noqa: BLE001 - else it would be waited for without end
            LOGGER.exception("Unexpected error looking for the effect of a command at %s", point.code)
        self._was_contradicted |= shown is False
        # Where the clock was ahead when it was accepted, nobody knows how long it has been.
        if not shown and accepted_at <= now < accepted_at + rule.wait:
            self._async_wait(rule, accepted_at)
            return
        unseen = Outcome.NOT_DONE if self._was_contradicted else Outcome.NO_READING
        self._outcome = Outcome.DONE if shown else unseen
        self.ended(self._outcome)
