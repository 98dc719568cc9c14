"""A measurement is added, tried, changed and removed in the real options flow against the simulated platform."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import flows
from custom_components.reengen.measurements.catalogue import custom_measurement
from simulator import Simulator
from tests import oracle
from tests.custom_measurements.samples import GAS, PEAK_VOLTAGE, TEMPERATURE, WATER, Stored
from tests.forms import ENGLISH, asked, assert_form, held, labels, open_option, submit_option
from tests.registries import entity_id
from tests.test_options_flow import choose, open_menu

WATER_METER = "xFabrikaSuSayaci"
SERVER_ROOM = "xFabrikaSunucuOdasi"

# What a person types; the device class comes in the second form, the key is made.
TYPED = {field: value for field, value in WATER.items() if field not in {"key", "device_class"}}
EMPTY = {"function": "sum", "decimals": 2}


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a water meter, a room with a thermometer and a transformer."""
    return entry_options | {"points": [WATER_METER, SERVER_ROOM, "xFabrikaTrafo6"]}


def typed(stored: Stored, **changes: Any) -> dict[str, Any]:
    """Return what is typed to add a measurement."""
    return {field: value for field, value in stored.items() if field not in {"key", "device_class"}} | changes


async def open_fields(hass: HomeAssistant, entry: MockConfigEntry, kind: str = "custom_fields") -> ConfigFlowResult:
    """Choose what kind of measurement it is."""
    return await choose(hass, await open_option(hass, entry, "custom_add"), kind)


async def try_out(hass: HomeAssistant, entry: MockConfigEntry, fields: dict[str, Any]) -> ConfigFlowResult:
    """Send the first form."""
    return await submit_option(hass, await open_fields(hass, entry), fields)


async def add(hass: HomeAssistant, entry: MockConfigEntry, stored: Stored, **changes: Any) -> dict[str, Any]:
    """Add a measurement with the device class that is suggested; return what is stored of it."""
    result = await try_out(hass, entry, typed(stored, **changes))
    if result["type"] is FlowResultType.FORM:
        result = await submit_option(hass, result, held(result))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    added: dict[str, Any] = entry.options["custom_measurements"][-1]
    return added


async def open_change(hass: HomeAssistant, entry: MockConfigEntry, key: str, change: str) -> ConfigFlowResult:
    """Choose a measurement, and what to do with it."""
    result = await open_option(hass, entry, "custom_change")
    assert_form(result, "custom_change", of="options")
    return await submit_option(hass, result, {"key": key, "change": change})


def with_custom(hass: HomeAssistant, entry: MockConfigEntry, *stored: Stored, **options: Any) -> None:
    """Let the account have added measurements."""
    options = {**entry.options, "custom_measurements": list(stored), **options}
    hass.config_entries.async_update_entry(entry, options=options)


