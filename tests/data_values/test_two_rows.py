"""Two rows of one value of the Data Science table: equal ones are one, and of different ones nobody can tell which is right."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import OddityKind
from custom_components.reengen.const import DATA_VALUES_INTERVAL
from simulator import Simulator
from tests.data_values.samples import add_wanted, put, value_state, wanted
from tests.odd_platform import tamper

TRAFO, TRAFO_ID = "xFabrikaTrafo6", 12768


@pytest.fixture
def entry(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account with two values."""
    put(simulator, TRAFO, "note", "007")
    put(simulator, TRAFO, "target", "40")
    add_wanted(hass, entry, wanted(TRAFO_ID, "note", kind="text"), wanted(TRAFO_ID, "target", mode="write"))
    return entry


@pytest.mark.parametrize(("second", "shown"), [("99", STATE_UNKNOWN), ("007", "007")])
async def test_of_two_rows_that_differ_neither_is_shown(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
    second: str,
    shown: str,
) -> None:
    def twice(method: str, _: dict[str, Any], payload: dict[str, Any]) -> None:
        if method == "GetDCData":
            rows = payload["properties"]["data"]
            rows += [{**row, "value": second} for row in rows if row["type"] == "note"]

    def states() -> list[str]:
        found = (("sensor", "note"), ("number", "target"))
        return [value_state(hass, loaded_entry, platform, type_).state for platform, type_ in found]

    assert states() == ["007", "40.0"]
    undo = tamper(simulator, twice)
    await pass_time(DATA_VALUES_INTERVAL)
    assert states() == [shown, "40.0"]
    named = [each for each in loaded_entry.runtime_data.oddities.current if each.kind is OddityKind.TWO_VALUES]
    assert [(each.point_code, each.where) for each in named] == [(TRAFO, "note")] * (shown == STATE_UNKNOWN)
    undo()
    await pass_time(DATA_VALUES_INTERVAL)
    assert states() == ["007", "40.0"]
