"""One table: every fault of the platform in the way of every action and every service of an entity.

Whatever happens, an error is explained in the user's language, what is shown stays as it was, and a command or a write
happens at most once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import partial
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import OddityKind
from custom_components.reengen.services import ACTIONS
from simulator import Simulator

from .commands.samples import POINT_ID, SAMPLES, Sample, add_samples
from .data_values.samples import add_wanted, put, stored, value_entity, wanted
from .services import action_samples
from .services.test_faults import HELD, IDS, MAY_DIFFER, METHODS, WEATHER, assert_explained, undo

pytestmark = pytest.mark.usefixtures("impatient_client")

UNKNOWN = "outcome_unknown"


class Kind(Enum):
    """What a row does to the platform."""

    READ = auto()
    WRITE = auto()
    COMMAND = auto()
    NOTHING = auto()


type Call = Callable[[HomeAssistant, MockConfigEntry], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing a user can call: what it does, and the method of the API that meets the fault.

    `state` is what its entity shows after a success; `held` tells whether the platform has what was written; `told`
    is the key of the error that comes in any weather.
    """

    name: str
    kind: Kind
    method: str | None
    call: Call
    entity: Callable[[HomeAssistant, MockConfigEntry], str] | None = None
    state: str | None = None
    held: Callable[[Simulator], bool] | None = None
    told: str | None = None


