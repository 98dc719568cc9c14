"""An account is added through the dialogs, in each language, after a mistake."""

from playwright.async_api import expect
import pytest

from demo.inventory import read_inventory

from .conftest import OpenPage, Shoot, World
from .dialogs import ADD, LANGUAGES, Dialog

PRESS_LINE = "X Fabrika / Trafo 1 / İmalathane / Pres Hattı"
TRANSFORMER = "X Fabrika / Transformer 6"
# The points that stand below no other one, in the platform's order.
TOPMOST = ("X Fabrika", "Beşiktaş Şubesi", "Test Noktası", "Eski Bina")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_add_account(world: World, open_page: OpenPage, shoot: Shoot, language: str) -> None:
    await world.without_account()
    page = await open_page(ADD, language=language)
    dialog = Dialog(page=page, language=language)
    await dialog.confirm()
    await dialog.type_account(world.simulation.account, "wrong")
    await shoot(page, f"{language}_sign_in")
    await dialog.press("next")
    await dialog.says("authentication_failed")
    await shoot(page, f"{language}_sign_in_refused")

    await dialog.type_account(world.simulation.account, world.simulation.account.password)
    await dialog.press("next")
    await dialog.is_at("points")
    picker = dialog.picker()
    # Those that stand below no other one are chosen to begin with.
    await picker.has(*TOPMOST)
    await picker.clear()
    await picker.open()
    await picker.search("imalathane / pres", PRESS_LINE)
    await shoot(page, f"{language}_points_search")
    await picker.take_first()
    await picker.open()
    await picker.search("transformer 6", TRANSFORMER)
    await picker.take_first()
    await picker.has(PRESS_LINE, TRANSFORMER)
    await shoot(page, f"{language}_points_chosen")
    await dialog.press("next")

    await dialog.is_at("measurements")
    await shoot(page, f"{language}_measurements")
    await dialog.press("submit")
    await dialog.is_asked_to("finish")
    await shoot(page, f"{language}_done")
    await dialog.press("finish")
    await dialog.closed()

    card = page.locator("ha-integration-card").filter(has_text="Reengen")
    await expect(card).to_be_visible()
    await shoot(page, f"{language}_integrations")
    entries = await world.api.command("config_entries/get", domain="reengen")
    assert [(entry["title"], entry["state"]) for entry in entries] == [("xyz (demo)", "loaded")]
    devices = await read_inventory(world.api, entries[0]["entry_id"])
    assert [device.name for device in devices.devices] == ["xyz (demo)", "Pres Hattı", "Transformer 6"]
