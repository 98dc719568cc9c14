"""Devices of the account and its points, and what all entities of a point share."""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from itertools import batched
from typing import Any, ClassVar, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import Command, Point, ReengenAuthenticationError
from .command_confirmation import CommandConfirmation
from .command_listing import CommandsCoordinator
from .commands import CommandKind, entity_kind
from .const import DOMAIN, MANUFACTURER
from .coordinator import PointsData, ReengenCoordinator
from .entity_cap import ReengenEntity
from .entity_queue import ENTITIES_AT_ONCE, Rank
from .failures import action_errors
from .number_limits import limits_of
from .point_picker import nearest_chosen_ancestor
from .runtime import ReengenConfigEntry


def account_identifier(entry: ReengenConfigEntry) -> tuple[str, str]:
    """Return what identifies the account's device."""
    return (DOMAIN, entry.entry_id)


def point_identifier(entry: ReengenConfigEntry, point_id: int) -> tuple[str, str]:
    """Return what identifies a point's device: codes and names may change, the platform's id does not."""
    return (DOMAIN, f"{entry.entry_id}_{point_id}")


def point_unique_id(entry: ReengenConfigEntry, point_id: int, key: str) -> str:
    """Return what identifies an entity of a point."""
    return f"{entry.entry_id}_{point_id}_{key}"


def register_devices(hass: HomeAssistant, entry: ReengenConfigEntry, points: PointsData) -> Iterator[dr.DeviceEntry]:
    """Yield the account's device and one for each chosen point, below the nearest chosen point above it.

    Each is created or updated when it is its turn: a thousand at once hold up the event loop.
    """
    registry = dr.async_get(hass)
    account = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={account_identifier(entry)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Energy IoT Platform",
        name=entry.title,
    )
    yield account
    devices: dict[int, dr.DeviceEntry] = {}
    for point in points.chosen:
        above = nearest_chosen_ancestor(points.tree, point, points.chosen_ids)
        devices[point.id] = register_point(hass, entry, point, above_id=(devices[above.id] if above else account).id)
        yield devices[point.id]


@callback
def register_point(
    hass: HomeAssistant, entry: ReengenConfigEntry, point: Point, *, above_id: str | None
) -> dr.DeviceEntry:
    """Return the device of the point below the device with this id, created or updated where it is not as it should be."""
    registry, identifier = dr.async_get(hass), point_identifier(entry, point.id)
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    # To update what is as it should be takes ten times as long as to look.
    if device and (device.model, device.name, device.via_device_id) == (point.code, point.name, above_id):
        return device
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={identifier},
        manufacturer=MANUFACTURER,
        # What kind of meter or plant a point is, the platform does not tell; its code is what people know it by, and
        # what tells a meter that was replaced (see `identity`).
        model=point.code,
        name=point.name,
        via_device_id=above_id,
    )


async def async_register_devices_in_slices(hass: HomeAssistant, entry: ReengenConfigEntry, points: PointsData) -> None:
    """Register the devices of the account and its points."""
    for _ in batched(register_devices(hass, entry, points), ENTITIES_AT_ONCE, strict=False):
        await asyncio.sleep(0)


class ReengenPointEntity[CoordinatorT: ReengenCoordinator[Any]](CoordinatorEntity[CoordinatorT], ReengenEntity):
    """An entity of one point; it is unavailable while the platform does not list the point."""

    def __init__(self, entry: ReengenConfigEntry, coordinator: CoordinatorT, point: Point, key: str) -> None:
        """Make the entity's id from the account, the point's id and the key."""
        super().__init__(coordinator)
        self.point = point
        self._points = entry.runtime_data.points
        self._attr_unique_id = point_unique_id(entry, point.id, key)
        # By device_info Home Assistant would register the device anew for each of its entities.
        self.device_entry = dr.async_get(coordinator.hass).async_get_device_by_identifier(
            point_identifier(entry, point.id), entry.entry_id
        )

    @property
    @override
    def available(self) -> bool:
        return super().available and self.point.id in self._points.data.chosen_ids


def _forget[KeyT: Hashable](known: set[KeyT], key: KeyT, entity: Entity) -> None:
    # Home Assistant lets go at once of an entity that is disabled: made anew, it would only be let go of again.
    if entity.enabled:
        known.discard(key)


@callback
def async_add_as_they_appear[KeyT: Hashable](
    entry: ReengenConfigEntry,
    coordinator: ReengenCoordinator[Any],
    current: Callable[[], Iterable[tuple[KeyT, Callable[[], Entity]]]],
    async_add_entities: AddConfigEntryEntitiesCallback,
    rank: Rank = Rank.VALUE,
) -> None:
    """Add what `current` yields now, and with every update of the coordinator what it yields anew."""
    known: set[KeyT] = set()
    queue = entry.runtime_data.entities

    def made(key: KeyT, make: Callable[[], Entity]) -> Entity:
        entity = make()
        # What the user removes while its point is gone may come back with it.
        entity.async_on_remove(partial(_forget, known, key, entity))
        return entity

    @callback
    def put_new() -> None:
        for key, make in current():
            if key not in known:
                known.add(key)
                queue.async_put(rank, async_add_entities, partial(made, key, make))

    @callback
    def add_new() -> None:
        put_new()
        queue.async_add()

    queue.async_scan(put_new)
    entry.async_on_unload(coordinator.async_add_listener(add_new))


