"""The poll of readings and costs, every quarter of an hour."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import DOMAIN, READINGS_INTERVAL
from custom_components.reengen.points import ChosenPointsCoordinator, PointsCoordinator, point_unique_id

from .poll import poll
from .power import POWER_FACTOR
from .samples import PollPlan, Readings


class ReadingsCoordinator(ChosenPointsCoordinator[Readings]):
    """Reads totals, levels and costs of all chosen points in a handful of requests.

    `polled_at` is the start of the last poll that succeeded, None before the first. One that found nothing new tells no
    listener, but what follows the polls themselves (`async_follow`).
    """

    has_data = False

    def __init__(self, points: PointsCoordinator) -> None:
        """Read as often as meters report."""
        super().__init__(points, name="readings", interval=READINGS_INTERVAL)
        self.polled_at: datetime | None = None
        self.data = Readings()
        self._followers: list[Callable[[datetime], None]] = []

    @callback
    def async_follow(self, polled: Callable[[datetime], None]) -> None:
        """Call `polled` with the start of each poll that succeeded, before the listeners, and now if there was one."""
        self._followers.append(polled)
        if self.polled_at is not None:
            polled(self.polled_at)

    @override
    @callback
    def _async_refresh_finished(self) -> None:
        if self.last_update_success and self.polled_at is not None:
            for polled in self._followers:
                self._async_update_listener(partial(polled, self.polled_at))

    @override
    async def _async_read(self) -> Readings:
        plan = PollPlan.of(
            AccountOptions.of(self.config_entry),
            self.points.data.chosen,
            self.client.time_zone,
            has_power_factor=self._has_power_factor(),
        )
        now = dt_util.utcnow()
        readings = await poll(self.points.home_client, self.points.refused, plan, now, self.data)
        self.oddities.report("readings", readings.oddities)
        self.points.async_report_refused()
        # Also nothing found is news at first: the registry's entities wait for it.
        self.always_update = self.polled_at is None
        self.polled_at = now
        self.has_data = True
        return readings

    def _has_power_factor(self) -> bool:
        """Return whether the user has enabled any power factor: what nobody looks at costs no rows."""
        registry = er.async_get(self.hass)
        ids = (point_unique_id(self.config_entry, point.id, POWER_FACTOR) for point in self.points.data.chosen)
        found = (registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id) for unique_id in ids)
        return any(entity_id is not None and not registry.entities[entity_id].disabled for entity_id in found)
