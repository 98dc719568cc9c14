"""An account is added: in the real flow against the simulated platform."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.reengen.account.client import account_unique_id
from custom_components.reengen.api import ROW_BUDGET, Point, PointTree
from custom_components.reengen.const import DEFAULT_URL, DOMAIN
from custom_components.reengen.measurements.catalogue import COSTS, MEASUREMENTS
from custom_components.reengen.points.picker import MOST_PRESELECTED, preselected_points
from simulator import Simulator, WorldOptions

from . import oracle
from .conftest import NOW
from .custom_measurements.samples import GAS, WATER
from .forms import asked, assert_form, held, labels, sign_in, start, submit, typed_account
from .registries import state_of

SITE = "xFabrikaFabrika"
TRAFO_6 = "xFabrikaTrafo6"
WATER_METER = "xFabrikaSuSayaci"

ISTANBUL = ZoneInfo("Europe/Istanbul")

CHOICE = {"points": [SITE, TRAFO_6], "include_descendants": False, "areas": False}
SIGN_IN = ["Authenticate", "GetPointHierarchy"]
# What the simulator has of the utilities that are looked for; it refuses what it does not know, alone and with others.
UTILITIES = {"water": ("water", "import"), "natural_gas": ("gas", "import"), "medical_gas": ("medicalGas", "import")}
UTILITY_NAMES = ["water", "naturalGas", "gas", "medicalGas", "heat", "thermalEnergy", "steam"]
PROBES = ["GetData", "GetData", *["GetData"] * (1 + len(UTILITY_NAMES))]


@pytest.fixture
def typed(simulator: Simulator) -> dict[str, Any]:
    """Return what a person types into the first form."""
    return typed_account(simulator)


async def finish(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Go from the choice of points to the entry."""
    result = await submit(hass, result, CHOICE)
    return await submit(hass, result, held(result))


