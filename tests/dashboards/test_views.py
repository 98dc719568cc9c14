"""What a dashboard shows of an account, and how its views come among those of a person."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import batched
import json
from pathlib import Path
import re
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

import custom_components.reengen
from custom_components.reengen.dashboards.cards import ShownEntity
from custom_components.reengen.dashboards.contents import Contents, PointPanel
from custom_components.reengen.dashboards.views import dashboard_views, merged_views

PATH: Final = "reengen-acme-000000"
ENGLISH: Final = Path(custom_components.reengen.__file__).parent / "translations" / "en.json"
TEXTS: Final[dict[str, str]] = json.loads(ENGLISH.read_text())["selector"]["dashboard"]["options"]
RATIOS: Final = ("inductive_ratio_this_month", "capacitive_ratio_this_month")
CONTENTS: Final = Contents(
    sums={
        "active_energy_import": "kWh",
        "reactive_energy_import": "kvarh",
        "active_energy_cost": "TRY",
        "reactive_energy_cost": "TRY",
    },
    costs=["active_energy_cost", "reactive_energy_cost"],
    currency="TRY",
    levels=["active_power"],
    limits=dict.fromkeys(RATIOS, 20.0),
    texts=TEXTS,
    late=ShownEntity(entity_id="sensor.late_points", name=""),
)
# Every key that a site may have, with the kind of its entity.
KEYS: Final = {
    **{f"{key}_{window}": "sensor" for key in CONTENTS.sums for window in ("today", "this_month")},
    **dict.fromkeys(RATIOS, "sensor"),
    "inductive_over_limit": "binary_sensor",
    "capacitive_over_limit": "binary_sensor",
    "data_late": "binary_sensor",
    "last_data": "sensor",
    "active_power": "sensor",
    "highest_demand_this_month": "sensor",
    "contracted_power_share": "sensor",
    "energy_forecast_this_month": "sensor",
    "cost_forecast_this_month": "sensor",
    "base_load": "sensor",
    "command_lights": "switch",
    "command_reset": "button",
    "command_mode": "select",
    "command_level": "number",
    "command_note": "text",
}
STATISTICS: Final = tuple(CONTENTS.sums)


def panel(
    point_id: int, above: int | None = None, keys: tuple[str, ...] = (), statistics: tuple[str, ...] = ()
) -> PointPanel:
    return PointPanel(
        point_id=point_id,
        name=f"Point {point_id}",
        path=f"{PATH}-{point_id}",
        above=above,
        entities={key: ShownEntity(entity_id=f"{KEYS[key]}.p{point_id}_{key}", name=key) for key in keys},
        statistics={
            key: ShownEntity(entity_id=f"reengen:acme_{point_id}_{key}", name=f"hours of {key}") for key in statistics
        },
        names={"active_energy_import_this_month": "Import this month"},
    )


def everything(point_id: int, above: int | None = None) -> PointPanel:
    return panel(point_id, above, tuple(KEYS), STATISTICS)


def cards_of(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [card for section in view["sections"] for card in section["cards"]]


def views_of(*panels: PointPanel, contents: Contents = CONTENTS) -> dict[str, dict[str, Any]]:
    """Return the views by what stands in their path behind the account's."""
    views = dashboard_views(panels, contents, path=PATH)
    return {view["path"].removeprefix(PATH): view for view in views}


def texts_in(found: Any) -> Iterator[str]:
    """Yield every text below."""
    if isinstance(found, str):
        yield found
    for each in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from texts_in(each)


def test_a_site_that_is_no_meter_stands_above_its_meters() -> None:
    views = views_of(panel(1), everything(2, above=1), everything(3, above=1))
    headings = [card["heading"] for card in cards_of(views[""]) if card["type"] == "heading"]
    assert headings == ["Point 1", TEXTS["month"]]
    assert "-1" not in views


def test_titled_tabs_and_behind_them_a_view_of_each_point() -> None:
    views = views_of(everything(1), everything(2, above=1), everything(3, above=2), everything(4))
    assert [*views] == ["", "-costs", "-reactive", "-meters", "-commands", "-1", "-2", "-3", "-4"]
    tabs = [view["title"] for view in views.values() if not view.get("subview")]
    assert tabs == ["Overview", "Costs", "Reactive", "Meters", "Commands"]


