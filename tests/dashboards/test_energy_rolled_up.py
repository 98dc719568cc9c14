"""Where points hold those below them, only what the user keeps is counted, and nothing of the user's goes with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
import pytest

from custom_components.reengen.const import KEEP_CHILDREN, KEEP_PARENTS
from custom_components.reengen.dashboards.energy_plan import Account, Home, plan_dashboard
from custom_components.reengen.dashboards.energy_roles import Section
from custom_components.reengen.dashboards.energy_rolled_up import counted_once

from .test_energy_plan import KEYS, SITE, reasons, statistic, statistics, summary, tree_of
from .test_energy_plan_properties import OWN, SENSORS, added_to, includes_itself, named, situations

ALL = "site import, trafo1 import, hall import, trafo2 import, roof import"
# Both transformers and the roof are all that is below the site, and the hall all below a transformer.
LEAVES = ["hall import", "trafo2 import", "roof import"]


def grid(code: str, **more: Any) -> dict[str, Any]:
    return {"type": "grid", "stat_energy_from": statistic(code, "import"), **more}


def situation(
    kept: str,
    existing: str = ALL,
    *,
    chosen: Sequence[str] = tuple(SITE),
    preferences: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    **home: Any,
) -> tuple[Account, Home]:
    tree = tree_of(SITE)
    account = Account(
        tree=tree,
        chosen=[point for point in tree.points if point.code in chosen],
        keys=KEYS,
        prefix="xyz",
        currency="TRY",
        kept=kept,
    )
    usual = {"rates": {}, "awaited": (), "currency": "TRY", "sensors": {}, "existing": statistics(existing)}
    return account, Home(preferences=preferences or {}, **{**usual, **home})


def sources(account: Account, home: Home) -> list[str]:
    return [line.removeprefix("grid, stat_energy_from=") for line in summary(plan_dashboard(account, home))]


def test_those_below_are_sources_in_place_of_those_that_hold_them() -> None:
    account, home = situation(KEEP_CHILDREN)
    assert sources(account, home) == LEAVES
    left_out = reasons(plan_dashboard(account, home))
    held = "holds_children"
    assert left_out == {("site", "active_energy_import"): held, ("trafo1", "active_energy_import"): held}


def test_a_point_of_which_not_all_below_are_chosen_counts_itself() -> None:
    account, home = situation(KEEP_CHILDREN, chosen=["site", "trafo1", "hall", "trafo2"])
    assert summary(plan_dashboard(account, home))[0].startswith("grid, stat_energy_from=site import")


def test_a_point_below_which_nothing_is_measured_counts_itself() -> None:
    account, home = situation(KEEP_CHILDREN, "site import")
    assert sources(account, home) == ["site import"]
    # Before the import is complete those below may turn out to be measured.
    assert sources(account, replace(home, awaited=None)) == []


def test_those_above_count_by_default() -> None:
    account, home = situation(KEEP_PARENTS)
    assert summary(plan_dashboard(account, home)) == summary(plan_dashboard(replace(account, kept=None), home))


@pytest.mark.parametrize("kept", [KEEP_CHILDREN, KEEP_PARENTS])
def test_what_counts_twice_is_taken_off(kept: str) -> None:
    theirs = {"type": "grid", "stat_energy_from": "sensor.house", "number_energy_price": 3.5}
    fridge = {"stat_consumption": "sensor.fridge", "name": "Fridge"}
    stored = {
        "energy_sources": [theirs, grid("site"), grid("trafo2"), {"type": "home", "stat_energy_to": "sensor.home"}],
        "device_consumption": [
            fridge,
            {"stat_consumption": statistic("hall", "import"), "name": "Mine"},
            {"stat_consumption": "sensor.lamp", "included_in_stat": statistic("hall", "import")},
            {"stat_consumption": statistic("trafo1", "import"), "included_in_stat": "sensor.fridge"},
            {"stat_consumption": "sensor.fan", "included_in_stat": statistic("trafo1", "import")},
        ],
    }
    account, home = situation(kept, preferences=stored)
    after = counted_once(account, home)
    if kept == KEEP_CHILDREN:
        assert after["energy_sources"] == [theirs, grid("trafo2"), stored["energy_sources"][3]]
        fan = {"stat_consumption": "sensor.fan", "included_in_stat": "sensor.fridge"}
        assert after["device_consumption"] == [fridge, {"stat_consumption": "sensor.lamp"}, fan]
        assert sources(account, replace(home, preferences=after)) == ["hall import", "roof import"]
    else:
        assert after["energy_sources"] == [theirs, grid("site"), stored["energy_sources"][3]]
        assert after["device_consumption"] == stored["device_consumption"]
        planned = plan_dashboard(account, replace(home, preferences=after))
        assert {each.section for each in planned.added} == {Section.DEVICES}


def statistic_of(record: Mapping[str, Any], field: str = "stat_consumption") -> str:
    name = str(record[field])
    return SENSORS.get(name, name)


def statistics_above(start: str, devices: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the statistics that a device is included in, the nearest first, until there is none or one comes again."""
    above = {statistic_of(record): record for record in devices}
    found: list[str] = []
    current = start
    while "included_in_stat" in above.get(current, {}):
        current = statistic_of(above[current], "included_in_stat")
        if current in found:
            break
        found.append(current)
    return found


def is_of_others(record: Mapping[str, Any]) -> bool:
    """Return whether a record neither is of the account nor hangs below what is: it stays as it is."""
    above = str(record.get("included_in_stat"))
    return set(OWN).isdisjoint({*named([record]), SENSORS.get(above, above)})


@given(situations())
def test_whatever_there_was_nothing_is_left_to_take_off(found: tuple[Account, Home]) -> None:
    """Nothing of others is touched, and what is planned next counts nothing twice and includes nothing in itself."""
    for kept in (KEEP_CHILDREN, KEEP_PARENTS):
        account, home = replace(found[0], kept=kept), found[1]
        once = counted_once(account, home)
        home = replace(home, preferences=once)
        assert counted_once(account, home) is once
        after = added_to(home, plan_dashboard(account, home))
        assert counted_once(account, after) is after.preferences
        for section in Section:
            before = [record for record in found[1].preferences[section] if is_of_others(record)]
            left = [record for record in once[section] if is_of_others(record)]
            assert [record for record in left if record in before] == before
        for section in (Section.DEVICES, Section.WATER_DEVICES):
            stored = found[1].preferences[section]
            staying = {statistic_of(record): record for record in once[section]}
            gone = set(map(statistic_of, stored)) - staying.keys()
            for own, record in staying.items():
                nearest = next((name for name in statistics_above(own, stored) if name not in gone), None)
                now = next(iter(statistics_above(own, [record])), None)
                # What is no device may be a source that was taken off, and nothing is put into itself.
                is_source = nearest in OWN and nearest not in staying
                assert now == nearest or (now is None and (is_source or nearest == own))
            new = after.preferences[section][len(once[section]) :]
            assert not any(includes_itself(record["stat_consumption"], after.preferences[section]) for record in new)
