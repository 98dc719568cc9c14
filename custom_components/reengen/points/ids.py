"""The ids of devices and entities: made and read here and nowhere else, and never changed.

Codes and names of a point may change; the platform's id of the point does not.
"""

import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry

from custom_components.reengen.const import DOMAIN

# What stands behind the key of a measurement or cost in the key of a sensor; a level stands for itself.
SENSOR_ENDINGS: Final = ("", "_today", "_this_month", "_reading", "_flow", "_l1", "_l2", "_l3")

# The key of the event that tells what became of the commands of a point; no command has it.
COMMANDS_KEY: Final = "commands"

_COMMAND: Final = "command_"
_POINT: Final = re.compile(r"(?P<point_id>\d+)_(?P<key>.+)", re.DOTALL)


def account_identifier(entry: ConfigEntry[Any]) -> tuple[str, str]:
    """Return what identifies the account's device."""
    return (DOMAIN, entry.entry_id)


def point_identifier(entry: ConfigEntry[Any], point_id: int) -> tuple[str, str]:
    """Return what identifies a point's device."""
    return (DOMAIN, f"{entry.entry_id}_{point_id}")


def point_id_of(entry: ConfigEntry[Any], device: DeviceEntry) -> int | None:
    """Return the id of the point whose device this is, None for the account's own."""
    found = (text.removeprefix(f"{entry.entry_id}_") for domain, text in device.identifiers if domain == DOMAIN)
    return next((int(text) for text in found if text.isdecimal()), None)


def code_of(device: DeviceEntry) -> str | None:
    """Return the code that the device's point had when it was last listed; earlier versions kept it as the model."""
    return device.model_id or device.model


def account_unique_id(entry: ConfigEntry[Any], key: str) -> str:
    """Return what identifies an entity of the account."""
    return f"{entry.entry_id}_{key}"


def point_unique_id(entry: ConfigEntry[Any], point_id: int, key: str) -> str:
    """Return what identifies an entity of a point."""
    return f"{entry.entry_id}_{point_id}_{key}"


def point_and_key(entry: ConfigEntry[Any], unique_id: str) -> tuple[int, str] | None:
    """Return the point's id and the key that a unique id was made of, None for one that is not of a point."""
    found = _POINT.fullmatch(unique_id.removeprefix(f"{entry.entry_id}_"))
    if found is None or not unique_id.startswith(f"{entry.entry_id}_"):
        return None
    return int(found["point_id"]), found["key"]


def point_entities(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[tuple[er.RegistryEntry, int, str]]:
    """Return the registered entities of the account's points, each with the point's id and the key."""
    registered = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = ((each, point_and_key(entry, each.unique_id)) for each in registered)
    return [(each, *ids) for each, ids in found if ids is not None]


def command_key(code: str) -> str:
    """Return the key of a command's entity."""
    return f"{_COMMAND}{code}"


def is_command_key(key: str) -> bool:
    """Return whether the key is that of a command's entity, or of the event of a point's commands."""
    return key == COMMANDS_KEY or key.startswith(_COMMAND)


def data_value_key(type_: str, subentry_id: str) -> str:
    """Return the key of the entity of a value of the Data Science table."""
    return f"data_value_{type_}_{subentry_id}"


def catalogue_key(key: str) -> str:
    """Return the key of the measurement or cost whose sensor has this key."""
    ending = next((each for each in SENSOR_ENDINGS if each and key.endswith(each)), "")
    return key.removesuffix(ending)
