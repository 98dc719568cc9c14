"""Records that an earlier version wrote get names and live power; what a person has changed or made stays as it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st

from custom_components.reengen.dashboards.energy_plan import Account, Home, plan_dashboard
from custom_components.reengen.dashboards.energy_roles import Section
from custom_components.reengen.dashboards.energy_update import plan_update

from .test_energy_plan_properties import situations

DETAILS = {"name", "stat_rate", "power_config"}


def by_an_earlier_version(account: Account, section: Section, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record as version 0.1.0 wrote it: devices had the name of their point, nothing else had details."""
    bare = {field: value for field, value in record.items() if field not in DETAILS}
    if section is not Section.SOURCES:
        point_id = record["stat_consumption"].split("_")[1]
        bare["name"] = next(point.name for point in account.chosen if str(point.id) == point_id)
    return bare


def filled(home: Home, preferences: Mapping[Section, list[dict[str, Any]]]) -> Home:
    return replace(home, preferences={section.value: records for section, records in preferences.items()})


def updated(account: Account, home: Home) -> dict[Section, list[Mapping[str, Any]]]:
    """Return the lists after the update."""
    lists: dict[Section, list[Mapping[str, Any]]] = {
        section: list(home.preferences.get(section, ())) for section in Section
    }
    for change in plan_update(account, home):
        lists[change.section][change.position] = change.record
    return lists


@given(situations())
def test_an_earlier_dashboard_becomes_todays(situation: tuple[Account, Home]) -> None:
    account, home = situation
    empty = filled(home, {section: [] for section in Section})
    today = {section: plan_dashboard(account, empty).records(section) for section in Section}
    earlier = {
        section: [by_an_earlier_version(account, section, record) for record in records]
        for section, records in today.items()
    }
    assert updated(account, filled(home, earlier)) == today
    assert plan_update(account, filled(home, today)) == ()


def changes(record: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return one field with what this integration never writes there."""
    fields = sorted(record.keys() - {"stat_energy_from", "stat_consumption"})
    return st.sampled_from(fields).map(
        lambda field: {field: {"stat_rate": "own"} if field == "power_config" else "own"}
    )


@given(situations(), st.data())
def test_what_a_person_has_changed_stays(situation: tuple[Account, Home], data: st.DataObject) -> None:
    account, home = situation
    empty = filled(home, {section: [] for section in Section})
    changed = {
        section: [
            {**record, **data.draw(changes(record))} for record in plan_dashboard(account, empty).records(section)
        ]
        for section in Section
    }
    assert plan_update(account, filled(home, changed)) == ()


@given(situations())
def test_nothing_but_details_is_added(situation: tuple[Account, Home]) -> None:
    account, home = situation
    for change in plan_update(account, home):
        before = home.preferences[change.section][change.position]
        assert {field: value for field, value in change.record.items() if field not in DETAILS} == {
            field: value for field, value in before.items() if field not in DETAILS
        }
        assert before.get("type") != "home"
