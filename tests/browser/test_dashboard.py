"""The dashboard that the action makes: all of it is shown, and its commands run once."""

import re
from typing import Any, Final

from playwright.async_api import Page, expect
import pytest

from demo.dashboards import DASHBOARD, make_dashboard
from demo.home import HomeFolder
from demo.inventory import read_inventory
from demo.recorder_file import RecorderFile
from demo.waiting import until

from .axe import Axe
from .conftest import FEW_POINTS, FilledWorld, OpenPage, Shoot, World
from .dialogs import LANGUAGES
from .energy import Day, today
from .test_device_page import ANSWERED_WITHIN

BROKEN: Final = "hui-error-card, hui-warning"
SITE: Final = FEW_POINTS[0]
ENERGY: Final = "active_energy_import"
CURVE: Final = "reengen-day-curve"
HOUR_SECONDS: Final = 3600


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


async def drawn(page: Page, day: str) -> dict[float, float]:
    """Return what a line of the day's curve shows: where the middle of an hour stands -> kW."""
    path = await page.locator(f"{CURVE} path.{day}").first.get_attribute("d") or ""
    return {float(hour): -float(power) for hour, power in re.findall(r"([\d.]+) (-?[\d.]+)h0", path)}


def is_drawn(page: Page) -> Any:
    return expect(page.locator(f"{CURVE} path.yesterday").first).to_have_attribute("d", re.compile("^M"))


async def test_the_curve_of_today_lies_over_that_of_yesterday(filled: FilledWorld, open_page: OpenPage) -> None:
    """The mean power of an hour is its energy by the registers of the simulator; hours to come are not drawn."""
    world, days = (
        filled.world,
        {"today": Day(world=filled.world, date=today()), "yesterday": Day.yesterday(filled.world)},
    )
    overview, *_ = await make_dashboard(world.api, filled.entry_id)
    page = await open_page(f"/{DASHBOARD}/{overview['path']}", at=world)
    await is_drawn(page)
    for name, day in days.items():
        shown = await drawn(page, name)
        registers = await day.hours_kwh(SITE, ENERGY)
        expected = {(hour - day.start.timestamp()) / HOUR_SECONDS + 0.5: kwh for hour, kwh in registers.items()}
        assert shown == pytest.approx({middle: expected[middle] for middle in shown}, abs=1e-3)
        stored = dict(RecorderFile(path=HomeFolder(root=world.root).database).statistics())[
            await day.statistic_id(SITE, ENERGY)
        ]
        of_day = [row for row in stored if day.start.timestamp() <= row.start < day.end.timestamp()]
        # A run of the history may add an hour meanwhile.
        assert len(of_day) - 1 <= len(shown) <= len(of_day)
    lines = await page.locator(f"{CURVE} path").evaluate_all("paths => paths.map(path => path.className.baseVal)")
    assert lines == ["grid", "yesterday", "today"]
    await page.locator(CURVE).get_by_role("img").click()
    await expect(page.locator("ha-more-info-dialog").get_by_text("Power").first).to_be_visible()


async def test_without_the_module_the_rest_is_shown(filled: FilledWorld, open_page: OpenPage) -> None:
    overview, *_ = await make_dashboard(filled.world.api, filled.entry_id)
    page = await open_page("/", at=filled.world)
    await page.route("**/day_curve.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    await page.goto(f"{filled.world.api.url}/{DASHBOARD}/{overview['path']}")
    await expect(page.locator("hui-error-card")).to_be_visible()
    await expect(page.locator("hui-error-card")).to_have_count(1)
    cards = [card for section in overview["sections"] for card in section["cards"] if "visibility" not in card]
    tables = sum(card["type"] == "markdown" for card in cards)
    await expect(page.locator("hui-markdown-card ha-markdown")).to_have_count(tables)


async def test_a_page_that_was_open_before_the_account_was_there(new_world: World, open_page: OpenPage) -> None:
    """It knows no module that came later, so the dashboard has bars there, and the curve from the next load on."""
    page = await open_page("/config/integrations/dashboard", at=new_world)
    await page.get_by_role("button", name="Add integration").wait_for()
    entry_id = await new_world.add(await new_world.codes([SITE]))
    await new_world.import_history(entry_id)
    await page.locator(f"ha-sidebar [href='/reengen-xyz-{entry_id[-6:].lower()}']").first.click()
    await expect(page.locator("hui-statistics-graph-card").first).to_be_visible()
    await expect(page.locator(CURVE)).to_have_count(0)
    await page.reload()
    await is_drawn(page)
    await expect(page.locator(BROKEN)).to_have_count(0)
