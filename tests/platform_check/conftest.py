"""A world that has a whole month, and a client that asks it as a check does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from custom_components.reengen.api import ReengenClient
from custom_components.reengen.platform_check.evidence import Evidence, Home, async_evidence
from custom_components.reengen.platform_check.sample import Sample, Times, sample_of
from simulator import Simulator, WorldOptions

# 15:07:30 on a Tuesday in Istanbul.
NOW = datetime(2026, 3, 10, 12, 7, 30, tzinfo=UTC)
ISTANBUL = ZoneInfo("Europe/Istanbul")
# The check looks at Saturday, and at February.
DAY = datetime(2026, 3, 7, tzinfo=ISTANBUL)
MONTH, MONTH_END = datetime(2026, 2, 1, tzinfo=ISTANBUL), datetime(2026, 3, 1, tzinfo=ISTANBUL)
HOME = Home(longitude=29.0, utc_offset=timedelta(hours=3))

SITE, PHASED, LEAF, ROOF = "xFabrikaFabrika", "xFabrikaTrafo6", "xFabrikaDepo", "xFabrikaCatiGes"
# What a poll has told of the chosen points.
KNOWN = {
    (SITE, "active_energy_import"),
    (PHASED, "active_energy_import"),
    (PHASED, "voltage_phase"),
    (LEAF, "active_energy_import"),
    (ROOF, "active_energy_produced"),
}

type Ask = Callable[..., Awaitable[Evidence]]


@pytest.fixture
def now() -> datetime:
    """Return an instant after a whole month, in the middle of a quarter hour."""
    return NOW


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Describe a world that has February."""
    return WorldOptions(points=12, start=MONTH - timedelta(days=1))


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[ReengenClient]:
    """Return a client of the world's account that has logged in."""
    async with aiohttp.ClientSession() as session:
        account = simulator.options
        client = ReengenClient(
            session,
            url=simulator.url,
            tenant=account.tenant,
            username=account.user,
            password=account.password,
            time_zone=ISTANBUL,
        )
        await client.authenticate()
        yield client


async def sample(client: ReengenClient, *codes: str, known: set[tuple[str, str]] = KNOWN) -> Sample:
    """Return the sample of some chosen points."""
    tree = await client.get_point_hierarchy()
    chosen = [point for code in codes if (point := tree.by_code(code)) is not None]
    found = sample_of(chosen, tree, known)
    assert found is not None
    return found


@pytest.fixture
def ask(simulator: Simulator, client: ReengenClient) -> Ask:
    """Return what asks for the evidence of some chosen points under some switches."""

    async def asked(*codes: str, home: Home = HOME, **switches: Any) -> Evidence:
        chosen = await sample(client, *(codes or (PHASED, LEAF, SITE, ROOF)))
        simulator.profile.change(switches)
        return await async_evidence(client, chosen, Times.at(NOW, ISTANBUL), home)

    return asked
