"""Points, measurements, time zone, currency and tax are changed later, in the real flow against the simulated platform."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import flows
from simulator import Simulator

from .custom_measurements.samples import WATER
from .forms import ENGLISH, asked, assert_form, held, labels, open_option, submit_option

SITE = "xFabrikaFabrika"
TRAFO_5 = "xFabrikaTrafo5"
TRAFO_6 = "xFabrikaTrafo6"


async def open_menu(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    return await hass.config_entries.options.async_init(entry.entry_id)


async def choose(hass: HomeAssistant, result: ConfigFlowResult, step_id: str) -> ConfigFlowResult:
    return await hass.config_entries.options.async_configure(result["flow_id"], {"next_step_id": step_id})


MENUS = {step: texts for step, texts in ENGLISH["options"]["step"].items() if step == "init" or step.endswith("_menu")}


@pytest.mark.parametrize("menu", MENUS)
async def test_each_menu_names_every_step(hass: HomeAssistant, entry: MockConfigEntry, menu: str) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "custom_measurements": [WATER]})
    result = await (open_menu(hass, entry) if menu == "init" else open_option(hass, entry, menu))

    assert isinstance(result["menu_options"], list)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == menu
    texts = MENUS[menu]
    assert set(result["menu_options"]) == texts["menu_options"].keys() == texts["menu_option_descriptions"].keys()
    assert len(result["menu_options"]) <= 7


async def test_points_are_chosen_anew_with_the_session_that_runs(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before, options = simulator.count(), dict(loaded_entry.options)
    result = await open_option(hass, loaded_entry, "points")

    assert_form(result, "points", of="options")
    assert asked(simulator, before) == ["GetPointHierarchy"]
    assert held(result) == {"points": [SITE, TRAFO_6], "include_descendants": False, "areas": False}
    shown = dict(simulator.database.execute("SELECT code, name FROM point"))
    assert labels(result, "points").keys() == shown.keys()
    assert labels(result, "points")[TRAFO_5] == f"{shown[SITE]} / {shown[TRAFO_5]}"

    result = await submit_option(hass, result, {"points": [TRAFO_5], "include_descendants": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options == options | {"points": [TRAFO_5], "include_descendants": True, "areas": False}
    assert loaded_entry.state is ConfigEntryState.LOADED
    chosen = {point.code for point in loaded_entry.runtime_data.points.data.chosen}
    below = simulator.database.execute("SELECT code FROM point WHERE parent = ?", (TRAFO_5,)).fetchall()
    assert {TRAFO_5, *(code for (code,) in below)} <= chosen


async def test_points_can_be_chosen_while_the_account_does_not_run(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    result = await open_option(hass, entry, "points")

    assert_form(result, "points", of="options")
    assert asked(simulator, 0) == ["Authenticate", "GetPointHierarchy"]
    await submit_option(hass, result, {"points": [SITE], "include_descendants": False})
    assert entry.options["points"] == [SITE]


@pytest.mark.parametrize(
    ("language", "label"),
    [("en", f"{TRAFO_6} (no longer on the platform)"), ("tr", f"{TRAFO_6} (artık platformda yok)")],
)
async def test_a_point_that_is_gone_stays_until_it_is_taken_out(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, language: str, label: str
) -> None:
    hass.config.language = language
    simulator.remove_point(TRAFO_6)
    result = await open_option(hass, entry, "points")

    assert labels(result, "points")[TRAFO_6] == label
    await submit_option(hass, result, held(result))
    assert entry.options["points"] == [SITE, TRAFO_6]

    result = await open_option(hass, entry, "points")
    await submit_option(hass, result, held(result) | {"points": [SITE]})
    assert entry.options["points"] == [SITE]
    result = await open_option(hass, entry, "points")
    assert TRAFO_6 not in labels(result, "points")


async def test_the_stored_choice_is_shown_while_the_platform_is_out_of_reach(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    await simulator.stop_listening()
    result = await open_option(hass, entry, "points")

    assert_form(result, "points", {"base": "cannot_connect"}, of="options")
    assert labels(result, "points") == {SITE: SITE, TRAFO_6: TRAFO_6}
    changed = {"points": [TRAFO_6, TRAFO_5], "include_descendants": True, "areas": True}
    result = await submit_option(hass, result, changed)
    assert_form(result, "points", {"base": "cannot_connect"}, of="options")
    assert held(result) == changed

    await simulator.start_listening()
    result = await submit_option(hass, result, changed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["points"] == [TRAFO_6, TRAFO_5]


async def test_nobody_waits_as_long_as_the_running_account_would(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "LONGEST_WAIT", 0.2)
    simulator.fail_next("timeout_before_execution", method="GetPointHierarchy")
    result = await open_option(hass, loaded_entry, "points")

    assert_form(result, "points", {"base": "timeout"}, of="options")
    result = await submit_option(hass, result, held(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ("refused", "refused"),
        ("truncated_json", "unexpected_response"),
        ("maintenance_page_200", "unexpected_response"),
        ("http_413", "http_error"),
    ],
)
async def test_a_failed_listing_is_explained_and_passes(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, fault: str, key: str
) -> None:
    simulator.fail_next(fault, method="GetPointHierarchy")
    result = await open_option(hass, entry, "points")

    assert_form(result, "points", {"base": key}, of="options")
    result = await submit_option(hass, result, held(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        pytest.param("password", "password-of-yesterday", "authentication_failed", id="password no longer right"),
        pytest.param("tenant", "şirket", "request_invalid", id="account damaged"),
    ],
)
async def test_an_account_that_cannot_sign_in_is_told_so(
    hass: HomeAssistant, entry: MockConfigEntry, field: str, value: str, key: str
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, field: value})
    result = await open_option(hass, entry, "points")

    assert_form(result, "points", {"base": key}, of="options")
    assert entry.data["password"] not in str(result["description_placeholders"])


@pytest.mark.parametrize(("codes", "key"), [([], "points_required"), ([SITE, "xFabrikaYok"], "point_unknown")])
async def test_a_choice_of_points_can_be_corrected(
    hass: HomeAssistant, entry: MockConfigEntry, codes: list[str], key: str
) -> None:
    result = await open_option(hass, entry, "points")
    result = await submit_option(hass, result, {"points": codes, "include_descendants": True})

    assert_form(result, "points", {"points": key}, of="options")
    assert held(result) == {"points": codes, "include_descendants": True, "areas": False}
    await submit_option(hass, result, {"points": [TRAFO_5], "include_descendants": True})
    assert entry.options["points"] == [TRAFO_5]


async def test_measurements_are_chosen_anew(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before, options = simulator.count(), dict(loaded_entry.options)
    result = await open_option(hass, loaded_entry, "measurements")
    assert_form(result, "measurements", of="options")
    assert held(result) == {key: options[key] for key in ("measurements", "costs")}

    result = await submit_option(hass, result, {"measurements": [], "costs": []})
    assert_form(result, "measurements", {"measurements": "measurements_required"}, of="options")
    assert simulator.count() == before

    chosen = {"measurements": ["current_phase"], "costs": ["active_energy_cost"]}
    result = await submit_option(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options == options | chosen
    assert loaded_entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("stored", [{}, {"dashboard": True, "energy_dashboard": True}])
async def test_an_account_has_the_dashboards_that_it_wants(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, stored: dict[str, Any]
) -> None:
    """Accounts of earlier versions have stored neither; saving the form as it stands changes nothing for them."""
    options = {key: value for key, value in loaded_entry.options.items() if key != "energy_dashboard"} | stored
    hass.config_entries.async_update_entry(loaded_entry, options=options)
    result = await open_option(hass, loaded_entry, "dashboards")
    assert_form(result, "dashboards", of="options")
    wanted = bool(stored)
    assert held(result) == {"dashboard": wanted, "energy_dashboard": wanted}
    result = await submit_option(hass, result, held(result))
    assert loaded_entry.options == options | {"dashboard": wanted, "energy_dashboard": wanted}


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_the_history_says_what_space_it_takes(
    hass: HomeAssistant, entry: MockConfigEntry, *, is_loaded: bool
) -> None:
    if is_loaded:
        assert await hass.config_entries.async_setup(entry.entry_id)
    result = await open_option(hass, entry, "history")
    points = len(entry.options["points"])
    series = points * (len(entry.options["measurements"]) + len(entry.options["costs"]))
    quoted = result["description_placeholders"]
    assert quoted is not None
    assert (quoted["series"], quoted["megabytes"]) == (str(series), str(round(series * 0.6)))


async def test_a_measurement_of_ones_own_is_enough(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "custom_measurements": [WATER]})
    nothing: dict[str, Any] = {"measurements": [], "costs": []}
    result = await submit_option(hass, await open_option(hass, entry, "measurements"), nothing)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["measurements"] == []


# Step, what it holds while nothing is stored, what is typed.
PLAIN_STEPS = [
    pytest.param(
        "meters",
        {"meter_readings": False, "phases": False},
        {"meter_readings": True, "phases": True},
        id="registers and phases",
    ),
    pytest.param(
        "reactive",
        {"inductive_limit": 20, "capacitive_limit": 15},
        {"inductive_limit": 33, "capacitive_limit": 20},
        id="limits of a small connection",
    ),
]


@pytest.mark.parametrize(("step_id", "usual", "typed"), PLAIN_STEPS)
async def test_a_step_holds_the_usual_and_then_what_was_typed(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    step_id: str,
    usual: dict[str, Any],
    typed: dict[str, Any],
) -> None:
    before, options = simulator.count(), dict(loaded_entry.options)
    result = await open_option(hass, loaded_entry, step_id)
    assert_form(result, step_id, of="options")
    assert held(result) == usual
    assert simulator.count() == before

    result = await submit_option(hass, result, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options == options | typed
    assert loaded_entry.state is ConfigEntryState.LOADED
    assert held(await open_option(hass, loaded_entry, step_id)) == typed


@pytest.mark.parametrize("limit", [-1, 100.1, "much"])
async def test_a_limit_is_a_percentage(hass: HomeAssistant, entry: MockConfigEntry, limit: Any) -> None:
    result = await open_option(hass, entry, "reactive")
    with pytest.raises(InvalidData):
        await submit_option(hass, result, {"inductive_limit": limit, "capacitive_limit": 15})
    assert "inductive_limit" not in entry.options


async def test_time_zone_currency_and_tax_are_changed(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    options = dict(loaded_entry.options)
    result = await open_option(hass, loaded_entry, "advanced")
    assert_form(result, "advanced", of="options")
    # The account says nothing of its currency, so Home Assistant's own stands there.
    assert held(result) == {"time_zone": "Europe/Istanbul", "currency": "EUR", "include_tax": False}

    chosen = {"time_zone": "Europe/Berlin", "currency": "TRY", "include_tax": True}
    await submit_option(hass, result, chosen)
    assert loaded_entry.options == options | chosen
    assert loaded_entry.state is ConfigEntryState.LOADED
    assert str(loaded_entry.runtime_data.client.time_zone) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("time_zone", "Europe/Konstantinopel", "time_zone_unknown"),
        ("currency", "Lira", "currency_unknown"),
        ("currency", "DEM", "currency_unknown"),
    ],
)
async def test_only_zones_and_currencies_that_exist_are_saved(
    hass: HomeAssistant, entry: MockConfigEntry, field: str, value: str, key: str
) -> None:
    options = dict(entry.options)
    result = await open_option(hass, entry, "advanced")
    typed = {"time_zone": "Europe/Berlin", "currency": "TRY", "include_tax": True} | {field: value}
    result = await submit_option(hass, result, typed)

    assert_form(result, "advanced", {field: key}, of="options")
    assert held(result) == typed
    assert entry.options == options
    chosen = {"time_zone": "Asia/Baku", "currency": "AZN", "include_tax": False}
    await submit_option(hass, result, chosen)
    assert entry.options == options | chosen


async def test_a_zone_that_no_longer_exists_can_be_replaced(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "time_zone": "Europe/Konstantinopel"})
    assert not await hass.config_entries.async_setup(entry.entry_id)

    result = await open_option(hass, entry, "advanced")
    await submit_option(hass, result, held(result) | {"time_zone": "Europe/Istanbul"})
    assert entry.options["time_zone"] == "Europe/Istanbul"
    assert entry.state is ConfigEntryState.LOADED


async def test_history_is_set(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    options = dict(loaded_entry.options)
    result = await open_option(hass, loaded_entry, "history")
    assert_form(result, "history", of="options")
    assert held(result) == {"history_months": 13, "history_paused": False, "keep_statistics": True}

    chosen = {"history_months": 24, "history_paused": True, "keep_statistics": False}
    await submit_option(hass, result, chosen | {"history_months": 24.0})
    assert loaded_entry.options == options | chosen
    assert isinstance(loaded_entry.options["history_months"], int)
    assert held(await open_option(hass, loaded_entry, "history")) == chosen
