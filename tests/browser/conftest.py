"""One simulated platform, one Home Assistant and one browser for all tests; each test has pages of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
import contextlib
from dataclasses import dataclass
import json
import os
from pathlib import Path
import time
from typing import Final

import aiohttp
from playwright.async_api import Browser, Page, async_playwright, expect
import pytest

from script.lib.demo.account import add_account, existing_entry
from script.lib.demo.api import HomeApi
from script.lib.demo.check import integration_trouble
from script.lib.demo.home import HomeFolder
from script.lib.demo.inventory import read_inventory
from script.lib.demo.ports import free_port
from script.lib.demo.simulation import Simulation, has_entity
from script.lib.demo.stage import LISTING_TIMEOUT, REPOSITORY, home_running, simulation_running, top_points
from script.lib.demo.waiting import until

from .watch import Watch

PICTURES: Final = REPOSITORY / ".browser"
# Enough for today, yesterday and the month's first days, and built in a second.
DAYS: Final = ("--days", "35")
MANY_POINTS: Final = ("--days", "1", "--points", "10000")
# Two cores that are shared are slow at times; what has to be fast is measured.
TIMEOUT_MS: Final = 20_000
expect.set_options(timeout=TIMEOUT_MS)
YEAR_MS: Final = 365 * 24 * 3600 * 1000

type OpenPage = Callable[..., Awaitable[Page]]
type Shoot = Callable[[Page, str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What runs: a Home Assistant, and a platform that is the account's."""

    api: HomeApi
    simulation: Simulation

    async def without_account(self) -> None:
        """Remove the account, if there is one."""
        while entry_id := await existing_entry(self.api):
            await self.api.request("DELETE", f"/api/config/config_entries/entry/{entry_id}")

    async def with_account(self) -> str:
        """Add the account anew, with all points; return the id of its entry once its commands can be used."""
        await self.without_account()
        roots = top_points(await self.simulation.points())
        entry_id = await add_account(self.api, self.simulation.account, roots)
        wanted = sum(has_entity(command) for command in await self.simulation.commands())

        async def has_commands() -> bool:
            return (await read_inventory(self.api, entry_id)).ready_commands() >= wanted

        await until(has_commands, f"an entity for each of {wanted} commands", LISTING_TIMEOUT)
        return entry_id


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Talk to Home Assistant and to the simulators beside the browser."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="session")
async def world(http: aiohttp.ClientSession, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Run both programs on free ports, from nothing; at the end nothing may have gone wrong in the log."""
    root = tmp_path_factory.mktemp("world")
    ports = {"home_port": free_port([]), "simulator_port": free_port([])}
    async with (
        simulation_running(http, root, ports, *DAYS) as (_, simulation),
        home_running(http, root, ports) as (_, api),
    ):
        yield World(api=api, simulation=simulation)
    assert integration_trouble(HomeFolder(root=root).log.read_text()) == []


@pytest.fixture(scope="module")
async def entry_id(world: World) -> str:
    """Have the account with all points; the id of its entry."""
    return await world.with_account()


@pytest.fixture
async def large_platform(http: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Simulation]:
    """Run a platform whose tenant has 10 000 points."""
    async with simulation_running(http, tmp_path, {"simulator_port": free_port([])}, *MANY_POINTS) as (_, simulation):
        yield simulation


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Run Chromium; root may use it only without its sandbox."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: Browser, world: World) -> AsyncIterator[OpenPage]:
    """Open a page of Home Assistant in a language, logged in unless told otherwise; fail on any trouble in it."""
    watch = Watch()
    async with contextlib.AsyncExitStack() as stack:

        async def open_at(path: str, *, language: str = "en", logged_in: bool = True) -> Page:
            context = await browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
            stack.push_async_callback(context.close)
            context.set_default_timeout(TIMEOUT_MS)
            watch.attach(context)
            stored = {"selectedLanguage": language} | ({"hassTokens": tokens(world.api)} if logged_in else {})
            for name, value in stored.items():
                keep = f"localStorage[{name!r}] = {json.dumps(json.dumps(value))}"
                await context.add_init_script(f"if (location.origin === {json.dumps(world.api.url)}) {keep}")
            page = await context.new_page()
            await page.goto(world.api.url + path)
            return page

        yield open_at
    assert watch.trouble == []


def tokens(api: HomeApi) -> dict[str, object]:
    """Return what the frontend keeps after a login."""
    return {
        "access_token": api.token,
        "token_type": "Bearer",
        "refresh_token": "",
        "expires_in": YEAR_MS // 1000,
        "expires": int(time.time() * 1000) + YEAR_MS,
        "hassUrl": api.url,
        "clientId": None,
    }


@pytest.fixture
def shoot() -> Shoot:
    """Take a picture, to be looked at by a person."""

    async def take(page: Page, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=PICTURES / f"{name}.png")

    return take
