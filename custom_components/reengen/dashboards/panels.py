"""What there is to show of an account: its points, their entities, their statistics, and what those came to before."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util, slugify

from custom_components.reengen.account import AccountOptions, async_option_texts, translated
from custom_components.reengen.const import CONF_TENANT, DOMAIN
from custom_components.reengen.demand import Contract
from custom_components.reengen.forecast import COST_KEY, ENERGY_KEY, ForecastCoordinator
from custom_components.reengen.history import HistoryImporter, async_own_statistic_ids
from custom_components.reengen.measurements import Kind
from custom_components.reengen.points import (
    PointsCoordinator,
    account_unique_id,
    nearest_chosen_ancestor,
    point_entities,
)
from custom_components.reengen.reactive import SIDES, balance
from custom_components.reengen.readings import ReadingsCoordinator, powers_of

from .cards import ShownEntity, View
from .contents import Contents, Figures, Period, PointPanel, last_month, same_day
from .views import dashboard_views


def path_of(entry: ConfigEntry[Any]) -> str:
    """Return what the addresses of the views of an account begin with."""
    return f"{DOMAIN}-{slugify(entry.data[CONF_TENANT])}-{entry.entry_id[-6:].lower()}"


async def async_views(
    readings: ReadingsCoordinator,
    history: HistoryImporter | None,
    forecast: ForecastCoordinator | None,
    codes: Collection[str] | None = None,
    *,
    has_curve: bool,
) -> list[View]:
    """Return the views of the chosen points with these codes, or of all; raises ServiceValidationError.

    `has_curve` tells whether pages know the card of the day's curve.
    """
    panels = await _async_panels(readings.points, history, codes)
    contents = await _async_contents(readings, history, forecast, panels, has_curve=has_curve)
    return dashboard_views(panels, contents, path=path_of(readings.config_entry))


def _ratios(readings: ReadingsCoordinator, options: AccountOptions) -> Figures:
    """Return how the reactive energy of each point stands to its active energy this month, in percent."""
    return {
        (point.id, side.ratio_key): found.ratio_percent
        for point in readings.points.data.chosen
        for side in SIDES
        if (found := balance(readings.data.samples, point.id, side, side.limit_percent(options))) is not None
    }


async def _async_panels(
    coordinator: PointsCoordinator, history: HistoryImporter | None, codes: Collection[str] | None
) -> list[PointPanel]:
    """Return the chosen points with these codes, or all, each behind those above it."""
    points = coordinator.data
    if codes is not None and (unknown := set(codes) - {point.code for point in points.chosen}):
        raise translated(ServiceValidationError, "points_not_chosen", points=", ".join(sorted(unknown)))
    shown = [point for point in points.chosen if codes is None or point.code in codes]
    shown_ids = {point.id for point in shown}
    entities, names = _entities(coordinator.hass, coordinator.config_entry)
    statistics = {} if history is None else await _async_statistics(coordinator, history)
    path = path_of(coordinator.config_entry)
    above = {point.id: nearest_chosen_ancestor(points.tree, point, shown_ids) for point in shown}
    return [
        PointPanel(
            point_id=point.id,
            name=point.name,
            path=f"{path}-{point.id}",
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
    for entity, point_id, key in point_entities(hass, entry):
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


async def _async_contents(
    readings: ReadingsCoordinator,
    history: HistoryImporter | None,
    forecast: ForecastCoordinator | None,
    panels: Sequence[PointPanel],
    *,
    has_curve: bool,
) -> Contents:
    """Return what is shown of each point, with the last month and the same day of the week before of its statistics."""
    hass, entry = readings.hass, readings.config_entry
    options, now, zone = AccountOptions.of(entry), dt_util.utcnow(), readings.client.time_zone
    chosen = options.measurements
    late = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, account_unique_id(entry, "late_points"))
    topmost = [panel for panel in panels if panel.above is None]
    forecasts = {} if forecast is None else forecast.data
    return Contents(
        sums={row.key: row.unit for row in chosen if row.kind is Kind.SUM}
        | dict.fromkeys(options.costs, options.currency),
        costs=options.costs,
        currency=options.currency,
        levels=[row.key for row in (*powers_of(options), *(each for each in chosen if each.kind is Kind.LEVEL))],
        limits={side.ratio_key: side.limit_percent(options) for side in SIDES},
        texts=await async_option_texts(hass, "dashboard"),
        curve_zone=options.time_zone if has_curve else None,
        late=None if late is None else ShownEntity(entity_id=late, name=""),
        last_month=await _async_totals(history, topmost, (ENERGY_KEY, COST_KEY), last_month(now, zone)),
        same_day=await _async_totals(history, panels, (ENERGY_KEY,), same_day(now, zone)),
        figures={
            **{key: figure.value for key, figure in forecasts.items() if figure.value is not None},
            **_ratios(readings, options),
        },
        near_percent={int(key): Contract.of(stored).warning_percent for key, stored in options.contracts.items()},
    )


async def _async_totals(
    history: HistoryImporter | None, panels: Iterable[PointPanel], keys: Collection[str], period: Period
) -> Figures:
    """Return what the statistics of some points with these keys came to; without those that nobody knows."""
    ids = {
        shown.entity_id: (panel.point_id, key)
        for panel in panels
        for key, shown in panel.statistics.items()
        if key in keys
    }
    found = {} if history is None else await history.async_totals(list(ids), *period)
    return {ids[statistic_id]: total for statistic_id, total in found.items()}
