"""Home Assistant is killed while it imports, again and again; in the end every hour is there, once, and right."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
import os
from pathlib import Path
import random
import secrets
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from demo.account import add_account, existing_entry
from demo.api import HomeApi
from demo.history_progress import COMPLETE_PERCENT, follow_history
from demo.home import HomeFolder
from demo.ports import free_port
from demo.progress import say
from demo.simulation import TIME_ZONE, Simulation, database_file
from demo.stage import simulation_running
from tests.e2e.energy_records import site_of, wrong_in_dashboard
from tests.e2e.history import expected_costs, expected_hours, stored_history
from tests.e2e.history_oracle import HistoryOracle
from tests.e2e.trouble import integration_trouble

from .dead_home import damage_sums, spied, spy
from .lives import Kill, Lives

KILLS = 20
# So many lives end while sums are audited and totals compared, before they have to have written anything.
EARLY_KILLS = 5
# A transformer with what hangs on it: sums, levels, and costs with and without an energy to share them by.
TOP = "xFabrikaTrafo4"
POINTS = {TOP, "xFabrikaOfis", "xFabrikaOfisKat1", "xFabrikaOfisKat2", "xFabrikaSunucuOdasi", "xFabrikaYemekhane"}
# Home Assistant 2026.11 writes some ten times as many rows a second, and still has to be at it at the last kill.
DAYS = 120 if version("homeassistant") < "2026.11" else 400
# Lives divide what is left to import among themselves; one may have more than its part, if the last has its own.
LARGEST_STRIDE = 1.6
IMPORT_TIMEOUT = timedelta(minutes=4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Aftermath:
    """What is left after all kills: a last life whose import is complete."""

    api: HomeApi
    simulation: Simulation
    root: Path
    points: list[dict[str, object]]
    chosen: frozenset[int]
    begun_at: datetime
    kills: list[Kill]
    healed: int
    damaged: int
    rows_wanted: int


@pytest.fixture(scope="session")
async def aftermath(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Aftermath]:
    """Live and die twenty times, once more in the middle of healing, and live on."""
    seed = os.environ.get("REENGEN_SEED") or secrets.token_hex(4)
    say(f"REENGEN_SEED={seed}")
    root = tmp_path_factory.mktemp("kill")
    async with (
        aiohttp.ClientSession() as session,
        simulation_running(session, root, {"simulator_port": free_port([])}, "--days", str(DAYS)) as (_, simulation),
    ):
        points = await simulation.points()
        chosen = frozenset(point["id"] for point in points if point["code"] in POINTS)
        oracle = HistoryOracle(database=database_file(root), zone=ZoneInfo(TIME_ZONE))
        expected = (expected_hours(oracle, chosen), expected_costs(oracle, chosen))
        rows_wanted = sum(len(hours) for found in expected for hours in found.values())
        chance = random.Random(seed)  # noqa: S311 - when, not a secret
        lives = Lives(session, root, chance)
        early = chance.sample(range(1, KILLS), EARLY_KILLS)
        kills = [await first_life(lives, simulation)]
        spy(lives.recorder.path)
        while (left := KILLS - len(kills)) > 0:
            most_rows = LARGEST_STRIDE * (rows_wanted - kills[-1].rows_after) / (left + 1)
            kills.append(await lives.kill_in_import(0 if len(kills) in early else round(most_rows)))
            say(f"  kill {len(kills)}: {kills[-1].rows_before} rows -> {kills[-1].rows_after} of {rows_wanted}")
        damage = damage_sums(lives.recorder.path)
        healed = await lives.kill_after_first(damage.healed)
        begun_at = datetime.now(UTC)
        async with lives.life() as (program, api):
            entry_id = await existing_entry(api)
            assert entry_id is not None
            complete = follow_history(api, entry_id, lives.recorder, until=COMPLETE_PERCENT, longest=IMPORT_TIMEOUT)
            await program.while_running(complete)
            yield Aftermath(
                api=api,
                simulation=simulation,
                root=root,
                points=points,
                chosen=chosen,
                begun_at=begun_at,
                kills=kills,
                healed=healed,
                damaged=len(damage.sums),
                rows_wanted=rows_wanted,
            )
        assert integration_trouble(lives.folder.log.read_text()) == []


async def first_life(lives: Lives, simulation: Simulation) -> Kill:
    """Add the account, and kill as soon as there is something to come back to."""
    async with lives.life() as (program, api):
        before = lives.recorder.row_count()
        await add_account(api, simulation.account, [TOP])
        await lives.stored("core.config_entries", '"definition":"gas"')
        await lives.stored("auth", "script/demo")
        await lives.kill(program)
        return Kill(rows_before=before, rows_after=lives.recorder.row_count())


async def test_every_hour_is_right(aftermath: Aftermath) -> None:
    """All hours equal the registers, every change is the state, no hour is there twice, the dashboard is filled once."""
    compared = await stored_history(aftermath.root, aftermath.chosen, aftermath.begun_at)
    assert compared.wrong == []
    say(f"  {compared}")
    site = site_of(aftermath.root, aftermath.points, aftermath.chosen)
    assert await wrong_in_dashboard(aftermath.api, site) == []


def test_every_kill_fell_into_the_import(aftermath: Aftermath) -> None:
    """The import was not complete at any kill, and all but the early ones came after it had written in that life."""
    kills = aftermath.kills
    writing = [kill for kill in kills if kill.rows_after > kill.rows_before]
    say(f"  {len(kills)} kills, {len(writing)} of them after new rows, none before the import began")
    assert len(kills) == KILLS
    assert kills[-1].rows_after < aftermath.rows_wanted
    assert len(writing) >= KILLS - EARLY_KILLS - 1, "the first life may end before its first row"


def test_one_kill_fell_into_healing(aftermath: Aftermath) -> None:
    """Some of the damaged sums were right again, others not yet."""
    say(f"  {aftermath.healed} of {aftermath.damaged} damaged sums were healed when the process was killed")
    assert 0 < aftermath.healed < aftermath.damaged


async def test_no_life_began_anew(aftermath: Aftermath) -> None:
    """What was there at a kill is neither removed nor written again."""
    noted = spied(HomeFolder(root=aftermath.root).database)
    asked = hours_answered(await aftermath.simulation.requests())
    say(f"  {noted['written again']} of {aftermath.rows_wanted} rows were written again, {noted['removed']} removed")
    say(f"  the platform answered with {asked} rows of hours, in {KILLS + 2} lives")
    assert noted["removed"] == 0
    assert noted["written again"] <= aftermath.rows_wanted / 100


def hours_answered(requests: list[dict[str, Any]]) -> int:
    """Return how many rows the responses with hours had together."""
    return sum(
        request["rows"] or 0
        for request in requests
        if request["method"] == "GetData" and request["body"]["properties"].get("resolution") == "hour"
    )
