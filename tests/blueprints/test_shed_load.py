"""Shed a load when power stays above a limit, and restore it: once each, and never somebody else's.

The limit is that of the automation, or a share of the contracted power.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.commands.samples import POINT, POINT_ID, SWITCH, parameters_run
from tests.registries import entity_id, restored

from .conftest import Automate, Notifications, ReadPower

type Shedding = Callable[..., Awaitable[None]]

# In kW.
LIMIT, MARGIN = 50, 10
# How long it stays above the limit.
MINUTES_20 = timedelta(minutes=20)
ABOVE, BETWEEN, BELOW = LIMIT + 1, LIMIT - MARGIN + 1, LIMIT - MARGIN - 1


BY_LIMIT, BY_CONTRACT = "shed_load", "shed_load_before_contracted_power"


@pytest.fixture(params=[BY_LIMIT, BY_CONTRACT])
def blueprint(request: pytest.FixtureRequest) -> str:
    """Return the name of a blueprint."""
    name: str = request.param
    return name


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Read the power of the transformer alone; the contract warns at the limit."""
    contracts = {str(POINT_ID): {"contracted_power": LIMIT / 0.8, "warning_share": 80}}
    return entry_options | {"points": [POINT], "measurements": ["active_energy_import"], "contracts": contracts}


def watched(hass: HomeAssistant, entry: MockConfigEntry, blueprint: str) -> dict[str, Any]:
    """Return the inputs that say what is watched."""
    if blueprint == BY_CONTRACT:
        return {"near": entity_id(hass, "binary_sensor", entry, POINT_ID, "near_contracted_power")}
    return {"power": entity_id(hass, "sensor", entry, POINT_ID, "active_power"), "limit": LIMIT}


@pytest.fixture
async def inputs(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, toggle: str, read_power: ReadPower, blueprint: str
) -> dict[str, Any]:
    """Watch the transformer, which is below the limit and has its lights on."""
    await read_power(BELOW)
    await turn(hass, loaded_entry, on=True)
    return {
        **watched(hass, loaded_entry, blueprint),
        "margin": MARGIN,
        "load": SWITCH.entity_id(hass, loaded_entry),
        "shed": toggle,
    }


@pytest.fixture
def shedding(inputs: dict[str, Any], automate: Automate, blueprint: str) -> Shedding:
    """Return what makes the automation with these inputs beside the usual ones."""

    async def shedding(**more: Any) -> None:
        await automate(blueprint, **inputs, **more)

    return shedding


