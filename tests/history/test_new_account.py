"""What is on in an account that nobody has changed: few entities, and the same ones for every meter."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.reengen.measurements import COSTS, MEASUREMENTS
from simulator import Simulator, WorldOptions
from tests.oracle import point_id

from .conftest import Imported

SITE = "xFabrikaFabrika"
MOST_OF_A_SITE, MOST_OF_A_METER = 14, 7


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin before this month, with all its meters."""
    return WorldOptions(start=now - timedelta(days=20))


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a site with all that is below it, and all that can be read of electricity.

    A point that has the cost of a second utility, as a canteen with gas has, has two entities more.
    """
    costs = [key for key in COSTS if "energy" in key]
    chosen = {"measurements": list(MEASUREMENTS), "costs": costs, "history_months": 1}
    return {**entry_options, **chosen, "points": [SITE], "include_descendants": True}


async def test_few_entities_are_on(hass: HomeAssistant, imported: Imported, simulator: Simulator) -> None:
    """Commands and their events are the platform's affair: each is one that somebody has put there."""
    entry = await imported()
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    shown = [each for each in entities if each.disabled_by is None and each.domain in {"sensor", "binary_sensor"}]
    of_device = Counter(each.unique_id.split("_")[1] for each in shown if each.unique_id.split("_")[1].isdigit())
    site = str(point_id(simulator, SITE))
    below = {key: count for key, count in of_device.items() if key != site}
    assert 0 < of_device[site] <= MOST_OF_A_SITE
    assert len(below) > 20
    assert max(below.values()) <= MOST_OF_A_METER
