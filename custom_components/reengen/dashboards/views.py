"""The dashboard of an account: for each site what matters first, then costs, reactive energy, meters and commands; pure."""

from collections.abc import Iterable, Iterator, Sequence
import re
from typing import Final

from custom_components.reengen.forecast import COST_KEY, ENERGY_KEY
from custom_components.reengen.readings import Window

from .cards import (
    Card,
    ShownEntity,
    View,
    bars,
    course,
    day_curve,
    gauge,
    gauges,
    heading,
    in_rows,
    section,
    table,
    tile,
    view,
    wide,
)
from .contents import Contents, PointPanel
from .details import commands, details, month_of, name_of, today_of
from .tables import MeterRow, cost_line, month_line, month_table, names_of, ranking, worst_line

_POWER: Final = "active_power"
_TODAY: Final = f"{ENERGY_KEY}_{Window.TODAY}"

# So many consumers are the largest ones.
_LARGEST: Final = 5

# All of a contracted power.
_CONTRACT_PERCENT: Final = 100


def dashboard_views(panels: Sequence[PointPanel], contents: Contents, *, path: str) -> list[View]:
    """Return tabs, and behind them a view of each point, which its name opens.

    A tab without anything in it is left out, and so is a point of which there is nothing to show. Of the panels each
    stands behind those of the points above it; `path` begins the addresses of the views.
    """
    shown = [panel for panel in panels if panel.has_any]
    tabs: dict[str, list[Card]] = {
        tab: [section for site in _sites(panels) for section in sections(site, contents)]
        for tab, sections in (("overview", _overview), ("costs", _costs), ("reactive", _reactive))
    }
    tabs |= {"meters": [*_meters(shown, contents)], "commands": [*_commands(shown, contents)]}
    points = [{**view(panel.name, panel.path, details(panel, contents)), "subview": True} for panel in shown]
    return [
        *(
            view(contents.texts[tab], path if tab == "overview" else f"{path}-{tab}", sections)
            for tab, sections in tabs.items()
            if sections
        ),
        *points,
    ]


def merged_views(stored: Sequence[View], views: Sequence[View], *, path: str) -> list[View]:
    """Return the stored views with ours in the place of those that were made before, or at the end."""
    ours = re.compile(rf"{re.escape(path)}(?:-\w+)?")
    is_ours = [bool(ours.fullmatch(str(view.get("path", "")))) for view in stored]
    place = is_ours.index(True) if any(is_ours) else len(stored)
    kept = [view for view, made in zip(stored, is_ours, strict=True) if not made]
    before = place - sum(is_ours[:place])
    return [*kept[:before], *views, *kept[before:]]


def _sites(panels: Sequence[PointPanel]) -> list[list[PointPanel]]:
    """Group the points of which there is anything to show by the topmost one above them, which stands first in any case."""
    groups: dict[int, list[PointPanel]] = {}
    top_of: dict[int, int] = {}
    for panel in panels:
        top = panel.point_id if panel.above is None else top_of[panel.above]
        top_of[panel.point_id] = top
        if panel.has_any or panel.above is None:
            groups.setdefault(top, []).append(panel)
    return [site for site in groups.values() if any(panel.has_any for panel in site)]


def _linked(panel: PointPanel) -> Card:
    """Return the point's name, which leads to its view where it has one."""
    card = name_of(panel)
    return {**card, "tap_action": {"action": "navigate", "navigation_path": panel.path}} if panel.has_any else card


def _meters_of(site: Sequence[PointPanel]) -> Sequence[PointPanel]:
    """Return what the site's energy goes to: the points below the topmost one, or the one alone."""
    return site[1:] or site


def _overview(site: Sequence[PointPanel], contents: Contents) -> Iterator[Card]:
    """Yield at most twelve cards: now, this month, and today's consumers; nothing in kvarh, no code and no command."""
    top, texts = site[0], contents.texts
    yield section(_linked(top), *_now(top, contents))
    if month := [*_month(top, contents), *_limits(site, contents)]:
        yield section(heading(texts["month"]), *month)
    if today := [*_largest(site, contents), *_late(contents)]:
        yield section(*today)


def _now(top: PointPanel, contents: Contents) -> Iterator[Card]:
    if (power := top.entities.get(_POWER)) is not None:
        yield wide(tile(power))
        yield _course(top, power, contents)
    if (share := top.entities.get("contracted_power_share")) is not None:
        yield gauge(share, _CONTRACT_PERCENT, contents.near_percent.get(top.point_id))
    elif (highest := top.entities.get("highest_demand_this_month")) is not None:
        yield wide(tile(highest))


def _course(top: PointPanel, power: ShownEntity, contents: Contents) -> Card:
    """Return today and the day before by the hour, from the stored hours; before there are any, what the sensor has shown."""
    if (hours := top.statistics.get(ENERGY_KEY)) is None:
        return course(power)
    if contents.curve_zone is None:
        return wide(bars([hours], "hour"))
    texts = {key: contents.texts[key] for key in ("today", "yesterday")}
    return day_curve(hours, power, contents.curve_zone, {**texts, "label": f"{top.name}: {contents.texts['curve']}"})


