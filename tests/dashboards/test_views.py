"""What a dashboard shows of points, and how its views come among those of a person."""

from dataclasses import replace
from itertools import batched
import re
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.dashboards.views import Contents, PointPanel, ShownEntity, dashboard_views, merged_views

PATH = "reengen-acme-000000"
TEXTS = {"overview": "Overview", "month": "This month", "commands": "Commands", "days": "By day"}
CONTENTS = Contents(
    sums={
        "active_energy_import": "kWh",
        "reactive_energy_import": "kvarh",
        "active_energy_cost": "TRY",
        "reactive_energy_cost": "TRY",
    },
    levels=["active_power_phase"],
    limits={"inductive_ratio_this_month": 20.0},
    texts=TEXTS,
)


def panel(
    point_id: int, above: int | None = None, entities: dict[str, str] | None = None, statistics: tuple[str, ...] = ()
) -> PointPanel:
    return PointPanel(
        point_id=point_id,
        name=f"Point {point_id}",
        above=above,
        entities={key: ShownEntity(entity_id=each, name=key) for key, each in (entities or {}).items()},
        statistics={
            key: ShownEntity(entity_id=f"reengen:acme_{point_id}_{key}", name=f"hours of {key}") for key in statistics
        },
        names={"active_energy_import_this_month": "Import this month"},
    )


def overview_cards(shown: PointPanel) -> list[dict[str, Any]]:
    """Return the cards of the point in the first view."""
    cards: list[dict[str, Any]] = dashboard_views([shown], CONTENTS, path=PATH)[0]["sections"][0]["cards"]
    return cards


def cards_of(shown: PointPanel) -> list[dict[str, Any]]:
    """Return the cards of all sections of the point's own view."""
    return [
        card for section in dashboard_views([shown], CONTENTS, path=PATH)[1]["sections"] for card in section["cards"]
    ]


def titles_of(view: dict[str, Any]) -> list[str]:
    """Return the headings of the sections of a view."""
    return [section["cards"][0]["heading"] for section in view["sections"]]


def test_topmost_points_first_then_each_point_with_those_below_the_topmost() -> None:
    views = dashboard_views([panel(1), panel(2, above=1), panel(3, above=2), panel(4)], CONTENTS, path=PATH)
    assert {view["path"]: titles_of(view) for view in views} == {
        PATH: ["Point 1", "Point 4"],
        f"{PATH}-1": ["Point 1", "Point 2", "Point 3"],
        **{f"{PATH}-{number}": [f"Point {number}"] for number in (2, 3, 4)},
    }
    # Tabs are the first view and those of points with others below.
    assert [view["path"] for view in views if not view.get("subview")] == [PATH, f"{PATH}-1"]


def test_each_name_leads_to_the_view_of_its_point() -> None:
    views = dashboard_views([panel(1), panel(2, above=1)], CONTENTS, path=PATH)
    led_to = {
        section["cards"][0]["heading"]: section["cards"][0]["tap_action"]
        for view in views
        for section in view["sections"]
        if "tap_action" in section["cards"][0]
    }
    assert led_to == {
        f"Point {number}": {"action": "navigate", "navigation_path": f"{PATH}-{number}"} for number in (1, 2)
    }


def test_the_overview_has_the_first_of_each_unit() -> None:
    keys = ("reactive_energy_import", "active_energy_cost", "reactive_energy_cost")
    shown = panel(
        1,
        entities={f"{key}_today": f"sensor.{key}" for key in keys} | {"active_power_phase": "sensor.power"},
        statistics=("active_energy_cost", "reactive_energy_cost"),
    )
    entities = [card["entity"] for card in overview_cards(shown) if "entity" in card]
    assert entities == [
        "sensor.reactive_energy_import",
        "sensor.active_energy_cost",
        "sensor.power",
    ]
    assert {card["entity"] for card in cards_of(shown) if "entity" in card} == {
        *entities,
        "sensor.reactive_energy_cost",
    }


