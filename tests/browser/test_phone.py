"""On a phone nothing of the dashboard is cut, in the language of the server.

Home Assistant cuts long names of entities beside their figures on the pages of devices; renaming what users have would be worse.
"""

from typing import Any, Final

from playwright.async_api import Page, expect

from demo.account import OPTIONS_FLOWS, fill_in
from tests.forms import way_to

from .conftest import FilledWorld, OpenPage, Shoot
from .look import Look

SITE: Final = "X Fabrika"
METER: Final = "Transformer 6"
CONTRACTED_KW: Final = 2000


async def with_contract(filled: FilledWorld) -> None:
    """Give the site a contracted power, which the dashboard and the device show."""
    api = filled.world.api
    menu = await api.post(OPTIONS_FLOWS, {"handler": filled.entry_id})
    for choice in way_to("contracts"):
        form = await api.post(f"{OPTIONS_FLOWS}/{menu['flow_id']}", {"next_step_id": choice})
    (field,) = form["data_schema"]
    options: list[dict[str, Any]] = field["selector"]["select"]["options"]
    (site,) = (option["value"] for option in options if option["label"] == SITE)
    form = await fill_in(api, form, "contracts", {"point": site}, flows=OPTIONS_FLOWS)
    contract = {"contracted_power": CONTRACTED_KW, "warning_share": 90}
    async with filled.world.reloading(filled.entry_id):
        await fill_in(api, form, "contract", contract, flows=OPTIONS_FLOWS)


async def is_drawn(page: Page, view: dict[str, Any]) -> None:
    """Wait until the sections of a view have their headings, and its tables their rows."""
    sections = page.locator("hui-grid-section")
    await expect(sections).to_have_count(len(view["sections"]))
    for number, section in enumerate(view["sections"]):
        for card in section["cards"]:
            if card["type"] == "heading":
                await expect(sections.nth(number).get_by_text(card["heading"], exact=True).first).to_be_visible()
            elif card["type"] == "markdown" and "visibility" not in card:
                await expect(sections.nth(number).locator("ha-markdown").first).to_be_visible()


async def test_the_dashboard(spoken: tuple[str, FilledWorld], open_page: OpenPage, look: Look, shoot: Shoot) -> None:
    language, filled = spoken
    await with_contract(filled)
    panel = await filled.side_bar()
    dashboard = await filled.world.api.command("lovelace/config", url_path=panel)
    shown = [view for view in dashboard["views"] if not view.get("subview") or view["title"] in {SITE, METER}]
    assert len(shown) == 5 + 2
    page = await open_page("/", language=language, at=filled.world)
    found = []
    for view in shown:
        await page.goto(f"{filled.world.api.url}/{panel}/{view['path']}")
        await is_drawn(page, view)
        found += [f"{view['title']}: {each}" for each in await look.at(page.locator("hui-view"))]
        await shoot(page, f"{language}_phone_{view['title']}")
    assert found == []
