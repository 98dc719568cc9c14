"""What is added to the Energy dashboard: by tables, and whatever the tree and the user's preferences are."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from homeassistant.components.energy.data import DEVICE_CONSUMPTION_SCHEMA, ENERGY_SOURCE_SCHEMA
from homeassistant.components.sensor import SensorDeviceClass
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api import Aggregation, MeasurementSeries, Point, PointTree
from custom_components.reengen.catalogue import COSTS, MEASUREMENTS, Measurement
from custom_components.reengen.energy_plan import Account, DashboardPlan, Home, plan_dashboard
from custom_components.reengen.energy_roles import Role, Section, chosen_roles

KEYS = {
    Role.IMPORT: "active_energy_import",
    Role.EXPORT: "active_energy_export",
    Role.PRODUCED: "active_energy_produced",
    Role.GAS: "gas_import",
    Role.WATER: "water_import",
    Role.ENERGY_COST: "active_energy_cost",
    Role.GAS_COST: "gas_cost",
    Role.WATER_COST: "water_cost",
}
SHORT = {
    "import": "active_energy_import",
    "export": "active_energy_export",
    "produced": "active_energy_produced",
    "gas": "gas_import",
    "water": "water_import",
    "cost": "active_energy_cost_try",
    "gas_cost": "gas_cost_try",
    "water_cost": "water_cost_try",
}

# A site with two transformers and a hall below one of them, panels, and another site. Code -> parent, parents first.
SITE = {"site": None, "trafo1": "site", "hall": "trafo1", "trafo2": "site", "roof": "site", "shop": None}


def tree_of(parents: Mapping[str, str | None]) -> PointTree:
    return PointTree(
        Point(id=number, code=code, name=code.title(), parent_code=parent)
        for number, (code, parent) in enumerate(parents.items(), 1)
    )


def statistic(code: str, what: str, parents: Mapping[str, str | None] = SITE) -> str:
    return f"reengen:xyz_{list(parents).index(code) + 1}_{SHORT[what]}"


def statistics(text: str) -> set[str]:
    """Return the ids of "site import export, hall import"."""
    return {
        statistic(code, what)
        for code, *measured in (part.split() for part in text.split(",") if part)
        for what in measured
    }


def plan(
    existing: str,
    *,
    chosen: Sequence[str] = tuple(SITE),
    sources: Sequence[Mapping[str, Any]] = (),
    devices: Sequence[Mapping[str, Any]] = (),
    **home: Any,
) -> DashboardPlan:
    tree = tree_of(SITE)
    account = Account(
        tree=tree,
        chosen=[point for point in tree.points if point.code in chosen],
        keys=KEYS,
        tenant="XYZ",
        currency="TRY",
    )
    return plan_dashboard(
        account,
        Home(
            preferences={"energy_sources": sources, "device_consumption": devices},
            existing=statistics(existing),
            **{"complete": True, "currency": "TRY", "sensors": {}, **home},
        ),
    )


def summary(result: DashboardPlan) -> list[str]:
    """Return the records in short: section or type, and the points and statistics that are named."""
    places = {statistic(code, what): f"{code} {what}" for code in SITE for what in SHORT}
    lines = []
    for addition in result.added:
        record = addition.record
        parts = [str(record.get("type", addition.section.value))]
        parts += [f"{key}={places.get(value, value)}" for key, value in record.items() if "stat" in key and value]
        lines.append(", ".join(parts))
    return lines


def reasons(result: DashboardPlan) -> dict[tuple[str, str], str]:
    """Return the reasons but for what is not measured."""
    return {
        (each.point.code, each.key): each.reason.value
        for each in result.left_out
        if each.reason.value != "not_measured"
    }


GRID_SITE = "grid, stat_energy_from=site import"
TREES = {
    "a site alone": ("site import", [GRID_SITE]),
    "with export and cost": (
        "site import export cost",
        ["grid, stat_energy_to=site export, stat_cost=site cost, stat_energy_from=site import"],
    ),
    "two sites": ("site import, shop import", [GRID_SITE, "grid, stat_energy_from=shop import"]),
    "devices below each other": (
        "site import, trafo1 import, hall import, trafo2 import",
        [
            GRID_SITE,
            "device_consumption, stat_consumption=trafo1 import",
            "device_consumption, stat_consumption=hall import, included_in_stat=trafo1 import",
            "device_consumption, stat_consumption=trafo2 import",
        ],
    ),
    "the part between measures nothing": (
        "site import, hall import",
        [GRID_SITE, "device_consumption, stat_consumption=hall import"],
    ),
    "the site measures nothing": (
        "trafo1 import, hall import, trafo2 import",
        [
            "grid, stat_energy_from=trafo1 import",
            "device_consumption, stat_consumption=hall import",
            "grid, stat_energy_from=trafo2 import",
        ],
    ),
    "panels": ("site import, roof produced", [GRID_SITE, "solar, stat_energy_from=roof produced"]),
    "panels below panels": ("trafo1 produced, hall produced", ["solar, stat_energy_from=trafo1 produced"]),
    "gas with its cost": (
        "site gas gas_cost, hall gas",
        ["gas, stat_cost=site gas_cost, stat_energy_from=site gas"],
    ),
    "water below water": (
        "site water water_cost, hall water, shop water",
        [
            "water, stat_cost=site water_cost, stat_energy_from=site water",
            "device_consumption_water, stat_consumption=hall water",
            "water, stat_energy_from=shop water",
        ],
    ),
    "costs of parts are not shown": (
        "site import, hall import cost export",
        [GRID_SITE, "device_consumption, stat_consumption=hall import"],
    ),
    "nothing is measured": ("", []),
}


@pytest.mark.parametrize(("existing", "expected"), TREES.values(), ids=TREES)
def test_the_tree(existing: str, expected: list[str]) -> None:
    assert summary(plan(existing)) == expected


def test_reasons() -> None:
    assert reasons(plan("site import gas, hall import cost gas, trafo2 export")) == {
        ("hall", "active_energy_cost"): "not_a_source",
        ("hall", "gas_import"): "inside_source",
        ("trafo2", "active_energy_export"): "not_a_source",
    }
    assert {each.reason.value for each in plan("").left_out} == {"not_measured"}


def test_only_chosen_points() -> None:
    result = plan("site import, trafo1 import, hall import", chosen=["trafo1", "hall"])
    assert summary(result) == [
        "grid, stat_energy_from=trafo1 import",
        "device_consumption, stat_consumption=hall import",
    ]


@pytest.mark.parametrize(
    ("existing", "added", "waiting"),
    [
        ("hall import", [], {("site", "active_energy_import"), ("hall", "active_energy_import")}),
        ("site import", [], {("site", "active_energy_import")}),
        ("site import export", [], {("site", "active_energy_export"), ("site", "active_energy_cost")}),
        (
            "site import, trafo1 import",
            ["device_consumption, stat_consumption=trafo1 import"],
            {("hall", "active_energy_import")},
        ),
        (
            "site import export cost",
            ["grid, stat_energy_to=site export, stat_cost=site cost, stat_energy_from=site import"],
            {("trafo2", "active_energy_import")},
        ),
    ],
    ids=["site_may_measure", "export_may_come", "cost_may_come", "device_is_sure", "source_is_sure"],
)
def test_before_the_import_is_complete_only_what_is_sure(
    existing: str, added: list[str], waiting: set[tuple[str, str]]
) -> None:
    result = plan(existing, complete=False)
    assert summary(result) == added
    assert waiting <= {place for place, reason in reasons(result).items() if reason == "waiting"}


class TestWhatIsThere:
    """What the user has set up decides, and stays as it is."""

    def test_a_source_is_not_completed(self) -> None:
        theirs = {"type": "grid", "stat_energy_from": statistic("site", "import")}
        result = plan("site import export cost", sources=[theirs])
        assert summary(result) == []
        assert reasons(result) == {
            ("site", "active_energy_import"): "already_there",
            ("site", "active_energy_export"): "source_unchanged",
            ("site", "active_energy_cost"): "source_unchanged",
        }

    def test_a_part_that_is_a_source(self) -> None:
        theirs = {"type": "grid", "stat_energy_from": statistic("hall", "import")}
        result = plan("site import, trafo1 import, hall import", sources=[theirs])
        assert reasons(result)["site", "active_energy_import"] == "part_is_source"
        assert all(addition.section is Section.DEVICES for addition in result.added)

    def test_a_site_of_another_choice(self) -> None:
        theirs = {"type": "grid", "stat_energy_from": statistic("site", "import")}
        result = plan("site import, hall import", chosen=["hall"], sources=[theirs])
        assert summary(result) == ["device_consumption, stat_consumption=hall import"]

    def test_a_device_holds_new_ones(self) -> None:
        theirs = {"stat_consumption": statistic("trafo1", "import"), "name": "Mine"}
        result = plan("site import, trafo1 import, hall import", devices=[theirs])
        assert summary(result)[1:] == [
            "device_consumption, stat_consumption=hall import, included_in_stat=trafo1 import"
        ]

    def test_a_sensor_stands_for_its_statistic(self) -> None:
        sensors = {"sensor.trafo_1_today": statistic("trafo1", "import")}
        result = plan(
            "site import, trafo1 import, hall import",
            devices=[{"stat_consumption": "sensor.trafo_1_today"}],
            sensors=sensors,
        )
        assert summary(result)[1:] == [
            "device_consumption, stat_consumption=hall import, included_in_stat=sensor.trafo_1_today"
        ]
        assert reasons(result)["trafo1", "active_energy_import"] == "already_there"

    def test_no_device_includes_itself(self) -> None:
        theirs = {
            "stat_consumption": statistic("trafo1", "import"),
            "included_in_stat": statistic("hall", "import"),
        }
        result = plan("site import, trafo1 import, hall import", devices=[theirs])
        assert summary(result)[1:] == ["device_consumption, stat_consumption=hall import"]

    def test_a_whole_house_meter_is_no_source(self) -> None:
        theirs = {"type": "home", "stat_energy_to": statistic("site", "import")}
        assert summary(plan("site import", sources=[theirs])) == [GRID_SITE]

    def test_another_currency(self) -> None:
        result = plan("site import cost", currency="EUR")
        assert summary(result) == [GRID_SITE]
        assert reasons(result) == {("site", "active_energy_cost"): "other_currency"}


def measurement(key: str, definition: str, device_class: SensorDeviceClass) -> Measurement:
    series = MeasurementSeries(definition=definition, variant="import", function=Aggregation.SUM, unit="m3")
    return Measurement(key=key, series=series, unit="m³", device_class=device_class, display_precision=2)


def test_roles_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEASUREMENTS, "gas_import", measurement("gas_import", "gas", SensorDeviceClass.GAS))
    monkeypatch.setitem(MEASUREMENTS, "water_import", measurement("water_import", "water", SensorDeviceClass.WATER))
    heat = measurement("heat_import", "heat", SensorDeviceClass.ENERGY)
    monkeypatch.setitem(MEASUREMENTS, "heat_import", heat)
    assert chosen_roles(list(MEASUREMENTS), list(COSTS)) == KEYS
    assert chosen_roles([], ["reactive_energy_cost", "gone"]) == {}


# Five points, so that what a person has made of their meters often meets what is planned.
CODES = [f"p{number}" for number in range(1, 6)]
OWN = [f"reengen:xyz_{number}_{key}" for number in range(1, 6) for key in SHORT.values()]
IMPORTS = [name for name in OWN if name.endswith("_energy_import")]
WATERS = [name for name in OWN if name.endswith("_water_import")]
NAMES = st.sampled_from([*IMPORTS, *WATERS, OWN[1], OWN[2], "sensor.theirs", "sensor.p1_today"])
SENSORS = {"sensor.p1_today": "reengen:xyz_1_active_energy_import"}


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
        }
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
        tenant="xyz",
        currency="TRY",
    )
    home = Home(
        preferences=draw(preferences()),
        existing=draw(all_but_few(OWN)),
        complete=draw(st.booleans()),
        currency=draw(st.sampled_from(["TRY", "EUR"])),
        sensors=SENSORS,
    )
    return account, home


def added_to(home: Home, planned: DashboardPlan) -> Home:
    return Home(
        preferences={section: [*home.preferences[section], *planned.records(section)] for section in Section},
        existing=home.existing,
        complete=home.complete,
        currency=home.currency,
        sensors=home.sensors,
    )


def named(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for record in records:
        if record.get("type") != "home":
            yield from (
                SENSORS.get(value, value)
                for key, value in record.items()
                if key.startswith("stat_") and value is not None
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
@settings(max_examples=400)
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
            role = next(
                role
                for role in account.keys
                if account.statistic_id(addition.point, role) == addition.record["stat_energy_from"]
            )
            family = (*account.tree.ancestors(addition.point), *account.tree.descendants(addition.point))
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
