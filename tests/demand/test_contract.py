"""The contracted power: set in the options of the account, and what the month's highest demand comes to against it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import READINGS_INTERVAL
from custom_components.reengen.demand.contract import Contract
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.conftest import NOW
from tests.forms import assert_form, held, labels, open_option, submit_option
from tests.registries import entity_id, state_of

from .samples import EXCEEDED, NEAR, QUARTER, SHARE, SITE, TRAFO_6, PassTime, highest, month, quarter_hours, set_demand

POINT_ID = 12768
KEY = str(POINT_ID)


@pytest.fixture
def world_options(now: Any) -> WorldOptions:
    """Let the world begin in the middle of last month."""
    return WorldOptions(start=now - timedelta(days=30), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Read the energy of a site, a meter below it, and a point that has none."""
    return entry_options | {"points": [SITE, TRAFO_6, "reengenPoint"], "measurements": ["active_energy_import"]}


async def open_step(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    return await open_option(hass, entry, "contracts")


async def contract(hass: HomeAssistant, entry: MockConfigEntry, **typed: Any) -> ConfigFlowResult:
    """Go through the steps for the meter."""
    result = await submit_option(hass, await open_step(hass, entry), {"point": KEY})
    return await submit_option(hass, result, typed)


def states(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[str, str]:
    """Return whether the contract is exceeded, and whether it is near."""
    exceeded, near = (state_of(hass, "binary_sensor", entry, POINT_ID, key).state for key in (EXCEEDED, NEAR))
    return exceeded, near


async def test_set_changed_and_taken_away(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    options, before = dict(loaded_entry.options), simulator.count()
    result = await open_step(hass, loaded_entry)
    assert_form(result, "contracts", of="options")
    assert labels(result, "point").keys() == {KEY, str(oracle.point_id(simulator, SITE))}
    assert simulator.count() == before
    result = await submit_option(hass, result, {"point": KEY})
    assert_form(result, "contract", of="options")
    assert held(result) == {"warning_share": 90.0}
    result = await submit_option(hass, result, {"contracted_power": 400.0, "warning_share": 80.0})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    row = {"contracted_power": 400.0, "warning_share": 80.0}
    assert loaded_entry.options == {**options, "contracts": {KEY: row}}
    assert loaded_entry.state is ConfigEntryState.LOADED
    demand, _ = highest(quarter_hours(simulator, TRAFO_6, *month(NOW)))
    share = state_of(hass, "sensor", loaded_entry, POINT_ID, SHARE)
    assert Decimal(share.state) == (100 * demand / 400).quantize(oracle.SIX_DECIMALS)

    result = await open_step(hass, loaded_entry)
    assert [key for key, label in labels(result, "point").items() if label.startswith("✓ ")] == [KEY]
    result = await submit_option(hass, result, {"point": KEY})
    assert held(result) == row
    await submit_option(hass, result, {"contracted_power": 500.0, "warning_share": 90.0})
    assert loaded_entry.options["contracts"] == {KEY: {"contracted_power": 500.0, "warning_share": 90.0}}

    await contract(hass, loaded_entry, warning_share=90.0)
    assert loaded_entry.options["contracts"] == {}
    assert entity_id(hass, "sensor", loaded_entry, POINT_ID, SHARE) is None
    assert entity_id(hass, "binary_sensor", loaded_entry, POINT_ID, NEAR) is None


async def test_near_before_exceeded_and_both_until_the_month_is_over(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await contract(hass, loaded_entry, contracted_power=1000.0)
    assert states(hass, loaded_entry) == (STATE_OFF, STATE_OFF)
    for kilowatts, expected in (
        (899.9, (STATE_OFF, STATE_OFF)),
        (900, (STATE_OFF, STATE_ON)),
        (1000, (STATE_OFF, STATE_ON)),
        (1000.1, (STATE_ON, STATE_ON)),
        (10, (STATE_ON, STATE_ON)),
    ):
        start = simulator.clock.now().replace(second=0) - timedelta(minutes=simulator.clock.now().minute % 15)
        set_demand(simulator, TRAFO_6, start, kilowatts)
        await pass_time(READINGS_INTERVAL)
        assert states(hass, loaded_entry) == expected
        near = state_of(hass, "binary_sensor", loaded_entry, POINT_ID, NEAR).attributes
        assert (near["power_kw"], near["warning_kw"], near["contracted_kw"]) == (kilowatts, 900, 1000)
    exceeded = state_of(hass, "binary_sensor", loaded_entry, POINT_ID, EXCEEDED).attributes
    assert (exceeded["at"], exceeded["excess_kw"]) == (start - QUARTER, 0.1)
    while month(simulator.clock.now()) == month(NOW):
        await pass_time(timedelta(hours=12))
    await pass_time(READINGS_INTERVAL)
    assert states(hass, loaded_entry) == (STATE_OFF, STATE_OFF)


async def test_an_account_that_does_not_run(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    result = await open_step(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_no_point_has_the_energy(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "points": ["reengenPoint"]})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await open_step(hass, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_energy")


@pytest.mark.parametrize(
    "wrong", [{"contracted_power": 0}, {"contracted_power": -1}, {"warning_share": 101}, {"warning_share": 0}], ids=str
)
async def test_what_the_form_does_not_take(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidData):
        await contract(hass, loaded_entry, **{"contracted_power": 1.0, **wrong})


async def test_what_is_no_number_is_no_contract(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    await contract(hass, loaded_entry, contracted_power="nan")
    assert loaded_entry.options["contracts"] == {}


async def test_a_contract_of_a_point_that_is_gone_can_be_taken_away(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await contract(hass, loaded_entry, contracted_power=400.0)
    simulator.remove_point(TRAFO_6)
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert labels(await open_step(hass, loaded_entry), "point")[KEY] == f"✓ {KEY}"
    await contract(hass, loaded_entry)
    assert loaded_entry.options["contracts"] == {}


async def test_a_warning_without_demand_is_unknown(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    contracts = {KEY: {"contracted_power": 400.0}}
    hass.config_entries.async_update_entry(entry, options={**entry.options, "contracts": contracts})
    simulator.database.execute("DELETE FROM sample WHERE end_utc > ?", (month(NOW)[0].timestamp(),))
    start = month(NOW)[0] + timedelta(days=3)
    set_demand(simulator, TRAFO_6, start, 100)
    simulator.database.execute("DELETE FROM sample WHERE end_utc < ?", (month(NOW)[0].timestamp(),))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    # Of one value alone nobody can say for how long it was measured.
    assert states(hass, entry) == (STATE_UNKNOWN, STATE_UNKNOWN)


kilowatts = st.integers(1, 10**9).map(lambda thousandths: thousandths / 1000)


@given(kilowatts, st.integers(1, 100), kilowatts)
def test_shares_are_those_of_whole_numbers(contracted: float, percent: int, demand: float) -> None:
    found = Contract.of({"contracted_power": contracted, "warning_share": percent})
    watts, limit = round(demand * 1000), round(contracted * 1000)
    assert (found.excess(demand) > 0) == (watts > limit)
    assert found.is_near(demand) == (100 * watts >= limit * percent)
    assert found.share_percent(demand) == pytest.approx(100 * watts / limit, rel=1e-12, abs=1e-6)
