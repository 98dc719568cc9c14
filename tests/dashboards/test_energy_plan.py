"""What is added to the Energy dashboard, by tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
import pytest

from custom_components.reengen.api import Aggregation, MeasurementSeries, Point, PointTree
from custom_components.reengen.dashboards.energy_details import distinct_names
from custom_components.reengen.dashboards.energy_plan import Account, DashboardPlan, Home, plan_dashboard
from custom_components.reengen.dashboards.energy_roles import Role, Section, chosen_roles
from custom_components.reengen.measurements.catalogue import COSTS, MEASUREMENTS, Measurement

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
        prefix="xyz",
        currency="TRY",
    )
    return plan_dashboard(
        account,
        Home(
            preferences={"energy_sources": sources, "device_consumption": devices},
            existing=statistics(existing),
            **{"awaited": (), "currency": "TRY", "sensors": {}, "rates": {}, **home},
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
def test_before_the_newest_days_are_there_only_what_is_sure(
    existing: str, added: list[str], waiting: set[tuple[str, str]]
) -> None:
    result = plan(existing, awaited=None)
    assert summary(result) == added
    assert waiting <= {place for place, reason in reasons(result).items() if reason == "waiting"}


@pytest.mark.parametrize(
    ("existing", "awaited", "added"),
    [
        ("site import", "roof produced", [GRID_SITE]),
        ("site import", "site export", []),
        ("hall import", "site import", []),
        ("site import, hall import", "trafo1 import", [GRID_SITE]),
        ("site import, trafo2 import", "site cost", ["device_consumption, stat_consumption=trafo2 import"]),
    ],
    ids=["another_plant", "its_export", "the_point_above", "a_point_between", "its_cost"],
)
def test_with_the_newest_days_all_but_what_older_ones_change(existing: str, awaited: str, added: list[str]) -> None:
    result = plan(existing, awaited=statistics(awaited))
    assert summary(result) == added
    assert {place for place, reason in reasons(result).items() if reason == "waiting"} > set()


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

    def test_what_was_removed_stays_away_and_holds_nothing(self) -> None:
        result = plan("site import, trafo1 import, hall import", removed=statistics("site import, trafo1 import"))
        assert summary(result) == ["device_consumption, stat_consumption=hall import"]

    def test_another_currency(self) -> None:
        result = plan("site import cost", currency="EUR")
        assert summary(result) == [GRID_SITE]
        assert reasons(result) == {("site", "active_energy_cost"): "other_currency"}


class TestDetails:
    """What a record says beside its statistics."""

    def test_names(self) -> None:
        places = [
            ("Site", None),
            ("Hall", "c1"),
            ("Hall", None),
            *[("Light", above) for above in ("c1", "c2", "c2", "c9")],
        ]
        tree = PointTree(
            Point(id=number, code=f"c{number}", name=name, parent_code=parent)
            for number, (name, parent) in enumerate(places, 1)
        )
        assert distinct_names(tree, tree.points) == {
            1: "Site",
            2: "Hall (Site)",
            3: "Hall",
            4: "Light (Site)",
            5: "Light (c5)",
            6: "Light (c6)",
            7: "Light",
        }

    def test_live_power(self) -> None:
        rates = {
            (1, "active_energy_import"): "sensor.site",
            (1, "active_energy_export"): "sensor.site_export",
            (2, "active_energy_import"): "sensor.trafo1",
            (5, "active_energy_produced"): "sensor.roof",
            (6, "active_energy_import"): "sensor.shop",
            (1, "water_import"): "sensor.water",
            (2, "water_import"): "sensor.trafo1_water",
        }
        existing = "site import export water, trafo1 import water, roof produced, shop import, trafo2 import"
        details = [
            {field: value for field, value in each.record.items() if field in {"name", "stat_rate", "power_config"}}
            for each in plan(existing, rates=rates).added
        ]
        assert details == [
            {"name": "Site", "power_config": {"stat_rate_from": "sensor.site", "stat_rate_to": "sensor.site_export"}},
            {"name": "Trafo1", "stat_rate": "sensor.trafo1"},
            {"name": "Trafo2"},
            {"name": "Shop", "power_config": {"stat_rate": "sensor.shop"}},
            {"name": "Roof", "stat_rate": "sensor.roof"},
            {"name": "Site", "stat_rate": "sensor.water"},
            {"name": "Trafo1", "stat_rate": "sensor.trafo1_water"},
        ]

    def test_power_that_another_source_shows(self) -> None:
        theirs = {"type": "grid", "stat_energy_from": "sensor.mine", "power_config": {"stat_rate": "sensor.site"}}
        result = plan("site import", sources=[theirs], rates={(1, "active_energy_import"): "sensor.site"})
        assert "power_config" not in result.added[0].record


def measurement(
    key: str, definition: str, device_class: SensorDeviceClass, variant: str = "import", unit: str = "m3"
) -> Measurement:
    series = MeasurementSeries(definition=definition, variant=variant, function=Aggregation.SUM, unit=unit)
    return Measurement(key=key, series=series, unit=unit, device_class=device_class, display_precision=2)


def test_roles_of_the_catalogue() -> None:
    gas = measurement("gas_import", "gas", SensorDeviceClass.GAS)
    cold_water = measurement("water_import", "coldWater", SensorDeviceClass.WATER)
    hot_water = measurement("hot_water_import", "hotWater", SensorDeviceClass.WATER)
    heat = measurement("heat_import", "heat", SensorDeviceClass.ENERGY)
    added = [gas, cold_water, hot_water, heat]
    assert chosen_roles([*MEASUREMENTS.values(), *added], list(COSTS)) == KEYS
    assert chosen_roles([], ["reactive_energy_cost", "gone"]) == {}


@pytest.mark.parametrize(
    ("row", "role"),
    [
        pytest.param(measurement("k", "gas", SensorDeviceClass.ENERGY, unit="kWh"), Role.GAS, id="gas as energy"),
        pytest.param(measurement("k", "dogalgaz", SensorDeviceClass.ENERGY, unit="kWh"), Role.GAS, id="in Turkish"),
        pytest.param(measurement("k", "anything", SensorDeviceClass.GAS), Role.GAS, id="gas by device class"),
        pytest.param(measurement("k", "medicalGas", SensorDeviceClass.GAS), None, id="medical gas"),
        pytest.param(measurement("k", "medicalGas", SensorDeviceClass.ENERGY), None, id="energy in medical gas"),
        pytest.param(measurement("k", "water", SensorDeviceClass.VOLUME), None, id="water that is only a volume"),
        pytest.param(measurement("k", "water", SensorDeviceClass.WATER, "export"), None, id="water that leaves"),
        pytest.param(measurement("k", "activeEnergy", SensorDeviceClass.ENERGY, unit="MWh"), Role.IMPORT, id="MWh"),
    ],
)
def test_roles_of_added_measurements(row: Measurement, role: Role | None) -> None:
    assert chosen_roles([row], []) == ({} if role is None else {role: "k"})
