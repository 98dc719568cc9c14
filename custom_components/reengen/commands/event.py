"""The event of each point with commands: what became of the last one, whoever ran it."""

from collections.abc import Iterator
from functools import partial
from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import callback

from custom_components.reengen.api import Point
from custom_components.reengen.points import COMMANDS_KEY, EntityAdder, PendingEntity, Rank, ReengenPointEntity

from .coordinator import CommandEvent, CommandNews, CommandsCoordinator


class ReengenCommandEvent(ReengenPointEntity[CommandsCoordinator], EventEntity):
    """What became of the last command of the point: its code and name, the parameter as it was sent, and why it failed."""

    _attr_translation_key = COMMANDS_KEY

    def __init__(self, coordinator: CommandsCoordinator, point: Point) -> None:
        """Listen to the commands of this point."""
        super().__init__(coordinator, point, COMMANDS_KEY)
        self._attr_event_types = list(CommandEvent)

    @property
    @override
    def available(self) -> bool:
        # As the commands: a failed listing takes nothing away.
        return self.point.id in self._points.data.chosen_ids

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_news_listener(self.point.id, self._async_heard))

    def _async_heard(self, news: CommandNews) -> None:
        command = {"command": news.command.code, "name": news.command.name}
        self._trigger_event(news.event, {**command, "parameter": news.parameter, "reason": news.reason})
        self.async_write_ha_state()


@callback
def async_add_command_events(adder: EntityAdder, coordinator: CommandsCoordinator) -> None:
    """Add the event of each chosen point that has commands, now and as they appear."""

    def current() -> Iterator[PendingEntity]:
        for point in coordinator.points.data.chosen:
            if coordinator.data.get(point.id):
                yield (point.id, COMMANDS_KEY), Rank.VALUE, partial(ReengenCommandEvent, coordinator, point)

    adder.async_add_as_they_appear(coordinator, current)