async def turn(hass: HomeAssistant, entry: MockConfigEntry, *, on: bool) -> None:
    target = {"entity_id": SWITCH.entity_id(hass, entry)}
    await hass.services.async_call("switch", "turn_on" if on else "turn_off", target, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_peak_sheds_once_and_its_end_restores_once(
    simulator: Simulator,
    shedding: Shedding,
    read_power: ReadPower,
    notifications: Notifications,
) -> None:
    await shedding(stays_for={"minutes": 20})
    # A single quarter hour is no peak.
    for kilowatts in (ABOVE, BELOW, ABOVE, BELOW):
        await read_power(kilowatts)
    await read_power(BELOW, MINUTES_20)
    assert parameters_run(simulator, SWITCH) == [True]
    # From the second on it is, for as long as it lasts; and what is just below the limit does not end it.
    await read_power(ABOVE)
    await read_power(ABOVE + 1)
    assert parameters_run(simulator, SWITCH) == [True]
    await read_power(ABOVE, MINUTES_20)
    for kilowatts in (ABOVE, ABOVE + 5, BETWEEN, ABOVE, BETWEEN):
        await read_power(kilowatts)
    await read_power(BETWEEN, MINUTES_20)
    assert parameters_run(simulator, SWITCH) == [True, False]
    for kilowatts in (BELOW, BELOW - 5, BELOW, BETWEEN):
        await read_power(kilowatts)
    assert parameters_run(simulator, SWITCH) == [True, False, True]
    assert notifications() == {}
    # The next peak is one of its own.
    await read_power(ABOVE)
    await read_power(ABOVE, MINUTES_20)
    assert parameters_run(simulator, SWITCH) == [True, False, True, False]


async def test_it_stays_off_for_the_minimum_and_comes_back_without_a_new_reading(
    hass: HomeAssistant,
    simulator: Simulator,
    shedding: Shedding,
    read_power: ReadPower,
) -> None:
    await shedding(stays_for={"minutes": 0}, minimum_off={"minutes": 40})
    await read_power(ABOVE)
    assert parameters_run(simulator, SWITCH) == [True, False]
    await read_power(BELOW)
    await read_power(BELOW)
    # 30 minutes.
    assert parameters_run(simulator, SWITCH) == [True, False]
    # The event loop's clock stood still, so the timer counts from the beginning; the wall clock decides.
    await read_power(BELOW, timedelta(minutes=41))
    assert parameters_run(simulator, SWITCH) == [True, False, True]


@pytest.mark.parametrize("fault", ["refused", "reset_before_body", "reset_after_execution"])
async def test_what_fails_is_told_and_not_repeated(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    shedding: Shedding,
    read_power: ReadPower,
    notifications: Notifications,
    fault: str,
) -> None:
    await shedding(stays_for={"minutes": 0})
    sent = simulator.count("ExecuteCommand")
    simulator.fail_next(fault, method="ExecuteCommand", times=9)
    for kilowatts in (ABOVE, ABOVE + 1, ABOVE):
        await read_power(kilowatts)
    assert simulator.count("ExecuteCommand") == sent + 1
    (told,) = notifications().values()
    assert told["title"] == "Transformer 6 Turn Lights On/Off"
    assert "not confirmed" in told["message"]

    # It may be off, so it is switched on when the peak is over; and that, too, is told and not repeated.
    for kilowatts in (BELOW, BELOW - 1, BELOW, BELOW - 1):
        await read_power(kilowatts)
    assert simulator.count("ExecuteCommand") == sent + 2
    assert len(notifications()) == 1

    simulator.clear_faults()
    await read_power(ABOVE)
    assert simulator.count("ExecuteCommand") == sent + 3
    assert SWITCH.state_in(hass, loaded_entry) == STATE_OFF
    assert notifications() == {}


async def test_nothing_is_sent_to_what_cannot_be_reached(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    shedding: Shedding,
    read_power: ReadPower,
    notifications: Notifications,
) -> None:
    await shedding(stays_for={"minutes": 0})
    simulator.remove_command(POINT, SWITCH.code)
    await loaded_entry.runtime_data.commands.async_list_anew()
    await read_power(ABOVE)
    assert parameters_run(simulator, SWITCH) == [True]
    assert len(notifications()) == 1


async def test_what_somebody_else_switched_off_stays_off(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    shedding: Shedding,
    read_power: ReadPower,
) -> None:
    await shedding(stays_for={"minutes": 0}, minimum_off={"minutes": 0})
    await turn(hass, loaded_entry, on=False)
    for kilowatts in (ABOVE, BELOW, BELOW - 1):
        await read_power(kilowatts)
    assert parameters_run(simulator, SWITCH) == [True, False]


async def test_what_somebody_switches_on_meanwhile_is_theirs(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    shedding: Shedding,
    read_power: ReadPower,
) -> None:
    await shedding(stays_for={"minutes": 0}, minimum_off={"minutes": 0})
    await read_power(ABOVE)
    await turn(hass, loaded_entry, on=True)
    for kilowatts in (ABOVE + 1, BELOW, BELOW - 1):
        await read_power(kilowatts)
    assert parameters_run(simulator, SWITCH) == [True, False, True]


@pytest.mark.parametrize(
    ("mark", "kilowatts", "runs"),
    [
        pytest.param(STATE_ON, [ABOVE, BELOW, BELOW - 1, BELOW], [True], id="shed before, restored"),
        pytest.param(STATE_OFF, [ABOVE], [False], id="above the limit meanwhile, shed"),
        pytest.param(STATE_OFF, [BELOW, BELOW - 1], [], id="nothing happened"),
    ],
)
async def test_after_a_restart_it_goes_on(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    entry: MockConfigEntry,
    automate: Automate,
    read_power: ReadPower,
    mark: str,
    kilowatts: list[float],
    runs: list[bool],
    blueprint: str,
) -> None:
    before, *after = kilowatts
    hass.set_state(CoreState.not_running)
    await restored(hass, hass_storage, State("input_boolean.mark", mark), {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await read_power(before)
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"mark": None}})
    await automate(
        blueprint,
        **watched(hass, entry, blueprint),
        margin=MARGIN,
        load=SWITCH.entity_id(hass, entry),
        shed="input_boolean.mark",
    )
    await hass.async_start()
    await hass.async_block_till_done(wait_background_tasks=True)
    for each in after:
        await read_power(each)
    assert parameters_run(simulator, SWITCH) == runs
