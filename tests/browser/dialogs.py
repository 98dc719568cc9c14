"""The dialogs of the flows, used by the texts that a person reads."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
import re
import time
from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from script.lib.demo.account import Account
from script.lib.demo.stage import REPOSITORY

LANGUAGES: Final = ("en", "tr")
# Where a link like that of the README leads; Home Assistant asks whether it is wanted.
ADD: Final = "/config/integrations/dashboard/add?domain=reengen"
# The buttons, which are Home Assistant's own.
BUTTONS: Final = {
    "en": {"next": "Next", "submit": "Submit", "finish": "Skip and finish", "done": "Finish"},
    "tr": {"next": "Sonraki", "submit": "Gönder", "finish": "Atla ve bitir", "done": "Bitir"},
}
# Until what was changed last is painted.
PAINTED: Final = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def texts(language: str) -> Mapping[str, Any]:
    """Return the integration's texts in a language."""
    file = REPOSITORY / "custom_components" / "reengen" / "translations" / f"{language}.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialog:
    """The dialog of a flow; `flow` is config or options."""

    page: Page
    language: str
    flow: str = "config"

    @property
    def root(self) -> Locator:
        """The dialog."""
        return self.page.locator("dialog-data-entry-flow")

    @property
    def _texts(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = texts(self.language)[self.flow]
        return found

    async def confirm(self) -> None:
        """Answer yes to the question whether to add the integration."""
        await self.page.locator("dialog-box").get_by_role("button").last.click()

    async def is_at(self, step: str) -> None:
        """Wait for the form of a step, with its title and the explanations of its fields."""
        shown = self._texts["step"][step]
        for text in (shown["title"], *shown["data_description"].values()):
            await expect(self.root.get_by_text(text, exact=True).first).to_be_visible()

    def label(self, step: str, field: str) -> str:
        """Return what a field is called."""
        return str(self._texts["step"][step]["data"][field])

    async def type_account(self, account: Account, password: str) -> None:
        """Fill in the first form."""
        await self.is_at("user")
        for field, value in (("tenant", account.tenant), ("username", account.username), ("password", password)):
            await self._box(self.label("user", field)).fill(value)
        advanced = self._texts["step"]["user"]["sections"]["advanced"]
        address = self._box(advanced["data"]["url"])
        if not await address.is_visible():
            await self.root.get_by_text(advanced["name"], exact=True).click()
        await address.fill(account.url)

    def _box(self, label: str) -> Locator:
        return self.root.get_by_role("textbox", name=label)

    async def press(self, button: str) -> None:
        """Press next, submit or finish."""
        await self._button(button).click()

    async def is_asked_to(self, button: str) -> None:
        """Wait until a button can be pressed."""
        await expect(self._button(button)).to_be_enabled()

    def _button(self, button: str) -> Locator:
        return self.root.get_by_role("button", name=BUTTONS[self.language][button], exact=True)

    async def says(self, error: str) -> None:
        """Wait until the form explains an error."""
        explanation = str(self._texts["error"][error]).partition(" ({")[0]
        await expect(self.root.get_by_text(explanation).first).to_be_visible()

    async def choose(self, entry: str) -> None:
        """Choose from the menu of the options."""
        await self.root.get_by_text(self._texts["step"]["init"]["menu_options"][entry], exact=True).click()

    def switch(self, step: str, field: str) -> Locator:
        """Return a field that is on or off."""
        return self.root.locator("ha-selector-boolean").filter(has_text=self.label(step, field)).locator("ha-switch")

    def check_box(self, field: str, key: str) -> Locator:
        """Return one of the boxes to tick of a list."""
        return self.root.get_by_role("checkbox", name=self.option(field, key), exact=True)

    def option(self, field: str, key: str) -> str:
        """Return what an entry of a list is called."""
        return str(texts(self.language)["selector"][field]["options"][key])

    def picker(self) -> Picker:
        """Return the choice of points."""
        return Picker(page=self.page, button=self.root.get_by_role("button", name=self.label("points", "points")))

    async def closed(self) -> None:
        """Wait until the dialog is gone."""
        await expect(self.root.locator("ha-dialog")).to_be_hidden()


@dataclass(frozen=True, kw_only=True, slots=True)
class Picker:
    """The list of points, with its search."""

    page: Page
    button: Locator

    @property
    def rows(self) -> Locator:
        """What the list shows."""
        return self.page.locator("ha-picker-combo-box ha-combo-box-item")

    async def open(self) -> float:
        """Open the list; return how many seconds it took until its first rows were painted."""
        await self.button.wait_for()
        started = time.monotonic()
        await self.button.click()
        await self.rows.nth(1).wait_for()
        await self.page.evaluate(PAINTED)
        return time.monotonic() - started

    async def search(self, typed: str, first: str) -> float:
        """Type; return how many seconds it took until the first row was the expected one."""
        started = time.monotonic()
        await self.page.locator("ha-picker-combo-box input").first.fill(typed)
        await self.rows.first.filter(has_text=re.compile(rf"^\s*{re.escape(first)}\s*$")).wait_for()
        return time.monotonic() - started

    async def take_first(self) -> None:
        """Choose the first row; the list closes."""
        await self.rows.first.click()
        await expect(self.rows.first).to_be_hidden()

    async def has(self, *paths: str) -> None:
        """Wait until exactly these points are chosen."""
        chips = self.page.locator("ha-input-chip")
        await expect(chips).to_have_count(len(paths))
        await expect(chips).to_contain_text(list(paths))
