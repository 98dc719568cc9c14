"""Every fault of the platform in the way of a write: the truth is told of each row, and nothing happens twice.

What the other actions and the entities do then is one table in tests/test_every_fault.py.
"""

from collections.abc import Callable
import json
from string import Formatter
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import FAULTS, Simulator
from tests.repository.paths import INTEGRATION

from .action_samples import NEW_READING, STORAGE, WRITES, call

pytestmark = pytest.mark.usefixtures("impatient_client")

# Each fault as it is by default, and with the request processed behind its back where it offers that. Not so 401:
# it means that the request was not applied (RFC 9110, section 15.5.2).
WEATHER: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in FAULTS] + [
    (name, {"executed": True})
    for name, fault in FAULTS.items()
    if "executed" in fault.options and name != "http_401_json"
]
IDS = [name + "".join(f"-{key}" for key in options) for name, options in WEATHER]

METHODS = {
    "get_point_hierarchy": "GetPointHierarchy",
    "get_data": "GetData",
    "get_cost": "GetData",
    "list_data": "ListDataEx",
    "get_dc_data": "GetDCData",
    "list_available_commands": "ListAvailableCommands",
    "import_data": "ImportData",
    "manage_dc_data": "ManageDCData",
}

# What these say in place of the truth is a valid response, which no reader can tell from the truth.
MAY_DIFFER = {
    "null_series",
    "extra_series_key",
    "echo_clamped",
    "unknown_point_id",
    "duplicate_row",
    "stale_response",
    "text_value",
}

MESSAGES = json.loads((INTEGRATION / "translations" / "en.json").read_text())["exceptions"]


def assert_explained(error: HomeAssistantError) -> str:
    """Return the key of the explanation, which exists and finds all that it quotes."""
    assert error.translation_domain == "reengen"
    assert error.translation_key is not None
    quoted = {name for _, name, _, _ in Formatter().parse(MESSAGES[error.translation_key]["message"]) if name}
    assert quoted == (error.translation_placeholders or {}).keys()
    return error.translation_key


async def told_or_answered(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, **fields: Any
) -> tuple[str | None, Any]:
    """Return the key of the error that the user sees, or None and the response."""
    try:
        return None, await call(hass, entry, action, **fields)
    except HomeAssistantError as error:
        return assert_explained(error), None


def states(hass: HomeAssistant) -> dict[str, str]:
    return {state.entity_id: state.state for state in hass.states.async_all(("switch", "select", "button"))}


def held_reading(simulator: Simulator) -> bool:
    (count,) = simulator.database.execute(
        "SELECT COUNT(*) FROM reading r JOIN point p ON p.id = r.point_id WHERE p.code = ? AND r.end_utc = ?",
        (STORAGE, NEW_READING.timestamp()),
    ).fetchone()
    return bool(count)


def held_value(simulator: Simulator) -> bool:
    return simulator.database.execute("SELECT 1 FROM dc_data WHERE type = 'target'").fetchone() is not None


HELD: dict[str, Callable[[Simulator], bool]] = {"import_data": held_reading, "manage_dc_data": held_value}


def undo(simulator: Simulator) -> None:
    simulator.set_reading(STORAGE, "activeEnergy", "import", NEW_READING, None)
    simulator.database.execute("DELETE FROM dc_data WHERE type = 'target'")
    simulator.writes.clear()


@pytest.mark.parametrize("with_response", [True, False], ids=["response", "no response"])
@pytest.mark.parametrize(("fault", "options"), WEATHER, ids=IDS)
async def test_writes(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    fault: str,
    options: dict[str, Any],
    *,
    with_response: bool,
) -> None:
    before = states(hass)
    for action in WRITES:
        simulator.fail_next(fault, method=METHODS[action], **options)
        told, response = await told_or_answered(hass, loaded_entry, action, response=with_response)
        rows = [{"result": "not_applied" if told else "applied"}] if response is None else response["data"]
        simulator.clear_faults()
        # The look-up meets good weather, so nothing stays unknown.
        assert [row["result"] for row in rows] == ["applied" if HELD[action](simulator) else "not_applied"], action
        assert len(simulator.writes) <= 1
        assert told != "outcome_unknown"
        undo(simulator)
    assert simulator.executions == []
    assert states(hass) == before


@pytest.mark.parametrize(("fault", "options"), WEATHER, ids=IDS)
async def test_a_login_that_meets_it(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, fault: str, options: dict[str, Any]
) -> None:
    """A write whose login fails has not happened."""
    for action in WRITES:
        simulator.expire_sessions()
        simulator.fail_next(fault, method="Authenticate", times=2, **options)
        told, _ = await told_or_answered(hass, loaded_entry, action)
        assert len(simulator.writes) == (told is None)
        simulator.clear_faults()
        undo(simulator)
        loaded_entry.runtime_data.client._session._refused_at = None
