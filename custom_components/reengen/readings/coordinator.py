"""The poll of readings and costs, every quarter of an hour."""

from datetime import datetime
from typing import override

from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions, update_failed
from custom_components.reengen.api import ReengenError
from custom_components.reengen.const import READINGS_INTERVAL
from custom_components.reengen.points import ChosenPointsCoordinator, PointsCoordinator, point_and_key

from .poll import poll
from .power import POWER_FACTOR
from .samples import PollPlan, Readings


class ReadingsCoordinator(ChosenPointsCoordinator[Readings]):
    """Reads totals, levels and costs of all chosen points in a handful of requests.

    `polled_at` is the start of the last poll that succeeded, None before the first; one that found nothing new tells
    no listener.
    """

    has_data = False

    def __init__(self, points: PointsCoordinator) -> None:
        """Read as often as meters report."""
        super().__init__(points, name="readings", interval=READINGS_INTERVAL)
        self.polled_at: datetime | None = None
        self.data = Readings()

    @override
    async def _async_update_data(self) -> Readings:
        plan = PollPlan.of(
            AccountOptions.of(self.config_entry),
            self.points.data.chosen,
            self.client.time_zone,
            has_power_factor=self._has_power_factor(),
        )
        now = dt_util.utcnow()
        try:
            readings = await poll(self.points.home_client, self.points.refused, plan, now, self.data)
        except ReengenError as error:
            raise update_failed(error) from error
        self.oddities.report("readings", readings.oddities)
        self.points.async_report_refused()
        # Also nothing found is news at first: the registry's entities wait for it.
        self.always_update = self.polled_at is None
        self.polled_at = now
        self.has_data = True
        return readings

    def _has_power_factor(self) -> bool:
        """Return whether the user has enabled any power factor: what nobody looks at costs no rows."""
        entry = self.config_entry
        registered = er.async_entries_for_config_entry(er.async_get(self.hass), entry.entry_id)
        enabled = (point_and_key(entry, each.unique_id) for each in registered if not each.disabled)
        return any(found is not None and found[1] == POWER_FACTOR for found in enabled)
