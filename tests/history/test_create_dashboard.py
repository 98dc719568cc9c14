"""The dashboard shows the statistics that exist, and no others."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.services.action_samples import act

TRAFO_6_IMPORT = "reengen:xyz_12768_active_energy_import"


def cards_in(found: Any) -> Iterator[dict[str, Any]]:
    """Yield every card below."""
    if isinstance(found, dict):
        if "type" in found:
            yield found
        for each in found.values():
            yield from cards_in(each)
    elif isinstance(found, list):
        for each in found:
            yield from cards_in(each)


async def test_statistics_that_exist(hass: HomeAssistant, imported: Callable[[], Awaitable[MockConfigEntry]]) -> None:
    entry = await imported()
    response = await act(hass, entry, "create_dashboard")
    cards = list(cards_in(response["dashboard"]))
    graphs = {each["entity"] for card in cards if card["type"] == "statistics-graph" for each in card["entities"]}
    months = {card["entity"] for card in cards if card["type"] == "statistic"}
    assert TRAFO_6_IMPORT in graphs
    existing = set(entry.runtime_data.history.newest_hours)
    assert graphs | months <= existing
