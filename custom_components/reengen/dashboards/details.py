"""The view of a single point, with everything that there is of it; pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from homeassistant.const import Platform

from custom_components.reengen.measurements import COSTS
from custom_components.reengen.readings import Window

from .cards import Card, ShownEntity, bars, gauges, heading, in_rows, section, tile, wide
from .contents import Contents, PointPanel

# Entities that stand beside the name of a point while they are on.
_WARNINGS: Final = ("_over_limit", "data_late", "contracted_power_exceeded")

# The kinds of commands, and what a tap on one sends where there is one thing that it can send; else it opens the entity.
_ACTIONS: Final[Mapping[str, Mapping[str, Any] | None]] = {
    Platform.BUTTON: {"action": "perform-action", "perform_action": "button.press"},
    Platform.NUMBER: None,
    Platform.SELECT: None,
    Platform.SWITCH: {"action": "perform-action", "perform_action": "switch.toggle"},
    Platform.TEXT: None,
}


def details(panel: PointPanel, contents: Contents) -> Iterator[Card]:
    """Yield sections with all that there is of a point: now and today, this month, the days, the commands."""
    texts = contents.texts
    # Levels take the full width: their names say what the value stands for.
    levels = (wide({**tile(shown), "features": [{"type": "trend-graph"}]}) for shown in panel.shown(contents.levels))
    yield section(name_of(panel), *levels, *in_rows(today_of(panel, contents.sums)))
    month = [*in_rows(month_of(panel, contents.sums)), *gauges(panel.entities, contents.limits, texts)]
    for title, cards in (
        (texts["month"], month),
        (texts["commands"], list(commands(panel, texts["confirm"]))),
        *_graphs(panel, contents),
    ):
        if cards:
            yield section(heading(title), *cards)


def name_of(panel: PointPanel) -> Card:
    """Return the point's name; what is wrong with the point stands beside it while it is so."""
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
        for key, shown in sorted(panel.entities.items())
        if key.endswith(_WARNINGS)
    ]
    if (last := panel.entities.get("last_data")) is not None:
        badges.append({"type": "entity", "entity": last.entity_id, "show_state": True, "show_icon": True})
    return {**heading(panel.name), "badges": badges}


def today_of(panel: PointPanel, keys: Iterable[str]) -> Iterable[Card]:
    """Return the tiles of today."""
    return map(tile, panel.shown(f"{key}_{Window.TODAY}" for key in keys))


def month_of(panel: PointPanel, keys: Iterable[str]) -> Iterator[Card]:
    """Yield this month; without a sensor the statistic says the same of a measurement, and of a cost less than the platform."""
    for key in keys:
        sensor_key = f"{key}_{Window.THIS_MONTH}"
        if (shown := panel.entities.get(sensor_key)) is not None:
            yield tile(shown)
        elif key in panel.statistics and key not in COSTS:
            yield {
                "type": "statistic",
                "entity": panel.statistics[key].entity_id,
                "name": panel.names.get(sensor_key, panel.statistics[key].name),
                "stat_type": "change",
                "period": {"calendar": {"period": "month"}},
            }


def _graphs(panel: PointPanel, contents: Contents) -> Iterator[tuple[str, list[Card]]]:
    """Yield the days of what adds up, heading and graph for each unit: units have no axis in common."""
    statistics: dict[str, list[ShownEntity]] = {}
    for key, unit in contents.sums.items():
        if key in panel.statistics:
            statistics.setdefault(unit, []).append(panel.statistics[key])
    for unit, shown in statistics.items():
        yield f"{contents.texts['days']} ({unit})", [bars(shown, "day")]


def commands(panel: PointPanel, question: str) -> Iterator[Card]:
    """Yield the commands of a point. A tap asks before it sends; a number, a text or a choice is behind the tap."""
    found = [
        (shown, domain)
        for key, shown in sorted(panel.entities.items())
        if key.startswith("command_") and (domain := shown.entity_id.partition(".")[0]) in _ACTIONS
    ]
    return in_rows(_command(shown, _ACTIONS[domain], question) for shown, domain in found)


def _command(shown: ShownEntity, action: Mapping[str, Any] | None, question: str) -> Card:
    if action is None:
        return tile(shown)
    confirmed = {**action, "confirmation": {"text": question}, "target": {"entity_id": shown.entity_id}}
    return {**tile(shown), "tap_action": confirmed, "icon_tap_action": confirmed}
