"""After a command the platform's readings show whether it had effect; nothing is sent again."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, override
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import restore_state
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.commands.confirmation import look, rule_of
from custom_components.reengen.const import DOMAIN
from simulator import RequestRecord, Simulator
from tests import accounts, oracle
from tests.commands.samples import PassTime
from tests.registries import entity_id, state_of

# API document: GetPointHierarchy. The world of the simulator gives it a load of its own, which its lights change.
TRAFO, TRAFO_ID = "xFabrikaTrafo6", 12768
OFF = f"{TRAFO_ID}/lights-on-off/off"
ON = f"{TRAFO_ID}/lights-on-off/on"
MODE = f"{TRAFO_ID}/mode/eco"
TEST = f"{TRAFO_ID}/generator-test/"


def rule(
    threshold: float, *, comparison: str = "below", minutes: int = 60, measurement: str = "active_power_phase"
) -> Any:
    return {"measurement": measurement, "comparison": comparison, "threshold": threshold, "minutes": minutes}


@pytest.fixture(autouse=True)
def _commands(simulator: Simulator) -> None:
    simulator.add_command(TRAFO, "generator-test", name="Test", command_type="NoParameter")
    simulator.add_command(TRAFO, "mode", name="Mode", command_type="MultiOption", options=(("eco", "Eco"),))


@pytest.fixture
def power_before(simulator: Simulator, now: datetime) -> float:
    """Return the mean power, in W, of the hour before."""
    hour = timedelta(hours=1)
    found = oracle.mean(simulator, TRAFO, "activePower", "phase", now - hour, now)
    assert found > Decimal(100)
    return float(found)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry, rules: dict[str, Any]) -> None:
    options = {"points": [TRAFO], "measurements": ["active_energy_import"], "confirmations": rules}
    await accounts.set_up(hass, entry, **options)


def state(hass: HomeAssistant, entry: MockConfigEntry, platform: str = "switch", code: str = "lights-on-off") -> State:
    found = hass.states.get(entity_id(hass, platform, entry, TRAFO_ID, f"command_{code}") or "")
    assert found is not None
    return found


def told(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    return state(hass, entry).attributes["confirmation"]


def event(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[str, str, Any]:
    """Return what the event of the point said last, and of which command with which parameter."""
    found = state_of(hass, "event", entry, TRAFO_ID, "commands").attributes
    return found["event_type"], found["command"], found["parameter"]


async def turn(hass: HomeAssistant, entry: MockConfigEntry, *, on: bool) -> None:
    target = {"entity_id": state(hass, entry).entity_id}
    await hass.services.async_call("switch", "turn_on" if on else "turn_off", target, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


def looks(simulator: Simulator) -> int:
    """Return how often the power was asked for, which only the confirmation does."""
    asked = (each.body["properties"]["series"] for each in simulator.requests if each.method == "GetData")
    return sum(series[0].get("definition") == "activePower" for series in asked)


async def test_done_is_said_after_the_first_whole_quarter_hour(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, power_before: float
) -> None:
    # The lights take 55 % of the load with them.
    await set_up(hass, entry, {OFF: rule(power_before * 0.7)})
    assert told(hass, entry) is None
    await turn(hass, entry, on=False)
    assert (state(hass, entry).state, told(hass, entry)) == (STATE_OFF, "waiting")

    # It is 14:20; the quarter hour that begins at 14:30 is over at 14:45, and looked at 5 minutes later.
    assert looks(simulator) == 0
    await pass_time(timedelta(minutes=30))
    assert (state(hass, entry).state, told(hass, entry)) == (STATE_OFF, "done")
    assert event(hass, entry) == ("done", "lights-on-off", False)
    assert looks(simulator) == 1
    (request,) = [
        each.body["properties"]
        for each in simulator.requests
        if each.method == "GetData" and each.body["properties"]["series"][0].get("definition") == "activePower"
    ]
    assert (request["point"], request["start"], request["end"], request["resolution"]) == (
        [TRAFO],
        "2026-07-15T14:30:00",
        "2026-07-15T14:44:59",
        "fifteenmin",
    )
    await pass_time(timedelta(hours=1))
    assert looks(simulator) == 1
    assert [each.parameter for each in simulator.executions] == [False]


async def test_not_done_is_said_when_the_wait_is_over(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, power_before: float
) -> None:
    await set_up(hass, entry, {OFF: rule(power_before * 0.01)})
    await turn(hass, entry, on=False)
    for minutes in (30, 15):
        await pass_time(timedelta(minutes=minutes))
        assert told(hass, entry) == "waiting"
    await pass_time(timedelta(minutes=15))
    # The state stays what the platform accepted, and nothing is sent again.
    assert (state(hass, entry).state, told(hass, entry)) == (STATE_OFF, "not_done")
    assert event(hass, entry) == ("not_done", "lights-on-off", False)
    assert [each.parameter for each in simulator.executions] == [False]
    # At 14:50, at 15:05, and at the end of the wait at 15:20.
    assert looks(simulator) == 3


@pytest.mark.parametrize(("minutes", "most"), [(40, 2), (60, 3), (240, 15), (1440, 95)])
async def test_the_number_of_requests_is_bounded(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, minutes: int, most: int
) -> None:
    now = simulator.clock.now()
    simulator.hold_back(TRAFO, now, now + timedelta(days=3), now + timedelta(days=5))
    await set_up(hass, entry, {OFF: rule(1.0, minutes=minutes)})
    await turn(hass, entry, on=False)
    await pass_time(timedelta(minutes=30))
    for _ in range(minutes // 15):
        await pass_time(timedelta(minutes=15))
    assert told(hass, entry) == "no_reading"
    assert event(hass, entry) == ("no_reading", "lights-on-off", False)
    assert looks(simulator) == most


async def test_nothing_is_asked_before_there_is_a_whole_quarter_hour(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, now: datetime
) -> None:
    """As after a clock that was set back."""
    await set_up(hass, entry, {TEST: rule(1.0)})
    data = entry.runtime_data
    (point,) = data.points.data.chosen
    (command,) = [each for each in data.commands.data[point.id] if each.code == "generator-test"]
    found = rule_of(AccountOptions.of(entry), point.id, command, None)
    assert found is not None
    for seen_at in (now, now - timedelta(hours=1), now + timedelta(minutes=24)):
        assert await look(data.points.home_client, point, found, accepted_at=now, now=seen_at) is None
    assert looks(simulator) == 0


async def test_a_failing_look_is_made_up_for(
    hass: HomeAssistant,
    simulator: Simulator,
    impatient_client: None,
    entry: MockConfigEntry,
    pass_time: PassTime,
    power_before: float,
) -> None:
    await set_up(hass, entry, {OFF: rule(power_before * 0.7)})
    await turn(hass, entry, on=False)
    simulator.fail_next("refused", method="GetData", times=20)
    await pass_time(timedelta(minutes=30))
    assert told(hass, entry) == "waiting"
    simulator.clear_faults()
    await pass_time(timedelta(minutes=15))
    assert told(hass, entry) == "done"


async def test_a_look_that_fails_unexpectedly_is_told_and_made_up_for(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    pass_time: PassTime,
    power_before: float,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await set_up(hass, entry, {OFF: rule(power_before * 0.7)})
    await turn(hass, entry, on=False)
    with patch("custom_components.reengen.commands.waiting.look", AsyncMock(side_effect=RuntimeError)):
        await pass_time(timedelta(minutes=30))
    assert told(hass, entry) == "waiting"
    assert f"looking for the effect of a command at {TRAFO}" in caplog.text
    await pass_time(timedelta(minutes=15))
    assert told(hass, entry) == "done"


async def test_the_next_command_begins_anew(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, power_before: float
) -> None:
    await set_up(hass, entry, {OFF: rule(power_before * 0.01), ON: rule(power_before * 0.7, comparison="above")})
    await turn(hass, entry, on=False)
    await pass_time(timedelta(minutes=31))
    await turn(hass, entry, on=True)
    assert (state(hass, entry).state, told(hass, entry)) == (STATE_ON, "waiting")
    await pass_time(timedelta(minutes=31))
    assert told(hass, entry) == "done"
    await pass_time(timedelta(hours=2))
    assert (told(hass, entry), looks(simulator)) == ("done", 2)


async def test_a_case_without_a_rule_says_nothing(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
) -> None:
    await set_up(hass, entry, {OFF: rule(1.0)})
    await turn(hass, entry, on=False)
    await turn(hass, entry, on=True)
    assert told(hass, entry) is None
    await pass_time(timedelta(hours=2))
    assert (told(hass, entry), looks(simulator)) == (None, 0)
    # A command that is not confirmed at all has no such attribute.
    assert "confirmation" not in state(hass, entry, "button", "generator-test").attributes


@pytest.mark.parametrize("fault", ["refused", "timeout_after_execution"])
async def test_a_command_that_was_not_accepted_is_not_waited_for(
    hass: HomeAssistant, simulator: Simulator, impatient_client: None, entry: MockConfigEntry, fault: str
) -> None:
    await set_up(hass, entry, {OFF: rule(1.0)})
    simulator.fail_next(fault, method="ExecuteCommand")
    with pytest.raises(HomeAssistantError):
        await turn(hass, entry, on=False)
    assert told(hass, entry) is None


@pytest.mark.parametrize(
    ("platform", "service", "data", "key"),
    [("button", "press", {}, TEST), ("select", "select_option", {"option": "Eco"}, MODE)],
)
async def test_other_kinds_of_commands(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    pass_time: PassTime,
    platform: str,
    service: str,
    data: dict[str, Any],
    key: str,
) -> None:
    # The energy of a quarter hour, which is always more than nothing.
    await set_up(hass, entry, {key: rule(0.0, comparison="above", measurement="active_energy_import")})
    code = key.split("/")[1]
    target = {"entity_id": state(hass, entry, platform, code).entity_id}
    await hass.services.async_call(platform, service, {**data, **target}, blocking=True)
    assert state(hass, entry, platform, code).attributes["confirmation"] == "waiting"
    await pass_time(timedelta(minutes=31))
    assert state(hass, entry, platform, code).attributes["confirmation"] == "done"


async def test_a_command_of_the_action_is_confirmed_too(
    hass: HomeAssistant, entry: MockConfigEntry, pass_time: PassTime, power_before: float
) -> None:
    await set_up(hass, entry, {OFF: rule(power_before * 0.7)})
    fields = {"config_entry_id": entry.entry_id, "point": TRAFO, "command": "lights-on-off", "parameter": False}
    await hass.services.async_call(DOMAIN, "execute_command", fields, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(hass, entry) == "waiting"
    await pass_time(timedelta(minutes=31))
    assert told(hass, entry) == "done"


@pytest.mark.parametrize("away", [timedelta(minutes=5), timedelta(hours=9)], ids=["in the wait", "past the wait"])
async def test_a_reload_goes_on(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: PassTime,
    power_before: float,
    away: timedelta,
) -> None:
    await set_up(hass, entry, {OFF: rule(power_before * 0.01), ON: rule(power_before * 0.7, comparison="above")})
    await turn(hass, entry, on=False)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(away)
    assert looks(simulator) == 0
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await pass_time(timedelta(hours=1))
    assert (state(hass, entry).state, told(hass, entry)) == (STATE_OFF, "not_done")
    assert [each.parameter for each in simulator.executions] == [False]
    stored = {each.state.entity_id: each.as_dict() for each in restore_state.async_get(hass).async_get_stored_states()}
    assert stored[state(hass, entry).entity_id]["extra_data"] == {
        "accepted": False,
        "confirmation": "not_done",
        "accepted_at": "2026-07-15T11:20:00+00:00",
    }

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = looks(simulator)
    await pass_time(timedelta(hours=1))
    assert (told(hass, entry), looks(simulator)) == ("not_done", before)


class _Arrivals(list[RequestRecord]):
    """The simulator's log of requests, which tells when the power was asked for."""

    def __init__(self, before: list[RequestRecord]) -> None:
        super().__init__(before)
        self.come = asyncio.Event()

    @override
    def append(self, record: RequestRecord) -> None:
        super().append(record)
        if "activePower" in repr(record.body):
            self.come.set()


async def test_unload_in_the_middle_of_a_look(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, freezer: Any, power_before: float
) -> None:
    await set_up(hass, entry, {OFF: rule(power_before * 0.7)})
    await turn(hass, entry, on=False)
    simulator.fail_next("timeout_before_execution", method="GetData", times=20)
    arrivals = _Arrivals(simulator.requests)
    simulator.requests = arrivals
    later = timedelta(minutes=30)
    freezer.tick(later)
    simulator.clock.advance(later)
    async_fire_time_changed(hass, dt_util.utcnow() + later)
    async with asyncio.timeout(10):
        await arrivals.come.wait()
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert looks(simulator) == 1
