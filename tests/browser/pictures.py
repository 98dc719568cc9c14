"""The pictures of the README, light and dark; run by script/screenshots."""

import io
from typing import Final, Literal

from PIL import Image
from playwright.async_api import Page, expect
import pytest

from demo.dashboards import DASHBOARD, fill_dashboard, make_dashboard
from demo.inventory import read_inventory
from demo.stage import REPOSITORY

from .conftest import OpenPage, World
from .dialogs import ADD, Dialog
from .energy import Day, EnergyPage

IMAGES: Final = REPOSITORY / "docs" / "images"
# A picture of an interface has few colours; with so many none is seen to be missing.
COLOURS: Final = 192
SCHEMES: Final = ("light", "dark")

type Scheme = Literal["light", "dark"]


async def take(page: Page, name: str, scheme: Scheme) -> None:
    """Store what is shown, small, and the same for the same picture."""
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.mouse.move(0, 0)
    await page.wait_for_load_state("networkidle")
    # Charts are drawn into a canvas, of whose end nothing tells.
    await page.wait_for_timeout(2000)
    image = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    IMAGES.mkdir(exist_ok=True)
    small = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(IMAGES / f"{name}_{scheme}.png", optimize=True)


@pytest.fixture(scope="module")
async def shown(world: World) -> str:
    """Have all points, water and gas, their history, the Energy dashboard and the dashboard; the id of the entry."""
    entry_id = await world.with_account()
    await world.import_history(entry_id)
    await fill_dashboard(world.api, entry_id)
    await make_dashboard(world.api, entry_id)
    return entry_id


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_dashboard(world: World, shown: str, open_page: OpenPage, scheme: Scheme) -> None:
    assert shown
    page = await open_page(f"/{DASHBOARD}", color_scheme=scheme, at=world)
    await expect(page.locator("reengen-day-curve").first).to_be_visible()
    await take(page, "dashboard", scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_energy(world: World, shown: str, open_page: OpenPage, scheme: Scheme) -> None:
    assert shown
    page = await open_page("/energy/electricity", color_scheme=scheme, at=world)
    await EnergyPage(page=page, home=world.api).open(Day.yesterday(world).date)
    await expect(page.locator("hui-energy-usage-graph-card canvas").first).to_be_visible()
    await take(page, "energy", scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_device(world: World, shown: str, open_page: OpenPage, scheme: Scheme) -> None:
    (device,) = (each for each in (await read_inventory(world.api, shown)).devices if each.name == "Transformer 6")
    page = await open_page(f"/config/devices/device/{device.id}", color_scheme=scheme, at=world)
    await expect(page.locator("hui-sensor-entity-row").first).to_be_visible()
    await take(page, "device", scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_dialog(world: World, shown: str, open_page: OpenPage, scheme: Scheme) -> None:
    assert shown
    page = await open_page(ADD, color_scheme=scheme, at=world)
    dialog = Dialog(page=page, language="en")
    await dialog.confirm()
    await dialog.type_account(world.simulation.account, "")
    await take(page, "account", scheme)
