"""Home Assistant with a recorder on a database file, an account in it, and years of history made in seconds."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
import re
import sqlite3
import tempfile
from typing import Any
from unittest.mock import patch

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, real_monotonic
from homeassistant.components.recorder.models import StatisticData
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder, get_instance
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component import patch_time  # noqa: F401 - lets Home Assistant's clock stand still
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import event

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history import HistorySeries
from custom_components.reengen.history.plan import StoredHour
from custom_components.reengen.history.store import HistoryStore

from .platform import Platform
from .poll import account, home_assistant

# Meters of active energy are what a dashboard shows; these have none, or do not import any.
_KINDS_WITHOUT_IMPORT = {"none", "solar", "water", "gas", "medicalGas"}
POINTS_WITHOUT_IMPORT = 6

_WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) statistics(?:_meta)?\b", re.IGNORECASE)

# Readings are stamped with the last second of their interval; hours begin with the last sum of the hour before.
_FILL_HISTORY = """
INSERT INTO statistics(created_ts, metadata_id, start_ts, state, sum)
SELECT 0, metadata_id, hour, state, SUM(state) OVER (PARTITION BY metadata_id ORDER BY hour)
FROM (
    SELECT m.id AS metadata_id, r.end_utc - r.end_utc % 3600 AS hour, ROUND(SUM(r.value) / 1000, 6) AS state
    FROM chosen c JOIN world.series s ON s.point_id = c.point_id AND s.definition = 'activeEnergy'
        AND s.variant = 'import'
    JOIN world.sample r ON r.series = s.id AND r.end_utc < :until
    JOIN statistics_meta m ON m.statistic_id = c.statistic_id
    GROUP BY m.id, hour
)
"""
# Points beyond the fixed site have two days of readings; the years before are those of a point of the site.
_FILL_READINGS = """
INSERT OR IGNORE INTO sample(series, end_utc, value, original)
SELECT :series, end_utc, value, original FROM sample WHERE series = :pattern
"""
_SERIES_OF_IMPORT = """
SELECT s.id, p.extra FROM series s JOIN point p ON p.id = s.point_id
WHERE s.definition = 'activeEnergy' AND s.variant = 'import' AND p.kind <> 'none'
"""


@asynccontextmanager
async def recording() -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant with a recorder on a new database file."""
    with tempfile.TemporaryDirectory() as folder:
        async with home_assistant() as hass:
            async_initialize_recorder(hass)
            config = {"recorder": {"db_url": f"sqlite:///{Path(folder) / 'home-assistant_v2.db'}"}}
            assert await async_setup_component(hass, "recorder", config)
            await hass.async_block_till_done()
            yield hass


async def set_up(hass: HomeAssistant, platform: Platform, codes: Sequence[str], **options: Any) -> ConfigEntry[Any]:
    """Set up an account with the points, and wait until it has come to rest."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data=account(platform),
        options={
            "points": list(codes),
            "measurements": ["active_energy_import"],
            "costs": [],
            "time_zone": "Europe/Istanbul",
            **options,
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def import_codes(platform: Platform, count: int) -> list[str]:
    """Return so many points that measure the import of active energy."""
    points = await platform.control("points")
    codes = [point["code"] for point in points if point["kind"] not in _KINDS_WITHOUT_IMPORT]
    assert len(codes) >= count
    return codes[:count]


async def get_data_requests(platform: Platform, since: int) -> list[dict[str, Any]]:
    """Return the requests for readings that arrived after the first `since` requests."""
    return [each for each in (await platform.control("requests"))[since:] if each["method"] == "GetData"]


@contextmanager
def standing_clock(now: datetime) -> Iterator[FrozenDateTimeFactory]:
    """Let Home Assistant's clock stand still until it is moved on; timers of the event loop go on."""
    loop = asyncio.get_running_loop()
    with patch.object(loop, "time", real_monotonic), freeze_time(now) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@contextmanager
def counted_writes(hass: HomeAssistant) -> Iterator[list[int]]:
    """Collect the rows of every statement by which the engine of the database changes hourly statistics."""
    engine = get_instance(hass).engine
    rows: list[int] = []

    def executed(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool) -> None:
        if _WRITE.match(statement):
            rows.append(len(parameters) if executemany else 1)

    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield rows
    finally:
        event.remove(engine, "before_cursor_execute", executed)


def fill_readings(platform: Platform) -> None:
    """Give all points that measure import the years of readings that the points of the site have."""
    with closing(sqlite3.connect(platform.database, timeout=60)) as world, world:
        series = world.execute(_SERIES_OF_IMPORT).fetchall()
        patterns = [number for number, is_extra in series if not is_extra]
        extras = [number for number, is_extra in series if is_extra]
        for position, number in enumerate(extras):
            world.execute(_FILL_READINGS, {"series": number, "pattern": patterns[position % len(patterns)]})


async def fill_history(
    hass: HomeAssistant, platform: Platform, series: Iterable[HistorySeries], until: datetime
) -> None:
    """Put all hours that end by `until` into the recorder's database at once, as an import would have left them."""
    chosen = list(series)
    store = HistoryStore(hass)
    for each in chosen:
        await store.write_name(each)
    await store.written()
    recorder = get_instance(hass)
    path = recorder.db_url.removeprefix("sqlite:///")

    def fill() -> None:
        with closing(sqlite3.connect(path, timeout=60)) as database:
            database.execute("ATTACH ? AS world", (platform.database,))
            with database:
                database.execute("CREATE TEMP TABLE chosen(statistic_id TEXT, point_id INTEGER)")
                rows = [(each.statistic_id, each.point_id) for each in chosen]
                database.executemany("INSERT INTO chosen VALUES (?, ?)", rows)
                database.execute(_FILL_HISTORY, {"until": until.timestamp()})

    await recorder.async_add_executor_job(fill)


def prepared(rows: Iterable[StoredHour]) -> list[StatisticData]:
    """Return stored rows as the recorder takes them."""
    return [
        StatisticData(start=datetime.fromtimestamp(row.start, UTC), state=row.state or 0.0, sum=row.sum or 0.0)
        for row in rows
    ]
