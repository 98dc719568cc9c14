"""Every field of the forms has a name for those who hear it, and nothing in the forms shuts anybody out."""

import pytest

from .axe import Axe
from .conftest import OpenPage, World
from .dialogs import ADD, AFTERWARDS, LANGUAGES, Dialog, texts

# The roles of what takes an entry.
FIELDS = "textbox", "checkbox", "switch", "spinbutton", "combobox", "radio"


async def names_of_fields(dialog: Dialog) -> list[str]:
    """Return what each field of the form is called in the accessibility tree; the tree is what screen readers read."""
    tree = await dialog.root.aria_snapshot()
    lines = [line.strip().removeprefix("- ") for line in tree.splitlines()]
    return [line for line in lines if line.split(" ")[0].rstrip(":") in FIELDS]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_forms_of_a_new_account(world: World, open_page: OpenPage, axe: Axe, language: str) -> None:
    await world.without_account()
    page = await open_page(ADD, language=language)
    dialog = Dialog(page=page, language=language)
    await dialog.confirm()
    await dialog.type_account(world.simulation.account, world.simulation.account.password)
    await is_named_and_open(dialog, axe, at_least=4)
    await dialog.press("next")
    await dialog.is_at("points")
    picker = dialog.picker()
    await picker.open()
    await picker.take_first()
    await is_named_and_open(dialog, axe, at_least=1)
    await dialog.press("next")
    await dialog.is_at("measurements")
    await is_named_and_open(dialog, axe, at_least=10)


async def is_named_and_open(dialog: Dialog, axe: Axe, *, at_least: int) -> None:
    """Look at the form that is shown."""
    fields = await names_of_fields(dialog)
    assert len(fields) >= at_least, fields
    # Home Assistant puts the label of a switch beside it without tying the two together; it is at least there.
    unnamed = [field for field in fields if '"' not in field]
    labels = await dialog.root.locator("ha-selector-boolean p:not(.secondary)").all_inner_texts()
    assert all(field.startswith("switch") for field in unnamed), unnamed
    assert len(unnamed) <= len([label for label in labels if label.strip()])
    assert await axe.violations(dialog.root) == []


# A menu, and its entry with all fields.
BEHIND = {"custom_add": "custom_fields"}
ONLY_LISTS = ("confirmations", "number_limits", "contracts", "advanced")
STEPS = (
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


@pytest.mark.parametrize("language", LANGUAGES)
async def test_forms_of_the_options(world: World, entry_id: str, open_page: OpenPage, axe: Axe, language: str) -> None:
    assert entry_id in {each["entry_id"] for each in await world.api.command("config_entries/get", domain="reengen")}
    assert set(STEPS) | {"custom_change"} == set(texts(language)["options"]["step"]["init"]["menu_options"])
    for entry in STEPS:
        page = await open_page("/config/integrations/integration/reengen", language=language)
        dialog = Dialog(page=page, language=language, flow="options")
        await dialog.open_options(entry)
        step = BEHIND.get(entry, entry)
        if step != entry:
            await dialog.choose(step, of=entry)
            await dialog.is_at(step)
        tree = await dialog.root.aria_snapshot()
        labels = texts(language)["options"]["step"][step]["data"].items()
        assert [label for field, label in labels if field not in AFTERWARDS and label not in tree] == []
        # Of some forms each field is a list to choose from: a button, which opens it.
        await is_named_and_open(dialog, axe, at_least=step not in ONLY_LISTS)