@given(st.lists(st.sampled_from(["short", "a name that is too long for half a row"]), max_size=9))
def test_no_card_stands_alone_in_a_row(names: list[str]) -> None:
    entities = {f"command_{number}": f"switch.{number}" for number, _ in enumerate(names)}
    shown = panel(1, entities=entities)
    named = {
        f"command_{number}": ShownEntity(entity_id=f"switch.{number}", name=name) for number, name in enumerate(names)
    }
    cards = [card for card in cards_of(replace(shown, entities=named)) if card["type"] == "tile"]
    assert sorted(card["entity"] for card in cards) == sorted(entities.values())
    columns = [card["grid_options"]["columns"] for card in cards]
    halves = [number for number, column in enumerate(columns) if column == 6]
    assert all(cards[number]["name"] == "short" for number in halves)
    assert len(halves) == names.count("short") // 2 * 2
    assert all(second == first + 1 for first, second in batched(halves, 2, strict=True))


def test_the_month_is_told_by_its_statistic_where_its_sensor_is_off() -> None:
    on = {"active_energy_import_today": "sensor.day", "active_energy_import_this_month": "sensor.month"}
    off = {"active_energy_import_today": "sensor.day"}
    _, day, heading, month, *_ = cards_of(panel(1, entities=on, statistics=("active_energy_import",)))
    assert [day["entity"], heading["heading"], month["entity"]] == ["sensor.day", "This month", "sensor.month"]
    _, day, _, month, *_ = cards_of(panel(1, entities=off, statistics=("active_energy_import",)))
    assert day["entity"] == "sensor.day"
    assert month["entity"] == "reengen:acme_1_active_energy_import"
    assert (month["type"], month["stat_type"], month["name"]) == ("statistic", "change", "Import this month")
    assert month["period"] == {"calendar": {"period": "month"}}
    assert [card["type"] for card in cards_of(panel(1, entities=off))] == ["heading", "tile"]


def test_a_statistic_without_a_sensor_has_its_own_name() -> None:
    _, _, month, *_ = cards_of(panel(1, statistics=("reactive_energy_import",)))
    assert (month["type"], month["name"]) == ("statistic", "hours of reactive_energy_import")


def test_the_statistic_of_a_cost_is_not_taken_for_what_the_month_costs() -> None:
    cost = ("active_energy_cost",)
    on = {"active_energy_cost_today": "sensor.day", "active_energy_cost_this_month": "sensor.month"}
    tiles = [card["entity"] for card in cards_of(panel(1, entities=on, statistics=cost)) if card["type"] == "tile"]
    assert tiles == ["sensor.day", "sensor.month"]
    assert "statistic" not in {card["type"] for card in cards_of(panel(1, statistics=cost))}


def test_a_graph_for_each_unit() -> None:
    sections = dashboard_views(
        [panel(1, statistics=("active_energy_import", "active_energy_cost"))], CONTENTS, path=PATH
    )[1]["sections"]
    graphs = [
        (section["cards"][0]["heading"], card["entities"])
        for section in sections
        for card in section["cards"]
        if card["type"] == "statistics-graph"
    ]
    assert graphs == [
        (f"By day ({unit})", [{"entity": f"reengen:acme_1_{key}", "name": f"hours of {key}"}])
        for key, unit in (("active_energy_import", "kWh"), ("active_energy_cost", "TRY"))
    ]


def test_the_name_has_when_the_newest_data_is_from() -> None:
    for cards in (cards_of, overview_cards):
        (heading,) = cards(panel(1, entities={"last_data": "sensor.last"}))
        (badge,) = heading["badges"]
        assert (badge["entity"], badge["show_state"]) == ("sensor.last", True)


def test_a_ratio_is_red_from_its_limit_on() -> None:
    (gauge,) = [
        card
        for card in cards_of(panel(1, entities={"inductive_ratio_this_month": "sensor.ratio"}))
        if card["type"] == "gauge"
    ]
    assert (gauge["entity"], gauge["min"], gauge["max"]) == ("sensor.ratio", 0, 40)
    assert gauge["severity"] == {"green": 0, "yellow": 15, "red": 20}
    assert gauge["grid_options"] == {"columns": "full"}


def test_the_highest_demand_stands_with_the_month_and_its_warnings_beside_the_name() -> None:
    keys = ("contracted_power_exceeded", "contracted_power_share", "highest_demand_this_month", "near_contracted_power")
    heading, month, *tiles = cards_of(panel(1, entities={key: f"sensor.{key}" for key in keys}))
    assert [badge["entity"] for badge in heading["badges"]] == [f"sensor.{keys[0]}", f"sensor.{keys[3]}"]
    assert month["heading"] == "This month"
    assert [tile["entity"] for tile in tiles] == [f"sensor.{keys[2]}", f"sensor.{keys[1]}"]


