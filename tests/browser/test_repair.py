"""A point disappears from the platform: its repair is offered, pressed, and settles it."""

from datetime import timedelta
from typing import Final

from playwright.async_api import expect

from script.lib.demo.waiting import until

from .conftest import OpenPage, Shoot, World
from .dialogs import texts

SETTLED_WITHIN: Final = timedelta(seconds=30)
GONE: Final = "Eski Bina"


async def issues(world: World) -> list[str]:
    """Return the issues of the integration."""
    found = (await world.api.command("repairs/list_issues"))["issues"]
    return [str(issue["translation_key"]) for issue in found if issue["domain"] == "reengen"]


async def test_points_that_are_gone_are_taken_out(new_world: World, open_page: OpenPage, shoot: Shoot) -> None:
    codes = await new_world.codes(("Beşiktaş Şubesi", GONE))
    entry_id = await new_world.add(codes)
    await new_world.import_history(entry_id)
    await new_world.simulation.control("point/remove", code=codes[1])
    await new_world.api.call_service("button.press", await new_world.entity_of(entry_id, "reread_commands"))

    async def is_reported() -> bool:
        return "points_gone" in await issues(new_world)

    await until(is_reported, "the issue of a point that is gone", SETTLED_WITHIN)
    said = texts("en")["issues"]["points_gone"]
    page = await open_page("/config/repairs", at=new_world)
    await page.get_by_text(said["title"], exact=True).first.click()
    dialog = page.locator("dialog-data-entry-flow")
    await expect(dialog.get_by_text(codes[1]).first).to_be_visible()
    await shoot(page, "en_repair")
    await dialog.get_by_text(said["fix_flow"]["step"]["init"]["menu_options"]["remove"], exact=True).click()
    await expect(dialog.get_by_role("button", name="Finish")).to_be_visible()
    await shoot(page, "en_repair_done")

    async def is_settled() -> bool:
        return await issues(new_world) == []

    await until(is_settled, "the end of the issue", SETTLED_WITHIN)
    await dialog.get_by_role("button", name="Finish").click()
    await expect(page.get_by_text(said["title"], exact=True)).to_have_count(0)
