"""What is on at a meter in a new account: what people look at, and no more."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.measurements import COSTS, MEASUREMENTS

from .registries import point_device

# The site draws and exports; the office has a meter of its own below it, with reactive energy; the floor one without.
SITE, OFFICE, FLOOR = 11512, 10731, 12818
MOST_AT_A_SITE, MOST_BELOW = 14, 7
# Commands come on top: each is an entity that somebody runs.
COMMANDS = {"switch", "select", "number", "text", "button", "event"}


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose all that is measured and charged, at a site and two meters below it."""
    return entry_options | {
        "points": ["xFabrikaFabrika", "xFabrikaOfis", "xFabrikaOfisKat1"],
        "measurements": list(MEASUREMENTS),
        "costs": list(COSTS),
    }


def enabled(hass: HomeAssistant, entry: MockConfigEntry, point_id: int) -> set[str]:
    """Return the keys of what is on at a point."""
    device = point_device(hass, entry, point_id)
    assert device is not None
    found = er.async_entries_for_device(er.async_get(hass), device.id)
    prefix = f"{entry.entry_id}_{point_id}_"
    return {each.unique_id.removeprefix(prefix) for each in found if each.domain not in COMMANDS}


async def test_what_is_on_at_a_site_and_below_it(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    below = {
        "active_energy_import_today",
        "active_energy_import_this_month",
        "active_energy_cost_today",
        "active_energy_cost_this_month",
        "active_power",
        "data_late",
    }
    at_the_top = {
        "reactive_energy_cost_this_month",
        *(f"{side}_{what}" for side in ("inductive", "capacitive") for what in ("ratio_this_month", "over_limit")),
    }
    site, office, floor = (enabled(hass, loaded_entry, each) for each in (SITE, OFFICE, FLOOR))
    assert site >= below | at_the_top | {"active_energy_export_this_month", "active_power_export"}
    assert office >= below | {"reactive_energy_cost_this_month"}
    assert floor >= below - {"data_late"}
    assert len(site) <= MOST_AT_A_SITE, sorted(site)
    for keys in (office, floor):
        assert len(keys) <= MOST_BELOW, sorted(keys)


async def test_reactive_energy_without_a_ratio_is_on_by_the_month(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    options = {**entry.options, "measurements": ["reactive_energy_import"], "costs": []}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert enabled(hass, entry, OFFICE) == {"reactive_energy_import_this_month"}
