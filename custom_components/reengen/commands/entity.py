"""The entities of remote commands: one for each command, on the platform that its parameter asks for."""

from collections.abc import Iterator
from functools import partial
from typing import Any, override

from homeassistant.components.button import ButtonEntity
from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.components.select import SelectEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.components.text import TextEntity
from homeassistant.core import callback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity

from custom_components.reengen.api import Command, ParameterKind, Point
from custom_components.reengen.const import FINEST_STEP, WIDEST
from custom_components.reengen.points import (
    EntityAdder,
    PendingEntity,
    Rank,
    ReengenPointEntity,
    command_key,
    fits_state,
)

from .confirmation import Outcome, Parameter
from .coordinator import CommandEvent, CommandNews, CommandsCoordinator
from .kinds import limits_of, option_code, option_labels, platform_of
from .waiting import CommandConfirmation


class ReengenCommandEntity(ReengenPointEntity[CommandsCoordinator], RestoreEntity):
    """A command of a point, on one platform; `command` is the description that the platform listed last.

    `accepted` is the parameter that the platform accepted last, as it was sent; None before the first, and for none. The
    state is made of it: nobody can ask the platform for one.
    """

    _attr_assumed_state = True
    _attr_translation_key = "command"
    accepted: Parameter = None

    def __init__(self, coordinator: CommandsCoordinator, point: Point, command: Command) -> None:
        """Run this command of this point."""
        super().__init__(coordinator, point, command_key(command.code))
        self.command = command
        self._confirmation = CommandConfirmation(coordinator, point, self._async_confirmed)

    @property
    @override
    def name(self) -> str:
        return self.command.name

    @property
    @override
    def available(self) -> bool:
        # A failed listing takes nothing away: it comes once a day and is no news of the command, and whether the
        # platform can be reached is seen best by trying. What was listed last counts until a listing says otherwise.
        return self._listed() is not None and self.point.id in self._points.data.chosen_ids

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if (extra := await self.async_get_last_extra_data()) is not None:
            stored = extra.as_dict()
            self.accepted = stored.get("accepted")
            self._confirmation.async_restore(self.command, self.accepted, stored)
        self.async_on_remove(self.coordinator.async_add_news_listener(self.point.id, self._async_heard))
        self.async_on_remove(self._confirmation.async_stop)

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        # Not the state: that is "unavailable" at times, and of an option it is the name, which may change.
        return RestoredExtraData({"accepted": self.accepted, **self._confirmation.stored()})

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self._confirmation.attributes(self.command)

    def _async_heard(self, news: CommandNews) -> None:
        if news.event is not CommandEvent.ACCEPTED or news.command.code != self.command.code:
            return
        self.accepted = news.parameter
        self._confirmation.async_accepted(self.command, news.parameter)
        self.async_write_ha_state()

    def _async_confirmed(self, outcome: Outcome) -> None:
        self.async_write_ha_state()
        news = CommandNews(command=self.command, parameter=self.accepted, event=CommandEvent(outcome.value))
        self.coordinator.async_tell(self.point.id, news)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self.command = self._listed() or self.command
        super()._handle_coordinator_update()

    def _listed(self) -> Command | None:
        listing = self.coordinator.data.get(self.point.id, ())
        wanted = (self.command.code, platform_of(self.command))
        return next((each for each in listing if (each.code, platform_of(each)) == wanted), None)

    async def async_execute(self, parameter: Parameter = None) -> None:
        """Run the command once; raises as the coordinator's method."""
        point = self._points.data.tree.by_id(self.point.id) or self.point
        await self.coordinator.async_execute(point, self.command, parameter)


@callback
def async_add_command_entities(
    adder: EntityAdder, coordinator: CommandsCoordinator, entity_class: type[ReengenCommandEntity]
) -> None:
    """Add an entity for each command of the adder's platform of each chosen point, now and as they appear."""

    def current() -> Iterator[PendingEntity]:
        for point in coordinator.points.data.chosen:
            for command in coordinator.data.get(point.id, ()):
                if platform_of(command) is adder.platform:
                    yield (point.id, command.code), Rank.COMMAND, partial(entity_class, coordinator, point, command)

    adder.async_add_as_they_appear(coordinator, current)


class ReengenSwitch(ReengenCommandEntity, SwitchEntity):
    """A command that switches something; each call sends, also one that repeats the last."""

    @property
    @override
    def is_on(self) -> bool | None:
        return self.accepted if isinstance(self.accepted, bool) else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.async_execute(parameter=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.async_execute(parameter=False)


class ReengenSelect(ReengenCommandEntity, SelectEntity):
    """A command with options: names are shown, codes are sent and remembered."""

    @property
    @override
    def options(self) -> list[str]:
        return list(option_labels(self.command).values())

    @property
    @override
    def current_option(self) -> str | None:
        return option_labels(self.command).get(self.accepted) if isinstance(self.accepted, str) else None

    @override
    async def async_select_option(self, option: str) -> None:
        # Home Assistant has checked the option against those of this moment, so it has a code.
        await self.async_execute(option_code(self.command, option))


class ReengenButton(ReengenCommandEntity, ButtonEntity):
    """A command without a parameter; the state is Home Assistant's own time of the last press, accepted or not."""

    _attr_assumed_state = False

    @override
    async def async_press(self) -> None:
        await self.async_execute()


class ReengenNumber(ReengenCommandEntity, NumberEntity):
    """A command that sets a number; each call sends, also one that repeats the last."""

    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: CommandsCoordinator, point: Point, command: Command) -> None:
        """Take bounds, step and unit from the options, and what Home Assistant can bear for what is not set."""
        super().__init__(coordinator, point, command)
        self._limits = limits_of(coordinator.options, point.id, command)
        self._attr_native_min_value = -WIDEST if self._limits.minimum is None else self._limits.minimum
        self._attr_native_max_value = WIDEST if self._limits.maximum is None else self._limits.maximum
        self._attr_native_unit_of_measurement = self._limits.unit or None

    @property
    @override
    def native_step(self) -> float:
        return self._limits.step or (1.0 if self.command.kind is ParameterKind.INTEGER else FINEST_STEP)

    @property
    @override
    def native_value(self) -> float | None:
        accepted = self.accepted
        return accepted if isinstance(accepted, int | float) and not isinstance(accepted, bool) else None

    @override
    async def async_set_native_value(self, value: float) -> None:
        # Home Assistant makes a float of every number; the state of a whole one would be "3.0".
        await self.async_execute(int(value) if value.is_integer() else value)


class ReengenText(ReengenCommandEntity, TextEntity):
    """A command that sets a text; each call sends, also one that repeats the last."""

    @property
    @override
    def native_value(self) -> str | None:
        # The action sends others too, which no state can show.
        accepted = self.accepted
        return accepted if isinstance(accepted, str) and fits_state(accepted) else None

    @override
    async def async_set_value(self, value: str) -> None:
        await self.async_execute(value)
