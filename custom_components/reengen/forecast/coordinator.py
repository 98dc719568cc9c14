"""Works out forecasts and base loads from the stored hours; it makes no request."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from custom_components.reengen.history import HistoryImporter, HistorySeries, HistoryUnavailableError
from custom_components.reengen.points import ChosenPointsCoordinator, PointsCoordinator, nearest_chosen_ancestor

from .hours import HOUR, Hours, base_load, last_day, learned_of, month_forecast, month_of
from .memory import HoursMemory

ENERGY_KEY: Final = "active_energy_import"
COST_KEY: Final = "active_energy_cost"

# Key of the catalogue -> key of the sensor.
FORECASTS: Final = {ENERGY_KEY: "energy_forecast_this_month", COST_KEY: "cost_forecast_this_month"}
BASE_LOAD: Final = "base_load"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A value, None where too little is stored for it, and what it was made of."""

    value: float | None
    attributes: Mapping[str, Any]


type Figures = Mapping[tuple[int, str], Figure]
"""What was worked out, by the id of the point and the key of the sensor."""


class ForecastCoordinator(ChosenPointsCoordinator[Figures]):
    """Forecasts of the topmost points and base loads of all, worked out anew after each hourly run of the history.

    A run that was broken off may have left the newest days without the older ones, so nothing is made of them.
    """

    def __init__(self, points: PointsCoordinator, history: HistoryImporter) -> None:
        """Follow the runs of the history until the account is unloaded."""
        super().__init__(points, name="forecast", interval=None)
        self.data = {}
        self._history = history
        self._made_of: datetime | None = None
        self._day = range(0)
        self._memory = HoursMemory(self._async_stored)
        self.config_entry.async_on_unload(history.async_add_listener(self._async_history_changed))

    @callback
    def _async_history_changed(self) -> None:
        if self._history.completed_at != self._made_of:
            self._made_of = self._history.completed_at
            self.config_entry.async_create_background_task(self.hass, self.async_refresh(), self.name)

    @override
    async def _async_update_data(self) -> Figures:
        now, zone = dt_util.utcnow(), self.client.time_zone
        day, learned = last_day(now, zone), learned_of(now)
        month = range(min(learned.start, month_of(now, zone).start), learned.stop, HOUR)
        stored = [one for one in self._history.series if one.statistic_id in self._history.newest_hours]
        topmost = self._topmost_ids()
        forecast = [one for one in stored if one.key in FORECASTS and one.point_id in topmost]
        energies = [one for one in stored if one.key == ENERGY_KEY]
        windows = {one.statistic_id: day for one in energies} | {one.statistic_id: month for one in forecast}
        try:
            await self._async_look(windows, day)
        except HistoryUnavailableError:
            # The history tells of it; what was worked out an hour ago is not wrong.
            return self.data
        found = {(one.point_id, BASE_LOAD): self._base_load(one, day) for one in energies}
        for one in forecast:
            found[one.point_id, FORECASTS[one.key]] = self._forecast(one, month, now)
            # A thousand of them would hold up the event loop.
            await asyncio.sleep(0)
        return found

    def _topmost_ids(self) -> frozenset[int]:
        points = self.points.data
        return frozenset(
            point.id
            for point in points.chosen
            if nearest_chosen_ancestor(points.tree, point, points.chosen_ids) is None
        )

    async def _async_look(self, windows: Mapping[str, range], day: range) -> None:
        """Read what is not known of the windows: what was written since the last time, and everything once a day."""
        if day != self._day:
            self._day, self._memory = day, HoursMemory(self._async_stored)
        self._memory.change(self._history.take_changed())
        # What is written to those is not told.
        self._memory.forget(self._history.kept_elsewhere)
        self._memory.keep_only(windows.keys())
        await self._memory.look(windows)

    def _base_load(self, series: HistorySeries, day: range) -> Figure:
        date = datetime.fromtimestamp(day.start, self.client.time_zone).date().isoformat()
        return Figure(value=base_load(self._memory.hours(series.statistic_id, day), day), attributes={"day": date})

    def _forecast(self, series: HistorySeries, month: range, now: datetime) -> Figure:
        hours = self._memory.hours(series.statistic_id, month)
        attributes = asdict(month_forecast(hours, now, self.client.time_zone))
        return Figure(value=attributes.pop("total"), attributes=attributes)

    async def _async_stored(self, statistic_ids: Collection[str], hours: range) -> Mapping[str, Hours]:
        start, end = (datetime.fromtimestamp(edge, UTC) for edge in (hours.start, hours.stop))
        return await self._history.async_hours(statistic_ids, start, end)
