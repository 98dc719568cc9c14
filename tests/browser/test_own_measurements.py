"""A measurement of the user's own is added, changed and removed in the options, in each language."""

import re
from typing import Final

from playwright.async_api import expect
import pytest

from demo.inventory import UNAVAILABLE, read_inventory
from demo.stage import LISTING_TIMEOUT
from demo.waiting import until

from .conftest import OpenPage, Shoot, World
from .dialogs import LANGUAGES, Dialog
from .look import Look

NAME: Final = "Oda sıcaklığı"
LATER: Final = "Ofis sıcaklığı"
# Home Assistant's names of device classes; the dialog has them in the language of the server.
LIKELY: Final = "Temperature"
OTHER: Final = "Temperature delta"


async def has_sensors(world: World, entry_id: str, name: str, *, present: bool = True) -> None:
    """Wait until there are sensors of this name that have a state, or none at all."""

    async def is_so() -> bool:
        named = [entity for entity in (await read_inventory(world.api, entry_id)).entities if entity.name == name]
        with_state = [entity for entity in named if entity.state not in {None, UNAVAILABLE}]
        return bool(with_state) if present else not named

    await until(is_so, f"{'' if present else 'no '}sensors named {name}", LISTING_TIMEOUT)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_add_change_and_remove(
    world: World, entry_id: str, open_page: OpenPage, shoot: Shoot, look: Look, language: str
) -> None:
    page = await open_page("/config/integrations/integration/reengen", language=language)
    dialog = Dialog(page=page, language=language, flow="options")

    await dialog.open_options("custom_add")
    await dialog.choose("custom_fields", of="custom_add")
    await dialog.is_at("custom_fields")
    await dialog.box("custom_fields", "name").fill(NAME)
    for field, value in (("definition", "temperature"), ("variant", "indoor"), ("unit", "degC")):
        await dialog.spell("custom_fields", field, value)
    await dialog.root.get_by_role("radio", name=dialog.option("x_function", "avg"), exact=True).click()
    await shoot(page, f"{language}_own_add")
    await dialog.press("next")
    await dialog.is_at("custom_device_class")
    await dialog.describes("custom_device_class")
    await expect(dialog.chosen("custom_device_class", "device_class")).to_contain_text(LIKELY)
    assert await look.at(dialog.root) == []
    await shoot(page, f"{language}_own_device_class")
    await dialog.save()
    await has_sensors(world, entry_id, NAME)

    await dialog.open_options("custom_change")
    await dialog.pick("custom_change", "key", re.compile(rf"^{NAME}"))
    assert await look.at(dialog.root) == []
    await shoot(page, f"{language}_own_change")
    await dialog.press("next")
    await dialog.is_at("custom_edit")
    await dialog.describes("custom_edit")
    assert await dialog.box("custom_edit", "name").input_value() == NAME
    await dialog.box("custom_edit", "name").fill(LATER)
    await dialog.pick("custom_edit", "device_class", OTHER)
    assert await look.at(dialog.root) == []
    await shoot(page, f"{language}_own_edit")
    await dialog.save()
    await has_sensors(world, entry_id, LATER)

    await dialog.open_options("custom_change")
    await dialog.pick("custom_change", "key", re.compile(rf"^{LATER}"))
    await dialog.root.get_by_role("radio", name=dialog.option("custom_change", "remove"), exact=True).click()
    await dialog.press("next")
    await dialog.is_at("custom_remove")
    await expect(dialog.root.get_by_text(LATER).first).to_be_visible()
    assert await look.at(dialog.root) == []
    await shoot(page, f"{language}_own_remove")
    await dialog.save()
    await has_sensors(world, entry_id, LATER, present=False)
