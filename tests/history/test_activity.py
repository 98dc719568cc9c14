"""What an account adds to Home Assistant's activity while nobody presses anything, by the real logbook."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.logbook.helpers import async_determine_event_types
from homeassistant.components.logbook.processor import EventProcessor
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.reengen.const import READINGS_INTERVAL
from custom_components.reengen.measurements import COSTS, MEASUREMENTS
from simulator import WorldOptions
from tests.clocks import PassTime

from .conftest import Imported

POINTS = 40
# As many lines an hour are worth reading.
MOST_LINES = 10


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin a day ago, with all that the demo has."""
    return WorldOptions(start=now - timedelta(days=1), points=POINTS)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose all points, and all that is measured."""
    return entry_options | {
        "points": ["xFabrikaFabrika", "xyzBesiktas", "reengenPoint", "xFabrikaEskiBina"],
        "include_descendants": True,
        "measurements": list(MEASUREMENTS),
        "costs": list(COSTS),
    }


async def test_an_hour_of_polls_is_few_lines(
    hass: HomeAssistant, recorder_mock: Recorder, imported: Imported, pass_time: PassTime
) -> None:
    assert await async_setup_component(hass, "logbook", {})
    begun = dt_util.utcnow()
    entry = await imported()
    assert len(entry.runtime_data.points.data.chosen) >= POINTS
    for state in ("off", "on"):
        hass.states.async_set("switch.pressed", state)
    for _ in range(4):
        await pass_time(READINGS_INTERVAL)
    await async_wait_recording_done(hass)

    logbook = EventProcessor(hass, async_determine_event_types(hass, None, None))
    lines = await recorder_mock.async_add_executor_job(
        logbook.get_events, begun - timedelta(seconds=1), begun + timedelta(hours=1)
    )
    shown = [line["entity_id"] for line in lines]
    assert "switch.pressed" in shown
    assert len(shown) <= MOST_LINES, shown