def action(name: str) -> Row:
    """Return the row of an action, as the samples call it."""

    async def call(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
        return await action_samples.call(hass, entry, name)

    kind = Kind.READ if name in action_samples.READS else Kind.WRITE
    return Row(name=f"action {name}", kind=kind, method=METHODS[name], call=call, held=HELD.get(name))


def command(sample: Sample) -> Row:
    """Return the row of an entity's service that runs a command."""
    return Row(
        name=f"{sample.platform}.{sample.service}",
        kind=Kind.COMMAND,
        method="ExecuteCommand",
        call=sample.call,
        entity=sample.entity_id,
        state=sample.state,
    )


def run_by_action(sample: Sample) -> Row:
    """Return the row of the action that runs the command of the sample."""

    async def call(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
        fields: dict[str, Any] = {"command": sample.code, "parameter": sample.parameter}
        await action_samples.call(hass, entry, "execute_command", **fields)

    name = f"action execute_command {sample.platform}"
    return Row(name=name, kind=Kind.COMMAND, method="ExecuteCommand", call=call)


def value_id(platform: str, type_: str, hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return the entity of the value."""
    found = value_entity(hass, entry, platform, type_)
    assert found is not None
    return found.entity_id


def value(platform: str, type_: str, new: float | str) -> Row:
    """Return the row of an entity's service that writes a value of the Data Science table."""

    async def call(hass: HomeAssistant, entry: MockConfigEntry) -> None:
        target = {"entity_id": value_id(platform, type_, hass, entry), "value": new}
        await hass.services.async_call(platform, "set_value", target, blocking=True)

    return Row(
        name=f"{platform}.set_value data value",
        kind=Kind.WRITE,
        method="ManageDCData",
        call=call,
        entity=partial(value_id, platform, type_),
        state=str(float(new)) if platform == "number" else str(new),
        held=lambda simulator: stored(simulator, "xFabrikaTrafo6", type_) == str(new),
    )


async def reread(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Press the account's button."""
    found = hass.states.async_entity_ids("button")
    (own,) = [each for each in found if each.endswith("_re_read_commands")]
    await hass.services.async_call("button", "press", {"entity_id": own}, blocking=True)


def home_affair(name: str, told: str | None) -> Row:
    """Return the row of an action that asks the platform for nothing, and what it says without a recorder."""

    async def call(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
        fields = {"config_entry_id": entry.entry_id}
        return await hass.services.async_call("reengen", name, fields, blocking=True, return_response=True)

    return Row(name=f"action {name}", kind=Kind.NOTHING, method=None, call=call, told=told)


TABLE = (
    *map(action, action_samples.READS),
    Row(name="button re-read, tree", kind=Kind.READ, method="GetPointHierarchy", call=reread),
    Row(name="button re-read, commands", kind=Kind.READ, method="ListAvailableCommands", call=reread),
    home_affair("add_to_energy_dashboard", "energy_dashboard_missing"),
    home_affair("create_dashboard", None),
    # With a recorder: tests/history/test_import_history.py.
    home_affair("import_history", "recorder_missing"),
    *map(action, action_samples.WRITES),
    value("number", "set-point", 41),
    value("text", "message", "007"),
    *map(command, SAMPLES),
    *map(run_by_action, SAMPLES),
)


@pytest.fixture
def entry(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account with a command of each kind and a value of each kind that is written."""
    add_samples(simulator)
    put(simulator, "xFabrikaTrafo6", "set-point", "40")
    put(simulator, "xFabrikaTrafo6", "message", "006")
    number = wanted(POINT_ID, "set-point", mode="write")
    text = wanted(POINT_ID, "message", mode="write", kind="text")
    add_wanted(hass, entry, number, text)
    return entry


def shown(hass: HomeAssistant) -> dict[str, str]:
    """Return the states of all that can be operated; of a button it is Home Assistant's time of the press."""
    return {each.entity_id: each.state for each in hass.states.async_all(("switch", "select", "number", "text"))}


def rows(found: dict[str, Any]) -> set[str]:
    """Return the rows of a response; the path of a point depends on the points above it."""
    lists = [found.get("data"), found.get("commands"), *(series["data"] for series in found.get("series", ()))]
    return {
        json.dumps({name: cell for name, cell in row.items() if name != "path"}, sort_keys=True)
        for each in lists
        for row in each or ()
    }


def is_right_or_says(response: Any, right: Any) -> bool:
    """Return whether a response is as in good weather, or lacks something, says so and has nothing made up."""
    return bool(response == right or (response["warnings"] and rows(response) <= rows(right)))


def is_shown_or_left_out(hass: HomeAssistant, entry: MockConfigEntry, before: dict[str, str]) -> bool:
    """Return whether all is shown as before, but for commands that a listing has left out and named."""
    found = entry.runtime_data.oddities.current
    may = {STATE_UNAVAILABLE} if any(each.kind is OddityKind.COMMAND for each in found) else set()
    return all(state in {before[entity_id], *may} for entity_id, state in shown(hass).items())


def done_by_platform(simulator: Simulator) -> int:
    return len(simulator.executions) + len(simulator.writes)


async def attempt(row: Row, hass: HomeAssistant, entry: MockConfigEntry) -> tuple[str | None, Any]:
    """Return the key of the error that the user sees, or None and the response."""
    try:
        return None, await row.call(hass, entry)
    except HomeAssistantError as error:
        return assert_explained(error), None


def test_the_table_has_every_action() -> None:
    names = {row.name.split()[1] for row in TABLE if row.name.startswith("action ")}
    # A check fails for nothing that the platform does: tests/platform_check/test_faults.py.
    assert names | {"check_platform"} == {each.name for each in ACTIONS}


@pytest.mark.parametrize(("fault", "options"), WEATHER, ids=IDS)
async def test_at_most_once_explained_and_unchanged(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    fault: str,
    options: dict[str, Any],
) -> None:
    for row in TABLE:
        right = await row.call(hass, loaded_entry) if row.kind is Kind.READ else None
        before, requests = shown(hass), simulator.count()
        simulator.executions.clear()
        simulator.writes.clear()
        simulator.fail_next(fault, method=row.method, times=2 if row.kind is Kind.READ else 1, **options)
        told, response = await attempt(row, hass, loaded_entry)
        simulator.clear_faults()
        match row.kind:
            case Kind.READ:
                assert done_by_platform(simulator) == 0, row.name
                assert told not in {UNKNOWN, "unknown"}, row.name
                assert told or fault in MAY_DIFFER or is_right_or_says(response, right), row.name
                assert told or fault in MAY_DIFFER or is_shown_or_left_out(hass, loaded_entry, before), row.name
                # A session that is refused twice in a row is asked for again after a minute.
                freezer.tick(timedelta(minutes=1) * (told == "session_refused"))
                # What could not be told from the truth is put right by the next look.
                assert await row.call(hass, loaded_entry) == right, row.name
                assert shown(hass).items() >= before.items(), row.name
            case Kind.NOTHING:
                assert simulator.count() == requests, row.name
                assert (told, done_by_platform(simulator)) == (row.told, 0), row.name
            case Kind.WRITE | Kind.COMMAND:
                assert_written_or_run(row, hass, loaded_entry, simulator, told, response, before)
        if told is not None:
            assert shown(hass) == before, row.name
        undo(simulator)
        await hass.async_block_till_done(wait_background_tasks=True)


def assert_written_or_run(
    row: Row,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    told: str | None,
    response: Any,
    before: dict[str, str],
) -> None:
    """Assert that what the user is told of a write or a command is true, and that it happened once at most."""
    done = done_by_platform(simulator)
    assert done <= 1, row.name
    if row.held is not None:
        # What became of a write is looked up in good weather. An action reports it; an entity's service fails unless
        # the value is there.
        assert told != UNKNOWN or row.entity is not None, row.name
        if response is not None:
            told = None if response["data"][0]["result"] == "applied" else "not applied"
        assert (told is None) == row.held(simulator), row.name
    else:
        assert done == 1 if told is None else done <= (told == UNKNOWN), row.name
    if told is None and row.entity is not None and row.state is not None:
        assert shown(hass) == {**before, row.entity(hass, entry): row.state}, row.name
