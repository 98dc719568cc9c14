"""The automation that the demo has ready: a blueprint of this checkout, filled in as a user would."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from .account import DOMAIN
from .api import HomeApi
from .errors import DemoError
from .inventory import UNAVAILABLE, Inventory
from .language import Language
from .waiting import until

AUTOMATION_ID: Final = "reengen_demo"
# The simulated factory draws more than this in some hours of a working day.
LIMIT_KW: Final = 1300
MARGIN_KW: Final = 100
# Home Assistant reads its automations anew after it has answered.
RELOAD_TIMEOUT: Final = timedelta(seconds=30)
AUTOMATIONS: Final = "/api/config/automation/config"


async def prepare_automation(api: HomeApi, inventory: Inventory, language: Language) -> str:
    """Let a load be shed when the power of the site is high, unless that is made; return the entity of the automation."""
    if found := await automation(api, AUTOMATION_ID):
        return found
    shed = await api.command("input_boolean/create", name=language.shed)
    inputs = {
        "power": highest_power(inventory),
        "limit": LIMIT_KW,
        "margin": MARGIN_KW,
        "load": inventory.commands("switch")[0].entity_id,
        "shed": f"input_boolean.{shed['id']}",
    }
    return await make_automation(api, AUTOMATION_ID, language.automation, language.blueprint, inputs)


def highest_power(inventory: Inventory) -> str:
    """Return the sensor of the site that draws most.

    Raises:
        DemoError: no point has a power yet

    """
    powers = {
        entity.entity_id: float(entity.state)
        for entity in inventory.entities
        if entity.key == "active_power" and entity.state not in {None, "unknown", UNAVAILABLE}
    }
    if not powers:
        raise DemoError("no point has a power yet")
    return max(powers, key=powers.__getitem__)


async def make_automation(api: HomeApi, id_: str, alias: str, blueprint: str, inputs: dict[str, Any]) -> str:
    """Make an automation of a blueprint, as its form in the frontend does; return its entity once that is there."""
    used = {"path": f"{DOMAIN}/{blueprint}", "input": inputs}
    await api.post(f"{AUTOMATIONS}/{id_}", {"alias": alias, "use_blueprint": used})

    async def is_there() -> bool:
        return bool(await automation(api, id_))

    await until(is_there, f"the automation {alias}", RELOAD_TIMEOUT)
    return await automation(api, id_)


async def automation(api: HomeApi, id_: str) -> str:
    """Return the entity of an automation by its id in the configuration; an empty text where there is none."""
    states: Collection[dict[str, Any]] = await api.command("get_states")
    return next((str(state["entity_id"]) for state in states if state["attributes"].get("id") == id_), "")
