"""Tables that follow states, filled by Home Assistant's own templates."""

import re
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
from homeassistant.util import dt as dt_util
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.reengen.dashboards.tables import (
    cost_line,
    month_line,
    month_table,
    names_of,
    ranking,
    worst_line,
)

TEXTS: Final = {
    "so_far": "So far",
    "forecast": "Expected",
    "last_month": "Last month",
    "difference": "Difference",
    "base_load": "Base load",
    "of_month": "of the month",
}
NONE: Final = "\u2013"
FACTORS: Final = {"Wh": 0.001, "kWh": 1, "MWh": 1000, "GWh": 1_000_000}


def rendered(hass: HomeAssistant, content: str) -> str:
    return str(Template(content, hass).async_render(parse_result=False))


def cells(text: str) -> list[list[str]]:
    """Return the cells of the lines of a table below its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert re.fullmatch(r"\|(:?-+:?\|)+", lines[1])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(text: str) -> float:
    return float(text.replace("\u202f", ""))


def test_the_month_stands_beside_its_forecast_and_the_last_one(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.energy", "12345.6", {"unit_of_measurement": "kWh"})
    hass.states.async_set("sensor.expected", "30", {"unit_of_measurement": "MWh"})
    hass.states.async_set("sensor.cost", "unknown", {"unit_of_measurement": "TRY"})
    rows = [
        month_line(name="Energy (kWh)", so_far="sensor.energy", forecast="sensor.expected", last_month=25_000.0),
        month_line(name="Cost | [x]", so_far="sensor.cost", forecast=None, last_month=None),
    ]
    text = rendered(hass, month_table(rows, None, TEXTS))
    assert cells(text)[0] == ["Energy (kWh)", "12\u202f346", "30\u202f000", "25\u202f000", "+20 %"]
    assert text.splitlines()[3] == f"| Cost \\| \\[x\\] | {NONE} | {NONE} | {NONE} | {NONE} |"


def test_a_forecast_whose_sensor_is_off_stands_still(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.energy", "12000", {"unit_of_measurement": "kWh"})
    rows = [month_line(name="Energy", so_far="sensor.energy", forecast=30_000.4, last_month=40_000.0)]
    text = rendered(hass, month_table(rows, (50.4, "sensor.energy"), TEXTS))
    assert cells(text) == [["Energy", "12\u202f000", "30\u202f000", "40\u202f000", "-25 %"]]
    assert text.splitlines()[-1].startswith("Base load: 50 kW")


def test_the_base_load_is_a_share_of_the_month(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(dt_util.start_of_local_day().replace(day=11))
    hass.states.async_set("sensor.load", "50", {"unit_of_measurement": "kW"})
    hass.states.async_set("sensor.energy", "24", {"unit_of_measurement": "MWh"})
    rows = [month_line(name="Energy", so_far="sensor.energy", forecast=None, last_month=None)]
    content = month_table(rows, ("sensor.load", "sensor.energy"), TEXTS)
    # Ten days of 24 hours at 50 kW are 12 MWh.
    assert rendered(hass, content).splitlines()[-1] == "Base load: 50 kW (50 % of the month)"
    freezer.move_to(dt_util.start_of_local_day().replace(day=1, hour=23))
    assert rendered(hass, content).splitlines()[-1] == "Base load: 50 kW"
    hass.states.async_set("sensor.load", "unavailable")
    assert rendered(hass, content).splitlines()[-1] == f"Base load: {NONE} kW"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 99_999)), st.sampled_from(sorted(FACTORS)), st.floats(0, 1e6)),
        max_size=8,
    ),
    st.one_of(st.none(), st.integers(1, 5)),
)
async def test_meters_stand_in_the_order_of_their_energy(
    hass: HomeAssistant, meters: list[tuple[int | None, str, float]], most: int | None
) -> None:
    rows = []
    for index, (value, unit, before) in enumerate(meters):
        entity = f"sensor.meter_{index}"
        hass.states.async_set(entity, "unknown" if value is None else str(value), {"unit_of_measurement": unit})
        rows.append((f"Meter {index}", f"p-{index}", [entity, None, before]))
    found = cells(rendered(hass, ranking(rows, ["Today", "Power", "Before"], "Meter", most)))
    known = [
        (value * FACTORS[unit], index, before)
        for index, (value, unit, before) in enumerate(meters)
        if value is not None
    ]
    expected = sorted((energy for energy, _, _ in known), reverse=True)[:most]
    assert [number(cell[1]) for cell in found] == pytest.approx(expected, abs=0.51)
    for name, energy, power, figure in found:
        index = int(re.fullmatch(r"\[Meter (\d+)\]\(p-\1\)", name)[1])  # type: ignore[index]
        assert power == NONE
        assert number(energy) == pytest.approx(next(each for each, at, _ in known if at == index), abs=0.51)
        assert number(figure) == pytest.approx(meters[index][2], abs=0.51)


@pytest.mark.parametrize(
    "name", ["a|b", "a]b", 'a"b', "a'b", "{{ 1 }}", "{% if %}", "a\\b", "a\nb", "çğş %} #}", "<b>", "null"]
)
def test_a_name_is_shown_as_it_is(hass: HomeAssistant, name: str) -> None:
    hass.states.async_set("sensor.meter", "1", {"unit_of_measurement": "kWh"})
    text = rendered(hass, ranking([(name, "p", ["sensor.meter"])], ["Today"], "Meter"))
    line = text.splitlines()[2]
    shown = re.fullmatch(r"\| \[(.*)\]\(p\) \| 1 \|", line)
    assert shown is not None, line
    assert re.sub(r"\\(.)", r"\1", shown[1]) == name.replace("\n", " ")


def test_meters_are_ranked_by_figures_beside_entities(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.b", "21.4", {"unit_of_measurement": "%"})
    values: dict[str, str | float | None] = {"A": 34.5, "B": "sensor.b", "C": None, "D": 0.0, "E": "sensor.unknown"}
    rows = [(name, "p", [value]) for name, value in values.items()]
    assert cells(rendered(hass, ranking(rows, ["%"], "Meter"))) == [["[A](p)", "34"], ["[B](p)", "21"], ["[D](p)", "0"]]


def test_the_worst_meter_is_named(hass: HomeAssistant) -> None:
    content = worst_line([("A", "sensor.a"), ("B", "sensor.b"), ("C", "sensor.c")], "Highest")
    assert rendered(hass, content).strip() == ""
    assert rendered(hass, worst_line([("A", "sensor.a"), ("D", 0.0)], "Highest")).strip() == "Highest: **D** (0 %)"
    hass.states.async_set("sensor.a", "21.4")
    hass.states.async_set("sensor.b", "34.5")
    hass.states.async_set("sensor.c", "unknown")
    assert rendered(hass, content).strip() == "Highest: **B** (34 %)"


def test_a_cost_is_told_while_there_is_one(hass: HomeAssistant) -> None:
    content = cost_line("binary_sensor.over", "Expected", "TRY")
    hass.states.async_set("binary_sensor.over", "off", {"expected_cost": None})
    assert rendered(hass, content) == ""
    hass.states.async_set("binary_sensor.over", "on", {"expected_cost": 12345.6})
    assert rendered(hass, content) == "Expected: 12\u202f346 TRY"


def test_late_points_are_a_list(hass: HomeAssistant) -> None:
    content = names_of("sensor.late")
    assert rendered(hass, content) == ""
    hass.states.async_set("sensor.late", "2", {"points": ["Hall 1", "Hall 2"]})
    assert rendered(hass, content).strip() == "- Hall 1\n- Hall 2"
