"""Accounts: set up, and a second one of the same tenant."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator


async def set_up(hass: HomeAssistant, entry: ConfigEntry[Any], **options: Any) -> None:
    """Set the account up with these options beside its own, and wait for all that begins with it."""
    if options:
        hass.config_entries.async_update_entry(entry, options={**entry.options, **options})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def second_account(simulator: Simulator, entry: MockConfigEntry, **options: Any) -> MockConfigEntry:
    """Let the tenant have a second user; return a later account of that user with the same options but for these."""
    simulator.add_account("second", "second-password")
    return MockConfigEntry(
        domain=entry.domain,
        title="second",
        data={**entry.data, "username": "second", "password": "second-password"},
        options={**entry.options, **options},
        # Both are of the same instant; then the ids decide.
        entry_id="second",
    )