def _month(top: PointPanel, contents: Contents) -> Iterator[Card]:
    texts = contents.texts
    lines = [
        month_line(
            f"{texts[name]} ({unit})",
            so_far,
            contents.value(top, forecast),
            contents.last_month.get((top.point_id, key)),
        )
        for key, name, unit, forecast in (
            (ENERGY_KEY, "energy", "kWh", "energy_forecast_this_month"),
            (COST_KEY, "cost", contents.currency, "cost_forecast_this_month"),
        )
        if (so_far := top.entity_id(f"{key}_{Window.THIS_MONTH}")) is not None
    ]
    if lines:
        load, energy = contents.value(top, "base_load"), top.entity_id(f"{ENERGY_KEY}_{Window.THIS_MONTH}")
        yield table(month_table(lines, None if load is None or energy is None else (load, energy), texts))


def _limits(site: Sequence[PointPanel], contents: Contents) -> Iterator[Card]:
    """Yield the ratios of the topmost point, with what exceeding costs and the meter that is the worst."""
    top, texts = site[0], contents.texts
    yield from gauges(top.entities, contents.limits, texts)
    lines = []
    for key in contents.limits:
        meters = [
            (panel.name, value) for panel in _meters_of(site) if (value := contents.value(panel, key)) is not None
        ]
        if len(site) > 1 and meters:
            lines.append(worst_line(meters, texts[f"worst_{key.partition('_')[0]}"]))
        if (over := top.entity_id(f"{key.partition('_')[0]}_over_limit")) is not None:
            lines.append(cost_line(over, texts["reactive_cost"], contents.currency))
    if lines:
        yield table("\n\n".join(lines))


def _largest(site: Sequence[PointPanel], contents: Contents) -> Iterator[Card]:
    texts = contents.texts
    rows = [
        _row(panel, panel.entity_id(_TODAY), contents.same_day.get((panel.point_id, ENERGY_KEY)))
        for panel in _meters_of(site)
        if _TODAY in panel.entities
    ]
    if rows:
        headings = [f"{texts['today']} (kWh)", f"{texts['same_day']} (kWh)"]
        yield table(ranking(rows, headings, texts["meter"], _LARGEST), texts["largest"])


def _late(contents: Contents) -> Iterator[Card]:
    """Yield the names of the points with late data, shown while there are any."""
    if contents.late is not None:
        condition = {"condition": "numeric_state", "entity": contents.late.entity_id, "above": 0}
        yield {**table(names_of(contents.late.entity_id), contents.texts["late"]), "visibility": [condition]}


def _costs(site: Sequence[PointPanel], contents: Contents) -> Iterator[Card]:
    """Yield the costs of the topmost point today, this month, by day and by month, and the meters that cost most."""
    top, texts = site[0], contents.texts
    if cards := [*in_rows([*today_of(top, contents.costs), *month_of(top, contents.costs)])]:
        yield section(_linked(top), *cards)
    if statistics := [top.statistics[key] for key in contents.costs if key in top.statistics]:
        yield section(heading(texts["days"]), bars(statistics, "day"))
        yield section(heading(texts["months"]), bars(statistics, "month"))
    keys = [key for key in contents.costs if any(f"{key}_{Window.THIS_MONTH}" in panel.entities for panel in site[1:])]
    if keys:
        ranked = f"{keys[0]}_{Window.THIS_MONTH}"
        rows = [_row(panel, panel.entity_id(ranked)) for panel in site[1:]]
        headings = [f"{texts['month']} ({contents.currency})"]
        yield section(table(ranking(rows, headings, texts["meter"]), texts["meters"]))


def _reactive(site: Sequence[PointPanel], contents: Contents) -> Iterator[Card]:
    """Yield the ratios of the topmost point, and the meters by each ratio."""
    top, texts = site[0], contents.texts
    if shown := gauges(top.entities, contents.limits, texts):
        yield section(_linked(top), *shown)
    for key, limit in contents.limits.items():
        rows = [_row(panel, value) for panel in site if (value := contents.value(panel, key)) is not None]
        if rows:
            title = texts[f"ratio_{key.partition('_')[0]}"]
            yield section(table(ranking(rows, [f"% ({texts['limit']}: {limit:g} %)"], texts["meter"]), title))


def _meters(panels: Sequence[PointPanel], contents: Contents) -> Iterator[Card]:
    """Yield one ranking of all meters, by today's energy."""
    texts = contents.texts
    columns = {
        _TODAY: f"{texts['today']} (kWh)",
        f"{ENERGY_KEY}_{Window.THIS_MONTH}": f"{texts['month']} (kWh)",
        _POWER: f"{texts['power']} (kW)",
    }
    rows = [_row(panel, *map(panel.entity_id, columns)) for panel in panels if _TODAY in panel.entities]
    if rows:
        wide_section = section(table(ranking(rows, [*columns.values()], texts["meter"]), texts["meters"]))
        yield {**wide_section, "column_span": 2}


def _commands(panels: Iterable[PointPanel], contents: Contents) -> Iterator[Card]:
    """Yield the commands, point by point."""
    for panel in panels:
        if cards := [*commands(panel, contents.texts["confirm"])]:
            yield section(_linked(panel), *cards)


def _row(panel: PointPanel, *columns: str | float | None) -> MeterRow:
    return panel.name, panel.path, columns
