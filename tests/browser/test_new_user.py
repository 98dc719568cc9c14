"""A new user's path, timed: from "Add integration" to the first figures, and to an Energy dashboard filled with all."""

from datetime import timedelta
import time
from typing import Any, Final

from playwright.async_api import Page, expect
import pytest

from demo.errors import DemoError
from demo.waiting import until

from .conftest import IMPORT_TIMEOUT, OpenPage, Shoot, World
from .dialogs import Dialog
from .energy import Day, EnergyPage, figure
from .overview import Overview

POINTS: Final = 40
SITE: Final = "X Fabrika"
MOST_DIALOGS: Final = 5
# From the first click on, which comes before the password.
MOST_SECONDS_TO_THE_OVERVIEW: Final = 120.0
DEVELOPER_TOOLS: Final = "/config/tools"
TRUE_WITHIN: Final = timedelta(seconds=60)
MOST_SECONDS: Final = 90.0


async def preferences(world: World) -> dict[str, Any]:
    """Return what the Energy dashboard has been filled with."""
    try:
        found: dict[str, Any] = await world.api.command("energy/get_prefs")
    except DemoError:
        # There are no preferences before the first ones are stored.
        return {"energy_sources": [], "device_consumption": []}
    return found


async def set_up(page: Page, world: World) -> list[str]:
    """Go through the dialogs, changing nothing that is proposed; return the dialogs that were seen."""
    dialog = Dialog(page=page, language="en")
    await page.get_by_role("button", name="Add integration").click()
    choice = page.locator("dialog-add-integration")
    await page.get_by_placeholder("Search for a brand name").fill("Reengen")
    await choice.get_by_text("Reengen", exact=True).first.click()
    account = world.simulation.account
    await dialog.type_account(account, account.password)
    await dialog.press("next")
    await dialog.is_at("points")
    await dialog.press("next")
    await dialog.is_at("measurements")
    await dialog.press("submit")
    await dialog.is_asked_to("finish")
    await dialog.press("finish")
    await dialog.closed()
    return ["integration", "user", "points", "measurements", "done"]


async def see_the_overview(page: Page, world: World) -> None:
    """Open the dashboard from the side bar, and wait until its figures are those of the simulator's database."""
    (entry,) = await world.api.command("config_entries/get", domain="reengen")
    overview = Overview(page=page, world=world, entry_id=entry["entry_id"], site=SITE)
    await overview.open(entry["title"])
    await until(overview.is_true, "true figures on the overview", TRUE_WITHIN)


async def test_from_nothing_to_a_filled_energy_dashboard(
    old_world: World,
    open_page: OpenPage,
    shoot: Shoot,
    pytestconfig: pytest.Config,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert len(await old_world.simulation.points()) == POINTS
    page = await open_page("/config/integrations/dashboard", at=old_world)
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    await page.get_by_role("button", name="Add integration").wait_for()
    started = time.monotonic()
    seen = await set_up(page, old_world)
    await see_the_overview(page, old_world)
    first_screen = time.monotonic() - started
    await shoot(page, "en_new_user_overview")
    assert visited
    assert not [address for address in visited if DEVELOPER_TOOLS in address]

    async def is_filled() -> bool:
        return any(each["type"] == "grid" for each in (await preferences(old_world))["energy_sources"])

    await until(is_filled, "the Energy dashboard", IMPORT_TIMEOUT)
    energy = EnergyPage(page=page, home=old_world.api)
    yesterday = Day.yesterday(old_world)
    await energy.open(yesterday.date)
    site = energy.row(f"{SITE} imported")
    used = figure(await yesterday.energy_kwh(SITE, "active_energy_import"))
    await expect(site).to_contain_text(f"{used} kWh")
    await expect(site).to_contain_text(f"{await yesterday.cost(SITE, 'active_energy_cost'):,.2f}")
    seconds = time.monotonic() - started
    await shoot(page, "en_new_user")
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(
            f" new user: {len(seen)} dialogs, overview after {first_screen:.1f} s, Energy dashboard after {seconds:.1f} s "
        )
    filled = await preferences(old_world)
    (grid,) = (each for each in filled["energy_sources"] if each["type"] == "grid" and each["name"] == SITE)
    assert (await old_world.api.get(f"/api/states/{grid['stat_rate']}"))["state"] not in {"unknown", "unavailable"}
    assert filled["device_consumption"]
    assert all({"name", "stat_rate"} <= device.keys() for device in filled["device_consumption"])
    # In a page of its own: the first one may still be asking for statistics.
    page = await open_page("/energy/now", at=old_world)
    await expect(page.locator("hui-power-sankey-card canvas")).to_be_visible()
    await shoot(page, "en_energy_now")
    assert len(seen) <= MOST_DIALOGS, seen
    assert first_screen <= MOST_SECONDS_TO_THE_OVERVIEW, f"{first_screen:.1f} s to true figures on the overview"
    assert seconds <= MOST_SECONDS, f"{seconds:.1f} s from the first click to a filled Energy dashboard"
