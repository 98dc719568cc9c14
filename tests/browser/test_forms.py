"""Every menu and form: each field has a name for those who hear it, nothing shuts anybody out, nothing is cut on a phone."""

from typing import Final

from playwright.async_api import expect
import pytest

from .conftest import OpenPage, World
from .dialogs import ADD, AFTERWARDS, LANGUAGES, Dialog, texts
from .look import Look

# The roles of what takes an entry.
FIELDS: Final = "textbox", "checkbox", "switch", "spinbutton", "combobox", "radio"
# A menu, and its entry with all fields.
BEHIND: Final = {"custom_add": "custom_fields"}
# A form that asks which point or command is meant: its field, and the form that follows.
AFTER_CHOICE: Final = {
    "contracts": ("point", "contract"),
    "confirmations": ("command", "confirmation"),
    "number_limits": ("command", "number_limit"),
}
# Home Assistant's own word.
RECONFIGURE: Final = {"en": "Reconfigure", "tr": "Yeniden Yapılandır"}
ONLY_LISTS: Final = (*AFTER_CHOICE, "advanced")
STEPS: Final = (
    "dashboards",
    "history",
    "meters",
    "reactive",
    "contracts",
    "advanced",
    "confirmations",
    "number_limits",
    "custom_add",
    "points",
    "measurements",
)


async def names_of_fields(dialog: Dialog) -> list[str]:
    """Return what each field of the form is called in the accessibility tree; the tree is what screen readers read."""
    tree = await dialog.root.aria_snapshot()
    lines = [line.strip().removeprefix("- ") for line in tree.splitlines()]
    return [line for line in lines if line.split(" ")[0].rstrip(":") in FIELDS]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_forms_of_a_new_account(world: World, open_page: OpenPage, look: Look, language: str) -> None:
    await world.without_account()
    page = await open_page(ADD, language=language)
    dialog = Dialog(page=page, language=language)
    await dialog.confirm()
    await dialog.type_account(world.simulation.account, world.simulation.account.password)
    found = await seen(dialog, look, at_least=4)
    await dialog.press("next")
    await dialog.is_at("points")
    picker = dialog.picker()
    await picker.open()
    await picker.take_first()
    found += await seen(dialog, look, at_least=1)
    await dialog.press("next")
    await dialog.is_at("measurements")
    found += await seen(dialog, look, at_least=10)
    assert found == []


async def seen(dialog: Dialog, look: Look, *, at_least: int) -> list[str]:
    """Look at the form that is shown, and at the names of its fields; return what is wrong."""
    fields = await names_of_fields(dialog)
    assert len(fields) >= at_least, fields
    # Home Assistant puts the label of a switch beside it without tying the two together; it is at least there.
    unnamed = [field for field in fields if '"' not in field]
    labels = await dialog.root.locator("ha-selector-boolean p:not(.secondary)").all_inner_texts()
    assert all(field.startswith("switch") for field in unnamed), unnamed
    assert len(unnamed) <= len([label for label in labels if label.strip()])
    return await look.at(dialog.root)


def menus(language: str) -> dict[str, list[str]]:
    """Return the menus of the options, and what each leads to."""
    steps = texts(language)["options"]["step"].items()
    return {name: list(step["menu_options"]) for name, step in steps if "menu_options" in step}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_menus_of_the_options(
    world: World, entry_id: str, open_page: OpenPage, look: Look, language: str
) -> None:
    assert entry_id
    page = await open_page("/config/integrations/integration/reengen", language=language)
    dialog = Dialog(page=page, language=language, flow="options")
    await dialog.open_menu()
    found = await look.at(dialog.root)
    await dialog.close()
    for menu in menus(language):
        if menu != "init":
            await dialog.open_options(menu)
            found += await look.at(dialog.root)
            await dialog.close()
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_forms_of_the_options(
    world: World, entry_id: str, open_page: OpenPage, look: Look, language: str
) -> None:
    assert entry_id in {each["entry_id"] for each in await world.api.command("config_entries/get", domain="reengen")}
    entries = {entry for menu in menus(language).values() for entry in menu if not entry.endswith("_menu")}
    assert set(STEPS) | {"custom_change"} == entries - set(menus(language)["custom_add"])
    page = await open_page("/config/integrations/integration/reengen", language=language)
    dialog = Dialog(page=page, language=language, flow="options")
    found = []
    for entry in STEPS:
        await dialog.open_options(entry)
        step = BEHIND.get(entry, entry)
        if step != entry:
            await dialog.choose(step, of=entry)
            await dialog.is_at(step)
        tree = await dialog.root.aria_snapshot()
        labels = texts(language)["options"]["step"][step]["data"].items()
        assert [label for field, label in labels if field not in AFTERWARDS and label not in tree] == []
        # Of some forms each field is a list to choose from: a button, which opens it.
        found += await seen(dialog, look, at_least=step not in ONLY_LISTS)
        if entry in AFTER_CHOICE:
            field, follows = AFTER_CHOICE[entry]
            await dialog.pick_first(entry, field)
            await dialog.press("next")
            await dialog.is_at(follows)
            found += await seen(dialog, look, at_least=1)
        await dialog.close()
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_other_forms_of_an_account(
    world: World, entry_id: str, open_page: OpenPage, look: Look, language: str
) -> None:
    assert entry_id
    page = await open_page("/config/integrations/integration/reengen", language=language)
    dialog = Dialog(page=page, language=language)
    value = texts(language)["config_subentries"]["data_value"]
    await page.get_by_text(value["initiate_flow"]["user"], exact=True).first.click()
    await expect(dialog.root.get_by_text(value["step"]["user"]["title"], exact=True).first).to_be_visible()
    await expect(dialog.root.get_by_text(value["step"]["user"]["data"]["type"]).first).to_be_visible()
    found = await look.at(dialog.root)
    await dialog.close()
    await page.locator("ha-config-entry-row ha-icon-button").nth(2).click()
    await page.get_by_text(RECONFIGURE[language], exact=True).first.click()
    await dialog.is_at("reconfigure")
    found += await look.at(dialog.root)
    assert found == []
