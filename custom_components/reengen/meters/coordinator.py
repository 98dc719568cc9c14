"""The poll of registers and phases, every quarter of an hour."""

from datetime import datetime, timedelta
from typing import override

from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import METERS_INTERVAL, REGISTER_SEARCH_INTERVAL
from custom_components.reengen.points import ChosenPointsCoordinator, PointsCoordinator

from .poll import MeterData, MeterPlan, read_meters


class MetersCoordinator(ChosenPointsCoordinator[MeterData]):
    """Reads registers and phases of all chosen points."""

    has_data = False

    def __init__(self, points: PointsCoordinator) -> None:
        """Read as often as meters report."""
        super().__init__(points, name="meters", interval=METERS_INTERVAL)
        self.data = MeterData()
        self._searched_at: datetime | None = None
        self._searched_ids: frozenset[int] = frozenset()

    @override
    async def _async_read(self) -> MeterData:
        now, points = dt_util.utcnow(), self.points.data
        search = (
            self._searched_at is None
            or not timedelta(0) <= now - self._searched_at < REGISTER_SEARCH_INTERVAL
            or not points.chosen_ids <= self._searched_ids
        )
        plan = MeterPlan.of(AccountOptions.of(self.config_entry), points.chosen)
        before = self.data if self.has_data else None
        found = await read_meters(self.client, self.points.refused, plan, before, now, search=search)
        self.oddities.report("meters", found.oddities)
        self.points.async_report_refused()
        if search:
            self._searched_at, self._searched_ids = now, points.chosen_ids
        self.has_data = True
        return found
