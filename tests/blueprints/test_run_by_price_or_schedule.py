"""Run a command by price or schedule: once at the beginning, once at the end, whatever kind of command it is."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.commands.samples import BUTTON, NUMBER, SELECT, SWITCH, TEXT, Sample, parameters_run

from .conftest import Automate, Notifications

type ByPrice = Callable[..., Awaitable[None]]

PRICE, SCHEDULE = "sensor.price", "schedule.night"
LIMIT = 2.5


pytestmark = pytest.mark.usefixtures("every_command")


async def show(hass: HomeAssistant, entity_id: str, *states: float | str) -> None:
    """Let another integration show these states, one after the other."""
    for state in states:
        hass.states.async_set(entity_id, str(state))
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def by_price(hass: HomeAssistant, loaded_entry: MockConfigEntry, toggle: str, automate: Automate) -> ByPrice:
    """Return what makes the automation for one command while the price is above its limit."""

    async def by_price(sample: Sample, begin: str = "", end: str = "", **more: str) -> None:
        command = sample.entity_id(hass, loaded_entry)
        run = {"begin_command": command, "begin_value": begin, "end_command": command, "end_value": end}
        await show(hass, PRICE, LIMIT + 1)
        await automate("run_by_price_or_schedule", price=PRICE, price_limit=LIMIT, active=toggle, **run, **more)

    return by_price


@pytest.mark.parametrize(
    ("sample", "begin", "end", "runs"),
    [
        pytest.param(SWITCH, "on", "Off", [True, False], id="switch"),
        pytest.param(SELECT, "On", "Auto", ["on", "auto"], id="select"),
        pytest.param(NUMBER, "23.5", "19", [23.5, 19], id="number"),
        pytest.param(TEXT, "007", "1e3", ["007", "1e3"], id="text"),
        pytest.param(BUTTON, "", "", [None, None], id="button"),
    ],
)
async def test_each_kind_of_command_by_price(
    hass: HomeAssistant,
    simulator: Simulator,
    by_price: ByPrice,
    notifications: Notifications,
    sample: Sample,
    begin: str,
    end: str,
    runs: list[Any],
) -> None:
    await by_price(sample, begin, end)
    await show(hass, PRICE, LIMIT + 2)
    assert parameters_run(simulator, sample) == []
    # An outage of the price is neither.
    await show(hass, PRICE, LIMIT, LIMIT - 1, STATE_UNAVAILABLE, LIMIT - 2)
    assert parameters_run(simulator, sample) == runs[:1]
    await show(hass, PRICE, LIMIT + 0.01, STATE_UNAVAILABLE, LIMIT + 3)
    assert parameters_run(simulator, sample) == runs
    await show(hass, PRICE, -1)
    assert parameters_run(simulator, sample) == [*runs, runs[0]]
    assert notifications() == {}


async def test_by_schedule_without_a_command_at_the_end(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, toggle: str, automate: Automate
) -> None:
    await show(hass, SCHEDULE, "off")
    command = BUTTON.entity_id(hass, loaded_entry)
    await automate("run_by_price_or_schedule", schedule=SCHEDULE, active=toggle, begin_command=command)
    await show(hass, SCHEDULE, "on", "off", "on", "off")
    assert parameters_run(simulator, BUTTON) == [None, None]


async def test_of_price_and_schedule_one_is_enough(
    hass: HomeAssistant, simulator: Simulator, by_price: ByPrice
) -> None:
    await show(hass, SCHEDULE, "off")
    await by_price(SWITCH, "on", "off", schedule=SCHEDULE)
    await show(hass, SCHEDULE, "on")
    await show(hass, PRICE, LIMIT)
    await show(hass, SCHEDULE, "off")
    assert parameters_run(simulator, SWITCH) == [True]
    await show(hass, PRICE, LIMIT + 1)
    assert parameters_run(simulator, SWITCH) == [True, False]


@pytest.mark.parametrize("fault", ["refused", "reset_before_body", "reset_after_execution"])
async def test_what_fails_is_told_and_not_repeated(
    hass: HomeAssistant, simulator: Simulator, by_price: ByPrice, notifications: Notifications, fault: str
) -> None:
    await by_price(BUTTON)
    simulator.fail_next(fault, method="ExecuteCommand", times=9)
    await show(hass, PRICE, LIMIT, LIMIT - 1, LIMIT)
    assert simulator.count("ExecuteCommand") == 1
    (told,) = notifications().values()
    assert told["title"] == "Transformer 6 Generator Test"
    assert "not confirmed" in told["message"]
    simulator.clear_faults()
    await show(hass, PRICE, LIMIT + 1)
    assert notifications() == {}


async def test_nothing_is_sent_to_what_cannot_be_reached(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    by_price: ByPrice,
    notifications: Notifications,
) -> None:
    await by_price(BUTTON)
    simulator.remove_command("xFabrikaTrafo6", BUTTON.code)
    await loaded_entry.runtime_data.commands.async_list_anew()
    await show(hass, PRICE, LIMIT)
    assert simulator.count("ExecuteCommand") == 0
    assert len(notifications()) == 1
