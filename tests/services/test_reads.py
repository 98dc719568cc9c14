"""Actions that read answer with what the platform has, in the unit asked for and on its clock."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from simulator import Simulator
from tests import oracle
from tests.forms import assert_asks_for_password

from .action_samples import DAY, DAY_END, ENERGY, READS, SAMPLES, SITE, TRANSFORMER, TRANSFORMER_ID, VOLTAGE, call


def hourly(simulator: Simulator, code: str) -> dict[str, Decimal]:
    """Return the kWh of each hour of the day, from the database."""
    starts = [DAY + timedelta(hours=hour) for hour in range(24)]
    return {
        start.isoformat(): oracle.summed_kilo(
            simulator, code, "activeEnergy", "import", start, start + timedelta(hours=1)
        )
        for start in starts
    }


async def test_get_data_of_several_series_by_point(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    response = await call(hass, loaded_entry, "get_data")
    assert (response["start"], response["end"]) == (DAY.isoformat(), DAY_END.isoformat())
    energy, voltage = response["series"]
    assert {key: energy[key] for key in ENERGY} == ENERGY
    assert (voltage["unit"], voltage["x_function"], voltage["type"]) == ("V", "avg", "actual")
    for code in (SITE, TRANSFORMER):
        rows = {row["bucket_start"]: row["value"] for row in energy["data"] if row["point"] == code}
        assert {start: Decimal(repr(value)) for start, value in rows.items()} == pytest.approx(hourly(simulator, code))
    assert {(row["point"], row["point_id"]) for row in energy["data"]} == {
        (SITE, oracle.point_id(simulator, SITE)),
        (TRANSFORMER, TRANSFORMER_ID),
    }
    assert response["warnings"] == []


@pytest.mark.parametrize(
    ("resolution", "count"), [("fifteenmin", 96), ("hour", 24), ("day", 1), ("week", 1), ("month", 1)]
)
async def test_every_resolution(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, resolution: str, count: int
) -> None:
    response = await call(hass, loaded_entry, "get_data", series=[ENERGY], point=[TRANSFORMER], resolution=resolution)
    rows = response["series"][0]["data"]
    total = oracle.summed_kilo(simulator, TRANSFORMER, "activeEnergy", "import", DAY, DAY_END)
    assert len(rows) == count
    assert sum(row["value"] for row in rows) == pytest.approx(float(total), abs=96 * 0.5e-6)


@pytest.mark.parametrize("function", ["sum", "avg", "max", "min"])
async def test_every_function(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, function: str
) -> None:
    series = {**ENERGY, "unit": "Wh", "x_function": function}
    response = await call(hass, loaded_entry, "get_data", series=[series], point=[TRANSFORMER], resolution="day")
    values = oracle._values(simulator, TRANSFORMER, "activeEnergy", "import", DAY, DAY_END)
    expected = {"sum": sum(values), "avg": sum(values) / len(values), "max": max(values), "min": min(values)}
    assert response["series"][0]["data"][0]["value"] == pytest.approx(float(expected[function]), abs=1e-6)


@pytest.mark.parametrize("action", ["get_data", "get_cost"])
async def test_all_points_are_asked_for_in_so_many_words(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str
) -> None:
    response = await call(hass, loaded_entry, action, point=None, all_points=True)
    assert simulator.requests[-1].body["properties"]["point"] is None
    metered = {row["point"] for row in response["series"][0]["data"]}
    assert len(metered) > 10
    wrong: tuple[dict[str, Any], ...] = (
        {"point": None},
        {"all_points": True},
        {"point": None, "all_points": False},
        {"point": []},
    )
    for changes in wrong:
        with pytest.raises(vol.Invalid):
            await call(hass, loaded_entry, action, **changes)


async def test_a_time_without_an_offset_is_home_assistants(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    response = await call(hass, loaded_entry, "get_data", start="2026-07-14 10:00:00", end="2026-07-14T11:00:00Z")
    sent = simulator.requests[-1].body["properties"]
    # In summer Berlin is two hours ahead of UTC, Istanbul three.
    assert (sent["start"], sent["end"]) == ("2026-07-14T11:00:00", "2026-07-14T13:59:59")
    assert (response["start"], response["end"]) == ("2026-07-14T11:00:00+03:00", "2026-07-14T14:00:00+03:00")


async def test_missing_is_absent_and_null_is_null(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    water = {"definition": "water", "variant": "import", "x_function": "sum", "unit": "m3"}
    # Readings begin three days before the clock's instant, at 14:20.
    early = {"start": "2026-07-12T00:00:00+03:00", "end": "2026-07-13T00:00:00+03:00"}
    request: dict[str, Any] = {"series": [water, ENERGY], "point": [TRANSFORMER], "resolution": "hour", **early}
    response = await call(hass, loaded_entry, "get_data", **request)
    assert response["series"][0]["data"] is None
    hours = [row["bucket_start"] for row in response["series"][1]["data"]]
    assert hours == [f"2026-07-12T{hour}:00:00+03:00" for hour in range(14, 24)]
    simulator.profile.empty_buckets = "null"
    simulator.profile.empty_series = "list"
    nulls = (await call(hass, loaded_entry, "get_data", **request))["series"]
    assert nulls[0]["data"] == []
    assert [row["value"] for row in nulls[1]["data"]].count(None) == 24 - len(hours)


async def test_get_cost_is_in_the_accounts_currency(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    groups = [{"group": "active_energy_cost"}, {"group": "active_energy_cost", "include_tax": "internal"}]
    options = {**loaded_entry.options, "currency": "TRY"}
    hass.config_entries.async_update_entry(loaded_entry, options=options)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    response = await call(hass, loaded_entry, "get_cost", series=groups, point=[TRANSFORMER])
    without, with_tax = response["series"]
    asked = simulator.requests[-1].body["properties"]["series"]
    assert [(each["group"], each["utility"], each["includeTax"]) for each in asked] == [
        ("activeEnergyCost", "electricity", "None"),
        ("activeEnergyCost", "electricity", "Internal"),
    ]
    assert without["currency"] == with_tax["currency"] == "TRY"
    (row,), (taxed,) = without["data"], with_tax["data"]
    assert (row["point"], row["point_id"]) == (TRANSFORMER, TRANSFORMER_ID)
    assert 0 < row["cost"] <= taxed["cost"]


async def test_list_data_gives_raw_rows_as_they_are_stored(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    response = await call(hass, loaded_entry, "list_data", definition="voltage", variant="phase")
    expected = simulator.database.execute(
        "SELECT end_utc, idx, value, original, note FROM reading WHERE point_id = ? AND definition = 'voltage'"
        " AND end_utc >= ? AND end_utc < ? ORDER BY end_utc, idx",
        (TRANSFORMER_ID, DAY.timestamp(), DAY_END.timestamp()),
    ).fetchall()
    assert response["row_count"] == len(response["data"]) == len(expected) > 0
    for row, (end_utc, index, value, original, note) in zip(response["data"], expected, strict=True):
        assert datetime.fromisoformat(row["date"]) == datetime.fromtimestamp(end_utc, UTC)
        assert row["date"].endswith("+03:00")
        assert (row["point"], row["unit"], row["index"]) == (TRANSFORMER, "V", index)
        assert (row["value"], row["original"], row["note"]) == (value, original, note)


async def test_get_point_hierarchy_has_every_point_with_its_path(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    response = await call(hass, loaded_entry, "get_point_hierarchy")
    stored = simulator.database.execute("SELECT id, code, name, parent FROM point ORDER BY id_order").fetchall()
    assert [(row["id"], row["code"], row["name"], row["parent"]) for row in response["data"]] == stored
    paths = {row["code"]: row["path"] for row in response["data"]}
    names = {row["code"]: row["name"] for row in response["data"]}
    assert paths[TRANSFORMER] == [*paths[SITE], names[TRANSFORMER]]
    assert response["warnings"]


async def test_get_dc_data_keeps_texts(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.database.execute("INSERT INTO dc_data VALUES (?, ?, 'test', '007')", ("xyz", TRANSFORMER))
    response = await call(hass, loaded_entry, "get_dc_data", point=["xyzBesiktas", TRANSFORMER])
    # The first as the API document prints it (GetDCData).
    assert response["data"] == [
        {"tenant": "xyz", "point": "xyzBesiktas", "type": "test", "value": "3"},
        {"tenant": "xyz", "point": TRANSFORMER, "type": "test", "value": "007"},
    ]


async def test_list_available_commands_as_the_document_prints_them(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    response = await call(hass, loaded_entry, "list_available_commands")
    # API document: ListAvailableCommands.
    assert response["data"] == [
        {
            "code": "lights-on-off",
            "name": "Turn Lights On/Off",
            "command_type": "SingleParameter",
            "parameter_type": "boolean",
        },
        {
            "code": "generator-mode-set",
            "name": "Set Generator Mode",
            "command_type": "MultiOption",
            "options": [
                {"code": "on", "name": "On"},
                {"code": "off", "name": "Off"},
                {"code": "auto", "name": "Auto"},
            ],
        },
    ]


async def test_a_point_that_came_meanwhile_is_found(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.add_point(code="newMeter", name="New", parent=SITE)
    asked = simulator.count("GetPointHierarchy")
    response = await call(hass, loaded_entry, "get_data", series=[ENERGY], point=["newMeter"])
    assert {row["point"] for row in response["series"][0]["data"]} == {"newMeter"}
    assert simulator.count("GetPointHierarchy") > asked


@pytest.mark.parametrize("action", [name for name in SAMPLES if name != "get_point_hierarchy"])
async def test_a_code_that_no_point_has_is_named(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str
) -> None:
    """Platforms may leave it out without a word, and "no data" is another thing than a typing error."""
    simulator.profile.unknown_point = "drop"
    sample = SAMPLES[action]
    wrong: dict[str, Any] = {"point": "xFabrikaTrafo66"}
    if "data" in sample:
        wrong = {"data": [{**sample["data"][0], **wrong}]}
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, loaded_entry, action, **wrong)
    assert raised.value.translation_key == "point_unknown"
    assert raised.value.translation_placeholders == {"points": "xFabrikaTrafo66"}


async def test_an_empty_range_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before = simulator.count()
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, loaded_entry, "get_data", end=DAY.isoformat())
    assert raised.value.translation_key == "request_invalid"
    assert simulator.count() == before


@pytest.mark.parametrize("action", SAMPLES)
async def test_an_account_that_is_not_there_or_not_loaded(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, action: str
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, loaded_entry, action, config_entry_id="01J0000000000000000000NONE")
    assert raised.value.translation_key == "service_config_entry_not_found"
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, loaded_entry, action)
    assert raised.value.translation_key == "service_config_entry_not_loaded"


@pytest.mark.parametrize("action", READS)
async def test_reads_want_their_response_read_and_it_is_json(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, action: str
) -> None:
    with pytest.raises(ServiceValidationError):
        await call(hass, loaded_entry, action, response=False)
    response = await call(hass, loaded_entry, action)
    assert json.loads(json.dumps(response)) == response


async def test_a_refused_login_asks_for_the_password(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.change_password("new")
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, loaded_entry, "get_point_hierarchy")
    assert raised.value.translation_key == "authentication_failed"
    assert_asks_for_password(hass)


async def test_rows_of_a_point_that_is_not_listed(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("unknown_point_id", method="GetData")
    response = await call(hass, loaded_entry, "get_data", series=[VOLTAGE])
    (strange,) = [row for row in response["series"][0]["data"] if "point" not in row]
    assert response["warnings"] == [f"points that the hierarchy does not list: {strange['point_id']}"]
