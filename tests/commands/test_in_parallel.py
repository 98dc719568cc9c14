"""A command waits for others of its point, for nothing else, and runs once all the same."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from simulator import Simulator
from simulator.records import RequestRecord
from tests import oracle
from tests.commands.samples import (
    BUTTON,
    NUMBER,
    POINT,
    POINT_ID,
    SAMPLES,
    SELECT,
    SWITCH,
    TEXT,
    Sample,
    add_samples,
    parameters_run,
)
from tests.registries import entity_id

SITE = "xFabrikaFabrika"
HELD = "timeout_before_execution"

type Begin = Callable[[Any], asyncio.Task[Any]]


class _Arrivals(list[RequestRecord]):
    """The simulator's log of requests, which calls back for each command that arrives."""

    def __init__(self, arrived: Callable[[RequestRecord], None]) -> None:
        super().__init__()
        self._arrived = arrived

    @override
    def append(self, record: RequestRecord) -> None:
        super().append(record)
        self._arrived(record)


@pytest.fixture(autouse=True)
def _samples(simulator: Simulator) -> None:
    add_samples(simulator)
    for sample in SAMPLES:
        simulator.add_command(SITE, sample.code, name=sample.name, **sample.listing)


@pytest.fixture
async def begin() -> AsyncIterator[Begin]:
    """Return what begins a call, which is given up at the end of the test."""
    tasks: list[asyncio.Task[Any]] = []

    def run(work: Any) -> asyncio.Task[Any]:
        tasks.append(asyncio.ensure_future(work))
        return tasks[-1]

    yield run
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def arrives(simulator: Simulator, method: str, count: int = 1) -> None:
    """Wait until so many requests of a method have arrived from now on."""
    event, wanted = asyncio.Event(), count

    def arrived(record: RequestRecord) -> None:
        nonlocal wanted
        wanted -= record.method == method
        if wanted <= 0:
            event.set()

    simulator.requests = _Arrivals(arrived)
    async with asyncio.timeout(30):
        await event.wait()


def call_at_site(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, sample: Sample) -> Any:
    """Return the call of the same command at the other point."""
    target = entity_id(hass, sample.platform, entry, oracle.point_id(simulator, SITE), sample.key)
    assert target is not None
    return hass.services.async_call(
        sample.platform, sample.service, {**sample.data, "entity_id": target}, blocking=True
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.platform)
async def test_a_slow_command_holds_up_no_other_point(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, begin: Begin, sample: Sample
) -> None:
    simulator.fail_next(HELD, method="ExecuteCommand")
    slow = begin(sample.call(hass, loaded_entry))
    await arrives(simulator, "ExecuteCommand")
    for other in SAMPLES:
        await call_at_site(hass, simulator, loaded_entry, other)
    assert not slow.done()
    assert {(record.point_code, record.command) for record in simulator.executions} == {
        (SITE, other.code) for other in SAMPLES
    }


@pytest.mark.parametrize(
    ("first", "second"), [(SWITCH, SWITCH), (SWITCH, SELECT), (BUTTON, NUMBER), (TEXT, BUTTON)], ids=str
)
async def test_commands_of_one_point_are_sent_one_after_another(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    begin: Begin,
    first: Sample,
    second: Sample,
) -> None:
    simulator.fail_next("slow_first_byte", method="ExecuteCommand", seconds=0.2)
    before = begin(first.call(hass, loaded_entry))
    await arrives(simulator, "ExecuteCommand")
    answered_before: list[bool] = []
    simulator.requests = _Arrivals(
        lambda record: answered_before.append(before.done()) if record.method == "ExecuteCommand" else None
    )
    await second.call(hass, loaded_entry)
    assert answered_before == [True]
    assert [record.command for record in simulator.executions] == [first.code, second.code]


async def test_the_action_waits_for_an_entity_of_its_point(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, begin: Begin
) -> None:
    simulator.fail_next("slow_first_byte", method="ExecuteCommand", seconds=0.2)
    begin(SWITCH.call(hass, loaded_entry))
    await arrives(simulator, "ExecuteCommand")
    fields = {"config_entry_id": loaded_entry.entry_id, "point": POINT, "command": SWITCH.code, "parameter": False}
    await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    assert parameters_run(simulator, SWITCH) == [True, False]
    assert SWITCH.state_in(hass, loaded_entry) == "off"


async def test_a_failed_command_gives_its_turn_to_the_next(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, begin: Begin
) -> None:
    simulator.fail_next(HELD, method="ExecuteCommand")
    slow = begin(SWITCH.call(hass, loaded_entry))
    await arrives(simulator, "ExecuteCommand")
    waiting = begin(BUTTON.call(hass, loaded_entry))
    slow.cancel()
    await waiting
    assert [record.command for record in simulator.executions] == [BUTTON.code]


async def test_a_listing_of_all_commands_holds_up_no_command(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, begin: Begin
) -> None:
    simulator.fail_next(HELD, method="ListAvailableCommands", times=2)
    reread = er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{loaded_entry.entry_id}_reread_commands")
    listing = begin(hass.services.async_call("button", "press", {"entity_id": reread}, blocking=True))
    await arrives(simulator, "ListAvailableCommands", 2)
    for sample in SAMPLES:
        await sample.call(hass, loaded_entry)
        assert parameters_run(simulator, sample) == [sample.parameter]
    assert not listing.done()


async def test_a_reload_keeps_the_turns(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, begin: Begin
) -> None:
    simulator.fail_next(HELD, method="ExecuteCommand")
    begin(SWITCH.call(hass, loaded_entry))
    await arrives(simulator, "ExecuteCommand")
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    assert loaded_entry.runtime_data.commands.turn(POINT_ID).locked()
    assert not loaded_entry.runtime_data.commands.turn(oracle.point_id(simulator, SITE)).locked()
