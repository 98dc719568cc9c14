"""Whatever the tree and the preferences are: nothing is added twice, counted twice or included in itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import product
from typing import Any

from homeassistant.components.energy.data import DEVICE_CONSUMPTION_SCHEMA, ENERGY_SOURCE_SCHEMA
from hypothesis import given, settings, strategies as st

from custom_components.reengen.api import PointTree
from custom_components.reengen.dashboards.energy_plan import Account, DashboardPlan, Home, plan_dashboard
from custom_components.reengen.dashboards.energy_roles import Role, Section
from tests.profiles import examples

from .test_energy_plan import KEYS, SHORT, tree_of

# Five points, so that what a person has made of their meters often meets what is planned.
CODES = [f"p{number}" for number in range(1, 6)]
OWN = [f"reengen:xyz_{number}_{key}" for number in range(1, 6) for key in SHORT.values()]
IMPORTS = [name for name in OWN if name.endswith("_energy_import")]
WATERS = [name for name in OWN if name.endswith("_water_import")]
NAMES = st.sampled_from([*IMPORTS, *WATERS, OWN[1], OWN[2], "sensor.theirs", "sensor.p1_today"])
SENSORS = {"sensor.p1_today": "reengen:xyz_1_active_energy_import"}
LIVE = ["sensor.1_active_energy_import", "sensor.2_active_energy_import", "sensor.theirs_power"]
RATES = st.tuples(st.integers(1, 5), st.sampled_from([KEYS[role] for role in Role]))


@st.composite
def all_but_few[T](draw: st.DrawFn, values: Sequence[T]) -> set[T]:
    return set(values) - draw(st.sets(st.sampled_from(values)))


@st.composite
def trees(draw: st.DrawFn) -> PointTree:
    parents: dict[str, str | None] = {}
    for code in CODES:
        parents[code] = draw(st.sampled_from([None, *parents]))
    return tree_of(parents)


@st.composite
def preferences(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Return preferences in which no statistic is a source or a device twice, as Home Assistant has it."""
    grid = st.fixed_dictionaries(
        {
            "type": st.just("grid"),
            "stat_energy_from": st.sampled_from([*IMPORTS, "sensor.p1_today"]),
            "stat_energy_to": st.none() | NAMES,
        },
        optional={"stat_rate": st.sampled_from(LIVE)},
    )
    water = st.fixed_dictionaries({"type": st.just("water"), "stat_energy_from": st.sampled_from(WATERS)})
    plain = st.fixed_dictionaries({"type": st.sampled_from(["solar", "gas", "battery"]), "stat_energy_from": NAMES})
    home = st.fixed_dictionaries({"type": st.just("home"), "stat_energy_to": NAMES})
    device = st.fixed_dictionaries({"stat_consumption": NAMES}, optional={"included_in_stat": NAMES})
    found = {
        "energy_sources": draw(
            st.lists(grid | water | plain | home, max_size=4, unique_by=lambda record: record.get("stat_energy_from"))
        )
    }
    for section in ("device_consumption", "device_consumption_water"):
        found[section] = draw(st.lists(device, max_size=4, unique_by=lambda record: record["stat_consumption"]))
    return found


@st.composite
def situations(draw: st.DrawFn) -> tuple[Account, Home]:
    tree = draw(trees())
    chosen_codes = draw(all_but_few(CODES))
    roles = draw(all_but_few(list(Role)))
    account = Account(
        tree=tree,
        chosen=[
            point for root in tree.roots for point in (root, *tree.descendants(root)) if point.code in chosen_codes
        ],
        keys={role: KEYS[role] for role in Role if role in roles},
        prefix="xyz",
        currency="TRY",
    )
    home = Home(
        preferences=draw(preferences()),
        existing=draw(all_but_few(OWN)),
        awaited=draw(st.none() | st.sets(st.sampled_from(OWN), max_size=3)),
        currency=draw(st.sampled_from(["TRY", "EUR"])),
        sensors=SENSORS,
        rates={key: f"sensor.{key[0]}_{key[1]}" for key in draw(st.sets(RATES, max_size=12))},
        removed=draw(st.sets(st.sampled_from(OWN), max_size=2)),
    )
    return account, home


def added_to(home: Home, planned: DashboardPlan) -> Home:
    lists = {section.value: [*home.preferences[section], *planned.records(section)] for section in Section}
    return replace(home, preferences=lists)


