"""A device's page: its commands are used, and the platform runs each once."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from playwright.async_api import Locator, Page, expect

from demo.inventory import HomeEntity, read_inventory
from demo.waiting import until

from .conftest import OpenPage, Shoot, World

# A command is one request; a busy machine takes its time.
ANSWERED_WITHIN: Final = timedelta(seconds=20)


async def entity(world: World, entry_id: str, kind: str, point: str) -> HomeEntity:
    """Return the command of a kind at a point of the simulated world."""
    inventory = await read_inventory(world.api, entry_id)
    (device,) = (device for device in inventory.devices if device.name == point)
    (found,) = (entity for entity in inventory.commands(kind) if entity.device_id == device.id)
    return found


async def executed(world: World, since: int) -> Sequence[tuple[str, str, object]]:
    """Return point, command and parameter of what the platform ran since."""
    executions = await world.simulation.executions()
    return [(ran["point_code"], ran["command"], ran["parameter"]) for ran in executions[since:]]


async def becomes(world: World, entity_id: str, accepts: Callable[[str], bool]) -> None:
    """Wait until Home Assistant keeps such a state of the entity: its command has been answered by then."""

    async def has_become() -> bool:
        rows = await world.api.command("get_states")
        return accepts(next(row["state"] for row in rows if row["entity_id"] == entity_id))

    await until(has_become, f"a new state of {entity_id}", ANSWERED_WITHIN)


async def page_of(open_page: OpenPage, command: HomeEntity, language: str = "en") -> Page:
    """Open the page of an entity's device."""
    return await open_page(f"/config/devices/device/{command.device_id}", language=language)


def row(page: Page, command: HomeEntity, kind: str) -> Locator:
    """Return the entity's row on the page."""
    return page.locator(f"hui-{kind}-entity-row").filter(has_text=command.name)


async def test_a_button_is_pressed(world: World, entry_id: str, open_page: OpenPage, shoot: Shoot) -> None:
    command = await entity(world, entry_id, "button", "Jeneratör")
    before = len(await world.simulation.executions())
    page = await page_of(open_page, command)
    await row(page, command, "button").get_by_role("button", name="Press").click()
    await becomes(world, command.entity_id, "unknown".__ne__)
    await shoot(page, "en_device_button")
    assert await executed(world, before) == [("xFabrikaJenerator", "generator-test", None)]


async def test_a_switch_is_flipped_on_and_off(world: World, entry_id: str, open_page: OpenPage, shoot: Shoot) -> None:
    command = await entity(world, entry_id, "switch", "Transformer 6")
    before = len(await world.simulation.executions())
    page = await page_of(open_page, command)
    control = row(page, command, "toggle")
    await control.get_by_role("button").nth(1).click()
    await expect(control.locator("ha-icon-button.state-active")).to_have_count(1)
    await shoot(page, "en_device_switch")
    await becomes(world, command.entity_id, "on".__eq__)
    await control.get_by_role("button").nth(0).click()
    await becomes(world, command.entity_id, "off".__eq__)
    assert await executed(world, before) == [
        ("xFabrikaTrafo6", "lights-on-off", True),
        ("xFabrikaTrafo6", "lights-on-off", False),
    ]


async def test_an_option_is_chosen(world: World, entry_id: str, open_page: OpenPage, shoot: Shoot) -> None:
    command = await entity(world, entry_id, "select", "Transformer 6")
    before = len(await world.simulation.executions())
    page = await page_of(open_page, command)
    control = row(page, command, "select")
    await control.locator("ha-picker-field").click()
    await control.get_by_role("menuitem", name="Auto").click()
    await expect(control.locator("ha-picker-field")).to_contain_text("Auto")
    await becomes(world, command.entity_id, "Auto".__eq__)
    await shoot(page, "en_device_select")
    assert await executed(world, before) == [("xFabrikaTrafo6", "generator-mode-set", "auto")]
