"""The dialogs behind the gear: what they hold, and that a change arrives."""

import pytest

from demo.inventory import UNAVAILABLE, read_inventory
from demo.stage import LISTING_TIMEOUT
from demo.waiting import until

from .conftest import OpenPage, Shoot, World
from .dialogs import LANGUAGES, Dialog


@pytest.mark.parametrize("language", LANGUAGES)
async def test_options(world: World, open_page: OpenPage, shoot: Shoot, language: str) -> None:
    entry_id = await world.with_account()
    page = await open_page("/config/integrations/integration/reengen", language=language)
    dialog = Dialog(page=page, language=language, flow="options")

    for step in ("points", "measurements", "advanced"):
        await dialog.open_options(step)
        await shoot(page, f"{language}_options_{step}")
        if step == "measurements":
            voltage = dialog.check_box("measurements", "voltage_phase")
            assert await voltage.is_checked()
            await dialog.root.get_by_text(dialog.option("measurements", "voltage_phase"), exact=True).click()
            assert not await voltage.is_checked()
        await dialog.press("submit")
        await dialog.is_asked_to("done")
        await shoot(page, f"{language}_options_{step}_saved")
        await dialog.press("done")
        await dialog.closed()

    async def states() -> dict[str, str | None]:
        return {entity.key: entity.state for entity in (await read_inventory(world.api, entry_id)).entities}

    async def is_reloaded() -> bool:
        kept = await states()
        return kept["active_power"] not in {None, UNAVAILABLE} and "voltage_phase" not in kept

    await until(is_reloaded, "the end of the sensors that are unticked", LISTING_TIMEOUT)
    # Disabled sensors are in the registry as long as they are chosen.
    assert "current_phase" in await states()
