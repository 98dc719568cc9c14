"""What the entities of the reactive energy watch share."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product
from typing import override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Point
from .const import DOMAIN
from .coordinator import ReadingsCoordinator
from .entity import ReengenPointEntity, async_add_as_they_appear, point_unique_id
from .reactive import ACTIVE_KEY, Balance, ReactiveSide, balance, is_measured
from .readings import Window
from .runtime import ReengenConfigEntry


class ReengenReactiveEntity(ReengenPointEntity[ReadingsCoordinator]):
    """A figure of one side of a point's reactive energy this month."""

    def __init__(
        self, entry: ReengenConfigEntry, point: Point, side: ReactiveSide, description: EntityDescription
    ) -> None:
        """Watch this side of the point."""
        super().__init__(entry, entry.runtime_data.readings, point, description.key)
        self.entity_description = description
        self._side = side
        self._limit_percent = float(entry.options.get(side.limit_option, side.usual_limit_percent))

    @property
    def balance(self) -> Balance | None:
        """Return how the point stands, None where that is unknown."""
        return balance(self.coordinator.data.samples, self.point.id, self._side, self._limit_percent)

    @property
    @override
    def available(self) -> bool:
        asked = ((self.point.id, key, Window.THIS_MONTH) for key in (ACTIVE_KEY, *self._side.source_keys))
        return super().available and (self.balance is not None or self.coordinator.data.refused.isdisjoint(asked))


def async_add_reactive_entities[DescriptionT: EntityDescription](
    hass: HomeAssistant,
    entry: ReengenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    *,
    platform: Platform,
    rows: Iterable[tuple[ReactiveSide, DescriptionT]],
    make: Callable[[ReengenConfigEntry, Point, ReactiveSide, DescriptionT], ReengenReactiveEntity],
) -> None:
    """Add the entities of each point that measures both energies, now and as they appear."""
    data = entry.runtime_data
    registry = er.async_get(hass)
    listed = tuple(rows)

    def current() -> Iterator[tuple[tuple[int, str], Callable[[], ReengenReactiveEntity]]]:
        if data.readings.polled_at is None:
            return
        for point, (side, row) in product(data.points.data.chosen, listed):
            unique_id = point_unique_id(entry, point.id, row.key)
            if is_measured(data.readings.data.samples, point.id, side) or registry.async_get_entity_id(
                platform, DOMAIN, unique_id
            ):
                yield (point.id, row.key), partial(make, entry, point, side, row)

    async_add_as_they_appear(entry, data.readings, current, async_add_entities)
