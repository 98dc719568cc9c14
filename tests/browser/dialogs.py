"""The dialogs of the flows, used by the texts that a person reads."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
import re
import time
from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from demo.account import Account
from demo.stage import REPOSITORY
from tests.forms import way_to

LANGUAGES: Final = ("en", "tr")
# Where a link like that of the README leads; Home Assistant asks whether it is wanted.
ADD: Final = "/config/integrations/dashboard/add?domain=reengen"
# The buttons, which are Home Assistant's own.
BUTTONS: Final = {
    "en": {"next": "Next", "submit": "Submit", "finish": "Skip and finish", "done": "Finish", "close": "Close"},
    "tr": {"next": "Sonraki", "submit": "Gönder", "finish": "Atla ve bitir", "done": "Bitir", "close": "Kapat"},
}
# Fields that a form has only when it is shown again, or once something was decided elsewhere.
AFTERWARDS: Final = ("add_anyway", "rolled_up_points")
# Until what was changed last is painted.
PAINTED: Final = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def texts(language: str) -> Mapping[str, Any]:
    """Return the integration's texts in a language."""
    file = REPOSITORY / "custom_components" / "reengen" / "translations" / f"{language}.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def quoting(text: str) -> re.Pattern[str]:
    """Return what matches a text as it is shown: something stands where it quotes."""
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\{\w+\}", text)))


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
        described = shown.get("data_description", {})
        explained = (text for field, text in described.items() if field not in AFTERWARDS)
        for text in (shown["title"], *explained):
            await expect(self.root.get_by_text(text, exact=True).first).to_be_visible()

    async def describes(self, step: str) -> None:
        """Wait for the text above the fields of a form, with something where it quotes."""
        await expect(self.root.get_by_text(quoting(self._texts["step"][step]["description"])).first).to_be_visible()

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

    def box(self, step: str, field: str) -> Locator:
        """Return a field that takes a text."""
        return self._box(self.label(step, field))

    def number(self, step: str, field: str) -> Locator:
        """Return a field that takes a number."""
        return self.root.get_by_role("spinbutton", name=self.label(step, field))

    def chosen(self, step: str, field: str) -> Locator:
        """Return a field that takes one of a list; a click opens the list."""
        named = re.compile(rf"^\s*{re.escape(self.label(step, field))}")
        return self.root.locator("ha-picker-field").filter(has_text=named)

    async def pick(self, step: str, field: str, option: str | re.Pattern[str]) -> None:
        """Choose one of a list."""
        await self.chosen(step, field).click()
        await self.root.get_by_role("menuitem", name=option, exact=True).click()

    async def pick_first(self, step: str, field: str) -> None:
        """Choose the first of a list."""
        await self.chosen(step, field).click()
        await self.root.get_by_role("menuitem").first.click()

    async def spell(self, step: str, field: str, value: str) -> None:
        """Type what a list does not have, or does."""
        await self.chosen(step, field).click()
        await self.page.locator("ha-picker-combo-box input").first.fill(value)
        # Before the search is done the row may stand further down, and a click there is lost.
        found = self.page.locator("ha-picker-combo-box ha-combo-box-item").first
        await expect(found).to_contain_text(value)
        await found.click()
        await expect(self.chosen(step, field)).to_contain_text(value)

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
        await expect(self.root.get_by_text(quoting(self._texts["error"][error])).first).to_be_visible()

    async def open_options(self, entry: str) -> None:
        """Open the options of the account on the page of the integration, at an entry of their menu."""
        await self.open_menu()
        way = way_to(entry)
        for menu, choice in zip(["init", *way], way, strict=False):
            await self.choose(choice, of=menu)
        await self.is_at(entry)

    async def open_menu(self) -> None:
        """Open the options of the account on the page of the integration."""
        await self.page.locator("ha-config-entry-row ha-icon-button").nth(1).click()
        await self.is_at("init")

    async def close(self) -> None:
        """Close the dialog, whatever it shows."""
        await self.root.get_by_role("button", name=BUTTONS[self.language]["close"], exact=True).click()
        await self.closed()

    async def save(self) -> None:
        """Submit the last form, and close the dialog."""
        await self.press("submit")
        await self.is_asked_to("done")
        await self.press("done")
        await self.closed()

    async def choose(self, entry: str, *, of: str = "init") -> None:
        """Choose from a menu: that of the options, or one of its steps."""
        await self.root.get_by_text(self._texts["step"][of]["menu_options"][entry], exact=True).click()

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

    async def clear(self) -> None:
        """Take all points out that are chosen."""
        chips = self.page.locator("ha-input-chip")
        while await chips.count():
            await chips.first.locator(".trailing.action").click()

    async def has(self, *paths: str) -> None:
        """Wait until exactly these points are chosen."""
        chips = self.page.locator("ha-input-chip")
        await expect(chips).to_have_count(len(paths))
        await expect(chips).to_contain_text(list(paths))
