"""A platform that does otherwise than assumed says, read with its adaptation, what one says that does as assumed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from custom_components.reengen.api import (
    Adaptations,
    Aggregation,
    CostGroup,
    CostSeries,
    Label,
    MeasurementResponse,
    MeasurementSeries,
    RangeEnd,
    ReengenClient,
    Resolution,
)
from custom_components.reengen.api.oddities import OddityKind
from simulator import Simulator, WorldOptions

from .conftest import PASSWORD
from .response_bodies import measured, readings

BERLIN = ZoneInfo("Europe/Berlin")
TRAFO_6, SITE = "xFabrikaTrafo6", "xFabrikaFabrika"
DAY = timedelta(days=1)
SERIES = [
    MeasurementSeries(definition="activeEnergy", variant="import", function=Aggregation.SUM, unit="kWh"),
    MeasurementSeries(definition="voltage", variant="phase", function=Aggregation.AVG, unit="V"),
]
COST = [CostSeries(group=CostGroup.ACTIVE_ENERGY)]
ENDS = Adaptations(quarter_label=Label.END, hour_label=Label.END, day_label=Label.END)

# Switches of the simulator, and how it is read then.
TABLE = [
    ({"bucket_label": "end"}, ENDS),
    ({"bucket_label": "last_second"}, ENDS),
    ({"month_label": "last"}, Adaptations(month_label=Label.WITHIN)),
    ({"month_label": "next"}, Adaptations(month_label=Label.END)),
    ({"range_end": "exclusive"}, Adaptations(range_end=RangeEnd.EXCLUSIVE)),
    ({"range_end": "whole_buckets"}, Adaptations(range_end=RangeEnd.WHOLE_BUCKETS)),
    ({"empty_buckets": "zero"}, Adaptations(fills_with_zeros=True)),
    ({"empty_buckets": "zero_ahead"}, Adaptations(fills_with_zeros=True)),
    (
        {"bucket_label": "end", "month_label": "next", "range_end": "exclusive", "empty_buckets": "zero_ahead"},
        Adaptations(
            quarter_label=Label.END,
            hour_label=Label.END,
            day_label=Label.END,
            month_label=Label.END,
            range_end=RangeEnd.EXCLUSIVE,
            fills_with_zeros=True,
        ),
    ),
]
# The clock is put back on 25 October, and on on 29 March; the world is as old as the range, and ends in its middle.
CHANGES = [datetime(2026, 10, 25, tzinfo=BERLIN), datetime(2026, 3, 29, tzinfo=BERLIN)]


@pytest.fixture(params=CHANGES, ids=["25h", "23h"])
def change(request: pytest.FixtureRequest) -> datetime:
    """Return the midnight before the clock is changed."""
    found: datetime = request.param
    return found


@pytest.fixture
async def simulator(change: datetime) -> AsyncIterator[Simulator]:
    """Serve a small world in Berlin, with readings before and after the change of the clock."""
    options = WorldOptions(start=change - DAY, time_zone="Europe/Berlin", level_days=9, password=PASSWORD, points=6)
    async with await Simulator.start(options, now=change + 2 * DAY + timedelta(hours=9, minutes=20)) as running:
        yield running


@pytest.fixture
async def client(simulator: Simulator, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> ReengenClient:
    """Return a client that has listed the points; its clock is the world's."""
    clock = Mock(now=lambda _: simulator.clock.now())
    monkeypatch.setattr("custom_components.reengen.api.client.datetime", clock)
    account = simulator.options
    client = ReengenClient(
        http,
        url=simulator.url,
        tenant=account.tenant,
        username=account.user,
        password=PASSWORD,
        time_zone=BERLIN,
    )
    await client.get_point_hierarchy()
    return client


async def said(client: ReengenClient, start: datetime, end: datetime) -> list[Any]:
    """Return what the client reads in a range: buckets of all sizes that are whole there, costs and raw rows."""
    found: list[Any] = []
    month = start.replace(day=1)
    months = month, (month + timedelta(days=62)).replace(day=1)
    for resolution in (Resolution.FIFTEEN_MINUTES, Resolution.HOUR, Resolution.DAY, Resolution.MONTH):
        first, after = months if resolution is Resolution.MONTH else (start, end)
        response = await client.get_data(SERIES, points=[TRAFO_6, SITE], start=first, end=after, resolution=resolution)
        assert response.oddities == ()
        assert (response.start, response.end) == (first.astimezone(UTC), after.astimezone(UTC))
        found += [[*series] if series else None for series in response.series]
    costs = await client.get_cost(COST, points=[TRAFO_6, SITE], start=start, end=end)
    raw = await client.list_data(
        points=[TRAFO_6], definitions=["activeEnergy"], variants=["import"], start=start, end=end
    )
    return [*found, costs, [*raw]]


@pytest.mark.parametrize(("switches", "adaptations"), TABLE, ids=str)
async def test_it_reads_what_the_usual_platform_says(
    simulator: Simulator, client: ReengenClient, change: datetime, switches: dict[str, Any], adaptations: Adaptations
) -> None:
    windows = [(change - DAY, change + 2 * DAY), (change, change + 3 * DAY)]
    usual = [await said(client, *window) for window in windows]
    assert all(usual[0])
    simulator.profile.change(switches)
    assert [await said(client.with_adaptations(adaptations), *window) for window in windows] == usual


LABELS = [
    (Resolution.HOUR, "2024-10-20T11:30:00", OddityKind.LABEL_OFF_BOUNDARY),
    (Resolution.DAY, "0001-01-01T00:00:00", OddityKind.STAMP),
    (Resolution.DAY, "9999-12-31T23:59:59", OddityKind.STAMP),
    (Resolution.MONTH, "2024-11-02T00:00:00", OddityKind.LABEL_OUT_OF_RANGE),
    (Resolution.HOUR, "2024-10-20T00:00:00", OddityKind.LABEL_OUT_OF_RANGE),
]


@pytest.mark.parametrize(("resolution", "label", "kind"), LABELS)
def test_a_label_that_ends_no_bucket_is_odd(resolution: Resolution, label: str, kind: OddityKind) -> None:
    start = datetime(2024, 10, 20, tzinfo=BERLIN)
    adaptations = Adaptations(hour_label=Label.END, day_label=Label.END, month_label=Label.END)
    response: MeasurementResponse = measured(
        [[label, 1, 2.5]], resolution=resolution, start=start, end=start + DAY, adaptations=adaptations
    )
    assert [oddity.kind for oddity in response.oddities] == [kind]
    assert len(readings(response)) == (kind is OddityKind.LABEL_OFF_BOUNDARY)
