"""What is known of an account over a reload, and not over a restart of Home Assistant."""

from typing import Any, Final, cast

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.const import DOMAIN

_KEPT: Final[HassKey[dict[tuple[str, type], tuple[object, Any]]]] = HassKey(f"{DOMAIN}_kept")


@callback
def kept_over_reload[KeptT](hass: HomeAssistant, entry_id: str, made: type[KeptT], depends_on: object) -> KeptT:
    """Return what is known of this type; empty at first, and once what it depends on has changed."""
    kept, key = hass.data.setdefault(_KEPT, {}), (entry_id, made)
    if key not in kept or kept[key][0] != depends_on:
        kept[key] = depends_on, made()
    return cast("KeptT", kept[key][1])


@callback
def async_forget_kept(hass: HomeAssistant, entry_id: str, made: type | None = None) -> None:
    """Forget what is known of a type; of all types (None), as a restart does."""
    kept = hass.data.get(_KEPT, {})
    for key in [key for key in kept if key[0] == entry_id and made in {None, key[1]}]:
        del kept[key]
