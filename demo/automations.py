"""The automation that the demo has ready: a blueprint of this checkout, filled in as a user would."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from .account import DOMAIN
from .api import HomeApi
from .inventory import Inventory
from .language import Language
from .waiting import until

AUTOMATION_ID: Final = "reengen_demo"
# Home Assistant reads its automations anew after it has answered.
RELOAD_TIMEOUT: Final = timedelta(seconds=30)
AUTOMATIONS: Final = "/api/config/automation/config"
# What is watched: whether the month so far is above a limit.
LIMIT_ENDINGS: Final = ("inductive_over_limit", "capacitive_over_limit")


async def prepare_automation(api: HomeApi, inventory: Inventory, language: Language) -> str:
    """Make the warning before the reactive limit unless it is there; return the entity of the automation."""
    if found := await automation(api, AUTOMATION_ID):
        return found
    limits = [
        entity.entity_id for entity in inventory.entities if entity.enabled and entity.key.endswith(LIMIT_ENDINGS)
    ]
    # From the first day on, so that there is something to see on every day.
    inputs = {"limits": limits, "used_up": 50, "first_day": 1}
    return await make_automation(api, AUTOMATION_ID, language.automation, language.blueprint, inputs)


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
