"""What all entities of a point share: one kind of row, and one way to add what the rows describe."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import product
from typing import Any, cast, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from custom_components.reengen.api import Point
from custom_components.reengen.const import DOMAIN

from .coordinator import ChosenPointsCoordinator
from .entity_cap import ReengenEntity
from .entity_queue import EntityQueue, Rank
from .ids import point_identifier, point_unique_id


class ReengenPointEntity[CoordinatorT: ChosenPointsCoordinator[Any]](CoordinatorEntity[CoordinatorT], ReengenEntity):
    """An entity of one point; it is unavailable while the platform does not list the point."""

    def __init__(self, coordinator: CoordinatorT, point: Point, key: str) -> None:
        """Make the entity's id from the account, the point's id and the key."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self.point = point
        self._points = coordinator.points
        self._attr_unique_id = point_unique_id(entry, point.id, key)
        # By device_info Home Assistant would register the device anew for each of its entities.
        self.device_entry = dr.async_get(coordinator.hass).async_get_device_by_identifier(
            point_identifier(entry, point.id), entry.entry_id
        )

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # A point that comes or goes changes no value, so the entity's own coordinator would not tell.
        self.async_on_remove(self._points.async_add_listener(self._handle_coordinator_update))

    @property
    @override
    def available(self) -> bool:
        return super().available and self.point.id in self._points.data.chosen_ids


@dataclass(frozen=True, kw_only=True, slots=True)
class PointRow[DataT]:
    """An entity that each chosen point may have.

    The functions take the data of the entity's coordinator and the id of the point: `value_fn` returns the state (None:
    unknown), `appears_fn` whether the point gets the entity, `refused_fn` whether the platform refused to say,
    `last_reset_fn` since when the state counts, `attributes_fn` the attributes. `placeholders` are what the translated
    name quotes. `is_for_top` has the entity off by default at a point below a chosen one that gets it too.
    """

    description: EntityDescription
    value_fn: Callable[[DataT, int], Any]
    appears_fn: Callable[[DataT, int], bool] = lambda _data, _point_id: True
    refused_fn: Callable[[DataT, int], bool] = lambda _data, _point_id: False
    last_reset_fn: Callable[[DataT, int], datetime | None] | None = None
    attributes_fn: Callable[[DataT, int], Mapping[str, Any] | None] | None = None
    placeholders: Mapping[str, str] = field(default_factory=dict)
    rank: Rank = Rank.VALUE
    is_for_top: bool = False

    @property
    def key(self) -> str:
        """Return what ends the unique id."""
        return self.description.key


class ReengenRowEntity(ReengenPointEntity[ChosenPointsCoordinator[Any]]):
    """What a row says of one point; unknown where the platform says nothing, never a made-up zero."""

    def __init__(self, coordinator: ChosenPointsCoordinator[Any], point: Point, row: PointRow[Any]) -> None:
        """Show the row for the point."""
        super().__init__(coordinator, point, row.key)
        self.row = row
        self.entity_description = row.description
        self._attr_translation_placeholders = row.placeholders
        points = coordinator.points.data
        if row.is_for_top and any(
            above.id in points.chosen_ids and row.appears_fn(coordinator.data, above.id)
            for above in points.tree.ancestors(point)
        ):
            self._attr_entity_registry_enabled_default = False

    @property
    def value(self) -> Any:
        """Return what the row says at present."""
        return self.row.value_fn(self.coordinator.data, self.point.id)

    @property
    @override
    def available(self) -> bool:
        return super().available and not self.row.refused_fn(self.coordinator.data, self.point.id)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes_fn = self.row.attributes_fn
        return None if attributes_fn is None else attributes_fn(self.coordinator.data, self.point.id)


class ReengenRowSensor(ReengenRowEntity, SensorEntity):
    """A row as a sensor."""

    @property
    @override
    def native_value(self) -> float | datetime | None:
        return cast("float | datetime | None", self.value)

    @property
    @override
    def last_reset(self) -> datetime | None:
        last_reset_fn = self.row.last_reset_fn
        return None if last_reset_fn is None else last_reset_fn(self.coordinator.data, self.point.id)


class ReengenRowBinarySensor(ReengenRowEntity, BinarySensorEntity):
    """A row as a binary sensor."""

    @property
    @override
    def is_on(self) -> bool | None:
        return cast("bool | None", self.value)


type PendingEntity = tuple[tuple[int, str], Rank, Callable[[], Entity]]
"""An entity that is to be there: the id of its point and its key, its rank, and what makes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityAdder:
    """The queue, for the entities of one platform."""

    queue: EntityQueue
    platform: Platform
    add: AddConfigEntryEntitiesCallback

    @callback
    def async_add_rows(
        self,
        coordinator: ChosenPointsCoordinator[Any],
        rows: Iterable[PointRow[Any]],
        entity_class: type[ReengenRowEntity] = ReengenRowSensor,
    ) -> None:
        """Add an entity for each row that appears at a chosen point, or that the registry knows from before.

        While the coordinator has no data, what nobody has asked for yet is not unknown: entities of the registry wait too.
        """
        registry = er.async_get(coordinator.hass)
        entry, points, wanted = coordinator.config_entry, coordinator.points, tuple(rows)

        def current() -> Iterator[PendingEntity]:
            if not coordinator.has_data:
                return
            for point, row in product(points.data.chosen, wanted):
                if row.appears_fn(coordinator.data, point.id) or registry.async_get_entity_id(
                    self.platform, DOMAIN, point_unique_id(entry, point.id, row.key)
                ):
                    yield (point.id, row.key), row.rank, partial(entity_class, coordinator, point, row)

        self.async_add_as_they_appear(coordinator, current)

    @callback
    def async_add_as_they_appear(
        self, coordinator: ChosenPointsCoordinator[Any], current: Callable[[], Iterable[PendingEntity]]
    ) -> None:
        """Add what `current` yields now, and with every update of the coordinator or the points what it yields anew."""
        known: set[tuple[int, str]] = set()

        def made(key: tuple[int, str], make: Callable[[], Entity]) -> Entity:
            entity = make()

            def forget() -> None:
                # Home Assistant removes a disabled entity at once: made again, it would be removed again.
                if entity.enabled:
                    known.discard(key)

            # What the user removes while its point is gone may come back with it.
            entity.async_on_remove(forget)
            return entity

        def put_new() -> None:
            for key, rank, make in current():
                if key not in known:
                    known.add(key)
                    self.queue.async_put(rank, self.add, partial(made, key, make))

        def add_new() -> None:
            put_new()
            self.queue.async_add()

        self.queue.async_scan(put_new)
        unload = coordinator.config_entry.async_on_unload
        unload(coordinator.async_add_listener(add_new))
        unload(coordinator.points.async_add_listener(add_new))