def test_two_ratios_stand_beside_each_other() -> None:
    keys = ("inductive_ratio_this_month", "capacitive_ratio_this_month")
    shown = panel(1, entities={key: f"sensor.{key}" for key in keys})
    both = replace(CONTENTS, limits=dict.fromkeys(keys, 20.0))
    for view in dashboard_views([shown], both, path=PATH):
        gauges = [card for section in view["sections"] for card in section["cards"] if card["type"] == "gauge"]
        assert [gauge["grid_options"]["columns"] for gauge in gauges] == [6, 6]


def test_what_is_wrong_stands_beside_the_name_while_it_is_wrong() -> None:
    (heading,) = cards_of(panel(1, entities={"data_late": "binary_sensor.late", "other": "sensor.other"}))
    (badge,) = heading["badges"]
    assert badge["entity"] == "binary_sensor.late"
    assert badge["visibility"] == [{"condition": "state", "entity": "binary_sensor.late", "state": "on"}]


@pytest.mark.parametrize(
    ("entity_id", "features"),
    [
        ("button.reset", [{"type": "button"}]),
        ("number.level", None),
        ("select.mode", [{"type": "select-options"}]),
        ("switch.lights", [{"type": "toggle"}]),
        ("text.note", None),
    ],
)
def test_each_kind_of_command_has_its_control(entity_id: str, features: list[dict[str, str]] | None) -> None:
    _, heading, tile = cards_of(panel(1, entities={"command_x": entity_id}))
    assert heading["heading"] == "Commands"
    assert overview_cards(panel(1, entities={"command_x": entity_id}))[1:] == [tile]
    assert (tile["entity"], tile.get("features")) == (entity_id, features)


# What a tile does by itself where it is told nothing: a click opens the entity, one on the icon switches what can be
# switched or pressed, which numbers and texts cannot.
QUIET_KEYS = {"type", "entity", "name", "grid_options"}


@given(
    st.dictionaries(
        st.sampled_from(["lights", "level", "mode", "note", "reset", "speed"]).map(lambda code: f"command_{code}"),
        st.sampled_from(["button", "number", "select", "switch", "text"]),
    )
)
def test_no_card_sends_a_number_or_a_text_by_a_tap(kinds: dict[str, str]) -> None:
    entities = {key: f"{domain}.{key}" for key, domain in kinds.items()}
    views = dashboard_views([panel(1, entities=entities), panel(2, above=1, entities=entities)], CONTENTS, path=PATH)
    cards = [card for view in views for section in view["sections"] for card in section["cards"]]
    fields = [card for card in cards if re.search(r"\b(number|text)\.command_", repr(card))]
    assert len(fields) == 4 * sum(domain in {"number", "text"} for domain in kinds.values())
    for card in fields:
        assert card.keys() == QUIET_KEYS
        assert card["type"] == "tile"


def test_what_watches_a_command_is_no_control() -> None:
    assert len(cards_of(panel(1, entities={"command_x_done": "binary_sensor.done"}))) == 1


theirs = st.fixed_dictionaries({"title": st.text()}, optional={"path": st.sampled_from(["home", f"{PATH}x", ""])})
ours = st.fixed_dictionaries({"path": st.sampled_from([PATH, f"{PATH}-1", f"{PATH}-12"])})


@given(st.lists(theirs | ours), st.integers(1, 3))
def test_views_of_a_person_stay_and_ours_stand_where_they_stood(stored: list[dict[str, Any]], count: int) -> None:
    made = [{"path": f"{PATH}-{number}"} for number in range(count)]
    kept = [view for view in stored if "title" in view]
    merged = merged_views(stored, made, path=PATH)
    first = merged.index(made[0])
    assert merged[first : first + count] == made
    assert merged[:first] + merged[first + count :] == kept
    before = next((index for index, view in enumerate(stored) if "title" not in view), len(stored))
    assert first == before
    assert merged_views(merged, made, path=PATH) == merged