@given(
    st.sets(st.sampled_from(sorted(KEYS))),
    st.sets(st.sampled_from(STATISTICS)),
    st.integers(0, 3),
    st.sampled_from([None, "Europe/Istanbul"]),
)
def test_the_overview_of_a_site_is_short_and_has_neither_kvarh_nor_commands(
    keys: set[str], statistics: set[str], below: int, curve_zone: str | None
) -> None:
    contents = replace(CONTENTS, curve_zone=curve_zone)
    top = panel(1, None, tuple(sorted(keys)), tuple(sorted(statistics)))
    views = views_of(top, *(everything(number, above=1) for number in range(2, below + 2)), contents=contents)
    overview = cards_of(views[""]) if "" in views else []
    assert len(overview) <= 12
    shown = " ".join(text for card in overview for text in texts_in(card))
    assert "kvarh" not in shown
    assert "command_" not in shown
    assert "reactive_energy" not in shown


@given(st.sets(st.sampled_from(sorted(KEYS))), st.sets(st.sampled_from(STATISTICS)))
def test_nothing_empty_is_drawn(keys: set[str], statistics: set[str]) -> None:
    views = views_of(panel(1), panel(4, above=1), panel(2, None, tuple(sorted(keys)), tuple(sorted(statistics))))
    assert "-1" not in views
    assert ("-2" in views) == bool(keys | statistics)
    assert "Point 1" not in texts_in(list(views.values()))
    for view in views.values():
        assert view["sections"]
        assert all(section["cards"] for section in view["sections"])
        for card in cards_of(view):
            assert card.get("entities", [None]) != []


def test_every_entity_and_statistic_is_in_the_view_of_its_point() -> None:
    shown = everything(1)
    view = views_of(shown)["-1"]
    texts = {*texts_in(view)}
    own = {each.entity_id for each in (*shown.entities.values(), *shown.statistics.values())}
    # What these say is beside the name of a point, or on the overview.
    summed_up = {"highest_demand", "contracted", "forecast", "base_load"}
    assert {each for each in own if not any(part in each for part in summed_up)} <= texts


def test_a_name_leads_to_the_view_of_its_point() -> None:
    views = views_of(everything(1), everything(2, above=1))
    led_to = {
        (card["heading"], card["tap_action"]["navigation_path"])
        for view in views.values()
        for card in cards_of(view)
        if card["type"] == "heading" and "tap_action" in card
    }
    assert led_to == {(f"Point {number}", f"{PATH}-{number}") for number in (1, 2)}


def test_the_contract_is_yellow_in_time_and_red_when_it_is_reached() -> None:
    contents = replace(CONTENTS, near_percent={1: 85.0})
    gauge = next(card for card in cards_of(views_of(everything(1), contents=contents)[""]) if card["type"] == "gauge")
    assert gauge["entity"] == "sensor.p1_contracted_power_share"
    assert gauge["severity"] == {"green": 0, "yellow": 85, "red": 100}


def test_without_a_contract_the_highest_demand_is_shown() -> None:
    shown = panel(1, None, ("active_power", "highest_demand_this_month"))
    entities = [card.get("entity") for card in cards_of(views_of(shown)[""])]
    assert "sensor.p1_highest_demand_this_month" in entities


def test_the_curve_of_the_day_is_on_the_clock_of_the_account() -> None:
    contents = replace(CONTENTS, curve_zone="Europe/Istanbul")
    shown = replace(everything(1), name="<b>Hall</b>")
    (card,) = [each for each in cards_of(views_of(shown, contents=contents)[""]) if each["type"].startswith("custom:")]
    assert card == {
        "type": "custom:reengen-day-curve",
        "statistic": "reengen:acme_1_active_energy_import",
        "entity": "sensor.p1_active_power",
        "time_zone": "Europe/Istanbul",
        "today": TEXTS["today"],
        "yesterday": TEXTS["yesterday"],
        "label": f"<b>Hall</b>: {TEXTS['curve']}",
        "grid_options": {"columns": "full"},
    }


def test_a_ratio_is_red_from_its_limit_on() -> None:
    gauges = [card for card in cards_of(views_of(panel(1, None, RATIOS[:1]))["-reactive"]) if card["type"] == "gauge"]
    (gauge,) = gauges
    assert (gauge["min"], gauge["max"]) == (0, 40)
    assert gauge["severity"] == {"green": 0, "yellow": 15, "red": 20}
    assert gauge["grid_options"] == {"columns": "full"}


def test_meters_whose_ratios_are_off_are_compared_by_their_figures() -> None:
    panels = [panel(1, None, RATIOS), *(panel(number, 1, ("active_energy_import_today",)) for number in (2, 3, 4))]
    contents = replace(CONTENTS, figures={(2, RATIOS[0]): 12.25, (3, RATIOS[0]): 45.75, (1, RATIOS[0]): 98.125})
    views = views_of(*panels, contents=contents)
    (worst,) = [card["content"] for card in cards_of(views[""]) if TEXTS["worst_inductive"] in card.get("content", "")]
    assert TEXTS["worst_capacitive"] not in worst
    (ranked,) = [
        card["content"] for card in cards_of(views["-reactive"]) if TEXTS["ratio_inductive"] == card.get("title")
    ]
    for content in (worst, ranked):
        assert "12.25" in content
        assert "45.75" in content
        assert "98.125" not in content
        assert "Point 4" not in content


