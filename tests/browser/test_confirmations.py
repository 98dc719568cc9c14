"""A person says what shows the effect of a command, runs it, and takes the rule back, in each language."""

from collections.abc import Mapping
from typing import Any, Final

from playwright.async_api import expect
import pytest

from demo.inventory import UNAVAILABLE
from demo.stage import LISTING_TIMEOUT
from demo.waiting import until

from .conftest import OpenPage, Shoot, World
from .dialogs import LANGUAGES, Dialog, texts
from .look import Look
from .test_device_page import ANSWERED_WITHIN, entity

# Paths and commands are the platform's; on and off are in the language of the server.
CASE: Final = f"X Fabrika / Transformer 6: Turn Lights On/Off: {texts('en')['selector']['command']['options']['off']}"
TICKED: Final = f"✓ {CASE}"
THRESHOLD_AMPERE: Final = "12.5"
WAIT_MINUTES: Final = "45"


async def attributes_of(world: World, entity_id: str) -> Mapping[str, Any] | None:
    """Return the attributes of an entity that can be used."""
    (found,) = (row for row in await world.api.command("get_states") if row["entity_id"] == entity_id)
    return None if found["state"] == UNAVAILABLE else found["attributes"]


async def is_confirmed(world: World, entity_id: str, *, confirmed: bool) -> None:
    """Wait until the command can be used, and tells whether it had effect or not."""

    async def is_so() -> bool:
        attributes = await attributes_of(world, entity_id)
        return attributes is not None and ("confirmation" in attributes) is confirmed

    await until(is_so, "the rule of a command", LISTING_TIMEOUT)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_rule_is_made_used_and_taken_back(
    world: World, entry_id: str, open_page: OpenPage, shoot: Shoot, look: Look, language: str
) -> None:
    switch = await entity(world, entry_id, "switch", "Transformer 6")
    page = await open_page("/config/integrations/integration/reengen", language=language)
    dialog = Dialog(page=page, language=language, flow="options")

    await dialog.open_options("confirmations")
    await dialog.pick("confirmations", "command", CASE)
    await shoot(page, f"{language}_confirmations")
    await dialog.press("next")
    await dialog.is_at("confirmation")
    await expect(dialog.root.get_by_text(f"{CASE}.").first).to_be_visible()
    await dialog.pick("confirmation", "measurement", dialog.option("measurements", "current_phase"))
    await dialog.pick("confirmation", "comparison", dialog.option("comparison", "above"))
    await dialog.number("confirmation", "threshold").fill(THRESHOLD_AMPERE)
    await dialog.number("confirmation", "minutes").fill(WAIT_MINUTES)
    assert await look.at(dialog.root) == []
    await shoot(page, f"{language}_confirmation")
    await dialog.save()
    await is_confirmed(world, switch.entity_id, confirmed=True)

    before = len(await world.simulation.executions())
    await world.api.call_service("switch.turn_off", switch.entity_id)

    async def waits() -> bool:
        return ((await attributes_of(world, switch.entity_id)) or {}).get("confirmation") == "waiting"

    await until(waits, "the wait for the effect", ANSWERED_WITHIN)
    assert len(await world.simulation.executions()) == before + 1

    await dialog.open_options("confirmations")
    await dialog.pick("confirmations", "command", TICKED)
    await dialog.press("next")
    await dialog.is_at("confirmation")
    await expect(dialog.chosen("confirmation", "measurement")).to_contain_text(
        dialog.option("measurements", "current_phase")
    )
    await expect(dialog.chosen("confirmation", "comparison")).to_contain_text(dialog.option("comparison", "above"))
    await expect(dialog.number("confirmation", "threshold")).to_have_value(THRESHOLD_AMPERE)
    await expect(dialog.number("confirmation", "minutes")).to_have_value(WAIT_MINUTES)
    await dialog.switch("confirmation", "confirmed").click()
    await dialog.save()
    await is_confirmed(world, switch.entity_id, confirmed=False)
