"""What there is to show of an account: its points, their entities, their statistics, and what those came to before."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, slugify

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import CONF_TENANT, DOMAIN
from custom_components.reengen.demand import Contract
from custom_components.reengen.forecast import ForecastCoordinator
from custom_components.reengen.history import HistoryImporter, async_own_statistic_ids
from custom_components.reengen.measurements import Kind
from custom_components.reengen.points import (
    PointsCoordinator,
    account_unique_id,
    nearest_chosen_ancestor,
    point_and_key,
)
from custom_components.reengen.reactive import SIDES
from custom_components.reengen.readings import powers_of

from .cards import ShownEntity, View
from .contents import Contents, PointPanel
from .views import dashboard_views

_LABELS: Final = f"component.{DOMAIN}.selector.dashboard.options."
_WEEK: Final = timedelta(days=7)


def path_of(entry: ConfigEntry[Any]) -> str:
    """Return what the addresses of the views of an account begin with."""
    return f"{DOMAIN}-{slugify(entry.data[CONF_TENANT])}-{entry.entry_id[-6:].lower()}"


async def async_views(
    points: PointsCoordinator,
    history: HistoryImporter | None,
    forecast: ForecastCoordinator | None,
    codes: Collection[str] | None = None,
) -> list[View]:
    """Return the views of the chosen points with these codes, or of all; raises ServiceValidationError."""
    entry = points.config_entry
    panels = await _async_panels(points, history, codes)
    contents = await _async_contents(points.hass, entry, panels)
    found = {} if forecast is None else forecast.data.found
    figures = {key: figure.value for key, figure in found.items() if figure.value is not None}
    return dashboard_views(panels, replace(contents, forecast=figures), path=path_of(entry))


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


async def _async_contents(hass: HomeAssistant, entry: ConfigEntry[Any], panels: Iterable[PointPanel]) -> Contents:
    """Return what is shown of each point, with the last month and the same day of the week before of its statistics."""
    options = AccountOptions.of(entry)
    chosen = options.measurements
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    late = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, account_unique_id(entry, "late_points"))
    ids = {shown.entity_id for panel in panels for shown in panel.statistics.values()}
    last_month, same_day = await _async_before(hass, ids, dt_util.now(dt_util.get_time_zone(options.time_zone)))
    return Contents(
        sums={row.key: row.unit for row in chosen if row.kind is Kind.SUM}
        | dict.fromkeys(options.costs, options.currency),
        costs=options.costs,
        currency=options.currency,
        levels=[row.key for row in (*powers_of(options), *(each for each in chosen if each.kind is Kind.LEVEL))],
        limits={f"{side.key}_ratio_this_month": side.limit_percent(options) for side in SIDES},
        texts={key.removeprefix(_LABELS): text for key, text in texts.items() if key.startswith(_LABELS)},
        late=None if late is None else ShownEntity(entity_id=late, name=""),
        last_month=last_month,
        same_day=same_day,
        near_percent={
            int(key): contract.warning_percent
            for key, stored in options.contracts.items()
            if (contract := Contract.of(stored)) is not None
        },
    )


async def _async_before(hass: HomeAssistant, ids: set[str], now: datetime) -> tuple[dict[str, float], dict[str, float]]:
    """Return what statistics came to in the last month and on the same day of the week before; `now` is in the zone."""
    if not ids:
        return {}, {}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = midnight.replace(day=1)
    periods = (
        ((month - timedelta(days=1)).replace(day=1), month),
        (midnight - _WEEK, midnight - _WEEK + timedelta(days=1)),
    )

    def read() -> list[dict[str, float]]:
        rows = (statistics_during_period(hass, *period, ids, "hour", None, {"change"}) for period in periods)
        return [
            {
                key: sum(change for hour in hours if (change := hour.get("change")) is not None)
                for key, hours in of.items()
            }
            for of in rows
        ]

    last_month, same_day = await get_instance(hass).async_add_executor_job(read)
    return last_month, same_day