async def test_an_account_is_added_and_runs(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    result = await start(hass)
    assert_form(result, "user", of="config")
    assert held(result) == {"advanced": {"url": DEFAULT_URL}}

    result = await submit(hass, result, typed)
    assert_form(result, "points", of="config")
    codes = {code.casefold() for (code,) in simulator.database.execute("SELECT code FROM point")}
    topmost = [
        code
        for code, parent in simulator.database.execute("SELECT code, parent FROM point ORDER BY id")
        if (parent or "").casefold() not in codes
    ]
    found = held(result)
    assert (sorted(found["points"]), found["include_descendants"]) == (sorted(topmost), True)
    shown = dict(simulator.database.execute("SELECT code, name FROM point"))
    assert labels(result, "points").keys() == shown.keys()
    assert labels(result, "points")[TRAFO_6] == f"{shown[SITE]} / {shown[TRAFO_6]}"
    assert result["description_placeholders"] == {"count": str(len(shown))}

    result = await submit(hass, result, CHOICE)
    assert_form(result, "measurements", of="config")
    assert result["description_placeholders"] == {"count": "2"}
    assert asked(simulator) == [*SIGN_IN, *PROBES]

    chosen = {"measurements": ["voltage_phase"], "costs": ["active_energy_cost"], "energy_dashboard": True}
    result = await submit(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.title == "xyz (demo)"
    assert entry.unique_id == account_unique_id(simulator.url, "xyz", "demo")
    assert entry.data == {"url": simulator.url, "tenant": "xyz", "username": "demo", "password": "demo-password"}
    assert entry.options == CHOICE | chosen | {"time_zone": "US/Pacific", "currency": "EUR"}
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.options.password not in caplog.text


@pytest.mark.parametrize(
    ("points", "include_descendants"),
    [
        pytest.param([SITE], True, id="all below the site"),
        pytest.param([TRAFO_6], False, id="a transformer"),
        pytest.param([WATER_METER], False, id="a water meter"),
        pytest.param([SITE, WATER_METER], False, id="two points"),
    ],
)
async def test_only_measurements_with_data_are_preselected(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], *, points: list[str], include_descendants: bool
) -> None:
    result = await sign_in(hass, typed)
    result = await submit(hass, result, {"points": points, "include_descendants": include_descendants})

    measured, charged = with_data(simulator, points, include_descendants=include_descendants)
    assert held(result) == {
        "measurements": measured or ["active_energy_import"],
        "costs": charged,
        "energy_dashboard": True,
    }
    found = [key for key in measured if key in UTILITIES]
    schema = result["data_schema"]
    assert schema is not None
    assert schema.schema["measurements"].config["options"] == [*MEASUREMENTS, *found]
    assert asked(simulator) == [*SIGN_IN, *PROBES]
    probe, cost_probe, *utilities = (request.body["properties"] for request in simulator.requests[2:])
    assert [each["series"][0]["definition"] for each in utilities[1:]] == UTILITY_NAMES
    for properties in (probe, cost_probe, *utilities):
        # Wednesday, 15 July 2026 in the zone of the tests' Home Assistant: June and July.
        assert (properties["start"], properties["end"]) == ("2026-06-01T00:00:00", "2026-07-31T23:59:59")
        assert properties["break"] == {"type": "point"}
    assert len(probe["series"]) == len(MEASUREMENTS)
    assert probe["resolution"] == "month"


def with_data(simulator: Simulator, codes: list[str], *, include_descendants: bool) -> tuple[list[str], list[str]]:
    """Return the keys of the catalogue for which the points have readings (and a tariff), by plain SQL."""
    below = "UNION SELECT point.code FROM point JOIN chosen ON lower(point.parent) = lower(chosen.code)"
    places = ", ".join("?" * len(codes))
    chosen = (
        f"WITH RECURSIVE chosen(code) AS (SELECT code FROM point WHERE code IN ({places}) "
        f"{below if include_descendants else ''}) "
    )
    measured = (
        "SELECT DISTINCT definition, variant FROM reading"
        " WHERE point_id IN (SELECT id FROM point WHERE code IN (SELECT code FROM chosen)) AND value IS NOT NULL"
    )
    pairs = set(simulator.database.execute(chosen + measured, codes).fetchall())
    priced = simulator.database.execute("SELECT DISTINCT cost_group, definition, variant FROM tariff").fetchall()
    groups = {group for group, *pair in priced if tuple(pair) in pairs}
    return (
        [
            *(key for key, row in MEASUREMENTS.items() if (row.series.definition, row.series.variant) in pairs),
            *(key for key, pair in UTILITIES.items() if pair in pairs),
        ],
        [key for key, group in COSTS.items() if group in groups],
    )


@pytest.mark.parametrize("world_options", [WorldOptions(start=NOW - timedelta(hours=3), points=1_200)], ids=["1200"])
async def test_many_points_take_as_many_requests_as_few(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    result = await sign_in(hass, typed)
    everything = list(labels(result, "points"))
    result = await submit(hass, result, {"points": everything, "include_descendants": True})

    assert_form(result, "measurements", of="config")
    assert result["description_placeholders"] == {"count": str(len(everything))}
    assert len(everything) >= 1_200
    assert asked(simulator) == [*SIGN_IN, *PROBES]
    assert all((request.rows or 0) <= ROW_BUDGET for request in simulator.requests[2:])
    assert held(result)["measurements"][0] == "active_energy_import"


@pytest.mark.parametrize(
    ("refusals", "expected_requests"),
    [
        pytest.param(1, 1 + len(MEASUREMENTS) + 1, id="all measurements together"),
        pytest.param(1 + len(MEASUREMENTS), 1 + len(MEASUREMENTS) + 1, id="every measurement"),
        pytest.param(2 + len(MEASUREMENTS), 2 + len(MEASUREMENTS) + len(COSTS), id="measurements, and costs together"),
    ],
)
async def test_what_is_refused_together_is_probed_one_by_one(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], refusals: int, expected_requests: int
) -> None:
    result = await sign_in(hass, typed)
    simulator.fail_next("refused", method="GetData", times=refusals)
    result = await submit(hass, result, CHOICE)

    assert_form(result, "measurements", of="config")
    measured, charged = with_data(simulator, [SITE, TRAFO_6], include_descendants=False)
    assert held(result)["measurements"] == (measured if refusals == 1 else ["active_energy_import"])
    assert held(result)["costs"] == charged
    assert asked(simulator) == [*SIGN_IN, *["GetData"] * (expected_requests + 1 + len(UTILITY_NAMES))]


@pytest.mark.parametrize(
    ("faults", "requests"),
    [
        pytest.param(["http_500_html"], ["GetData"], id="server error"),
        pytest.param(["reset_before_body"], ["GetData"], id="broken connection"),
        pytest.param(["truncated_json"], ["GetData"], id="broken response"),
        pytest.param(
            ["http_401_json", "http_401_json"], ["GetData", "Authenticate", "GetData"], id="session refused twice"
        ),
        pytest.param(
            ["refused", "http_401_json", "http_401_json"],
            ["GetData", "GetData", "Authenticate", "GetData"],
            id="session refused twice in the middle",
        ),
    ],
)
async def test_a_failed_probe_keeps_nobody_from_choosing(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], faults: list[str], requests: list[str]
) -> None:
    result = await sign_in(hass, typed)
    for fault in faults:
        simulator.fail_next(fault, method="GetData")
    result = await submit(hass, result, CHOICE)

    assert_form(result, "measurements", of="config")
    assert held(result) == {"measurements": ["active_energy_import"], "costs": [], "energy_dashboard": True}
    assert asked(simulator, since=2) == requests
    result = await submit(hass, result, held(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_same_account_is_added_once(hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]) -> None:
    await finish(hass, await sign_in(hass, typed))
    await hass.async_block_till_done(wait_background_tasks=True)
    before = simulator.count()

    result = await sign_in(
        hass, typed | {"password": "another", "advanced": {"url": simulator.url.upper()[:-8] + "/api/do"}}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert simulator.count() == before


async def test_two_users_of_a_tenant_are_two_entries(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    await finish(hass, await sign_in(hass, typed))
    simulator.add_account("second", "second-password")
    result = await finish(hass, await sign_in(hass, typed | {"username": "second", "password": "second-password"}))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert [entry.title for entry in hass.config_entries.async_entries(DOMAIN)] == ["xyz (demo)", "xyz (second)"]


async def test_a_dialog_left_open_is_in_nobodys_way(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    left_open = await sign_in(hass, typed)
    result = await finish(hass, await sign_in(hass, typed))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert left_open["flow_id"] not in {flow["flow_id"] for flow in hass.config_entries.flow.async_progress()}


@pytest.mark.parametrize(
    ("codes", "error", "detail"),
    [
        pytest.param([], "points_required", "", id="none"),
        pytest.param([SITE, "xFabrikaYok", "Trafo 6"], "point_unknown", "xFabrikaYok, Trafo 6", id="unknown"),
    ],
)
async def test_a_choice_of_points_can_be_corrected(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any], *, codes: list[str], error: str, detail: str
) -> None:
    result = await submit(hass, await sign_in(hass, typed), CHOICE | {"points": codes})

    assert_form(result, "points", {"points": error}, of="config")
    assert held(result) == CHOICE | {"points": codes}
    assert {"detail": detail}.items() <= (result["description_placeholders"] or {}).items()
    assert asked(simulator) == SIGN_IN
    result = await submit(hass, result, CHOICE | {"points": [TRAFO_6, SITE, TRAFO_6]})
    result = await submit(hass, result, held(result))
    assert result["result"].options["points"] == [TRAFO_6, SITE]


async def test_a_choice_of_measurements_can_be_corrected(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    result = await submit(hass, await sign_in(hass, typed), CHOICE)
    before = simulator.count()
    nothing = {"measurements": [], "costs": [], "energy_dashboard": True}
    result = await submit(hass, result, nothing)

    assert_form(result, "measurements", {"measurements": "measurements_required"}, of="config")
    assert held(result) == nothing
    assert simulator.count() == before
    result = await submit(hass, result, nothing | {"costs": ["water_cost"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options["measurements"] == []


async def test_utilities_become_measurements_of_the_user(
    hass: HomeAssistant, simulator: Simulator, typed: dict[str, Any]
) -> None:
    """They are chosen like the built-in ones, and need no word about definitions; what is unticked is left out."""
    await hass.config.async_set_time_zone(ISTANBUL.key)
    hass.config.language = "tr"
    result = await sign_in(hass, typed)
    result = await submit(hass, result, {"points": [SITE], "include_descendants": True})
    chosen = held(result)
    result = await submit(
        hass, result, chosen | {"measurements": [key for key in chosen["measurements"] if key != "medical_gas"]}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    options = result["result"].options
    assert set(options["measurements"]) <= MEASUREMENTS.keys()
    assert options["custom_measurements"] == [
        WATER | {"name": "Su", "decimals": 2},
        GAS | {"name": "Doğal gaz", "decimals": 2},
    ]
    await hass.async_block_till_done(wait_background_tasks=True)
    water_meter = oracle.point_id(simulator, WATER_METER)
    litres = oracle.summed_kilo(
        simulator, WATER_METER, "water", "import", NOW.astimezone(ISTANBUL).replace(hour=0, minute=0), NOW
    )
    shown = state_of(hass, "sensor", result["result"], water_meter, "water_import_today")
    assert Decimal(shown.state) == litres


def test_a_large_tree_begins_with_nothing_chosen() -> None:
    """As many points as that are a choice to be made, not one to be corrected."""
    points = [Point(id=number, code=f"p{number}", name="", parent_code="p0") for number in range(MOST_PRESELECTED)]
    assert preselected_points(PointTree(points)) == ["p0"]
    assert preselected_points(PointTree([*points, Point(id=-1, code="one more", name="")])) == []
