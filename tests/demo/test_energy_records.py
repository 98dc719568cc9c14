"""What the tree of points demands of the Energy dashboard."""

from typing import Any

import pytest

from tests.e2e.energy_records import DEVICES, SOURCES, WATER_DEVICES, Site, differing_records, expected_records

PREFIX = "reengen:xyz_"


def site(*measured: str, chosen: frozenset[int] = frozenset({1, 2, 3, 4, 5})) -> Site:
    """Return a site (1) with a transformer (2), a hall (3) below it, a roof (4), and a shop (5) beside it."""
    rows = [(1, "site", None), (2, "trafo", "SITE"), (3, "hall", "trafo"), (4, "roof", "site"), (5, "shop", "gone")]
    return Site(
        points=[{"id": number, "code": code, "name": code.title(), "parent": parent} for number, code, parent in rows],
        chosen=chosen,
        statistics={PREFIX + each for each in measured},
    )


GRID = {"type": "grid", "stat_energy_from": f"{PREFIX}1_active_energy_import", "name": "Site"}
TRAFO = {"stat_consumption": f"{PREFIX}2_active_energy_import", "name": "Trafo"}
HALL = {"stat_consumption": f"{PREFIX}3_active_energy_import", "name": "Hall"}
IN_TRAFO = {"included_in_stat": f"{PREFIX}2_active_energy_import"}
IMPORTS = ("1_active_energy_import", "2_active_energy_import", "3_active_energy_import")


@pytest.mark.parametrize(
    ("of_site", "sources", "devices"),
    [
        pytest.param(site(*IMPORTS), [GRID], [TRAFO, HALL | IN_TRAFO], id="the site is the grid and no device"),
        pytest.param(
            site(*IMPORTS, chosen=frozenset({1, 3})), [GRID], [HALL], id="between them stands one that is not chosen"
        ),
        pytest.param(
            site("1_active_energy_import", "1_active_energy_export", "1_active_energy_cost_try"),
            [
                GRID
                | {
                    "stat_energy_to": f"{PREFIX}1_active_energy_export",
                    "stat_cost": f"{PREFIX}1_active_energy_cost_try",
                }
            ],
            [],
            id="with export and cost",
        ),
        pytest.param(
            site("1_active_energy_import", "5_active_energy_import"),
            [GRID, {"type": "grid", "stat_energy_from": f"{PREFIX}5_active_energy_import", "name": "Shop"}],
            [],
            id="two sites",
        ),
        pytest.param(
            site("1_active_energy_produced", "4_active_energy_produced"),
            [{"type": "solar", "stat_energy_from": f"{PREFIX}1_active_energy_produced", "name": "Site"}],
            [],
            id="the topmost production",
        ),
    ],
)
def test_sources_and_devices(of_site: Site, sources: list[dict[str, Any]], devices: list[dict[str, Any]]) -> None:
    records = expected_records(of_site, {})
    assert (records[SOURCES], records[DEVICES]) == (sources, devices)


def test_water_has_devices_and_gas_has_none() -> None:
    """The meters below the topmost one are parts of it; the dashboard has a list for those of water alone."""
    measured = [f"{number}_{kind}_import" for kind in ("gas", "water") for number in (1, 2, 3)]
    records = expected_records(site(*measured, "1_gas_cost_try", "2_water_cost_try"), {})
    assert records[SOURCES] == [
        {
            "type": "gas",
            "stat_energy_from": f"{PREFIX}1_gas_import",
            "stat_cost": f"{PREFIX}1_gas_cost_try",
            "name": "Site",
        },
        {"type": "water", "stat_energy_from": f"{PREFIX}1_water_import", "name": "Site"},
    ]
    trafo = f"{PREFIX}2_water_import"
    assert records[WATER_DEVICES] == [
        {"stat_consumption": trafo, "name": "Trafo"},
        {"stat_consumption": f"{PREFIX}3_water_import", "name": "Hall", "included_in_stat": trafo},
    ]
    assert records[DEVICES] == []


def test_live_power_of_what_has_a_sensor() -> None:
    live = {(1, "active_power"): "sensor.site", (2, "active_power"): "sensor.trafo"}
    records = expected_records(site(*IMPORTS), live)
    assert records[SOURCES] == [GRID | {"power_config": {"stat_rate": "sensor.site"}, "stat_rate": "sensor.site"}]
    assert records[DEVICES] == [TRAFO | {"stat_rate": "sensor.trafo"}, HALL | IN_TRAFO]
    (grid,) = expected_records(site(*IMPORTS), live | {(1, "active_power_export"): "sensor.out"})[SOURCES]
    assert grid["stat_rate"] == "sensor.energy_grid_site_out_net_power"


@pytest.mark.parametrize(
    ("found", "count"),
    [
        pytest.param([GRID | {"stat_cost": None, "cost_adjustment_day": 0.0}], 0, id="empty fields do not count"),
        pytest.param([], 1, id="missing"),
        pytest.param([GRID, GRID], 1, id="twice"),
        pytest.param([GRID | {"stat_cost": "sensor.price"}], 2, id="another cost"),
    ],
)
def test_differing_records(found: list[dict[str, Any]], count: int) -> None:
    expected = expected_records(site("1_active_energy_import"), {})
    assert len(differing_records({SOURCES: found, DEVICES: []}, expected)) == count
