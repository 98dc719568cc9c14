"""What is left out is told once, by the point, in the log and in one issue; many of a kind are counted."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import POINTS_SHOWN
from custom_components.reengen.api import Oddity, OddityKind
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.points.oddities import OddityLog


@pytest.fixture
def log(hass: HomeAssistant) -> OddityLog:
    """Return the log of an account with two points that have names."""
    log = OddityLog(hass, MockConfigEntry(domain=DOMAIN, title="Plant", entry_id="plant"))
    log.name_points({1: "Main meter (m1)", 2: "Depot (d)"})
    return log


def odd(point_id: int | None, kind: OddityKind = OddityKind.VALUE, example: str = '"NaN"') -> Oddity:
    return Oddity(method="GetData", kind=kind, where="data.0[17][2]", example=example, point_id=point_id)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelname == "WARNING" and "Plant" in record.getMessage()
    ]


def told(hass: HomeAssistant) -> str | None:
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "data_left_out_plant")
    return None if issue is None else (issue.translation_placeholders or {})["points"]


def test_each_kind_and_point_is_logged_once_for_good(log: OddityLog, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        log.report("readings", [odd(1), odd(1), odd(2)])
        log.report("readings", [])
    assert warnings(caplog) == [
        'Plant: Main meter (m1) is left out of what GetData says, value at data.0[17][2]: "NaN"',
        'Plant: Depot (d) is left out of what GetData says, value at data.0[17][2]: "NaN"',
    ]
    log.report("readings", [odd(1, OddityKind.STAMP)])
    assert len(warnings(caplog)) == 3


def test_many_of_a_kind_are_one_line(log: OddityLog, caplog: pytest.LogCaptureFixture) -> None:
    log.report("readings", [odd(number) for number in range(1, 2001)])
    (line,) = warnings(caplog)
    assert line.startswith("Plant: Main meter (m1) and 1999 others are left out of what GetData says, value at")


def test_the_issue_names_the_points_and_goes(hass: HomeAssistant, log: OddityLog) -> None:
    log.report("readings", [odd(1)])
    log.report("points", [odd(2, OddityKind.POINT)])
    assert told(hass) == "Depot (d), Main meter (m1)"
    log.report("readings", [])
    assert told(hass) == "Depot (d)"
    log.report("points", [])
    assert told(hass) is None


def test_the_issue_counts_more_points_than_a_person_reads(hass: HomeAssistant, log: OddityLog) -> None:
    log.report("readings", [odd(number) for number in range(3, 3 + POINTS_SHOWN + 5)])
    assert (told(hass) or "").endswith(" + 5")


def test_what_is_refused_is_told_with_the_reason_of_the_platform(hass: HomeAssistant, log: OddityLog) -> None:
    log.report("refused", [odd(1, OddityKind.REFUSED, example="No\ntariff " + "x" * 500)])
    assert (told(hass) or "").startswith('Main meter (m1) "No tariff xxx')
    assert len(told(hass) or "") < 150


def test_what_loses_nothing_is_told_in_the_diagnostics_alone(
    hass: HomeAssistant, log: OddityLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.report("readings", [odd(1, OddityKind.SAME_VALUE_TWICE)])
    assert (warnings(caplog), told(hass)) == ([], None)
    assert [row["kind"] for row in log.rows] == ["same_value_twice"]


def test_what_belongs_to_no_point_is_told_by_its_place(hass: HomeAssistant, log: OddityLog) -> None:
    log.report("readings", [odd(None, OddityKind.ROW_SHAPE), odd(7)])
    assert told(hass) == "data.0[17][2], point 7"
