"""One simulated platform, one Home Assistant and one browser for all tests; each test has pages of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
import contextlib
from dataclasses import dataclass
from datetime import timedelta
import json
import os
from pathlib import Path
import time
from typing import Final, Literal

import aiohttp
from playwright.async_api import Browser, Page, async_playwright, expect
import pytest

from demo.account import add_account, existing_entry, speak
from demo.api import HomeApi
from demo.history_progress import COMPLETE_PERCENT, follow_history
from demo.home import HomeFolder
from demo.inventory import read_inventory
from demo.language import ENGLISH, LANGUAGES, Language
from demo.ports import free_port
from demo.recorder_file import RecorderFile
from demo.simulation import TIME_ZONE, Simulation, has_entity
from demo.stage import LISTING_TIMEOUT, REPOSITORY, home_running, simulation_running, top_points
from demo.waiting import until
from script.lib.axe_core import FILE
from tests.e2e.trouble import integration_trouble

from .axe import Axe
from .look import Look
from .watch import Watch

PICTURES: Final = REPOSITORY / ".browser"
# Enough for today, yesterday and the month's first days, and built in a second.
DAYS: Final = ("--days", "35")
# What an account imports unless it is told otherwise: thirteen months and the days of this one.
ALL_MONTHS: Final = ("--days", "430")
MANY_POINTS: Final = ("--days", "1", "--points", "10000")
# Two cores that are shared are slow at times; what has to be fast is measured.
TIMEOUT_MS: Final = 20_000
expect.set_options(timeout=TIMEOUT_MS)
YEAR_MS: Final = 365 * 24 * 3600 * 1000
# A site with its sources of energy, its way down to a machine, and a point with commands.
FEW_POINTS: Final = ("X Fabrika", "Transformer 6", "Trafo 2", "Mechanical Workshop", "Çatı GES")
# Ten times what it takes.
IMPORT_TIMEOUT: Final = timedelta(minutes=4)

type OpenPage = Callable[..., Awaitable[Page]]
type Shoot = Callable[[Page, str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What runs: a Home Assistant, and a platform that is the account's."""

    root: Path
    api: HomeApi
    simulation: Simulation

    async def codes(self, names: Sequence[str]) -> list[str]:
        """Return the codes of the points with these names."""
        code_of = {point["name"]: str(point["code"]) for point in await self.simulation.points()}
        return [code_of[name] for name in names]

    async def import_history(self, entry_id: str) -> None:
        """Wait until the history is complete."""
        recorder = RecorderFile(path=HomeFolder(root=self.root).database)
        await follow_history(self.api, entry_id, recorder, until=COMPLETE_PERCENT, longest=IMPORT_TIMEOUT)

    async def add(self, codes: Sequence[str]) -> str:
        """Add the account with these points alone; return the id of its entry."""
        return await add_account(self.api, self.simulation.account, codes, include_descendants=False)

    async def entity_of(self, entry_id: str, key: str) -> str:
        """Return the id of an entity of the account."""
        (found,) = (each for each in (await read_inventory(self.api, entry_id)).entities if each.key == key)
        return found.entity_id

    @contextlib.asynccontextmanager
    async def reloading(self, entry_id: str) -> AsyncIterator[None]:
        """Wait, after what reloads the account, until it is loaded anew, its dashboard included."""
        button = await self.entity_of(entry_id, "reread_commands")

        async def changed() -> str:
            return str((await self.api.get(f"/api/states/{button}"))["last_changed"])

        before = await changed()
        yield

        async def is_over() -> bool:
            (entry,) = await self.api.command("config_entries/get", domain="reengen")
            return entry["state"] == "loaded" and await changed() != before

        await until(is_over, "the end of a reload", LISTING_TIMEOUT)

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


@contextlib.asynccontextmanager
async def running_world(
    http: aiohttp.ClientSession, root: Path, *options: str, language: Language = ENGLISH
) -> AsyncIterator[World]:
    """Run both programs on free ports, from nothing; at the end nothing may have gone wrong in the log."""
    ports = {"home_port": free_port([]), "simulator_port": free_port([])}
    async with (
        simulation_running(http, root, ports, *(options or DAYS)) as (_, simulation),
        home_running(http, root, ports, language) as (_, api),
    ):
        yield World(root=root, api=api, simulation=simulation)
    assert integration_trouble(HomeFolder(root=root).log.read_text()) == []


@pytest.fixture(scope="session")
async def world(http: aiohttp.ClientSession, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Run the world that most tests share."""
    async with running_world(http, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
async def new_world(http: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[World]:
    """Run a world in which nothing has happened yet."""
    async with running_world(http, tmp_path) as world:
        yield world


@pytest.fixture
async def old_world(http: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[World]:
    """Run a world in which nothing has happened yet but on the platform, where there are 40 points and 13 months."""
    async with running_world(http, tmp_path, *ALL_MONTHS) as world:
        yield world


@dataclass(frozen=True, kw_only=True, slots=True)
class FilledWorld:
    """A world whose account has few points, all their history, and what follows from it in the Energy dashboard."""

    world: World
    entry_id: str

    async def side_bar(self) -> str:
        """Return the address of the account's dashboard."""
        (panel,) = (name for name in await self.world.api.command("get_panels") if name.startswith("reengen-"))
        return str(panel)


@pytest.fixture(scope="session", params=LANGUAGES.values(), ids=tuple(LANGUAGES))
async def spoken(
    request: pytest.FixtureRequest, http: aiohttp.ClientSession, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, FilledWorld]]:
    """Run a world like the filled one whose server speaks a language: names of entities, and dashboards."""
    language: Language = request.param
    async with running_world(http, tmp_path_factory.mktemp("spoken"), language=language) as world:
        entry_id = await world.add(await world.codes(FEW_POINTS))
        await world.import_history(entry_id)
        yield language.code, FilledWorld(world=world, entry_id=entry_id)


@pytest.fixture(scope="session")
async def filled(http: aiohttp.ClientSession, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FilledWorld]:
    """Run a world of few points with their history, for tests that look at it."""
    async with running_world(http, tmp_path_factory.mktemp("filled")) as world:
        codes = await world.codes(FEW_POINTS)
        entry_id = await world.add(codes)
        await world.import_history(entry_id)
        yield FilledWorld(world=world, entry_id=entry_id)


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
def axe() -> Axe:
    """Have axe-core, which script/test-browser brings where it can reach the npm registry."""
    if not FILE.exists():
        pytest.skip(f"axe-core is not there: {FILE.name} could not be fetched from the npm registry")
    return Axe(script=FILE.read_text())


@pytest.fixture(scope="session")
def look(axe: Axe) -> Look:
    """Look at whatever of ours is shown."""
    return Look(axe=axe)


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

        async def open_at(
            path: str,
            *,
            language: str = "en",
            logged_in: bool = True,
            color_scheme: Literal["light", "dark"] = "light",
            at: World = world,
        ) -> Page:
            # The user's own language counts once somebody is logged in, also by the page itself.
            await speak(at.api, language)
            context = await browser.new_context(
                reduced_motion="reduce",
                viewport={"width": 1280, "height": 900},
                color_scheme=color_scheme,
                timezone_id=TIME_ZONE,
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(TIMEOUT_MS)
            watch.attach(context)
            stored = {"selectedLanguage": language} | ({"hassTokens": tokens(at.api)} if logged_in else {})
            for name, value in stored.items():
                keep = f"localStorage[{name!r}] = {json.dumps(json.dumps(value))}"
                await context.add_init_script(f"if (location.origin === {json.dumps(at.api.url)}) {keep}")
            page = await context.new_page()
            await page.goto(at.api.url + path)
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
