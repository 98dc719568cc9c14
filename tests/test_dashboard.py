"""What a dashboard shows of points, and how its views come among those of a person."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.dashboard import Contents, PointPanel, ShownEntity, dashboard_views, merged_views

PATH = "reengen-acme-000000"
TEXTS = {"overview": "Overview", "commands": "Commands", "days": "By day"}
CONTENTS = Contents(
    sums={"active_energy_import": "kWh", "reactive_energy_import": "kvarh", "active_energy_cost": "TRY"},
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
        statistics={key: f"reengen:acme_{point_id}_{key}" for key in statistics},
    )


def cards_of(*panels: PointPanel) -> list[dict[str, Any]]:
    """Return the cards of the first section of the first view."""
    cards: list[dict[str, Any]] = dashboard_views(panels, CONTENTS, path=PATH)[0]["sections"][0]["cards"]
    return cards


def test_topmost_points_first_then_each_site_with_all_below() -> None:
    views = dashboard_views([panel(1), panel(2, above=1), panel(3, above=2), panel(4)], CONTENTS, path=PATH)
    shown = {view["path"]: [section["cards"][0]["heading"] for section in view["sections"]] for view in views}
    # The fourth is alone: the first view shows all of it.
    assert shown == {PATH: ["Point 1", "Point 4"], f"{PATH}-1": ["Point 1", "Point 2", "Point 3"]}


def test_the_month_is_told_by_its_statistic_where_its_sensor_is_off() -> None:
    on = {"active_energy_import_today": "sensor.day", "active_energy_import_this_month": "sensor.month"}
    off = {"active_energy_import_today": "sensor.day"}
    _, day, month, *_ = cards_of(panel(1, entities=on, statistics=("active_energy_import",)))
    assert [day["entity"], month["entity"]] == ["sensor.day", "sensor.month"]
    _, day, month, *_ = cards_of(panel(1, entities=off, statistics=("active_energy_import",)))
    assert day["entity"] == "sensor.day"
    assert month["entity"] == "reengen:acme_1_active_energy_import"
    assert (month["type"], month["stat_type"]) == ("statistic", "change")
    assert month["period"] == {"calendar": {"period": "month"}}
    assert [card["type"] for card in cards_of(panel(1, entities=off))] == ["heading", "tile"]


def test_a_graph_for_each_unit() -> None:
    graphs = [
        (card["title"], card["entities"])
        for card in cards_of(panel(1, statistics=("active_energy_import", "active_energy_cost")))
        if card["type"] == "statistics-graph"
    ]
    assert graphs == [
        ("By day (kWh)", ["reengen:acme_1_active_energy_import"]),
        ("By day (TRY)", ["reengen:acme_1_active_energy_cost"]),
    ]


def test_a_ratio_is_red_from_its_limit_on() -> None:
    (gauge,) = [
        card
        for card in cards_of(panel(1, entities={"inductive_ratio_this_month": "sensor.ratio"}))
        if card["type"] == "gauge"
    ]
    assert (gauge["entity"], gauge["min"], gauge["max"]) == ("sensor.ratio", 0, 40)
    assert gauge["severity"] == {"green": 0, "yellow": 15, "red": 20}


def test_what_is_wrong_stands_beside_the_name_while_it_is_wrong() -> None:
    (heading,) = cards_of(panel(1, entities={"data_late": "binary_sensor.late", "other": "sensor.other"}))
    (badge,) = heading["badges"]
    assert badge["entity"] == "binary_sensor.late"
    assert badge["visibility"] == [{"condition": "state", "entity": "binary_sensor.late", "state": "on"}]


@pytest.mark.parametrize(
    ("entity_id", "features"),
    [
        ("button.reset", [{"type": "button"}]),
        ("number.level", [{"type": "numeric-input"}]),
        ("select.mode", [{"type": "select-options"}]),
        ("switch.lights", [{"type": "toggle"}]),
        ("text.note", None),
    ],
)
def test_each_kind_of_command_has_its_control(entity_id: str, features: list[dict[str, str]] | None) -> None:
    _, heading, tile = cards_of(panel(1, entities={"command_x": entity_id}))
    assert heading["heading"] == "Commands"
    assert (tile["entity"], tile.get("features")) == (entity_id, features)


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
