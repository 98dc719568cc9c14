"""A new user's path, timed: from "Add integration" to an Energy dashboard with figures."""

import time
from typing import Final

from playwright.async_api import expect
import pytest

from demo.errors import DemoError
from demo.waiting import until

from .conftest import IMPORT_TIMEOUT, OpenPage, Shoot, World
from .dialogs import Dialog
from .energy import Day, EnergyPage, figure

PATHS: Final = (
    "X Fabrika",
    "X Fabrika / Transformer 6",
    "X Fabrika / Trafo 2",
    "X Fabrika / Trafo 2 / Ar-Ge Binası / Mechanical Workshop",
    "X Fabrika / Çatı GES",
)
MOST_DIALOGS: Final = 6
MOST_SECONDS: Final = 60.0


async def test_from_nothing_to_a_filled_energy_dashboard(
    new_world: World,
    open_page: OpenPage,
    shoot: Shoot,
    pytestconfig: pytest.Config,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = await open_page("/config/integrations/dashboard", at=new_world)
    dialog = Dialog(page=page, language="en")
    seen = []
    add = page.get_by_role("button", name="Add integration")
    await add.wait_for()
    started = time.monotonic()
    await add.click()
    choice = page.locator("dialog-add-integration")
    await page.get_by_placeholder("Search for a brand name").fill("Reengen")
    seen.append("integration")
    await choice.get_by_text("Reengen", exact=True).first.click()

    account = new_world.simulation.account
    await dialog.type_account(account, account.password)
    seen.append("user")
    await dialog.press("next")
    await dialog.is_at("points")
    seen.append("points")
    picker = dialog.picker()
    await picker.clear()
    for path in PATHS:
        await picker.open()
        await picker.search(path, path)
        await picker.take_first()
    await picker.has(*PATHS)
    await dialog.switch("points", "include_descendants").click()
    await dialog.press("next")
    await dialog.is_at("measurements")
    seen.append("measurements")
    await dialog.switch("measurements", "energy_dashboard").click()
    await dialog.press("submit")
    await dialog.is_asked_to("finish")
    seen.append("done")
    await dialog.press("finish")
    await dialog.closed()

    async def is_filled() -> bool:
        try:
            return bool((await new_world.api.command("energy/get_prefs"))["energy_sources"])
        except DemoError:
            # There are no preferences before the first ones are stored.
            return False

    await until(is_filled, "the Energy dashboard", IMPORT_TIMEOUT)
    energy = EnergyPage(page=page, home=new_world.api)
    yesterday = Day.yesterday(new_world)
    await energy.open(yesterday.date)
    used = figure(await yesterday.energy_kwh("X Fabrika", "active_energy_import"))
    await expect(energy.row("X Fabrika Active energy import")).to_contain_text(f"{used} kWh")
    seconds = time.monotonic() - started
    await shoot(page, "en_new_user")
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(f" new user: {len(seen)} dialogs, {seconds:.1f} s ")
    assert len(seen) <= MOST_DIALOGS, seen
    assert seconds <= MOST_SECONDS, f"{seconds:.1f} s from the first click to a filled Energy dashboard"