def named(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for record in records:
        if record.get("type") != "home":
            yield from (
                SENSORS.get(value, value)
                for key, value in record.items()
                if key.startswith("stat_") and key != "stat_rate" and value is not None
            )


def includes_itself(start: str, devices: Sequence[Mapping[str, Any]]) -> bool:
    above = {record["stat_consumption"]: record.get("included_in_stat") for record in devices}
    current = above.get(start)
    for _ in devices:
        if current == start:
            return True
        current = above.get(current) if current else None
    return False


@given(situations())
def test_a_second_run_adds_nothing(situation: tuple[Account, Home]) -> None:
    account, home = situation
    before = deepcopy(home.preferences)
    once = plan_dashboard(account, home)
    assert home.preferences == before
    assert plan_dashboard(account, added_to(home, once)).added == ()


@given(situations())
def test_no_statistic_is_added_twice_or_unseen(situation: tuple[Account, Home]) -> None:
    account, home = situation
    once = plan_dashboard(account, home)
    theirs = [name for section in Section for name in named(home.preferences[section])]
    ours = [name for section in Section for name in named(once.records(section))]
    assert len(ours) == len(set(ours))
    assert not set(ours) & set(theirs)
    assert set(ours) <= set(home.existing)
    chosen = {account.statistic_id(point, role) for point in account.chosen for role in account.keys}
    assert set(ours) <= chosen
    # Each statistic is either added or left out, with one reason.
    left_out = [each.statistic_id for each in once.left_out]
    assert sorted([*ours, *left_out]) == sorted(chosen)


# A part that is a source already comes up once in thirty situations.
@settings(max_examples=examples(400, 4_000))
@given(situations())
def test_no_energy_is_counted_twice(situation: tuple[Account, Home]) -> None:
    account, home = situation
    once = plan_dashboard(account, home)
    sources = {
        SENSORS.get(record["stat_energy_from"], record["stat_energy_from"])
        for record in added_to(home, once).preferences[Section.SOURCES]
        if record.get("stat_energy_from")
    }
    for addition in once.added:
        if addition.section is Section.SOURCES:
            point, role = next(
                (point, role)
                for point, role in product(account.chosen, account.keys)
                if account.statistic_id(point, role) == addition.record["stat_energy_from"]
            )
            family = (*account.tree.ancestors(point), *account.tree.descendants(point))
            assert not sources & {account.statistic_id(each, role) for each in family}


@given(situations())
def test_home_assistant_takes_what_is_added(situation: tuple[Account, Home]) -> None:
    once = plan_dashboard(*situation)
    assert ENERGY_SOURCE_SCHEMA(once.records(Section.SOURCES)) == once.records(Section.SOURCES)
    for section in (Section.DEVICES, Section.WATER_DEVICES):
        for record in once.records(section):
            assert DEVICE_CONSUMPTION_SCHEMA(record) == record


@given(situations())
def test_devices_are_included_in_devices_and_never_in_themselves(situation: tuple[Account, Home]) -> None:
    account, home = situation
    after = added_to(home, plan_dashboard(account, home)).preferences
    for section in (Section.DEVICES, Section.WATER_DEVICES):
        new = after[section][len(home.preferences[section]) :]
        devices = {record["stat_consumption"] for record in after[section]}
        assert all(record.get("included_in_stat", record["stat_consumption"]) in devices for record in new)
        assert not any(includes_itself(record["stat_consumption"], after[section]) for record in new)


def live_of(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the sensors of what flows now that sources name."""
    fields = [field for record in records for field in (record, record.get("power_config", {}))]
    return [value for field in fields for key, value in field.items() if key.startswith("stat_rate")]


@given(situations())
def test_no_two_sources_of_the_grid_have_the_same_power(situation: tuple[Account, Home]) -> None:
    account, home = situation
    ours = live_of(plan_dashboard(account, home).records(Section.SOURCES))
    assert len(ours) == len(set(ours))
    assert not set(ours) & set(live_of(home.preferences[Section.SOURCES]))
    assert set(ours) <= set(home.rates.values())


@given(situations())
def test_what_the_user_has_removed_stays_away(situation: tuple[Account, Home]) -> None:
    account, home = situation
    added = plan_dashboard(account, home).added
    assert not set(named([each.record for each in added])) & set(home.removed)
