"""The action that makes a dashboard of the chosen points, and puts it into one of Home Assistant's where it is told to."""

from collections.abc import Collection
from typing import Any, Final

from homeassistant.components.lovelace.const import LOVELACE_DATA, ConfigNotFound
from homeassistant.components.lovelace.dashboard import LovelaceStorage
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import slugify

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import CONF_TENANT, DOMAIN
from custom_components.reengen.history import HistoryImporter, async_own_statistic_ids
from custom_components.reengen.measurements import Kind
from custom_components.reengen.points import PointsCoordinator, nearest_chosen_ancestor, point_and_key
from custom_components.reengen.reactive import SIDES
from custom_components.reengen.readings import powers_of

from .views import Contents, PointPanel, ShownEntity, View, dashboard_views, merged_views

ATTR_POINTS: Final = "points"
ATTR_URL_PATH: Final = "url_path"

_LABELS: Final = f"component.{DOMAIN}.selector.dashboard.options."


async def async_handle_create_dashboard(
    points: PointsCoordinator, history: HistoryImporter | None, call: ServiceCall
) -> dict[str, Any]:
    """Return the dashboard, after it was stored if `url_path` names one; raises ServiceValidationError."""
    entry, hass, url_path = points.config_entry, call.hass, call.data.get(ATTR_URL_PATH)
    path = f"{DOMAIN}-{slugify(entry.data[CONF_TENANT])}-{entry.entry_id[-6:].lower()}"
    panels = await _async_panels(points, history, call.data.get(ATTR_POINTS))
    views = dashboard_views(panels, await _async_contents(hass, entry), path=path)
    if url_path is not None:
        await _async_store(hass, url_path, views, path)
    return {"dashboard": {"title": entry.title, "views": views}, ATTR_URL_PATH: url_path}


async def _async_panels(
    coordinator: PointsCoordinator, history: HistoryImporter | None, codes: Collection[str] | None
) -> list[PointPanel]:
    """Return the chosen points with these codes, or all, each behind those above it."""
    points = coordinator.data
    if codes is not None and (unknown := set(codes) - {point.code for point in points.chosen}):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="points_not_chosen",
            translation_placeholders={"points": ", ".join(sorted(unknown))},
        )
    shown = [point for point in points.chosen if codes is None or point.code in codes]
    shown_ids = {point.id for point in shown}
    entities, names = _entities(coordinator.hass, coordinator.config_entry)
    statistics = {} if history is None else await _async_statistics(coordinator, history)
    above = {point.id: nearest_chosen_ancestor(points.tree, point, shown_ids) for point in shown}
    return [
        PointPanel(
            point_id=point.id,
            name=point.name,
            above=None if (parent := above[point.id]) is None else parent.id,
            entities=entities.get(point.id, {}),
            statistics=statistics.get(point.id, {}),
            names=names.get(point.id, {}),
        )
        for point in shown
    ]


def _entities(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> tuple[dict[int, dict[str, ShownEntity]], dict[int, dict[str, str]]]:
    """Return the entities that are neither disabled nor hidden, and the names of all, by point id and key."""
    found: dict[int, dict[str, ShownEntity]] = {}
    names: dict[int, dict[str, str]] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if (parts := point_and_key(entry, entity.unique_id)) is None:
            continue
        point_id, key = parts
        name = entity.name or entity.original_name or entity.entity_id
        names.setdefault(point_id, {})[key] = name
        if entity.disabled_by is None and entity.hidden_by is None:
            found.setdefault(point_id, {})[key] = ShownEntity(entity_id=entity.entity_id, name=name)
    return found, names


async def _async_statistics(
    coordinator: PointsCoordinator, history: HistoryImporter
) -> dict[int, dict[str, ShownEntity]]:
    """Return the statistics that exist, by point id and key of the catalogue; named without their point."""
    existing = await async_own_statistic_ids(coordinator.hass, coordinator.config_entry)
    names = {point.id: f"{point.name} " for point in coordinator.data.chosen}
    found: dict[int, dict[str, ShownEntity]] = {}
    for each in await history.async_series():
        if each.statistic_id in existing:
            name = each.name.removeprefix(names[each.point_id])
            found.setdefault(each.point_id, {})[each.key] = ShownEntity(entity_id=each.statistic_id, name=name)
    return found


async def _async_contents(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Contents:
    options = AccountOptions.of(entry)
    chosen = options.measurements
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    return Contents(
        sums={row.key: row.unit for row in chosen if row.kind is Kind.SUM}
        | dict.fromkeys(options.costs, options.currency),
        levels=[row.key for row in (*powers_of(options), *(each for each in chosen if each.kind is Kind.LEVEL))],
        limits={f"{side.key}_ratio_this_month": side.limit_percent(options) for side in SIDES},
        texts={key.removeprefix(_LABELS): text for key, text in texts.items() if key.startswith(_LABELS)},
    )


async def _async_store(hass: HomeAssistant, url_path: str, views: list[View], path: str) -> None:
    """Put the views into a dashboard beside those that a person made; raises ServiceValidationError."""
    stored = hass.data[LOVELACE_DATA].dashboards.get(url_path) if LOVELACE_DATA in hass.data else None
    if not isinstance(stored, LovelaceStorage):
        raise _refused("dashboard_unknown", url_path)
    try:
        config = await stored.async_load(force=False)
    except ConfigNotFound:
        config = {}
    if "strategy" in config:
        raise _refused("dashboard_generated", url_path)
    # From the load to the save nothing is awaited, so nobody else changes the dashboard in between.
    await stored.async_save({**config, "views": merged_views(config.get("views", []), views, path=path)})


def _refused(translation_key: str, url_path: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=translation_key, translation_placeholders={"url_path": url_path}
    )
