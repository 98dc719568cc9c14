"""Cards in the form that Home Assistant's dashboards store; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

type Card = dict[str, Any]
type View = dict[str, Any]

# Sections side by side on a wide screen.
_MOST_COLUMNS: Final = 4

# A section has twelve columns; on a phone half of them hold a card with a name of this length.
_CARDS_IN_ROW: Final = 2
_HALF: Final = 6
_LONGEST_NAME: Final = 14

# A warning before the limit is reached: at three quarters of it there is time to act.
_WARNING_SHARE: Final = 0.75

# Today and the day before, which a plant's day is compared with.
_TWO_DAYS_HOURS: Final = 48

# How many days bars of a period show: those two, a month in which each weekday is seen four times, and a year of months
# beside the one that is under way.
_BARS_DAYS: Final = {"hour": 2, "day": 30, "month": 395}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownEntity:
    """An entity or a statistic that can be shown, with the name that it has beside its device."""

    entity_id: str
    name: str


def view(title: str, path: str, sections: Iterable[Card]) -> View:
    """Return a view of sections; without an icon, so that its tab shows its title."""
    return {
        "type": "sections",
        "title": title,
        "path": path,
        "max_columns": _MOST_COLUMNS,
        "sections": list(sections),
    }


def section(*cards: Card) -> Card:
    """Return a section, which is a column of cards."""
    return {"type": "grid", "cards": list(cards)}


def heading(text: str) -> Card:
    """Return a heading."""
    return {"type": "heading", "heading": text, "heading_style": "title"}


def wide(card: Card) -> Card:
    """Return a card over the whole width of its section."""
    return {**card, "grid_options": {"columns": "full"}}


def in_rows(cards: Iterable[Card]) -> Iterator[Card]:
    """Yield two cards to a row; one with a long name, and one without a partner, fill theirs."""
    waiting: list[Card] = []
    for card in cards:
        if len(card["name"]) > _LONGEST_NAME:
            yield wide(card)
            continue
        waiting.append(card)
        if len(waiting) == _CARDS_IN_ROW:
            yield from ({**each, "grid_options": {"columns": _HALF}} for each in waiting)
            waiting = []
    yield from map(wide, waiting)


def tile(shown: ShownEntity) -> Card:
    """Return the tile of an entity; a click on it opens the entity."""
    return {"type": "tile", "entity": shown.entity_id, "name": shown.name}


def gauge(shown: ShownEntity, limit: float, warning: float | None = None, *, is_half: bool = False) -> Card:
    """Return a gauge up to twice the limit, red from the limit on and yellow before it."""
    return {
        "type": "gauge",
        "entity": shown.entity_id,
        "name": shown.name,
        "min": 0,
        "max": 2 * limit,
        "needle": True,
        "severity": {"green": 0, "yellow": _WARNING_SHARE * limit if warning is None else warning, "red": limit},
        "grid_options": {"columns": _HALF if is_half else "full"},
    }


def gauges(shown: Mapping[str, ShownEntity], limits: Mapping[str, float], texts: Mapping[str, str]) -> list[Card]:
    """Return the gauges of the ratios that are there, by the key of the limit; two share a row, and have short names."""
    found = [
        (replace(shown[key], name=texts[f"gauge_{key.partition('_')[0]}"]), limit)
        for key, limit in limits.items()
        if key in shown
    ]
    return [gauge(entity, limit, is_half=len(found) == _CARDS_IN_ROW) for entity, limit in found]


def course(shown: ShownEntity) -> Card:
    """Return the course of an entity over today and the day before."""
    return wide({"type": "history-graph", "hours_to_show": _TWO_DAYS_HOURS, "entities": [{"entity": shown.entity_id}]})


def day_curve(hours: ShownEntity, power: ShownEntity, time_zone: str, texts: Mapping[str, str]) -> Card:
    """Return the hours of today over those of the day before, on the clock of a zone; a click opens the power.

    The card is the integration's own: `texts` are what it says.
    """
    card: Card = {"type": "custom:reengen-day-curve", "statistic": hours.entity_id, "entity": power.entity_id}
    return wide({**card, "time_zone": time_zone, **texts})


def bars(shown: Iterable[ShownEntity], period: str) -> Card:
    """Return bars of what statistics add up to in each hour, day or month of the newest days."""
    return {
        "type": "statistics-graph",
        "entities": [{"entity": each.entity_id, "name": each.name} for each in shown],
        "stat_types": ["change"],
        "chart_type": "bar",
        "period": period,
        "days_to_show": _BARS_DAYS[period],
    }


def table(content: str, title: str | None = None) -> Card:
    """Return a text in Markdown that follows the states of entities."""
    card: Card = {"type": "markdown", "content": content, "text_only": title is None}
    return wide(card if title is None else {**card, "title": title})
