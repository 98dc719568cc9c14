"""What is started together: the simulator and Home Assistant, and the account that joins them."""

from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
import contextlib
from dataclasses import dataclass
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

import aiohttp

from .account import add_account, existing_entry, move_account, sign_in
from .api import HomeApi
from .home import HomeFolder, home_assistant
from .inventory import Inventory, read_inventory
from .language import ENGLISH, LANGUAGES, Language
from .ports import free_port
from .programs import Program, running
from .progress import step
from .simulation import TIME_ZONE, Simulation, has_entity, simulator
from .waiting import until

REPOSITORY = Path(__file__).parents[1]
# Home Assistant's usual port, and the one of the simulator.
HOME_PORT = 8123
SIMULATOR_PORT = 8765
# One request for each point, four at once.
LISTING_TIMEOUT = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A running simulator and a running Home Assistant with the account in it."""

    root: Path
    home: Program
    platform: Program
    api: HomeApi
    simulation: Simulation
    entry_id: str
    language: Language

    async def inventory(self) -> Inventory:
        """Return devices and entities, once the commands, which are listed in the background, have their entities."""
        wanted = sum(has_entity(command) for command in await self.simulation.commands())

        async def complete() -> bool:
            return (await read_inventory(self.api, self.entry_id)).ready_commands() >= wanted

        await self.while_running(until(complete, f"an entity for each of {wanted} commands", LISTING_TIMEOUT))
        return await read_inventory(self.api, self.entry_id)

    async def while_running[T](self, work: Coroutine[None, None, T]) -> T:
        """Return what the work returns, unless one of the programs ends first.

        Raises:
            DemoError: one of them ended

        """
        return await self.platform.while_running(self.home.while_running(work))

    async def restart_home(self) -> None:
        """Restart Home Assistant from inside, as its frontend does, and wait until it runs again."""
        await self.home.restarted(self.api.ask_for_restart())
        await self.home.while_running(self.api.wait_until_listening())
        await self.home.while_running(self.api.wait_until_running())


@contextlib.asynccontextmanager
async def set_stage(root: Path, *options: str, language: str | None = None) -> AsyncIterator[Stage]:
    """Start both programs with the files in `root`, and add the account unless it is there; end them afterwards.

    `options` are further ones of the simulator. Without a `language` it is that of the last start, at first English.

    Raises:
        DemoError: one of them ended, or refused what it was asked

    """
    remembered = read_memory(root)
    spoken = LANGUAGES[language or remembered.get("language", ENGLISH.code)]
    async with (
        aiohttp.ClientSession() as session,
        simulation_running(session, root, remembered, *options) as (platform, simulation),
        home_running(session, root, remembered, spoken) as (home, api),
    ):
        entry_id = await home.while_running(join(api, simulation, remembered))
        write_memory(root, api, simulation, spoken)
        yield Stage(
            root=root,
            home=home,
            platform=platform,
            api=api,
            simulation=simulation,
            entry_id=entry_id,
            language=spoken,
        )


@contextlib.asynccontextmanager
async def simulation_running(
    session: aiohttp.ClientSession, root: Path, remembered: Mapping[str, Any], *options: str
) -> AsyncIterator[tuple[Program, Simulation]]:
    """Run the simulator, with further options of its own, on the port of the last start where it is free."""
    port = free_port([remembered.get("simulator_port", SIMULATOR_PORT), SIMULATOR_PORT])
    simulation = Simulation(session, port)
    async with running(simulator(REPOSITORY, root, port, *options)) as program:
        with step("Starting the simulator; the first time it builds its world"):
            await program.while_running(simulation.wait_until_ready())
        yield program, simulation


@contextlib.asynccontextmanager
async def home_running(
    session: aiohttp.ClientSession, root: Path, remembered: Mapping[str, Any], language: Language = ENGLISH
) -> AsyncIterator[tuple[Program, HomeApi]]:
    """Run Home Assistant, on the port of the last start where it is free, and sign in."""
    port = free_port([remembered.get("home_port", HOME_PORT), HOME_PORT])
    api = HomeApi(session, port)
    folder = HomeFolder(root=root)
    folder.prepare(repository=REPOSITORY, port=port, time_zone=TIME_ZONE, language=language.code)
    async with running(home_assistant(folder)) as program:
        with step("Starting Home Assistant"):
            await program.while_running(api.wait_until_listening())
            await program.while_running(sign_in(api, folder.token, language))
            await program.while_running(api.wait_until_running())
        yield program, api


async def join(api: HomeApi, simulation: Simulation, remembered: Mapping[str, Any]) -> str:
    """Return the id of the account's entry: added, or moved to where the simulator listens now."""
    account = simulation.account
    entry_id = await existing_entry(api)
    if entry_id is None:
        with step("Adding the account through the config flow"):
            return await add_account(api, account, top_points(await simulation.points()))
    if remembered.get("account_url") != account.url:
        with step("Telling the account the simulator's new address through the reconfigure flow"):
            await move_account(api, entry_id, account)
    return entry_id


def top_points(points: Sequence[dict[str, Any]]) -> list[str]:
    """Return the codes of the points that have no parent among the points; the parent's capitals may differ."""
    codes = {str(point["code"]).casefold() for point in points}
    return [str(point["code"]) for point in points if str(point["parent"] or "").casefold() not in codes]


def read_memory(root: Path) -> dict[str, Any]:
    """Return what the last start with these files has remembered."""
    file = root / "memory.json"
    remembered: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return remembered


def write_memory(root: Path, api: HomeApi, simulation: Simulation, language: Language) -> None:
    """Remember ports, the address that the account was given, and the language, for the next start."""
    ports = {"home_port": api.port, "simulator_port": simulation.port}
    content = {**ports, "account_url": simulation.account.url, "language": language.code}
    (root / "memory.json").write_text(json.dumps(content, indent=2))
