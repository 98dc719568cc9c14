"""A dashboard of an account in the side bar, made anew whenever it is opened.

Home Assistant asks the object behind an address for its views: this one answers with the account's present points, so
nothing is stored, nothing grows old, and nothing that a person has edited can be overwritten. What is used of Home
Assistant's dashboards beyond its public functions is in this file alone.
"""

from typing import Any, override

from homeassistant.components.frontend import async_register_built_in_panel, async_remove_panel
from homeassistant.components.lovelace.const import (
    DEFAULT_ICON,
    DOMAIN as LOVELACE,
    LOVELACE_DATA,
    MODE_YAML,
    ConfigNotFound,
)
from homeassistant.components.lovelace.dashboard import LovelaceConfig
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.json import json_bytes, json_fragment

from custom_components.reengen.forecast import ForecastCoordinator
from custom_components.reengen.history import HistoryImporter
from custom_components.reengen.readings import ReadingsCoordinator

from .day_curve import day_curve_module
from .panels import async_views, path_of


class PointsDashboard(LovelaceConfig):
    """The dashboard of one account; a person cannot edit it, and makes a copy by the action instead."""

    def __init__(
        self, readings: ReadingsCoordinator, history: HistoryImporter | None, forecast: ForecastCoordinator | None
    ) -> None:
        """Know the account; nothing is read before somebody opens the dashboard."""
        super().__init__(readings.hass, path_of(readings.config_entry), {"title": readings.config_entry.title})
        self._readings = readings
        self._history = history
        self._forecast = forecast
        self._shown = readings.points.data.chosen_ids

    @property
    @override
    def mode(self) -> str:
        return MODE_YAML

    @override
    async def async_get_info(self) -> dict[str, Any]:
        return {"mode": self.mode, "views": len((await self.async_load(force=False))["views"])}

    @override
    async def async_load(self, force: bool) -> dict[str, Any]:
        if self.hass.config.recovery_mode:
            raise ConfigNotFound
        module = day_curve_module(self.hass)
        has_curve = module is not None and module.is_known
        views = await async_views(self._readings, self._history, self._forecast, has_curve=has_curve)
        return {"title": self._readings.config_entry.title, "views": views}

    @override
    async def async_json(self, force: bool) -> json_fragment:
        return json_fragment(json_bytes(await self.async_load(force)))

    @callback
    def async_points_changed(self) -> None:
        """Let open browsers offer to show it anew, where other points are chosen."""
        if (chosen := self._readings.points.data.chosen_ids) != self._shown:
            self._shown = chosen
            self._config_updated()


@callback
def async_show_dashboard(
    readings: ReadingsCoordinator, history: HistoryImporter | None, forecast: ForecastCoordinator | None
) -> CALLBACK_TYPE:
    """Put the account's dashboard into the side bar; return what takes it away."""
    points, hass, path = readings.points, readings.hass, path_of(readings.config_entry)
    if LOVELACE_DATA not in hass.data or path in hass.data[LOVELACE_DATA].dashboards:
        return lambda: None
    dashboard = PointsDashboard(readings, history, forecast)
    hass.data[LOVELACE_DATA].dashboards[path] = dashboard
    async_register_built_in_panel(
        hass, LOVELACE, points.config_entry.title, DEFAULT_ICON, frontend_url_path=path, config={"mode": MODE_YAML}
    )
    unsubscribe = points.async_add_listener(dashboard.async_points_changed)

    @callback
    def remove() -> None:
        unsubscribe()
        async_remove_panel(hass, path)
        hass.data[LOVELACE_DATA].dashboards.pop(path, None)

    return remove
