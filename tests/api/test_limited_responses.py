"""A platform whose responses are limited: refused, cut short or late above a size. What comes is whole all the same."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from custom_components.reengen.api import (
    Aggregation,
    CostGroup,
    CostSeries,
    MeasurementResponse,
    MeasurementSeries,
    ReengenClient,
    ReengenHttpError,
    ReengenTimeoutError,
    Resolution,
    RetryPolicy,
)
from simulator import Simulator
from tests import oracle

from .conftest import NOW, START, MakeClient, Patience

ENERGY, REACTIVE, POWER = (
    MeasurementSeries(definition=definition, variant=variant, function=function, unit=unit)
    for definition, variant, function, unit in (
        ("activeEnergy", "import", Aggregation.SUM, "kWh"),
        ("reactiveEnergy", "import", Aggregation.SUM, "kvarh"),
        ("voltage", "phase", Aggregation.AVG, "V"),
    )
)
SERIES = (ENERGY, REACTIVE)
HOURS = timedelta(hours=1)
DAY = 86_400.0
END = datetime(2026, 7, 15, 11, tzinfo=UTC)

LIMITS: dict[str, dict[str, Any]] = {
    "413 above 30 rows": {"most_rows": 30},
    "413 above a day": {"longest_range_days": 1},
    "cap at 40 rows": {"data_row_cap": 40},
    "cap at 50 rows": {"data_row_cap": 50},
    "cap at 64 rows": {"data_row_cap": 64},
    "gateway above 40 rows": {"seconds_per_row": 0.5, "gateway_seconds": 20},
    "time-out above 100 rows": {"seconds_per_row": 0.6},
    "slow": {"seconds_per_row": 0.25},
}


@pytest.fixture(autouse=True)
def _long_waits_are_over_at_once(leaping_clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock leap over minutes too."""
    monkeypatch.setattr("tests.clocks.LONGEST_LEAP_SECONDS", 1000.0)


@pytest.fixture
async def client(make_client: MakeClient) -> ReengenClient:
    """Return a client whose clock is the loop's, which leaps over waits."""
    return make_client(retry=RetryPolicy(clock=asyncio.get_running_loop().time, random=lambda: 0.0))


def codes(simulator: Simulator) -> list[str]:
    """Return all points that measure energy."""
    rows = simulator.database.execute(
        "SELECT DISTINCT p.code FROM point p JOIN reading r ON r.point_id = p.id WHERE r.definition = 'activeEnergy'"
        " AND p.tenant = ? ORDER BY p.id_order",
        (simulator.options.tenant,),
    )
    return [code for (code,) in rows]


async def hours(client: ReengenClient, points: list[str]) -> MeasurementResponse:
    """Return the hours of the world so far."""
    return await client.get_data(SERIES, points=points, start=START, end=END, resolution=Resolution.HOUR)


async def ask_until_known(client: ReengenClient, points: list[str]) -> None:
    """Ask as polls do, for more and for less; a slow platform may be too slow for the first of them."""
    for _ in range(2):
        for some in (points, points[:-1]):
            with suppress(ReengenTimeoutError, ReengenHttpError):
                await hours(client, some)


def registers(simulator: Simulator, definition: str, points: list[str]) -> dict[tuple[int, datetime], Decimal]:
    """Return the energy of each hour by the simulator's database, in thousands, to six decimals."""
    found: dict[tuple[int, datetime], Decimal] = {}
    for code in points:
        point_id = oracle.point_id(simulator, code)
        rows = simulator.database.execute(
            "SELECT end_utc, value FROM reading WHERE point_id = ? AND definition = ? AND variant = 'import'"
            " AND end_utc >= ? AND end_utc < ? AND revealed_utc <= ? AND value IS NOT NULL",
            (point_id, definition, START.timestamp(), END.timestamp(), NOW.timestamp()),
        )
        for end_utc, value in rows:
            key = point_id, datetime.fromtimestamp(end_utc - end_utc % 3600, UTC)
            found[key] = found.get(key, Decimal(0)) + Decimal(repr(value)) / 1000
    return {key: value.quantize(oracle.SIX_DECIMALS, ROUND_HALF_UP) for key, value in found.items()}