def accepted_signal(entry: ReengenConfigEntry, point_id: int, command_code: str) -> str:
    """Return the signal that tells which parameter of a command the platform has just accepted."""
    return f"{DOMAIN}_accepted_{entry.entry_id}_{point_id}_{command_code}"


async def async_execute_command(
    hass: HomeAssistant,
    entry: ReengenConfigEntry,
    point: Point,
    command: Command,
    parameter: bool | float | str | None = None,
) -> None:
    """Run the command once; it returns when the platform accepted it, which may be before it took effect.

    It waits for another command of the same point, as two at once could arrive in the other order than they were given.
    The parameter is the value sent: true or false, a number, a text, the code of an option, None for none.
    The command's entity, if there is one, takes it over. Raises ServiceValidationError for a number beyond the bounds
    that the user set, HomeAssistantError with a translation that says whether it was refused, failed or may have run.
    """
    limits_of(entry.options, point.id, command).check(command, parameter)
    data = entry.runtime_data
    with action_errors():
        try:
            async with data.commands.turn(point.id):
                await data.client.execute_command(point.code, command, parameter)
        except ReengenAuthenticationError:
            entry.async_start_reauth(hass)
            raise
    async_dispatcher_send(hass, accepted_signal(entry, point.id, command.code), parameter)
    # The next command must not wait for this poll. Home Assistant lets one of a burst through in ten seconds.
    refresh = data.readings.async_request_refresh()
    entry.async_create_background_task(hass, refresh, f"{DOMAIN} read after a command")


class ReengenCommandEntity(ReengenPointEntity[CommandsCoordinator], RestoreEntity):
    """A command of a point, of one kind; `command` is the description that the platform listed last.

    `accepted` is the parameter that the platform accepted last, as it was sent; None before the first, and for none.
    """

    kind: ClassVar[CommandKind]
    _attr_translation_key = "command"
    accepted: bool | float | str | None = None

    def __init__(self, entry: ReengenConfigEntry, point: Point, command: Command) -> None:
        """Run this command of this point."""
        super().__init__(entry, entry.runtime_data.commands, point, f"command_{command.code}")
        self.command = command
        self._confirmation = CommandConfirmation(entry, point, self.async_write_ha_state)

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
        # A point that comes or goes changes no listing, so the commands' coordinator would not tell.
        self.async_on_remove(self._points.async_add_listener(self._handle_coordinator_update))
        if (extra := await self.async_get_last_extra_data()) is not None:
            stored = extra.as_dict()
            self.accepted = stored.get("accepted")
            self._confirmation.async_restore(self.hass, self.command, self.accepted, stored)
        signal = accepted_signal(self.coordinator.config_entry, self.point.id, self.command.code)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._async_accepted))
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

    @callback
    def _async_accepted(self, parameter: bool | float | str | None) -> None:
        self.accepted = parameter
        self._confirmation.async_accepted(self.hass, self.command, parameter)
        self.async_write_ha_state()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self.command = self._listed() or self.command
        super()._handle_coordinator_update()

    def _listed(self) -> Command | None:
        listing = self.coordinator.data.get(self.point.id, ())
        return next(
            (each for each in listing if each.code == self.command.code and entity_kind(each) is self.kind), None
        )

    async def async_execute(self, parameter: bool | float | str | None = None) -> None:
        """Run the command once; raises as async_execute_command."""
        point = self._points.data.tree.by_id(self.point.id) or self.point
        await async_execute_command(self.hass, self.coordinator.config_entry, point, self.command, parameter)


class ReengenAssumedStateEntity(ReengenCommandEntity):
    """A command whose state is what the platform accepted last: nobody can ask the platform for it."""

    _attr_assumed_state = True


@callback
def async_add_command_entities(
    entry: ReengenConfigEntry,
    entity_class: type[ReengenCommandEntity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add an entity for each command of the class's kind of each chosen point, now and as they appear."""
    data = entry.runtime_data

    def current() -> Iterator[tuple[tuple[int, str], Callable[[], Entity]]]:
        for point in data.points.data.chosen:
            for command in data.commands.data.get(point.id, ()):
                if entity_kind(command) is entity_class.kind:
                    yield (point.id, command.code), partial(entity_class, entry, point, command)

    async_add_as_they_appear(entry, data.commands, current, async_add_entities, Rank.COMMAND)
