"""The actions that make a dashboard of the chosen points, and add an account to the Energy dashboard."""

from typing import Any, Final

from homeassistant.components.lovelace.const import LOVELACE_DATA, ConfigNotFound
from homeassistant.components.lovelace.dashboard import LovelaceStorage
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError

from custom_components.reengen.account import translated
from custom_components.reengen.forecast import ForecastCoordinator
from custom_components.reengen.history import HistoryImporter
from custom_components.reengen.points import PointsCoordinator
from custom_components.reengen.readings import ReadingsCoordinator

from .cards import View
from .day_curve import day_curve_module
from .energy import async_add_to_energy_dashboard
from .energy_roles import Section
from .panels import async_views, path_of
from .views import merged_views

ATTR_POINTS: Final = "points"
ATTR_URL_PATH: Final = "url_path"
ATTR_PREVIEW: Final = "preview"
ATTR_UPDATE: Final = "update"


async def async_handle_create_dashboard(
    readings: ReadingsCoordinator,
    history: HistoryImporter | None,
    forecast: ForecastCoordinator | None,
    call: ServiceCall,
) -> dict[str, Any]:
    """Return the dashboard, after it was stored if `url_path` names one; raises ServiceValidationError."""
    entry, hass, url_path = readings.config_entry, call.hass, call.data.get(ATTR_URL_PATH)
    codes, has_curve = call.data.get(ATTR_POINTS), day_curve_module(hass) is not None
    views = await async_views(readings, history, forecast, codes, has_curve=has_curve)
    if url_path is not None:
        await _async_store(hass, url_path, views, path_of(entry))
    return {"dashboard": {"title": entry.title, "views": views}, ATTR_URL_PATH: url_path}


async def _async_store(hass: HomeAssistant, url_path: str, views: list[View], path: str) -> None:
    """Put the views into a dashboard beside those that a person made; raises ServiceValidationError."""
    stored = hass.data[LOVELACE_DATA].dashboards.get(url_path) if LOVELACE_DATA in hass.data else None
    if not isinstance(stored, LovelaceStorage):
        raise translated(ServiceValidationError, "dashboard_unknown", url_path=url_path)
    try:
        config = await stored.async_load(force=False)
    except ConfigNotFound:
        config = {}
    if "strategy" in config:
        raise translated(ServiceValidationError, "dashboard_generated", url_path=url_path)
    # From the load to the save nothing is awaited, so nobody else changes the dashboard in between.
    await stored.async_save({**config, "views": merged_views(config.get("views", []), views, path=path)})


async def async_handle_add_to_energy_dashboard(
    points: PointsCoordinator, history: HistoryImporter | None, call: ServiceCall
) -> dict[str, Any]:
    """Return the records that were appended or updated (with `preview`: would be), and what was left out, with the reason."""
    preview: bool = call.data[ATTR_PREVIEW]
    plan = await async_add_to_energy_dashboard(points, history, preview=preview, update=call.data[ATTR_UPDATE])
    return {
        ATTR_PREVIEW: preview,
        **{section.value: plan.records(section) for section in Section},
        "updated": [dict(change.record) for change in plan.updated],
        "left_out": [
            {
                "statistic_id": each.statistic_id,
                "point": each.point.code,
                "measurement": each.key,
                "reason": each.reason.value,
            }
            for each in plan.left_out
        ],
    }