def assert_whole(response: MeasurementResponse, simulator: Simulator, points: list[str]) -> None:
    """Assert that every hour of every point is there, and right."""
    for position, definition in enumerate(("activeEnergy", "reactiveEnergy")):
        told = {
            (row.point_id, row.bucket_start): Decimal(repr(row.value)).quantize(oracle.SIX_DECIMALS)
            for row in response.series[position] or ()
        }
        assert told == registers(simulator, definition, points)


@pytest.mark.parametrize("switches", LIMITS.values(), ids=LIMITS)
async def test_every_hour_comes_in_the_first_call_or_the_next_and_without_waste_from_then_on(
    client: ReengenClient, simulator: Simulator, switches: dict[str, Any]
) -> None:
    points = codes(simulator)[:6]
    await client.get_point_hierarchy()
    simulator.profile.change(switches)
    await ask_until_known(client, points)
    assert client.adapted
    since = len(simulator.requests)
    assert_whole(await hours(client, points), simulator, points)
    assert {request.status for request in simulator.requests[since:]} == {200}


@pytest.mark.parametrize("switches", LIMITS.values(), ids=LIMITS)
async def test_what_is_no_longer_needed_is_taken_back(
    make_client: MakeClient, simulator: Simulator, switches: dict[str, Any]
) -> None:
    late = 0.0
    loop = asyncio.get_running_loop()
    client = make_client(retry=RetryPolicy(clock=lambda: loop.time() + late, random=lambda: 0.0))
    points = codes(simulator)[:6]
    before = dict.fromkeys(switches, None) | {"seconds_per_row": 0.0}
    simulator.profile.change(switches)
    await ask_until_known(client, points)
    assert client.adapted
    simulator.profile.change({name: before[name] for name in switches})
    late = DAY
    for _ in range(12):
        await hours(client, points)
    assert client.adapted == {}
    since = len(simulator.requests)
    await hours(client, points)
    assert len(simulator.requests) - since == 1


@pytest.mark.parametrize("switches", [{"most_rows": 3}, {"data_row_cap": 3}, {"seconds_per_row": 7.0}])
async def test_costs_are_asked_for_in_smaller_requests_too(
    client: ReengenClient, simulator: Simulator, switches: dict[str, Any]
) -> None:
    points = codes(simulator)[:6]
    series = [CostSeries(group=CostGroup.ACTIVE_ENERGY), CostSeries(group=CostGroup.REACTIVE_ENERGY)]
    expected = await client.get_cost(series, points=points, start=START, end=END)
    assert sum(len(totals or ()) for totals in expected.series) > 6
    simulator.profile.change(switches)
    for _ in range(3):
        # A cap that is no round number is noticed at the second number of rows.
        found = await client.get_cost(series, points=points[:-1], start=START, end=END)
        found = await client.get_cost(series, points=points, start=START, end=END)
    assert [{*totals} for totals in found.series if totals] == [{*totals} for totals in expected.series if totals]


async def test_missing_data_is_no_cap(client: ReengenClient, simulator: Simulator) -> None:
    """Five points that went silent one after another, after five hundred rows: that is found out once a day."""
    points = codes(simulator)[:5]
    for number, code in enumerate(points):
        silent_from = START + (23 + number) * HOURS
        simulator.database.execute(
            "DELETE FROM sample WHERE end_utc >= ? AND series IN (SELECT id FROM series WHERE point_id = ?)",
            (silent_from.timestamp(), oracle.point_id(simulator, code)),
        )
    asked = []
    for _ in range(3):
        found = await client.get_data(
            [ENERGY], points=points, start=START, end=END, resolution=Resolution.FIFTEEN_MINUTES
        )
        assert found.row_count == 500
        asked.append(simulator.count("GetData"))
    assert client.adapted == {}
    assert (asked[0] > 1, asked[1:]) == (True, [asked[0] + 1, asked[0] + 2])


async def test_a_platform_that_is_away_is_not_asked_for_ever_smaller_portions(
    make_client: MakeClient, simulator: Simulator, patience: Patience
) -> None:
    client = make_client(retry=patience.policy(total_seconds=150.0, request_seconds=60.0))
    await client.get_point_hierarchy()
    simulator.fail_next("timeout_before_execution", method="GetData", times=1000)
    patience.now += 1
    with pytest.raises(ReengenTimeoutError):
        await hours(client, codes(simulator)[:6])
    assert simulator.count("GetData") <= 12