async def test_it_is_tried_and_then_added(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before, options = simulator.count(), dict(loaded_entry.options)
    result = await open_fields(hass, loaded_entry)
    assert_form(result, "custom_fields", of="options")
    assert held(result) == EMPTY
    assert simulator.count() == before

    result = await submit_option(hass, result, TYPED)
    assert_form(result, "custom_device_class", of="options")
    assert asked(simulator, before) == ["GetData"]
    sent = simulator.requests[-1].body["properties"]
    assert sorted(sent["point"]) == sorted([WATER_METER, SERVER_ROOM, "xFabrikaTrafo6"])
    assert [sent["series"][0][field] for field in ("definition", "variant", "xFunction", "unit")] == [
        "water",
        "import",
        "sum",
        "m3",
    ]
    litres = simulator.database.execute(
        "SELECT SUM(value) FROM reading WHERE point_id = ? AND definition = 'water' AND variant = 'import'",
        (oracle.point_id(simulator, WATER_METER),),
    ).fetchone()[0]
    assert result["description_placeholders"] == {
        "measurement": "water / import, sum, m3",
        "measured": "1",
        "asked": "3",
        "newest": f"{litres / 1000:.3f} m³",
    }
    # What sums up in cubic metres may be gas, too; the definition speaks of water.
    assert labels(result, "device_class") == {"gas": "Gas", "volume": "Volume", "water": "Water"}
    assert held(result) == {"device_class": "water"}

    result = await submit_option(hass, result, {"device_class": "water"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options == options | {"custom_measurements": [WATER]}
    assert loaded_entry.state is ConfigEntryState.LOADED
    point = oracle.point_id(simulator, WATER_METER)
    assert entity_id(hass, "sensor", loaded_entry, point, "water_import_today") == "sensor.su_sayaci_water_today"


async def test_device_classes_are_in_the_language_of_home_assistant(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    hass.config.language = "tr"
    result = await try_out(hass, loaded_entry, TYPED)
    assert labels(result, "device_class")["water"] == "Su"


async def test_without_a_device_class(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    result = await try_out(hass, loaded_entry, TYPED)
    await submit_option(hass, result, {})
    stored = {field: value for field, value in WATER.items() if field != "device_class"}
    assert loaded_entry.options["custom_measurements"] == [stored]


@pytest.mark.parametrize("stored", [TEMPERATURE, PEAK_VOLTAGE], ids=lambda stored: stored["key"])
async def test_a_level_is_added(hass: HomeAssistant, loaded_entry: MockConfigEntry, stored: Stored) -> None:
    assert await add(hass, loaded_entry, stored) == stored


async def test_while_the_account_does_not_run(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    result = await try_out(hass, entry, TYPED)
    assert_form(result, "custom_device_class", of="options")
    assert asked(simulator) == ["Authenticate", "GetPointHierarchy", "GetData"]
    await submit_option(hass, result, {"device_class": "water"})
    assert entry.options["custom_measurements"] == [WATER]


@pytest.mark.parametrize("changed", [{"unit": "m4"}, {"unit": "kWh"}, {"definition": "wasser"}, {"variant": "in"}])
async def test_what_the_platform_refuses_can_be_corrected(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, changed: dict[str, str]
) -> None:
    result = await try_out(hass, loaded_entry, TYPED | changed)
    assert_form(result, "custom_fields", {"base": "measurement_refused"}, of="options")
    assert held(result) == TYPED | changed
    (word,) = changed.values()
    assert word in (result["description_placeholders"] or {})["detail"]

    result = await submit_option(hass, result, TYPED)
    assert_form(result, "custom_device_class", of="options")


async def test_what_has_no_values_is_added_when_the_user_insists(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    fields = typed(GAS)
    result = await try_out(hass, loaded_entry, fields)
    assert_form(result, "custom_fields", {"add_anyway": "no_values"}, of="options")
    assert held(result) == fields | {"add_anyway": False}
    result = await submit_option(hass, result, fields | {"add_anyway": False})
    assert_form(result, "custom_fields", {"add_anyway": "no_values"}, of="options")

    result = await submit_option(hass, result, fields | {"add_anyway": True})
    assert_form(result, "custom_device_class", of="options")
    assert (result["description_placeholders"] or {})["newest"] == "-"
    await submit_option(hass, result, {"device_class": "gas"})
    assert loaded_entry.options["custom_measurements"] == [GAS]


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        pytest.param("truncated_json", "unexpected_response", id="no response of the platform"),
        pytest.param("http_413", "http_error", id="too much"),
        pytest.param("timeout_before_execution", "timeout", id="too late"),
    ],
)
async def test_a_failed_trial_is_explained_and_passes(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    key: str,
) -> None:
    monkeypatch.setattr(flows, "LONGEST_WAIT", 2.0)
    result = await open_fields(hass, loaded_entry)
    simulator.fail_next(fault, method="GetData", times=1 if key == "timeout" else 9)
    result = await submit_option(hass, result, TYPED)
    assert_form(result, "custom_fields", {"base": key}, of="options")
    assert held(result) == TYPED

    simulator.clear_faults()
    assert_form(await submit_option(hass, result, TYPED), "custom_device_class", of="options")


async def test_a_password_that_is_no_longer_right(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, "password": "password-of-yesterday"})
    result = await try_out(hass, entry, TYPED)
    assert_form(result, "custom_fields", {"base": "authentication_failed"}, of="options")
    assert "password-of-yesterday" not in str(result["description_placeholders"])


async def test_a_running_account_whose_password_is_no_longer_right(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    result = await open_fields(hass, loaded_entry)
    simulator.expire_sessions()
    simulator.fail_next("refused", method="Authenticate", times=9)
    result = await submit_option(hass, result, TYPED)
    assert_form(result, "custom_fields", {"base": "authentication_failed"}, of="options")


async def test_there_is_nothing_to_ask_of(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> None:
    for code in entry.options["points"]:
        simulator.remove_point(code)
    result = await try_out(hass, entry, TYPED)
    assert_form(result, "custom_fields", {"base": "points_required"}, of="options")


@pytest.mark.parametrize(
    ("changed", "field", "key"),
    [
        *(({field: " "}, field, "text_required") for field in ("name", "definition", "variant", "unit")),
        pytest.param({"name": "Again"}, "base", "measurement_exists", id="added before"),
        pytest.param({"unit": "m³"}, "base", "measurement_exists", id="the same unit in other letters"),
        pytest.param(
            {"definition": "activeEnergy", "unit": "kWh"}, "base", "measurement_exists", id="built in, chosen or not"
        ),
    ],
)
async def test_what_is_not_even_asked(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    changed: dict[str, str],
    field: str,
    key: str,
) -> None:
    with_custom(hass, entry, WATER)
    result = await try_out(hass, entry, TYPED | changed)
    assert_form(result, "custom_fields", {field: key}, of="options")
    assert held(result) == TYPED | changed
    assert simulator.count() == 0


async def test_space_around_words_is_no_part_of_them(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    spaced = {field: f"  {value} " for field, value in TYPED.items() if field in {"name", "definition", "unit"}}
    assert await add(hass, loaded_entry, WATER, **spaced) == WATER


async def test_decimals_are_bounded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    result = await open_fields(hass, entry)
    with pytest.raises(InvalidData):
        await submit_option(hass, result, TYPED | {"decimals": 7})


async def test_the_same_pair_in_another_way_has_a_key_of_its_own(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    keys = [
        (await add(hass, loaded_entry, WATER, **changed))["key"]
        for changed in ({}, {"function": "max"}, {"unit": "L"}, {"unit": "L", "function": "max"})
    ]
    assert keys == ["water_import", "water_import_max", "water_import_sum", "water_import_max_l"]


async def test_accounts_of_one_tenant_share_a_key_only_for_the_same(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    other = MockConfigEntry(
        domain="reengen",
        data={**loaded_entry.data, "username": "somebody else"},
        options={**loaded_entry.options, "custom_measurements": [WATER]},
    )
    other.add_to_hass(hass)
    assert (await add(hass, loaded_entry, WATER))["key"] == "water_import"
    assert (await add(hass, loaded_entry, WATER, function="max"))["key"] == "water_import_max"
    with_custom(hass, loaded_entry)
    assert (await add(hass, loaded_entry, WATER, unit="L"))["key"] == "water_import_sum"


async def test_the_menu_offers_a_change_only_of_what_is_there(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert "custom_change" not in ((await open_menu(hass, entry))["menu_options"] or ())


async def test_name_digits_and_device_class_are_changed(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    with_custom(hass, loaded_entry, GAS, WATER, TEMPERATURE)
    result = await open_option(hass, loaded_entry, "custom_change")
    assert labels(result, "key")["water_import"] == "Water (water / import, sum, m3)"

    result = await submit_option(hass, result, {"key": "water_import", "change": "edit"})
    assert_form(result, "custom_edit", of="options")
    assert held(result) == {"name": "Water", "decimals": 3, "device_class": "water"}
    blank = {"name": " ", "decimals": 0}
    result = await submit_option(hass, result, blank)
    assert_form(result, "custom_edit", {"name": "text_required"}, of="options")
    assert held(result) == blank

    await submit_option(hass, result, {"name": " Well ", "decimals": 0.0})
    changed = {field: value for field, value in WATER.items() if field != "device_class"}
    changed |= {"name": "Well", "decimals": 0}
    assert loaded_entry.options["custom_measurements"] == [GAS, changed, TEMPERATURE]
    assert isinstance(changed["decimals"], int)


async def test_where_the_unit_leaves_no_device_class(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    tonnes = {**WATER, "key": "steam_import", "definition": "steam", "unit": "t"}
    del tonnes["device_class"]
    with_custom(hass, loaded_entry, tonnes)
    result = await open_change(hass, loaded_entry, "steam_import", "edit")
    assert held(result) == {"name": "Water", "decimals": 3}


async def test_a_unit_without_device_class_is_added_at_once(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    # MVArh is no unit of Home Assistant's.
    fields = TYPED | {"definition": "reactiveEnergy", "unit": "MVArh"}
    result = await try_out(hass, loaded_entry, fields)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (added,) = loaded_entry.options["custom_measurements"]
    assert added["key"] == "reactive_energy_import_sum"
    assert custom_measurement(added).device_class is None


async def test_it_is_removed_with_its_sensors(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    like_it = {**WATER, "key": "water_import_max", "function": "max", "device_class": None}
    with_custom(hass, entry, WATER, like_it, TEMPERATURE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    meter = oracle.point_id(simulator, WATER_METER)
    gone = ("water_import_today", "water_import_this_month")
    assert all(entity_id(hass, "sensor", entry, meter, key) for key in (*gone, "water_import_max"))

    result = await open_change(hass, entry, "water_import", "remove")
    assert_form(result, "custom_remove", of="options")
    assert (result["description_placeholders"] or {})["measurement"] == "Water"
    await submit_option(hass, result, {})
    assert entry.options["custom_measurements"] == [like_it, TEMPERATURE]
    assert entry.state is ConfigEntryState.LOADED
    assert [entity_id(hass, "sensor", entry, meter, key) for key in gone] == [None, None]
    assert entity_id(hass, "sensor", entry, meter, "water_import_max")
    room = oracle.point_id(simulator, SERVER_ROOM)
    assert entity_id(hass, "sensor", entry, room, "temperature_indoor")


async def test_every_choice_of_the_forms_has_a_text(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    result = await open_fields(hass, entry)
    schema = result["data_schema"]
    assert schema is not None
    config = schema.schema["function"].config
    assert set(config["options"]) == ENGLISH["selector"][config["translation_key"]]["options"].keys()