def test_two_ratios_stand_beside_each_other() -> None:
    for view in views_of(panel(1, None, RATIOS)).values():
        gauges = [card for card in cards_of(view) if card["type"] == "gauge"]
        assert [gauge["grid_options"]["columns"] for gauge in gauges] in ([6, 6], [])


@given(st.lists(st.sampled_from(["short", "a name that is too long for half a row"]), max_size=9))
def test_no_card_stands_alone_in_a_row(names: list[str]) -> None:
    entities = {
        f"command_{number}": ShownEntity(entity_id=f"switch.{number}", name=name) for number, name in enumerate(names)
    }
    views = views_of(replace(panel(1), entities=entities))
    cards = [card for card in cards_of(views["-commands"]) if card["type"] == "tile"] if names else []
    assert sorted(card["entity"] for card in cards) == sorted(each.entity_id for each in entities.values())
    columns = [card["grid_options"]["columns"] for card in cards]
    halves = [number for number, column in enumerate(columns) if column == 6]
    assert all(cards[number]["name"] == "short" for number in halves)
    assert len(halves) == names.count("short") // 2 * 2
    assert all(second == first + 1 for first, second in batched(halves, 2, strict=True))


def test_the_month_is_told_by_its_statistic_where_its_sensor_is_off() -> None:
    on = panel(1, None, ("active_energy_import_this_month",), ("active_energy_import",))
    off = panel(1, None, (), ("active_energy_import",))
    month = cards_of(views_of(on)["-1"])[2]
    assert (month["type"], month["entity"]) == ("tile", "sensor.p1_active_energy_import_this_month")
    month = cards_of(views_of(off)["-1"])[2]
    assert (month["type"], month["entity"], month["name"]) == (
        "statistic",
        "reengen:acme_1_active_energy_import",
        "Import this month",
    )
    assert (month["stat_type"], month["period"]) == ("change", {"calendar": {"period": "month"}})


def test_a_graph_for_each_unit() -> None:
    shown = panel(1, None, (), ("active_energy_import", "reactive_energy_import", "active_energy_cost"))
    graphs = [card["entities"] for card in cards_of(views_of(shown)["-1"]) if card["type"] == "statistics-graph"]
    assert [[each["name"] for each in entities] for entities in graphs] == [
        ["hours of active_energy_import"],
        ["hours of reactive_energy_import"],
        ["hours of active_energy_cost"],
    ]


@pytest.mark.parametrize("key", ["data_late", "inductive_over_limit"])
def test_what_is_wrong_stands_beside_the_name_while_it_is_wrong(key: str) -> None:
    heading = cards_of(views_of(panel(1, None, (key, "active_power")))["-1"])[0]
    (badge,) = heading["badges"]
    entity = f"binary_sensor.p1_{key}"
    assert badge["entity"] == entity
    assert badge["visibility"] == [{"condition": "state", "entity": entity, "state": "on"}]


def test_late_meters_are_shown_while_there_are_any() -> None:
    (card,) = [card for card in cards_of(views_of(everything(1))[""]) if "visibility" in card]
    assert card["visibility"] == [{"condition": "numeric_state", "entity": "sensor.late_points", "above": 0}]


# What a tile does by itself where it is told nothing: a click opens the entity, one on the icon switches what can be
# switched or pressed, which choices, numbers and texts cannot.
QUIET_KEYS: Final = {"type", "entity", "name", "grid_options"}


def test_a_tap_on_a_command_asks_first_or_opens_it() -> None:
    views = views_of(everything(1), everything(2, above=1))
    tiles = [
        card for view in views.values() for card in cards_of(view) if re.search(r"_command_", card.get("entity", ""))
    ]
    # In the tab of the commands, and in the view of each point.
    assert len(tiles) == 2 * 2 * 5
    for card in tiles:
        domain = card["entity"].partition(".")[0]
        if domain in {"switch", "button"}:
            assert card["tap_action"] == card["icon_tap_action"]
            assert card["tap_action"]["confirmation"] == {"text": TEXTS["confirm"]}
            assert card["tap_action"]["target"] == {"entity_id": card["entity"]}
            service = {"switch": "switch.toggle", "button": "button.press"}[domain]
            assert card["tap_action"]["perform_action"] == service
        else:
            assert card.keys() == QUIET_KEYS
        assert "features" not in card


def test_what_watches_a_command_is_no_control() -> None:
    watching = ShownEntity(entity_id="binary_sensor.done", name="done")
    views = views_of(replace(panel(1), entities={"command_x_done": watching}))
    assert "-commands" not in views


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
