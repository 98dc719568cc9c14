"""A dashboard of an account: today, this month, costs, ratios, freshness and commands of its points; pure.

The cards are those that Home Assistant ships, in the form that its dashboards store.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import re
from typing import Any, Final

from homeassistant.const import Platform

from .readings import Window

type Card = dict[str, Any]
type View = dict[str, Any]

# A month of days, so that the same weekday is seen four times.
_GRAPH_DAYS: Final = 30

# A warning before the limit is reached: at three quarters of it there is time to act.
_WARNING_SHARE: Final = 0.75

# Sections side by side on a wide screen.
_MOST_COLUMNS: Final = 4

# What a command's tile holds besides its state: the control that the entity's kind has.
_CONTROLS: Final[Mapping[str, Sequence[str]]] = {
    Platform.BUTTON: ("button",),
    Platform.NUMBER: ("numeric-input",),
    Platform.SELECT: ("select-options",),
    Platform.SWITCH: ("toggle",),
    # Tiles have no field for a text: a click on one opens it.
    Platform.TEXT: (),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownEntity:
    """An entity that can be shown, with the name that it has beside its device."""

    entity_id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PointPanel:
    """What there is to show of a point: entities by key, statistics by catalogue key; `above` is None at the top."""

    point_id: int
    name: str
    above: int | None
    entities: Mapping[str, ShownEntity]
    statistics: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What is shown of each point, in order: what adds up (catalogue key -> unit), costs among it, then levels.

    `limits` are those of ratios in percent, by the key of the ratio's sensor; `texts` are headings by their key.
    """

    sums: Mapping[str, str]
    levels: Sequence[str]
    limits: Mapping[str, float]
    texts: Mapping[str, str]


def dashboard_views(panels: Sequence[PointPanel], contents: Contents, *, path: str) -> list[View]:
    """Return a view of the topmost points, and one for each of them with all points below.

    Of the panels each stands behind those of the points above it; `path` begins the addresses of the views.
    """
    sites = _sites(panels)
    overview = _view(contents.texts["overview"], path, "mdi:view-dashboard", [group[0] for group in sites], contents)
    return [
        overview,
        *(
            _view(group[0].name, f"{path}-{group[0].point_id}", "mdi:factory", group, contents)
            for group in sites
            if len(group) > 1
        ),
    ]


def merged_views(stored: Sequence[View], views: Sequence[View], *, path: str) -> list[View]:
    """Return the stored views with ours in the place of those that were made before, or at the end."""
    ours = re.compile(rf"{re.escape(path)}(?:-\d+)?")
    is_ours = [bool(ours.fullmatch(str(view.get("path", "")))) for view in stored]
    place = is_ours.index(True) if any(is_ours) else len(stored)
    kept = [view for view, made in zip(stored, is_ours, strict=True) if not made]
    before = place - sum(is_ours[:place])
    return [*kept[:before], *views, *kept[before:]]


def _sites(panels: Sequence[PointPanel]) -> list[list[PointPanel]]:
    """Group the points by the topmost one above them."""
    groups: dict[int, list[PointPanel]] = {}
    top_of: dict[int, int] = {}
    for panel in panels:
        top = panel.point_id if panel.above is None else top_of[panel.above]
        top_of[panel.point_id] = top
        groups.setdefault(top, []).append(panel)
    return list(groups.values())


def _view(title: str, path: str, icon: str, panels: Iterable[PointPanel], contents: Contents) -> View:
    return {
        "type": "sections",
        "title": title,
        "path": path,
        "icon": icon,
        "max_columns": _MOST_COLUMNS,
        "sections": [_section(panel, contents) for panel in panels],
    }


def _section(panel: PointPanel, contents: Contents) -> Card:
    cards = [
        _heading(panel),
        *_sums(panel, contents.sums),
        *(_tile(panel.entities[key], ["trend-graph"]) for key in contents.levels if key in panel.entities),
        *_gauges(panel, contents.limits),
        *_graphs(panel, contents),
        *(_tile(panel.entities[key]) for key in ("last_data",) if key in panel.entities),
        *_commands(panel, contents.texts["commands"]),
    ]
    return {"type": "grid", "cards": cards}


def _heading(panel: PointPanel) -> Card:
    """Return the point's name; what is wrong with it stands beside the name, while it is wrong."""
    warnings = [panel.entities[key] for key in sorted(panel.entities) if key.endswith(("_over_limit", "data_late"))]
    badges = [
        {
            "type": "entity",
            "entity": shown.entity_id,
            "name": shown.name,
            "show_state": False,
            "show_icon": True,
            "color": "red",
            "visibility": [{"condition": "state", "entity": shown.entity_id, "state": "on"}],
        }
        for shown in warnings
    ]
    return {"type": "heading", "heading": panel.name, "heading_style": "title", "badges": badges}


def _sums(panel: PointPanel, keys: Iterable[str]) -> Iterator[Card]:
    """Yield today and this month; without a sensor of the month its statistic says the same."""
    for key in keys:
        today, month = (panel.entities.get(f"{key}_{window}") for window in (Window.TODAY, Window.THIS_MONTH))
        if today is not None:
            yield _tile(today)
        if month is not None:
            yield _tile(month)
        elif today is not None and key in panel.statistics:
            yield {
                "type": "statistic",
                "entity": panel.statistics[key],
                "stat_type": "change",
                "period": {"calendar": {"period": "month"}},
            }


def _tile(shown: ShownEntity, features: Sequence[str] = ()) -> Card:
    tile: Card = {"type": "tile", "entity": shown.entity_id, "name": shown.name}
    return {**tile, "features": [{"type": each} for each in features]} if features else tile


def _gauges(panel: PointPanel, limits: Mapping[str, float]) -> Iterator[Card]:
    for key, limit in limits.items():
        if (shown := panel.entities.get(key)) is not None:
            yield {
                "type": "gauge",
                "entity": shown.entity_id,
                "name": shown.name,
                "min": 0,
                "max": 2 * limit,
                "needle": True,
                "severity": {"green": 0, "yellow": _WARNING_SHARE * limit, "red": limit},
            }


def _graphs(panel: PointPanel, contents: Contents) -> Iterator[Card]:
    """Yield the days of what adds up, in a graph for each unit: units have no axis in common."""
    statistics: dict[str, list[str]] = {}
    for key, unit in contents.sums.items():
        if key in panel.statistics:
            statistics.setdefault(unit, []).append(panel.statistics[key])
    for unit, statistic_ids in statistics.items():
        yield {
            "type": "statistics-graph",
            "title": f"{contents.texts['days']} ({unit})",
            "entities": statistic_ids,
            "stat_types": ["change"],
            "chart_type": "bar",
            "period": "day",
            "days_to_show": _GRAPH_DAYS,
        }


def _commands(panel: PointPanel, heading: str) -> Iterator[Card]:
    found = [
        (shown, _CONTROLS[domain])
        for key, shown in sorted(panel.entities.items())
        if key.startswith("command_") and (domain := shown.entity_id.partition(".")[0]) in _CONTROLS
    ]
    if found:
        yield {"type": "heading", "heading": heading, "heading_style": "subtitle"}
    for shown, controls in found:
        yield _tile(shown, controls)
