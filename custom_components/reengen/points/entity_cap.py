"""The cap on the enabled entities of an account: what is beyond it is created disabled, and said once.

Home Assistant has a cap of its own and drops what is beyond: it registers nothing, warns once for each platform and asks
the user to report a bug.
"""

from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_platform, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from custom_components.reengen.account import async_create_issue
from custom_components.reengen.const import DOMAIN

from .ids import account_identifier, account_unique_id

ENTITY_CAP: Final = "entity_cap"

# When Home Assistant starts, each registered entity whose account is not there makes an event, and 10 000 events at once
# is all that Home Assistant takes, whoever made them: a tenth is left for others.
MOST_ENABLED: Final = 9_000


class ReengenEntity(Entity):
    """What all entities share: a name of its own below its device's, and a place within the cap."""

    _attr_has_entity_name = True

    @override
    async def async_prepare_to_add_to_hass(self) -> None:
        await super().async_prepare_to_add_to_hass()
        entry, registry = self.platform.config_entry, er.async_get(self.hass)
        # What Home Assistant knows from before stays as it is, enabled or not.
        is_new = registry.async_get_entity_id(self.platform.domain, DOMAIN, self.unique_id or "") is None
        if entry and is_new and self.entity_registry_enabled_default and room(self.hass, entry) <= 0:
            self._attr_entity_registry_enabled_default = False
            async_report_entity_cap(self.hass, entry)


class ReengenAccountEntity(ReengenEntity):
    """An entity of the account itself: on its device, with a key that ends the unique id and names the texts."""

    def __init__(self, entry: ConfigEntry[Any], key: str) -> None:
        """Make the entity's id from the account and the key."""
        self._attr_translation_key = key
        self._attr_unique_id = account_unique_id(entry, key)
        self._attr_device_info = DeviceInfo(identifiers={account_identifier(entry)})


@callback
def async_report_entity_cap(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Report that the account has no room for more entities.

    The issue is not stored, but reported at each start: of a stored one Home Assistant writes all into every file of
    diagnostics, also the account, which is the names of tenant and user.
    """
    async_create_issue(hass, entry, ENTITY_CAP, limit=str(cap()))


def fits_state(text: str) -> bool:
    """Return whether a state can be the text: within Home Assistant's length, and without the NUL that PostgreSQL refuses."""
    return len(text) <= MAX_LENGTH_STATE_STATE and "\0" not in text


def cap() -> int:
    """Return how many enabled entities an account may have."""
    return min(MOST_ENABLED, entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY)


def room(hass: HomeAssistant, entry: ConfigEntry) -> int:
    """Return how many more enabled entities the account may have; below 0 where it has more from before."""
    enabled = er.async_get(hass).entities.get_enabled_count_for_config_entry_id(entry.entry_id)
    return cap() - enabled
