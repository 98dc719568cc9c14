"""A dashboard of an account: today, this month, costs, ratios, freshness and commands of its points; pure.

The cards are those that Home Assistant ships, in the form that its dashboards store.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
import re
from typing import Any, Final

from homeassistant.const import Platform

from custom_components.reengen.measurements import COSTS
from custom_components.reengen.readings import Window

type Card = dict[str, Any]
type View = dict[str, Any]

# A month of days, so that the same weekday is seen four times.
_GRAPH_DAYS: Final = 30

# A warning before the limit is reached: at three quarters of it there is time to act.
_WARNING_SHARE: Final = 0.75

# Sections side by side on a wide screen.
_MOST_COLUMNS: Final = 4

# A section has twelve columns; half of them hold a card with a name of this length.
_CARDS_IN_ROW: Final = 2
_HALF: Final = 6
_LONGEST_NAME: Final = 26

# What a command's tile holds besides its state: the control that the entity's kind has. Numbers and texts have none,
# as a tap on one would send a number that nobody meant, and tiles have no field: a click on one opens it.
_CONTROLS: Final[Mapping[str, Sequence[Card]]] = {
    Platform.BUTTON: ({"type": "button"},),
    Platform.NUMBER: (),
    Platform.SELECT: ({"type": "select-options"},),
    Platform.SWITCH: ({"type": "toggle"},),
    Platform.TEXT: (),
}

# How the keys end of what is wrong with a point while it is on.
_WARNINGS: Final = ("_over_limit", "near_contracted_power", "contracted_power_exceeded", "data_late")

# What the month's bill goes by besides energy.
_DEMAND: Final = ("highest_demand_this_month", "contracted_power_share")

_COURSE: Final[Sequence[Card]] = ({"type": "trend-graph"},)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownEntity:
    """An entity or a statistic that can be shown, with the name that it has beside its device."""

    entity_id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PointPanel:
    """What there is to show of a point: entities by key, statistics by catalogue key; `above` is None at the top.

    `names` are those of all its entities by key, also of disabled ones.
    """

    point_id: int
    name: str
    above: int | None
    entities: Mapping[str, ShownEntity]
    statistics: Mapping[str, ShownEntity]
    names: Mapping[str, str]


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
    """Return an overview of the topmost points, and a view of each point.

    The view of a topmost point shows those below it too, and is a tab; the others open from the point's name, so that a
    browser draws one point and not a thousand. Of the panels each stands behind those of the points above it; `path`
    begins the addresses of the views.
    """
    sites = _sites(panels)
    overview = {
        **_view(contents.texts["overview"], path, "mdi:view-dashboard"),
        "sections": [_summary(site[0], contents, path) for site in sites],
    }
    return [overview, *(view for site in sites for view in _site_views(site, contents, path))]


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


def _site_views(site: Sequence[PointPanel], contents: Contents, path: str) -> Iterator[View]:
    """Yield the view of the topmost point, then those of the points below it."""
    for panel in site:
        below = site[1:] if panel is site[0] else ()
        yield {
            **_view(panel.name, _address(panel, path), "mdi:factory"),
            **({} if below else {"subview": True}),
            "sections": [*_details(panel, contents), *(_brief(each, contents, path) for each in below)],
        }


def _view(title: str, path: str, icon: str) -> View:
    return {"type": "sections", "title": title, "path": path, "icon": icon, "max_columns": _MOST_COLUMNS}


def _address(panel: PointPanel, path: str) -> str:
    return f"{path}-{panel.point_id}"


def _grid(*cards: Card) -> Card:
    return {"type": "grid", "cards": list(cards)}


def _title(heading: str, style: str = "title") -> Card:
    return {"type": "heading", "heading": heading, "heading_style": style}


def _wide(card: Card) -> Card:
    return {**card, "grid_options": {"columns": "full"}}


def _in_rows(cards: Iterable[Card]) -> Iterator[Card]:
    """Yield two cards to a row; one with a long name, and one without a partner, fill theirs."""
    waiting: list[Card] = []
    for card in cards:
        if len(card["name"]) > _LONGEST_NAME:
            yield _wide(card)
            continue
        waiting.append(card)
        if len(waiting) == _CARDS_IN_ROW:
            yield from ({**each, "grid_options": {"columns": _HALF}} for each in waiting)
            waiting = []
    yield from map(_wide, waiting)


def _brief(panel: PointPanel, contents: Contents, path: str) -> Card:
    """Return the main values of a point and its commands; its name leads to all the rest."""
    sums = _leading(panel, contents.sums)
    return _grid(
        _heading(panel, _address(panel, path)),
        *_in_rows(_today(panel, sums)),
        *islice(_levels(panel, contents.levels), 1),
        *_in_rows(_commands(panel)),
    )


def _summary(panel: PointPanel, contents: Contents, path: str) -> Card:
    """Return what a point used today and this month, the ratios, the days and the commands."""
    sums = _leading(panel, contents.sums)
    return _grid(
        _heading(panel, _address(panel, path)),
        *_in_rows(_today(panel, sums)),
        *islice(_levels(panel, contents.levels), 1),
        *_in_rows(_month(panel, sums)),
        *_gauges(panel, contents.limits),
        *(
            card
            for heading, graph in islice(_graphs(panel, contents), 1)
            for card in (_title(heading, "subtitle"), graph)
        ),
        *_in_rows(_commands(panel)),
    )


def _details(panel: PointPanel, contents: Contents) -> Iterator[Card]:
    """Yield sections with all that there is of a point: now and today, this month, the days, the commands."""
    texts = contents.texts
    yield _grid(_heading(panel), *_levels(panel, contents.levels, _COURSE), *_in_rows(_today(panel, contents.sums)))
    month = [*_in_rows(_month(panel, contents.sums)), *_gauges(panel, contents.limits)]
    for heading, cards in (
        (texts["month"], month),
        (texts["commands"], list(_in_rows(_commands(panel)))),
        *((heading, [graph]) for heading, graph in _graphs(panel, contents)),
    ):
        if cards:
            yield _grid(_title(heading), *cards)


def _leading(panel: PointPanel, sums: Mapping[str, str]) -> dict[str, str]:
    """Return what is first of each unit among what the point measures."""
    found: dict[str, str] = {}
    for key, unit in sums.items():
        if f"{key}_{Window.TODAY}" in panel.entities or key in panel.statistics:
            found.setdefault(unit, key)
    return {key: unit for unit, key in found.items()}


def _heading(panel: PointPanel, address: str | None = None) -> Card:
    """Return the point's name, which leads to an address, and when its newest data is from.

    What is wrong with the point stands beside them, while it is wrong.
    """
    warnings = [panel.entities[key] for key in sorted(panel.entities) if key.endswith(_WARNINGS)]
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
    if (last := panel.entities.get("last_data")) is not None:
        badges.append({"type": "entity", "entity": last.entity_id, "show_state": True, "show_icon": True})
    heading: Card = {"type": "heading", "heading": panel.name, "heading_style": "title", "badges": badges}
    if address is None:
        return heading
    return {**heading, "tap_action": {"action": "navigate", "navigation_path": address}}


def _today(panel: PointPanel, keys: Iterable[str]) -> Iterator[Card]:
    for key in keys:
        if (shown := panel.entities.get(f"{key}_{Window.TODAY}")) is not None:
            yield _tile(shown)


def _month(panel: PointPanel, keys: Iterable[str]) -> Iterator[Card]:
    """Yield this month; without a sensor the statistic of an energy says the same once it is there.

    What a month costs is the platform's own figure: the statistic has less of it while the history loads.
    """
    for key in keys:
        sensor_key = f"{key}_{Window.THIS_MONTH}"
        if (shown := panel.entities.get(sensor_key)) is not None:
            yield _tile(shown)
        elif key in panel.statistics and key not in COSTS:
            yield {
                "type": "statistic",
                "entity": panel.statistics[key].entity_id,
                "name": panel.names.get(sensor_key, panel.statistics[key].name),
                "stat_type": "change",
                "period": {"calendar": {"period": "month"}},
            }
    yield from (_tile(panel.entities[key]) for key in _DEMAND if key in panel.entities)


def _levels(panel: PointPanel, keys: Iterable[str], features: Sequence[Card] = ()) -> Iterator[Card]:
    """Yield levels in the full width: their names say what the value stands for."""
    for key in keys:
        if (shown := panel.entities.get(key)) is not None:
            yield _wide(_tile(shown, features))


def _tile(shown: ShownEntity, features: Sequence[Card] = ()) -> Card:
    tile: Card = {"type": "tile", "entity": shown.entity_id, "name": shown.name}
    return {**tile, "features": [dict(each) for each in features]} if features else tile


def _gauges(panel: PointPanel, limits: Mapping[str, float]) -> Iterator[Card]:
    """Yield the ratios; a gauge has room for its name in half a row."""
    shown = [(panel.entities[key], limit) for key, limit in limits.items() if key in panel.entities]
    for entity, limit in shown:
        yield {
            "type": "gauge",
            "entity": entity.entity_id,
            "name": entity.name,
            "min": 0,
            "max": 2 * limit,
            "needle": True,
            "severity": {"green": 0, "yellow": _WARNING_SHARE * limit, "red": limit},
            "grid_options": {"columns": _HALF if len(shown) == _CARDS_IN_ROW else "full"},
        }


def _graphs(panel: PointPanel, contents: Contents) -> Iterator[tuple[str, Card]]:
    """Yield the days of what adds up, heading and graph for each unit: units have no axis in common."""
    statistics: dict[str, list[ShownEntity]] = {}
    for key, unit in contents.sums.items():
        if key in panel.statistics:
            statistics.setdefault(unit, []).append(panel.statistics[key])
    for unit, shown in statistics.items():
        yield (
            f"{contents.texts['days']} ({unit})",
            {
                "type": "statistics-graph",
                "entities": [{"entity": each.entity_id, "name": each.name} for each in shown],
                "stat_types": ["change"],
                "chart_type": "bar",
                "period": "day",
                "days_to_show": _GRAPH_DAYS,
            },
        )


def _commands(panel: PointPanel) -> Iterator[Card]:
    for key, shown in sorted(panel.entities.items()):
        if key.startswith("command_") and (domain := shown.entity_id.partition(".")[0]) in _CONTROLS:
            yield _tile(shown, _CONTROLS[domain])
