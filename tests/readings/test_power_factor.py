"""The power factor is the cosine of phi of the newest quarter hour that has both energies, and never made up."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any, ClassVar

from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import READINGS_INTERVAL
from custom_components.reengen.readings import Readings, reading_rows
from simulator import Simulator
from tests import oracle
from tests.conftest import NOW
from tests.custom_measurements.samples import TEMPERATURE
from tests.odd_platform import refuse
from tests.profiles import examples
from tests.registries import entity_id, sensor_of
from tests.worlds import AnyZone

from .samples import IMPORT, QUARTER, TRAFO_6, WINDOW, report, spoil_newest

type PassTime = Callable[[timedelta], Awaitable[None]]

DEPOT = "xFabrikaDepo"
INDUCTIVE = ("inductiveReactiveEnergy", "import")
REACTIVE = ("reactiveEnergy", "import")


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose both reactive energies, a meter that has them and one that has active energy alone."""
    measurements = ["active_energy_import", "inductive_reactive_energy_import", "reactive_energy_import"]
    return entry_options | {"points": [TRAFO_6, DEPOT], "measurements": measurements}


@pytest.fixture
async def watched(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> MockConfigEntry:
    """Return the account with the transformer's power factor enabled by the user."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    found = entity_id(hass, "sensor", entry, oracle.point_id(simulator, TRAFO_6), "power_factor")
    assert found is not None
    assert hass.states.get(found) is None
    er.async_get(hass).async_update_entity(found, disabled_by=None)
    # Then Home Assistant loads the account anew.
    await pass_time(timedelta(seconds=RELOAD_AFTER_UPDATE_DELAY + 1))
    return entry


def shown(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> str:
    return sensor_of(hass, entry, simulator, TRAFO_6, "power_factor").state


def expected(simulator: Simulator, end: datetime) -> float | None:
    """Return the cosine of phi by the registers: of the first definition that shares a quarter hour with the import."""
    kwh = oracle.quarter_energies(simulator, TRAFO_6, *IMPORT, end - WINDOW, end)
    for definition in (INDUCTIVE, REACTIVE):
        kvarh = oracle.quarter_energies(simulator, TRAFO_6, *definition, end - WINDOW, end)
        if both := kwh.keys() & kvarh.keys():
            active, reactive = float(kwh[max(both)]), float(kvarh[max(both)])
            return active / sqrt(active**2 + reactive**2) if active or reactive else None
    return None


async def test_it_is_off_and_costs_nothing_until_somebody_wants_it(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = simulator.count()
    await pass_time(READINGS_INTERVAL)
    asked = [request.body["properties"] for request in simulator.requests[before:]]
    assert [len(each["series"]) for each in asked if each["resolution"] == "fifteenmin"] == [1]
    assert entity_id(hass, "sensor", entry, oracle.point_id(simulator, DEPOT), "power_factor") is None


async def test_it_takes_no_request_of_its_own(
    hass: HomeAssistant, simulator: Simulator, watched: MockConfigEntry, pass_time: PassTime
) -> None:
    before = simulator.count()
    await pass_time(READINGS_INTERVAL)
    # The sums of today, those of this month and the latest quarter hours.
    assert [request.method for request in simulator.requests[before:]] == ["GetData"] * 3
    state = sensor_of(hass, watched, simulator, TRAFO_6, "power_factor")
    assert (state.attributes["device_class"], state.attributes["state_class"]) == ("power_factor", "measurement")
    end = datetime.fromtimestamp(simulator.clock.now().timestamp() // 900 * 900, UTC)
    assert float(state.state) == pytest.approx(expected(simulator, end), rel=1e-9)
    assert 0 < float(state.state) < 1
    # Its quarter hours are those of energies, which are watched by the hour.
    assert watched.runtime_data.freshness.data == {}


AMOUNTS = st.sampled_from([None, 0, 1, 250_000]) | st.integers(0, 500_000)
ZONES = [
    pytest.param("Europe/Istanbul", NOW, id="istanbul"),
    pytest.param("Asia/Kathmandu", NOW, id="plus-5-45"),
    pytest.param("America/New_York", datetime(2026, 3, 8, 8, 20, tzinfo=UTC), id="23h"),
    pytest.param("Australia/Lord_Howe", datetime(2026, 10, 3, 16, 50, tzinfo=UTC), id="lord-howe-spring"),
]


class TestAnyWorld(AnyZone):
    """The sensor against the registers, in any zone."""

    options: ClassVar = {"points": ["xFabrikaFabrika", TRAFO_6]}

    @pytest.mark.parametrize(("zone", "instant"), ZONES)
    @settings(max_examples=examples(25, 400), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_the_sensor_equals_the_registers(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        watched: MockConfigEntry,
        instant: datetime,
        data: st.DataObject,
    ) -> None:
        end = datetime.fromtimestamp(instant.timestamp() // 900 * 900, UTC)
        for series in (IMPORT, INDUCTIVE, REACTIVE):
            # Also older than what counts.
            amounts = data.draw(st.lists(AMOUNTS, max_size=14))
            report(simulator, {end - number * QUARTER: amount for number, amount in enumerate(amounts)}, series)
        readings = watched.runtime_data.readings
        # Each example stands for an account that was just set up.
        readings.data = Readings()
        await readings.async_refresh()
        wanted = expected(simulator, end)
        found = shown(hass, simulator, watched)
        assert (found == STATE_UNKNOWN) == (wanted is None)
        if wanted is not None:
            assert float(found) == pytest.approx(wanted, rel=1e-9)


async def test_refused_energy_is_unavailable(
    hass: HomeAssistant, simulator: Simulator, watched: MockConfigEntry, pass_time: PassTime
) -> None:
    def is_reactive(asked: dict[str, Any]) -> bool:
        definitions = [each["definition"] for each in asked["series"]]
        return asked["resolution"] == "fifteenmin" and any("eactive" in each for each in definitions)

    refuse(simulator, "GetData", is_reactive)
    await pass_time(READINGS_INTERVAL)
    assert shown(hass, simulator, watched) == STATE_UNAVAILABLE
    power = sensor_of(hass, watched, simulator, TRAFO_6, "active_power")
    assert float(power.state) > 0


async def test_a_newest_quarter_hour_that_cannot_be_read_is_unknown(
    hass: HomeAssistant, simulator: Simulator, watched: MockConfigEntry
) -> None:
    assert float(shown(hass, simulator, watched)) > 0
    report(simulator, {}, REACTIVE)
    undo = spoil_newest(simulator, "1")
    await watched.runtime_data.readings.async_refresh()
    assert shown(hass, simulator, watched) == STATE_UNKNOWN
    undo()
    await watched.runtime_data.readings.async_refresh()
    assert float(shown(hass, simulator, watched)) > 0


def test_a_measurement_of_the_users_own_keeps_its_key() -> None:
    own = {**TEMPERATURE, "key": "power_factor", "name": "My factor"}
    measurements = ["active_energy_import", "reactive_energy_import"]
    options = AccountOptions.read({"measurements": measurements, "custom_measurements": [own]})
    found = [row for row in reading_rows(options) if row.key == "power_factor"]
    assert [row.description.name for row in found] == ["My factor"]
