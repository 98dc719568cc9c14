"""An action is called from the developer tools, and its response is shown."""

import json
from typing import Final

from playwright.async_api import expect

from .conftest import OpenPage, Shoot, World

POINT: Final = "xFabrikaTrafo6"


async def test_commands_are_listed(world: World, entry_id: str, open_page: OpenPage, shoot: Shoot) -> None:
    page = await open_page("/config/tools/action")
    called = {
        "action": "reengen.list_available_commands",
        "data": {"config_entry_id": entry_id, "point": POINT},
    }
    await page.get_by_text("YAML mode").click()
    editor = page.locator("ha-yaml-editor .cm-content").first
    await editor.fill(json.dumps(called, indent=1))
    await page.get_by_role("button", name="Perform action").click()
    response = page.locator("ha-card").filter(has_text="Response").last
    await expect(response).to_be_visible()
    wanted = [command for command in await world.simulation.commands() if command["point"] == POINT]
    assert wanted
    for command in wanted:
        await expect(response.get_by_text(command["code"]).first).to_be_visible()
    await shoot(page, "en_developer_tools")


async def test_a_device_is_all_that_has_to_be_chosen(
    world: World, entry_id: str, open_page: OpenPage, shoot: Shoot
) -> None:
    """No code is typed and no YAML is read: the action, and the device of the point."""
    assert entry_id
    page = await open_page("/config/tools/action")
    await page.get_by_text("YAML mode").click()
    await page.locator("ha-yaml-editor .cm-content").first.fill('{"action": "reengen.list_available_commands"}')
    await page.get_by_text("UI mode").click()
    row = page.locator("ha-settings-row").filter(has_text="The device of the point.")
    await row.locator("ha-checkbox").click()
    await row.locator("ha-picker-field").click()
    await page.locator("ha-picker-combo-box input").first.fill("Transformer 6")
    await page.locator("ha-picker-combo-box ha-combo-box-item").filter(has_text="Transformer 6").first.click()
    await page.get_by_role("button", name="Perform action").click()
    response = page.locator("ha-card").filter(has_text="Response").last
    for command in await world.simulation.commands():
        if command["point"] == POINT:
            await expect(response.get_by_text(command["code"]).first).to_be_visible()
    await shoot(page, "en_developer_tools_device")
