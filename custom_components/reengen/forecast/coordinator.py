"""Works out forecasts and base loads from the stored hours; it makes no request."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from custom_components.reengen.history import HistoryImporter, HistorySeries, HistoryUnavailableError
from custom_components.reengen.points import ChosenPointsCoordinator, PointsCoordinator, nearest_chosen_ancestor

from .hours import HOUR, Hours, base_load, last_day, learned_of, month_forecast, month_of

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What was worked out, by the id of the point and the key of the sensor."""

    found: Mapping[tuple[int, str], Figure] = field(default_factory=dict)


class ForecastCoordinator(ChosenPointsCoordinator[Figures]):
    """Forecasts of the topmost points and base loads of all, worked out anew after each hourly run of the history.

    A run that was broken off may have left the newest days without the older ones, so nothing is made of them.
    """

    def __init__(self, points: PointsCoordinator, history: HistoryImporter) -> None:
        """Follow the runs of the history until the account is unloaded."""
        super().__init__(points, name="forecast", interval=None)
        self.data = Figures()
        self._history = history
        self._made_of: datetime | None = None
        self.config_entry.async_on_unload(history.async_add_listener(self._async_history_changed))

    @callback
    def _async_history_changed(self) -> None:
        if self._history.completed_at != self._made_of:
            self._made_of = self._history.completed_at
            self.config_entry.async_create_background_task(self.hass, self.async_refresh(), self.name)

    @override
    async def _async_update_data(self) -> Figures:
        now, points = dt_util.utcnow(), self.points.data
        topmost = frozenset(
            point.id
            for point in points.chosen
            if nearest_chosen_ancestor(points.tree, point, points.chosen_ids) is None
        )
        stored = [one for one in self._history.series if one.statistic_id in self._history.newest_hours]
        try:
            found = await self._async_base_loads([one for one in stored if one.key == ENERGY_KEY], now)
            for one in stored:
                if one.key in FORECASTS and one.point_id in topmost:
                    # One after another: weeks of many points would not fit into memory.
                    found[one.point_id, FORECASTS[one.key]] = await self._async_forecast(one, now)
        except HistoryUnavailableError:
            # The history tells of it; what was worked out an hour ago is not wrong.
            return self.data
        return Figures(found=found)

    async def _async_base_loads(self, energies: list[HistorySeries], now: datetime) -> dict[tuple[int, str], Figure]:
        zone = self.client.time_zone
        day = last_day(now, zone)
        hours = await self._async_hours(energies, day)
        attributes = {"day": datetime.fromtimestamp(day.start, zone).date().isoformat()}
        return {
            (one.point_id, BASE_LOAD): Figure(
                value=base_load(hours.get(one.statistic_id, {}), day), attributes=attributes
            )
            for one in energies
        }

    async def _async_forecast(self, series: HistorySeries, now: datetime) -> Figure:
        zone = self.client.time_zone
        learned = learned_of(now)
        needed = range(min(learned.start, month_of(now, zone).start), learned.stop, HOUR)
        hours = (await self._async_hours([series], needed)).get(series.statistic_id, {})
        attributes = asdict(month_forecast(hours, now, zone))
        return Figure(value=attributes.pop("total"), attributes=attributes)

    async def _async_hours(self, series: list[HistorySeries], hours: range) -> Mapping[str, Hours]:
        start, end = (datetime.fromtimestamp(edge, UTC) for edge in (hours.start, hours.stop))
        return await self._history.async_hours([one.statistic_id for one in series], start, end)
