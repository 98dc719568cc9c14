"""Added measurements have the history of those that are built in, and their place in the Energy dashboard."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history import HistoryUnavailableError
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.custom_measurements.samples import GAS, PEAK_VOLTAGE, TEMPERATURE, WATER
from tests.custom_measurements.test_options_steps import add, open_change
from tests.forms import submit_option
from tests.services.action_samples import act

from .conftest import Imported
from .energy_dashboard.preferences import compile_statistics
from .statistics import TRAFO_6, Statistics, six_decimals

ISTANBUL = ZoneInfo("Europe/Istanbul")
WATER_METER = "xFabrikaSuSayaci"
INFIRMARY = "xFabrikaRevir"
GAS_METER = "xFabrikaGazSayaci"
SERVER_ROOM = "xFabrikaSunucuOdasi"
DAYS = 3


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world have some days, which begin on the hour: the mean of half an hour counts for a whole one."""
    return WorldOptions(start=now.replace(minute=0) - timedelta(days=DAYS))


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose points with water, gas, a thermometer and phases, and add what they measure, with its costs."""
    return entry_options | {
        "points": [WATER_METER, INFIRMARY, GAS_METER, SERVER_ROOM, TRAFO_6],
        "measurements": [],
        "custom_measurements": [WATER, GAS, TEMPERATURE, PEAK_VOLTAGE],
        "costs": ["water_cost", "gas_cost"],
        "history_months": 1,
    }


def statistic(simulator: Simulator, code: str, key: str) -> str:
    """Return the id of a statistic."""
    return f"reengen:xyz_{oracle.point_id(simulator, code)}_{key}"


async def metadata(hass: HomeAssistant, statistic_id: str) -> Any:
    """Return what the recorder keeps of a statistic."""
    found = await get_instance(hass).async_add_executor_job(lambda: get_metadata(hass, statistic_ids={statistic_id}))
    return found[statistic_id][1] if found else None


@pytest.mark.parametrize(("code", "definition"), [(WATER_METER, "water"), (INFIRMARY, "water"), (GAS_METER, "gas")])
async def test_every_hour_equals_the_registers(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    now: datetime,
    queued: list[str],
    code: str,
    definition: str,
) -> None:
    await imported()
    wanted = statistic(simulator, code, f"{definition}_import")
    start, end = now.replace(minute=0) - timedelta(days=DAYS), now.replace(minute=0)
    expected = statistics.platform_hours(code, definition, "import", start, end)
    assert len(expected) >= DAYS * 24
    assert await statistics.hours(wanted) == expected

    queued.clear()
    await imported()
    assert queued == []
    simulator.set_reading(code, definition, "import", now.replace(minute=0) - timedelta(days=1, seconds=1), 77_000)
    await imported()
    corrected = statistics.platform_hours(code, definition, "import", start, end)
    assert corrected != expected
    assert await statistics.hours(wanted) == corrected

    kept = await metadata(hass, wanted)
    assert (kept["unit_of_measurement"], kept["unit_class"], kept["has_sum"]) == ("m³", "volume", True)
    assert kept["name"].endswith({"water": " Water", "gas": " Natural gas"}[definition])


@pytest.mark.parametrize(
    ("code", "key", "definition", "variant", "unit", "unit_class"),
    [
        pytest.param(SERVER_ROOM, "temperature_indoor", "temperature", "indoor", "°C", "temperature", id="mean"),
        pytest.param(TRAFO_6, "voltage_phase_max", "voltage", "phase", "V", "voltage", id="highest"),
    ],
)
async def test_levels_have_mean_least_and_greatest(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    now: datetime,
    queued: list[str],
    code: str,
    key: str,
    definition: str,
    variant: str,
    unit: str,
    unit_class: str,
) -> None:
    await imported()
    wanted = statistic(simulator, code, key)
    start, end = now.replace(minute=0) - timedelta(days=DAYS), now.replace(minute=0)
    found = {
        row.start: tuple(six_decimals(value) for value in (row.mean, row.min, row.max) if value is not None)
        for row in await statistics.rows(wanted)
    }
    expected = statistics.platform_levels(code, definition, start, end, variant)
    assert len(expected) >= DAYS * 24
    assert found == expected
    kept = await metadata(hass, wanted)
    assert (kept["unit_of_measurement"], kept["unit_class"], kept["has_sum"]) == (unit, unit_class, False)

    # What was imported equals the platform's own totals, also for an extreme: nothing is read or written again.
    queued.clear()
    entry = await imported()
    assert queued == []
    assert entry.runtime_data.history.unresolved == []


async def test_costs_are_spread_by_what_was_used(
    imported: Imported, statistics: Statistics, simulator: Simulator
) -> None:
    await imported()
    start = datetime(2026, 7, 14, tzinfo=ISTANBUL)
    hours = [int((start + timedelta(hours=hour)).timestamp()) for hour in range(24)]
    for code, definition, group in ((WATER_METER, "water", "waterCost"), (GAS_METER, "gas", "gasCost")):
        used = await statistics.hours(statistic(simulator, code, f"{definition}_import"))
        cost = await statistics.hours(statistic(simulator, code, f"{definition}_cost_try"))
        (price,) = simulator.database.execute(
            "SELECT price FROM tariff WHERE cost_group = ? AND valid_from_utc <= ? AND valid_to_utc > ?",
            (group, hours[0], hours[0]),
        ).fetchone()
        assert sum(used[hour] for hour in hours) > 0
        for hour in hours:
            assert abs(cost[hour] - used[hour] * Decimal(price)) < Decimal("0.00001")


@pytest.fixture
async def energy(hass: HomeAssistant, recorder_mock: object) -> None:
    """Set the energy integration up; prices are shown in liras."""
    hass.config.currency = "TRY"
    assert await async_setup_component(hass, "energy", {})


@pytest.mark.usefixtures("energy")
async def test_water_and_gas_stand_in_the_energy_dashboard(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, hass_ws_client: WebSocketGenerator
) -> None:
    # The infirmary's meter counts what the site's has counted.
    simulator.move_point(INFIRMARY, WATER_METER)
    entry = await imported()
    for added in (True, False):
        response = await act(hass, entry, "add_to_energy_dashboard", preview=False)
        assert bool(response["energy_sources"]) is added
        assert bool(response["device_consumption_water"]) is added

    def source(kind: str, code: str, key: str, name: str, flow: str) -> dict[str, Any]:
        return {
            "type": kind,
            "name": name,
            "stat_rate": flow,
            "stat_energy_from": statistic(simulator, code, f"{key}_import"),
            "stat_cost": statistic(simulator, code, f"{key}_cost_try"),
            "entity_energy_price": None,
            "number_energy_price": None,
        }

    manager = await async_get_manager(hass)
    preferences: Any = manager.data
    assert preferences["energy_sources"] == [
        source("gas", GAS_METER, "gas", "Doğalgaz Sayacı", "sensor.dogalgaz_sayaci_natural_gas_flow"),
        source("water", WATER_METER, "water", "Su Sayacı", "sensor.su_sayaci_water_flow"),
    ]
    infirmary = statistic(simulator, INFIRMARY, "water_import")
    assert preferences["device_consumption_water"] == [
        {"stat_consumption": infirmary, "name": "Revir", "stat_rate": "sensor.revir_water_flow"}
    ]
    assert preferences["device_consumption"] == []

    await compile_statistics(hass)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "energy/validate"})
    result = (await client.receive_json())["result"]
    assert [issue for found in result.values() for issues in found for issue in issues] == []


async def test_statistics_stay_and_are_gone_on_with(
    hass: HomeAssistant, imported: Imported, statistics: Statistics, simulator: Simulator
) -> None:
    entry = await imported()
    wanted = statistic(simulator, WATER_METER, "water_import")
    hours = await statistics.hours(wanted)
    await submit_option(hass, await open_change(hass, entry, "water_import", "remove"), {})
    assert await statistics.hours(wanted) == hours != {}

    # The same in another unit would be another statistic; the same again is the old one.
    assert (await add(hass, entry, WATER, unit="L"))["key"] == "water_import_sum"
    assert (await add(hass, entry, WATER))["key"] == "water_import"
    assert (await add(hass, entry, WATER, function="max"))["key"] == "water_import_max"


@pytest.mark.parametrize("keep", [True, False])
async def test_statistics_go_where_they_shall_not_be_kept(
    hass: HomeAssistant, imported: Imported, statistics: Statistics, simulator: Simulator, keep: bool
) -> None:
    entry = await imported()
    hass.config_entries.async_update_entry(entry, options={**entry.options, "keep_statistics": keep})
    await submit_option(hass, await open_change(hass, entry, "water_import", "remove"), {})
    for code in (WATER_METER, INFIRMARY):
        assert bool(await statistics.rows(statistic(simulator, code, "water_import"))) is keep
    assert await statistics.rows(statistic(simulator, WATER_METER, "water_cost_try"))
    assert await statistics.rows(statistic(simulator, GAS_METER, "gas_import"))
    assert entry.state.recoverable
    assert [row["key"] for row in entry.options["custom_measurements"]] == [
        "gas_import",
        "temperature_indoor",
        "voltage_phase_max",
    ]


async def test_statistics_that_another_account_reads_stay(
    hass: HomeAssistant, imported: Imported, statistics: Statistics, simulator: Simulator
) -> None:
    entry = await imported()
    options = {**entry.options, "keep_statistics": False}
    MockConfigEntry(domain=DOMAIN, data={**entry.data, "username": "other"}, options=options).add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options=options)
    await submit_option(hass, await open_change(hass, entry, "water_import", "remove"), {})
    assert await statistics.rows(statistic(simulator, WATER_METER, "water_import"))


async def test_a_recorder_that_is_busy_keeps_the_statistics_and_nothing_else(
    hass: HomeAssistant, imported: Imported, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await imported()
    hass.config_entries.async_update_entry(entry, options={**entry.options, "keep_statistics": False})
    with patch(
        "custom_components.reengen.custom_measurements.removal.async_clear",
        side_effect=HistoryUnavailableError("It is busy"),
    ):
        await submit_option(hass, await open_change(hass, entry, "water_import", "remove"), {})
    assert "were not removed" in caplog.text
    assert "water_import" not in {row["key"] for row in entry.options["custom_measurements"]}
