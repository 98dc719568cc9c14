"""Home Assistant is asked to stop in the midst of an import: it soon has, without a warning, and with every sum sound."""

from contextlib import closing
import os
from pathlib import Path
import random
import secrets
import sqlite3
import time

import aiohttp

from demo.account import add_account
from demo.ports import free_port
from demo.programs import GRACE_SECONDS
from demo.progress import say
from demo.stage import simulation_running
from tests.e2e.trouble import integration_trouble

from .lives import Lives

STOPS = 6
# A transformer with what hangs on it; a life imports some thousands of its rows.
TOP = "xFabrikaTrafo4"
DAYS = 200
MOST_ROWS = 3_000

UNSOUND = """
SELECT COUNT(*) FROM (
    SELECT state, sum, LAG(sum, 1, 0.0) OVER (PARTITION BY metadata_id ORDER BY start_ts) AS before
    FROM statistics JOIN statistics_meta ON statistics_meta.id = metadata_id WHERE source = 'reengen' AND has_sum
) WHERE ABS(sum - before - state) > 1e-5
"""


def unsound_rows(recorder: Path) -> int:
    """Return how many rows have another change than their state."""
    with closing(sqlite3.connect(f"file:{recorder}?mode=ro", uri=True)) as connection:
        return int(connection.execute(UNSOUND).fetchone()[0])


async def test_a_stop_in_an_import(tmp_path: Path) -> None:
    seed = os.environ.get("REENGEN_SEED") or secrets.token_hex(4)
    say(f"REENGEN_SEED={seed}")
    chance = random.Random(seed)  # noqa: S311 - when, not a secret
    ports = {"simulator_port": free_port([])}
    async with (
        aiohttp.ClientSession() as session,
        simulation_running(session, tmp_path, ports, "--days", str(DAYS)) as (_, simulation),
    ):
        lives = Lives(session, tmp_path, chance)
        for number in range(STOPS):
            async with lives.life() as (program, api):
                if number == 0:
                    await add_account(api, simulation.account, [TOP])
                rows = await lives.import_rows(program, MOST_ROWS)
                begun = time.monotonic()
                await program.end()
            seconds = time.monotonic() - begun
            say(f"  stop {number + 1}: after {rows} new rows, within {seconds:.1f} s")
            assert seconds < GRACE_SECONDS, "it was killed"
            assert integration_trouble(lives.folder.log.read_text()) == []
            assert unsound_rows(lives.recorder.path) == 0
