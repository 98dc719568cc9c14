"""The dashboard that the action makes: all of it is shown, and its commands run once."""

import re
from typing import Any, Final

from playwright.async_api import Page, expect
import pytest

from demo.dashboards import DASHBOARD, make_dashboard
from demo.inventory import read_inventory
from demo.waiting import until

from .axe import Axe
from .conftest import FilledWorld, OpenPage, Shoot
from .dialogs import LANGUAGES
from .test_device_page import ANSWERED_WITHIN

BROKEN: Final = "hui-error-card, hui-warning"


async def opened(page: Page, view: dict[str, Any], base: str) -> None:
    """Open a view, and wait until every section of it has its heading and every card is drawn."""
    await page.goto(f"{base}/{DASHBOARD}/{view['path']}")
    sections = page.locator("hui-grid-section")
    await expect(sections).to_have_count(len(view["sections"]))
    for number, section in enumerate(view["sections"]):
        for heading in (card["heading"] for card in section["cards"] if card["type"] == "heading"):
            await expect(sections.nth(number).get_by_text(heading, exact=True).first).to_be_visible()
        for table in (card for card in section["cards"] if card["type"] == "markdown" and "visibility" not in card):
            shown = sections.nth(number).locator("ha-markdown").first
            await expect(shown, table["content"]).to_be_visible()
    await expect(page.locator(BROKEN)).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_view_is_whole(filled: FilledWorld, open_page: OpenPage, shoot: Shoot, language: str) -> None:
    views = await make_dashboard(filled.world.api, filled.entry_id)
    page = await open_page("/", language=language, at=filled.world)
    for number, view in enumerate(views):
        await opened(page, view, filled.world.api.url)
        await shoot(page, f"{language}_dashboard_{number}")


async def test_a_name_opens_the_view_of_its_point(filled: FilledWorld, open_page: OpenPage) -> None:
    overview, *views = await make_dashboard(filled.world.api, filled.entry_id)
    site = next(view for view in views if view.get("subview"))
    page = await open_page(f"/{DASHBOARD}/{overview['path']}", at=filled.world)
    await page.locator("hui-heading-card").first.get_by_text(site["title"], exact=True).click()
    await expect(page).to_have_url(f"{filled.world.api.url}/{DASHBOARD}/{site['path']}")
    await expect(page.locator("hui-grid-section")).to_have_count(len(site["sections"]))


async def test_a_switch_runs_its_command_once(filled: FilledWorld, open_page: OpenPage) -> None:
    world = filled.world
    views = await make_dashboard(world.api, filled.entry_id)
    (switch,) = (await read_inventory(world.api, filled.entry_id)).commands("switch")
    view = next(view for view in views if view.get("subview") and view["title"] == "Transformer 6")
    page = await open_page("/", at=world)
    await opened(page, view, world.api.url)
    before = len(await world.simulation.executions())
    tile = page.locator("hui-tile-card").filter(has_text=re.compile(re.escape(switch.name)))
    await tile.click()
    question = page.locator("dialog-box")
    await question.get_by_text("Send this command to the plant?").wait_for()
    assert len(await world.simulation.executions()) == before
    await question.get_by_role("button", name="OK").click()

    async def has_run() -> bool:
        return len(await world.simulation.executions()) > before

    await until(has_run, "the command of the switch", ANSWERED_WITHIN)
    await expect(tile).to_contain_text("On")
    ran = (await world.simulation.executions())[before:]
    assert [(each["command"], each["parameter"]) for each in ran] == [(switch.command, True)]


async def test_nothing_in_it_shuts_anybody_out(filled: FilledWorld, open_page: OpenPage, axe: Axe) -> None:
    views = await make_dashboard(filled.world.api, filled.entry_id)
    page = await open_page("/", at=filled.world)
    found = []
    for view in views:
        await opened(page, view, filled.world.api.url)
        found += await axe.violations(page.locator("hui-sections-view"))
    assert found == []
