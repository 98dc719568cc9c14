"""On a phone nothing of ours is cut, in the language of the server: the dashboard, and the names of the devices' entities."""

from typing import Any, Final

from playwright.async_api import Page, expect

from demo.account import OPTIONS_FLOWS, fill_in
from demo.inventory import read_inventory
from tests.forms import way_to

from .conftest import FilledWorld, OpenPage, Shoot
from .cut import PHONES, cut_texts
from .dialogs import PAINTED
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
    await fill_in(api, form, "contract", {"contracted_power": CONTRACTED_KW, "warning_share": 90}, flows=OPTIONS_FLOWS)
    await filled.world.is_set_up(filled.entry_id)


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


async def test_the_devices(spoken: tuple[str, FilledWorld], open_page: OpenPage, shoot: Shoot) -> None:
    language, filled = spoken
    page = await open_page("/", language=language, at=filled.world)
    inventory = await read_inventory(filled.world.api, filled.entry_id)
    # The names of commands are the platform's.
    commands = {entity.name for entity in inventory.entities if entity.command}
    found = []
    for device in inventory.devices:
        await page.goto(f"{filled.world.api.url}/config/devices/device/{device.id}")
        rows = page.locator("hui-generic-entity-row")
        await rows.first.wait_for()
        for width in PHONES:
            await page.set_viewport_size({"width": width, "height": 2400})
            await page.evaluate(PAINTED)
            cut = [each for row in await rows.all() for each in await cut_texts(row)]
            found += [f"{device.name}, {width} px: {each}" for each in cut if each.split('"')[1] not in commands]
        await shoot(page, f"{language}_phone_device_{device.name}")
    assert found == []
