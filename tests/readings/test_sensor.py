"""Sensors show what the registers hold, and nothing where they hold nothing."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.const import CONF_TIME_ZONE, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import READINGS_INTERVAL
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.conftest import NOW
from tests.odd_platform import refuse
from tests.registries import entity_id, sensor_of, state_of

ISTANBUL = ZoneInfo("Europe/Istanbul")
TRAFO_6 = "xFabrikaTrafo6"
MANY_KWH = 10_000
DAY_START = datetime(2026, 7, 15, tzinfo=ISTANBUL)
SUMMED_KEYS = {
    "active_energy_import": ("activeEnergy", "import"),
    "reactive_energy_import": ("reactiveEnergy", "import"),
    "capacitive_energy_export": ("capacitiveEnergy", "export"),
}


def _options(entry_options: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return entry_options | changes


def _today(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, key: str = "active_energy_import"
) -> State:
    return sensor_of(hass, entry, simulator, TRAFO_6, f"{key}_today")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("key", SUMMED_KEYS)
async def test_today_equals_the_registers(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, entry_options: dict[str, Any], key: str
) -> None:
    hass.config_entries.async_update_entry(entry, options=_options(entry_options, measurements=list(SUMMED_KEYS)))
    assert await hass.config_entries.async_setup(entry.entry_id)

    state = _today(hass, entry, simulator, key)
    assert Decimal(state.state) == oracle.summed_kilo(
        simulator, TRAFO_6, *SUMMED_KEYS[key], DAY_START, simulator.clock.now()
    )
    assert Decimal(state.state) > 0
    assert dt_util.parse_datetime(state.attributes["last_reset"]) == DAY_START
    assert state.attributes["state_class"] == "total"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_level_is_the_mean_of_the_latest_complete_quarter_hour(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    state = sensor_of(hass, loaded_entry, simulator, TRAFO_6, "voltage_phase")
    quarter_start = datetime(2026, 7, 15, 14, 0, tzinfo=ISTANBUL)
    assert Decimal(state.state) == oracle.mean(
        simulator, TRAFO_6, "voltage", "phase", quarter_start, quarter_start + timedelta(minutes=15)
    )
    assert "last_reset" not in state.attributes


async def test_this_month_equals_the_registers(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    state = state_of(
        hass, "sensor", loaded_entry, oracle.point_id(simulator, TRAFO_6), "active_energy_import_this_month"
    )
    month_start = datetime(2026, 7, 1, tzinfo=ISTANBUL)
    drawn = oracle.summed_kilo(simulator, TRAFO_6, "activeEnergy", "import", month_start, simulator.clock.now())
    # At the pace of the first half of the month it comes to more than 10 000 kWh.
    assert drawn * 31 / 15 > MANY_KWH
    assert state.attributes["unit_of_measurement"] == "MWh"
    assert Decimal(state.state) * 1000 == drawn
    assert dt_util.parse_datetime(state.attributes["last_reset"]) == month_start


async def test_the_unit_is_chosen_once_and_decimals_go_by_the_size(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    """A month that began a minute ago is small in its old unit; money above a thousand has no decimals."""
    options = _options(entry_options, costs=["active_energy_cost"], currency="TRY")
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    trafo_6, registry = oracle.point_id(simulator, TRAFO_6), er.async_get(hass)

    def shown(key: str) -> tuple[str, int]:
        found = registry.async_get(entity_id(hass, "sensor", entry, trafo_6, key) or "")
        assert found is not None
        return found.unit_of_measurement or "", found.options["sensor"]["suggested_display_precision"]

    assert shown("active_energy_import_today") == ("kWh", 0)
    assert Decimal(state_of(hass, "sensor", entry, trafo_6, "active_energy_cost_this_month").state) > 1_000
    assert shown("active_energy_cost_this_month") == ("TRY", 0)
    assert shown("active_energy_import_this_month") == ("MWh", 2)

    await pass_time(datetime(2026, 8, 1, 0, 1, tzinfo=ISTANBUL) - simulator.clock.now())
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert shown("active_energy_import_this_month") == ("MWh", 2)
    assert shown("active_energy_cost_this_month") == ("TRY", 2)


# Sunday's quarter hours by arithmetic: 23 h, 25 h, and 25 h on the autumn change that came two weeks late.
DST_DAYS = [
    pytest.param("Europe/Berlin", datetime(2026, 3, 29), 92, id="berlin-23h"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 25), 100, id="berlin-25h"),
    pytest.param("Europe/Istanbul", datetime(2015, 11, 8), 100, id="istanbul-2015-25h"),
]


class TestDaysOfClockChange:
    """The day sensor on days that are not 24 hours long, one second before they end."""

    @pytest.fixture
    def day_start(self, zone: str, day: datetime) -> datetime:
        return day.replace(tzinfo=ZoneInfo(zone))

    @pytest.fixture
    def now(self, day_start: datetime) -> datetime:
        return (day_start + timedelta(days=1)).astimezone(UTC) - timedelta(seconds=1)

    @pytest.fixture
    def world_options(self, zone: str, day_start: datetime) -> WorldOptions:
        return WorldOptions(start=day_start - timedelta(days=1), time_zone=zone)

    @pytest.mark.parametrize(("zone", "day", "quarter_hours"), DST_DAYS)
    async def test_today_is_the_whole_day(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        entry_options: dict[str, Any],
        day_start: datetime,
        zone: str,
        quarter_hours: int,
    ) -> None:
        hass.config_entries.async_update_entry(entry, options=_options(entry_options, **{CONF_TIME_ZONE: zone}))
        assert await hass.config_entries.async_setup(entry.entry_id)

        day_end = day_start + timedelta(days=1)
        registers = (simulator, TRAFO_6, "activeEnergy", "import", day_start, day_end)
        state = _today(hass, entry, simulator)
        assert Decimal(state.state) == oracle.summed_kilo(*registers)
        assert (day_end.astimezone(UTC) - day_start.astimezone(UTC)) // timedelta(minutes=15) == quarter_hours
        assert oracle.reading_count(*registers) >= quarter_hours - 1
        assert dt_util.parse_datetime(state.attributes["last_reset"]) == day_start


class TestJustAfterMidnight:
    """No quarter hour of the new day has come yet."""

    @pytest.fixture
    def now(self) -> datetime:
        return datetime(2026, 7, 15, 0, 5, tzinfo=ISTANBUL).astimezone(UTC)

    async def test_today_is_unknown_not_zero(
        self, hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
    ) -> None:
        assert _today(hass, loaded_entry, simulator).state == STATE_UNKNOWN


@pytest.mark.usefixtures("loaded_entry")
async def test_null_series_is_unknown_not_zero(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    simulator.fail_next("null_series", method="GetData", times=10)
    await pass_time(READINGS_INTERVAL)
    assert _today(hass, loaded_entry, simulator).state == STATE_UNKNOWN


@pytest.mark.parametrize("fault", ["unknown_point_id", "extra_series_key", "extra_keys", "message_on_success", "bom"])
async def test_what_was_not_asked_for_does_no_harm(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
    fault: str,
) -> None:
    simulator.fail_next(fault, method="GetData", times=10)
    await pass_time(READINGS_INTERVAL)
    assert Decimal(_today(hass, loaded_entry, simulator).state) == oracle.summed_kilo(
        simulator, TRAFO_6, "activeEnergy", "import", DAY_START, simulator.clock.now()
    )


async def test_late_data_reaches_the_sensor(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    noon = datetime(2026, 7, 15, 12, tzinfo=ISTANBUL)
    simulator.hold_back(TRAFO_6, DAY_START, noon, simulator.clock.now() + READINGS_INTERVAL)
    assert await hass.config_entries.async_setup(entry.entry_id)
    before = Decimal(_today(hass, entry, simulator).state)
    assert before == oracle.summed_kilo(simulator, TRAFO_6, "activeEnergy", "import", noon, simulator.clock.now())

    await pass_time(READINGS_INTERVAL)
    after = Decimal(_today(hass, entry, simulator).state)
    assert after == oracle.summed_kilo(simulator, TRAFO_6, "activeEnergy", "import", DAY_START, simulator.clock.now())
    assert after > before


async def test_one_poll_is_five_requests(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    hass.config_entries.async_update_entry(entry, options=_options(entry_options, costs=["active_energy_cost"]))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before, asked = simulator.count(), simulator.count("GetData")
    # The first poll, a look for readings of the future, and the quarter hours of the month.
    assert asked == 5 + 1 + 1
    await pass_time(READINGS_INTERVAL)
    assert simulator.count() - before == simulator.count("GetData") - asked == 5


async def test_cost_of_today(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, entry_options: dict[str, Any]
) -> None:
    options = _options(entry_options, costs=["active_energy_cost"], currency="TRY")
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    state = _today(hass, entry, simulator, "active_energy_cost")
    assert Decimal(state.state) > 0
    assert state.attributes["unit_of_measurement"] == "TRY"
    assert dt_util.parse_datetime(state.attributes["last_reset"]) == DAY_START


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_refused_cost_leaves_the_meters_alone(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    entry_options: dict[str, Any],
) -> None:
    options = _options(entry_options, measurements=["voltage_phase"], costs=["active_energy_cost"])
    hass.config_entries.async_update_entry(entry, options=options)
    refuse(simulator, "GetData", lambda asked: "calculator" in asked["series"][0])
    assert await hass.config_entries.async_setup(entry.entry_id)
    trafo_6 = oracle.point_id(simulator, TRAFO_6)
    assert _today(hass, entry, simulator, "active_energy_cost").state == STATE_UNAVAILABLE
    assert Decimal(state_of(hass, "sensor", entry, trafo_6, "voltage_phase").state) > 0


async def test_a_sensor_appears_with_the_first_value_of_its_meter(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    trafo_6 = oracle.point_id(simulator, TRAFO_6)
    simulator.hold_back(TRAFO_6, NOW - timedelta(days=30), NOW, NOW + READINGS_INTERVAL)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entity_id(hass, "sensor", entry, trafo_6, "active_energy_import_today") is None

    await pass_time(READINGS_INTERVAL)
    assert Decimal(_today(hass, entry, simulator).state) > 0

    simulator.hold_back(TRAFO_6, NOW - timedelta(days=30), NOW + timedelta(days=1), NOW + timedelta(days=2))
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert _today(hass, entry, simulator).state == STATE_UNKNOWN


async def test_outage_and_recovery(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await simulator.stop_listening()
    await pass_time(READINGS_INTERVAL)
    await pass_time(READINGS_INTERVAL)
    assert _today(hass, loaded_entry, simulator).state == STATE_UNAVAILABLE
    said = [record for record in caplog.records if record.levelname == "ERROR" and "readings" in record.getMessage()]
    assert len(said) == 1

    await simulator.start_listening()
    await pass_time(READINGS_INTERVAL)
    assert Decimal(_today(hass, loaded_entry, simulator).state) == oracle.summed_kilo(
        simulator, TRAFO_6, "activeEnergy", "import", DAY_START, simulator.clock.now()
    )
