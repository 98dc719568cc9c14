"""Points disappear from the platform: their repair is offered, pressed, and settles it, in each language."""

from datetime import timedelta
from typing import Final

from playwright.async_api import Page, expect

from demo.waiting import until

from .conftest import OpenPage, Shoot, World
from .dialogs import BUTTONS, texts
from .look import Look

SETTLED_WITHIN: Final = timedelta(seconds=30)
STAYS: Final = "Beşiktaş Şubesi"
# One for each language.
GONE: Final = {"en": "Eski Bina", "tr": "Kantar"}


async def issues(world: World) -> list[str]:
    """Return the issues of the integration."""
    found = (await world.api.command("repairs/list_issues"))["issues"]
    return [str(issue["translation_key"]) for issue in found if issue["domain"] == "reengen"]


async def becomes(world: World, expected: list[str]) -> None:
    """Wait until these are the issues."""

    async def is_so() -> bool:
        return await issues(world) == expected

    await until(is_so, f"the issues {expected}", SETTLED_WITHIN)


async def test_points_that_are_gone_are_taken_out(
    new_world: World, open_page: OpenPage, shoot: Shoot, look: Look
) -> None:
    stays, *gone = await new_world.codes((STAYS, *GONE.values()))
    entry_id = await new_world.add([stays, *gone])
    await new_world.import_history(entry_id)
    for language, code in zip(GONE, gone, strict=True):
        reread = await new_world.entity_of(entry_id, "reread_commands")
        await new_world.simulation.control("point/remove", code=code)
        await new_world.api.call_service("button.press", reread)
        await becomes(new_world, ["points_gone"])
        page = await open_page("/config/repairs", language=language, at=new_world)
        async with new_world.reloading(entry_id):
            await repair(page, language, code, shoot, look)
        await becomes(new_world, [])
        await expect(page.get_by_text(texts(language)["issues"]["points_gone"]["title"], exact=True)).to_have_count(0)


async def repair(page: Page, language: str, code: str, shoot: Shoot, look: Look) -> None:
    """Open the repair of a point that is gone, and take the point out of the selection."""
    said = texts(language)["issues"]["points_gone"]
    await page.get_by_text(said["title"], exact=True).first.click()
    dialog = page.locator("dialog-data-entry-flow")
    menu = said["fix_flow"]["step"]["init"]
    await expect(dialog.get_by_text(code).first).to_be_visible()
    for text in (*menu["menu_options"].values(), *menu["menu_option_descriptions"].values()):
        await expect(dialog.get_by_text(text, exact=True)).to_be_visible()
    await shoot(page, f"{language}_repair")
    assert await look.at(dialog) == []
    await dialog.get_by_text(menu["menu_options"]["remove"], exact=True).click()
    finish = dialog.get_by_role("button", name=BUTTONS[language]["done"])
    await expect(finish).to_be_visible()
    await shoot(page, f"{language}_repair_done")
    await finish.click()
