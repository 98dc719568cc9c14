"""One call of each action as a user makes it, and what it should come to."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN

# API document: GetPointHierarchy.
SITE = "xFabrikaFabrika"
TRANSFORMER = "xFabrikaTrafo6"
TRANSFORMER_ID = 12768
STORAGE = "xFabrikaDepo"

ISTANBUL = ZoneInfo("Europe/Istanbul")
# The day before the clocks of the tests stand still; the simulated world has all of it.
DAY = datetime(2026, 7, 14, tzinfo=ISTANBUL)
DAY_END = datetime(2026, 7, 15, tzinfo=ISTANBUL)
RANGE = {"start": DAY.isoformat(), "end": DAY_END.isoformat()}

ENERGY = {"definition": "activeEnergy", "variant": "import", "x_function": "sum", "unit": "kWh"}
VOLTAGE = {"definition": "voltage", "variant": "phase", "x_function": "avg", "unit": "V"}

# An instant at which the world has no reading: meters report on other minutes.
NEW_READING = datetime(2026, 7, 14, 12, 3, 17, tzinfo=ISTANBUL)
READING = {
    "point": STORAGE,
    "definition": "activeEnergy",
    "variant": "import",
    "date": NEW_READING.isoformat(),
    "value": 1.25,
}

READS: dict[str, dict[str, Any]] = {
    "get_point_hierarchy": {},
    "get_data": {"series": [ENERGY, VOLTAGE], "point": [SITE, TRANSFORMER], "resolution": "hour", **RANGE},
    "get_cost": {"series": [{"group": "active_energy_cost"}], "point": [SITE, TRANSFORMER], **RANGE},
    "list_data": {"point": [TRANSFORMER], "definition": ["activeEnergy"], "variant": ["import"], **RANGE},
    "get_dc_data": {"point": ["xyzBesiktas"], "type": "test"},
    "list_available_commands": {"point": TRANSFORMER},
}
WRITES: dict[str, dict[str, Any]] = {
    "import_data": {"unit": "kWh", "data": [READING]},
    "manage_dc_data": {
        "data": [{"point": "xyzBesiktas", "type": "target", "value": "007", "operation": "create_or_update"}]
    },
}
COMMAND: dict[str, dict[str, Any]] = {
    "execute_command": {"point": TRANSFORMER, "command": "lights-on-off", "parameter": True}
}
SAMPLES = {**READS, **WRITES, **COMMAND}


async def act(hass: HomeAssistant, entry: MockConfigEntry, action: str, user: User | None = None, **fields: Any) -> Any:
    """Run an action of the account, as a user or as Home Assistant itself, and return the response."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        {"config_entry_id": entry.entry_id, **fields},
        blocking=True,
        return_response=True,
        context=Context(user_id=user.id if user else None),
    )


async def call(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    action: str,
    *,
    response: bool = True,
    user_id: str | None = None,
    **changes: Any,
) -> Any:
    """Do what the user does and return the response: the sample, with changes; None takes a field away."""
    fields = {"config_entry_id": entry.entry_id, **SAMPLES[action], **changes}
    return await hass.services.async_call(
        DOMAIN,
        action,
        {key: value for key, value in fields.items() if value is not None},
        blocking=True,
        return_response=response,
        context=Context(user_id=user_id),
    )
