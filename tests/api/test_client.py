"""The client's methods against the simulated platform: what they bring, how they split, and that only its errors leave."""

from datetime import UTC, datetime, timedelta
import threading
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from custom_components.reengen.api import (
    ROW_BUDGET,
    Aggregation,
    CostGroup,
    CostResponse,
    CostSeries,
    CostTotal,
    DataValue,
    DataValueChange,
    ImportRow,
    Listing,
    MeasurementResponse,
    MeasurementSeries,
    Oddity,
    OddityKind,
    Operation,
    RawReading,
    Reading,
    ReadingSeries,
    ReengenClient,
    ReengenRequestError,
    ReengenResponseError,
    Resolution,
    series_responses,
)
from custom_components.reengen.api.cost_responses import joined_totals
from custom_components.reengen.api.portions import merged
from custom_components.reengen.api.raw_responses import middle_of
from custom_components.reengen.api.request_limiter import MOST_AT_ONCE
from simulator import Simulator

from .conftest import CONNECTION_ID, ISTANBUL, NOW, PASSWORD, START, MakeClient, RawServer, envelope, http_bytes

ENERGY = MeasurementSeries(definition="activeEnergy", variant="import", function=Aggregation.SUM, unit="Wh")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = datetime(2026, 7, 14, tzinfo=ISTANBUL)
DAY_END = datetime(2026, 7, 15, tzinfo=ISTANBUL)
TRAFO = "xFabrikaTrafo6"
TRAFO_ID = 12768

EVERY_REGISTER = """
    SELECT point.id, SUM(sample.value) FROM sample
    JOIN series ON series.id = sample.series JOIN point ON point.id = series.point_id
    WHERE series.definition = 'activeEnergy' AND series.variant = 'import'
    AND sample.end_utc >= ? AND sample.end_utc < ? GROUP BY point.id
"""


def energy_wh(simulator: Simulator, start: datetime, end: datetime) -> dict[int, float]:
    """Return what each meter counted in a range, by its readings in the database."""
    return dict(simulator.database.execute(EVERY_REGISTER, (start.timestamp(), end.timestamp())).fetchall())


# What the methods bring


async def test_point_hierarchy(client: ReengenClient, simulator: Simulator) -> None:
    tree = await client.get_point_hierarchy()
    stored = simulator.database.execute("SELECT id, code, name, parent FROM point ORDER BY id_order").fetchall()
    assert [(point.id, point.code, point.name, point.parent_code) for point in tree.points] == stored


async def test_measurements(client: ReengenClient, simulator: Simulator) -> None:
    response = await client.get_data([ENERGY], points=[TRAFO], start=DAY, end=DAY_END, resolution=Resolution.HOUR)
    (readings,) = response.series
    assert readings is not None
    assert [reading.bucket_start for reading in readings] == [DAY + timedelta(hours=hour) for hour in range(24)]
    assert {reading.point_id for reading in readings} == {TRAFO_ID}
    total = sum(reading.value or 0.0 for reading in readings)
    assert total == pytest.approx(energy_wh(simulator, DAY, DAY_END)[TRAFO_ID])
    assert (response.start, response.end) == (DAY, DAY_END)
    assert client.counters.rows == 24


async def test_all_points_in_one_request(client: ReengenClient, simulator: Simulator) -> None:
    response = await client.get_data([ENERGY], points=None, start=DAY, end=DAY_END, resolution=Resolution.DAY)
    (readings,) = response.series
    assert readings is not None
    assert {reading.point_id: reading.value for reading in readings} == pytest.approx(
        energy_wh(simulator, DAY, DAY_END)
    )
    assert simulator.count("GetData") == 1


async def test_cost_is_energy_times_price(client: ReengenClient, simulator: Simulator) -> None:
    (price, per_unit) = simulator.database.execute(
        "SELECT price, stored_per_unit FROM tariff WHERE cost_group = 'activeEnergyCost'"
        " AND valid_from_utc <= ? AND (valid_to_utc IS NULL OR valid_to_utc >= ?)",
        (DAY.timestamp(), DAY_END.timestamp()),
    ).fetchone()
    series = CostSeries(group=CostGroup.ACTIVE_ENERGY)
    response = await client.get_cost([series], points=[TRAFO], start=DAY, end=DAY_END)
    (totals,) = response.series
    assert totals is not None
    (total,) = totals
    assert total.point_id == TRAFO_ID
    expected = energy_wh(simulator, DAY, DAY_END)[TRAFO_ID] / per_unit * float(price)
    assert total.cost == pytest.approx(expected, abs=1e-5)


async def test_raw_rows(client: ReengenClient, simulator: Simulator) -> None:
    rows = await client.list_data(
        points=[TRAFO], definitions=["activeEnergy"], variants=["import"], start=DAY, end=DAY_END
    )
    stored = simulator.database.execute(
        "SELECT sample.end_utc, sample.value, sample.original FROM sample JOIN series ON series.id = sample.series"
        " WHERE point_id = ? AND definition = 'activeEnergy' AND variant = 'import' AND end_utc >= ? AND end_utc < ?"
        " ORDER BY end_utc",
        (TRAFO_ID, DAY.timestamp(), DAY_END.timestamp()),
    ).fetchall()
    assert [(row.interval_end.timestamp(), row.value, row.original) for row in rows] == stored
    assert {row.point for row in rows} == {TRAFO}
    assert client.counters.rows == len(stored)


async def test_import_and_reading_back(client: ReengenClient, simulator: Simulator) -> None:
    row = ImportRow(
        point="reengenPoint", definition="activeEnergy", variant="import", index=1, interval_end=NOW, value=121.0
    )
    await client.import_data([row])
    assert [(write.point, write.value) for write in simulator.writes] == [("reengenPoint", 121.0)]
    (read,) = await client.list_data(
        points=["reengenPoint"],
        definitions=["activeEnergy"],
        variants=["import"],
        start=NOW,
        end=NOW + timedelta(seconds=1),
    )
    assert (read.interval_end, read.value) == (NOW, 121.0)


async def test_data_science_table(client: ReengenClient) -> None:
    change = DataValueChange(point="xyzBesiktas", type="H3", value="007", operation=Operation.CREATE)
    expected = (DataValue(tenant="xyz", point="xyzBesiktas", type="H3", value="007"),)
    assert await client.manage_dc_data([change]) == expected
    assert await client.get_dc_data(points=["xyzBesiktas"], type="H3") == expected
    assert await client.get_dc_data(points=["xyzBesiktas"], type="H3", tenant="xyz") == expected


async def test_listed_command_runs(client: ReengenClient, simulator: Simulator) -> None:
    commands = {command.code: command for command in await client.list_available_commands(TRAFO)}
    await client.execute_command(TRAFO, commands["lights-on-off"], parameter=True)
    await client.execute_command(TRAFO, commands["generator-mode-set"], "auto")
    done = [(execution.point_code, execution.command, execution.parameter) for execution in simulator.executions]
    assert done == [(TRAFO, "lights-on-off", True), (TRAFO, "generator-mode-set", "auto")]


def test_client_names_account_and_zone(make_client: MakeClient) -> None:
    client = make_client(tenant="abc", username="someone")
    assert client.time_zone is ISTANBUL
    assert PASSWORD not in repr(client)


@pytest.mark.parametrize(
    "changes",
    [{"url": "api.reengen.com"}, {"tenant": "x\r\ny"}, {"tenant": ""}, {"username": ""}, {"password": ""}],
    ids=["url", "line break", "no tenant", "no user", "no password"],
)
def test_account_that_no_request_can_name(make_client: MakeClient, changes: dict[str, str]) -> None:
    with pytest.raises(ReengenRequestError):
        make_client(**changes)


@pytest.mark.parametrize("points", [[], "xFabrikaTrafo6"], ids=["none", "a text"])
async def test_points_that_are_no_list_of_codes(client: ReengenClient, simulator: Simulator, points: Any) -> None:
    with pytest.raises(ReengenRequestError):
        await client.get_data([ENERGY], points=points, start=DAY, end=DAY_END, resolution=Resolution.DAY)
    with pytest.raises(ReengenRequestError):
        await client.get_cost([CostSeries(group=CostGroup.ACTIVE_ENERGY)], points=points, start=DAY, end=DAY_END)
    assert simulator.count() == 0


async def test_cost_of_all_points(client: ReengenClient, simulator: Simulator) -> None:
    response = await client.get_cost([CostSeries(group=CostGroup.ACTIVE_ENERGY)], points=None, start=DAY, end=DAY_END)
    assert {total.point_id for total in response.series[0] or ()} == set(energy_wh(simulator, DAY, DAY_END))
    assert client.counters.rows == len(response.series[0] or ())


# Requests that are cut into parts

FIVE = ["xFabrikaTrafo1", "xFabrikaTrafo2", "xFabrikaTrafo3", "xFabrikaTrafo4", TRAFO]


@pytest.mark.parametrize(("budget", "requests"), [(480, 1), (200, 3), (96, 5), (50, 10), (10, 50)])
async def test_parts_make_the_same_response(
    client: ReengenClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, budget: int, requests: int
) -> None:
    async def ask() -> MeasurementResponse:
        return await client.get_data(
            [ENERGY], points=FIVE, start=DAY, end=DAY_END, resolution=Resolution.FIFTEEN_MINUTES
        )

    whole = await ask()
    simulator.requests.clear()
    simulator.profile.concurrency_cap = MOST_AT_ONCE
    monkeypatch.setattr("custom_components.reengen.api.response_limits.ROW_BUDGET", budget)
    assert await ask() == whole
    assert whole.row_count == 480
    assert simulator.count("GetData") == requests
    assert max(request.rows or 0 for request in simulator.requests) <= budget


async def test_cost_in_parts_makes_the_same_response(
    client: ReengenClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask() -> CostResponse:
        return await client.get_cost([CostSeries(group=CostGroup.ACTIVE_ENERGY)], points=FIVE, start=DAY, end=DAY_END)

    whole = await ask()
    monkeypatch.setattr("custom_components.reengen.api.response_limits.ROW_BUDGET", 2)
    parts = await ask()
    assert set(parts.series[0] or ()) == set(whole.series[0] or ())
    assert len(whole.series[0] or ()) == 5
    assert (parts.start, parts.end) == (DAY, DAY_END)
    assert simulator.count("GetData") == 1 + 3


async def test_part_that_fails_ends_the_others(
    client: ReengenClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.reengen.api.response_limits.ROW_BUDGET", 10)
    await client.authenticate()
    simulator.fail_next("top_level_array", method="GetData")
    with pytest.raises(ReengenResponseError):
        await client.get_data([ENERGY], points=FIVE, start=DAY, end=DAY_END, resolution=Resolution.HOUR)
    assert simulator.count("GetData") < 15


async def test_many_points_in_few_requests(client: ReengenClient, simulator: Simulator) -> None:
    """Four series of 1000 points by day, as a poll asks for them: 4000 rows."""
    codes = [f"point-{number}" for number in range(1000)]
    simulator.profile.unknown_point = "drop"
    await client.get_data([ENERGY] * 4, points=codes, start=DAY, end=DAY_END, resolution=Resolution.DAY)
    assert simulator.count("GetData") == 1
    assert ROW_BUDGET == 10_000


WINDOWS = [(START + timedelta(days=day), START + timedelta(days=day + 1)) for day in range(3)]
LATER = START + timedelta(hours=6)


@pytest.mark.parametrize(
    ("echoes", "covered"),
    [
        pytest.param(WINDOWS, (START, START + timedelta(days=3)), id="all"),
        pytest.param([WINDOWS[0], (None, None), WINDOWS[2]], (None, None), id="one did not say"),
        pytest.param([(LATER, WINDOWS[0][1]), *WINDOWS[1:]], (LATER, WINDOWS[2][1]), id="begins late"),
        pytest.param([WINDOWS[0], (WINDOWS[1][0], WINDOWS[1][0]), WINDOWS[2]], WINDOWS[0], id="gap"),
        pytest.param([(START, START), *WINDOWS[1:]], (WINDOWS[1][0], WINDOWS[2][1]), id="nothing at first"),
        pytest.param([(START, LATER), *WINDOWS[1:]], (START, LATER), id="ends early"),
        pytest.param([(START, START)] * 3, (START, START), id="nothing"),
    ],
)
def test_parts_do_not_claim_more_than_they_cover(echoes: list[Any], covered: tuple[Any, Any]) -> None:
    parts = [MeasurementResponse(series=(None,), start=start, end=end) for start, end in echoes]
    response = merged(parts, WINDOWS, ReadingSeries.joined)
    assert (response.start, response.end) == covered


def test_parts_do_not_know_what_one_of_them_does_not_know() -> None:
    """Of a series that one part lacks, all may be lacking; the others' readings stand."""
    odd = Oddity(method="GetData", kind=OddityKind.SERIES_MISSING, where="data.0", example="no such key")
    reading = Reading(START, 1, 2.0)
    known = ReadingSeries.in_order([reading.bucket_start], [1], [2.0], frozenset({(START, 3)}))
    lacking = MeasurementResponse(
        series=(ReadingSeries(unknown=frozenset({(None, None)})),), start=None, end=None, oddities=(odd,)
    )
    parts = [MeasurementResponse(series=(known,), start=None, end=None), lacking, lacking]
    response = merged(parts, WINDOWS, ReadingSeries.joined)
    (series,) = response.series
    assert series == (reading,)
    assert series is not None
    assert series.unknown == {(START, 3), (None, None)}
    assert [(oddity.kind, oddity.count) for oddity in response.oddities] == [(OddityKind.SERIES_MISSING, 2)]


def test_costs_are_null_only_where_every_part_said_so() -> None:
    parts = [CostResponse(series=(totals, None), start=None, end=None) for totals in ((CostTotal(1, 5.0),), (), None)]
    assert merged(parts, WINDOWS, joined_totals).series == ((CostTotal(1, 5.0),), None)


# ListDataEx has no pages


async def list_all(client: ReengenClient) -> Any:
    codes = [point.code for point in (await client.get_point_hierarchy()).points]
    return await client.list_data(
        points=codes, definitions=["activeEnergy"], variants=["import"], start=DAY, end=DAY_END
    )


@pytest.mark.parametrize("cap", [1000, 333, 100])
@pytest.mark.parametrize("count", ["total", "returned"])
async def test_capped_responses_are_asked_for_in_halves(
    client: ReengenClient, simulator: Simulator, cap: int, count: Any
) -> None:
    whole = await list_all(client)
    assert len(whole) > 2000
    simulator.profile.row_cap = cap if count == "total" else 1000
    simulator.profile.row_count = count
    assert sorted(await list_all(client), key=repr) == sorted(whole, key=repr)
    assert simulator.count("ListDataEx") > 2


@pytest.mark.parametrize("fault", ["http_413", "huge_response"])
async def test_response_that_is_too_large_is_asked_for_in_halves(
    client: ReengenClient, simulator: Simulator, fault: str
) -> None:
    whole = await list_all(client)
    simulator.fail_next(fault, method="ListDataEx")
    assert sorted(await list_all(client), key=repr) == sorted(whole, key=repr)
    assert simulator.count("ListDataEx") == 1 + 3


async def test_count_that_never_fits_is_told(client: ReengenClient, simulator: Simulator) -> None:
    """Half a window has fewer rows than the whole, so that it was not cut short: the count is just another one."""
    whole = await list_trafo(client)
    simulator.fail_next("row_count_mismatch", method="ListDataEx", times=1000)
    found = await list_trafo(client)
    assert found == whole
    assert [(oddity.kind, oddity.count) for oddity in found.oddities] == [(OddityKind.ROWS_MISSING, 2)]
    assert simulator.count("ListDataEx") == 1 + 3


async def list_trafo(client: ReengenClient) -> Listing[RawReading]:
    return await client.list_data(
        points=[TRAFO], definitions=["activeEnergy"], variants=["import"], start=DAY, end=DAY_END
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(datetime(2025, 10, 25, tzinfo=BERLIN), datetime(2025, 10, 27, tzinfo=BERLIN), id="autumn"),
        pytest.param(datetime(2025, 10, 26, 2, tzinfo=BERLIN), datetime(2025, 10, 26, 4, tzinfo=BERLIN), id="hour"),
        pytest.param(datetime(2025, 3, 30, tzinfo=BERLIN), datetime(2025, 3, 31, tzinfo=BERLIN), id="spring"),
        pytest.param(datetime(2025, 6, 1, tzinfo=BERLIN), datetime(2025, 6, 1, 0, 30, tzinfo=BERLIN), id="short"),
    ],
)
def test_windows_are_halved_where_the_wire_is_clear(start: datetime, end: datetime) -> None:
    middle = middle_of(start, end, BERLIN)
    assert middle is not None
    assert start.astimezone(UTC) < middle.astimezone(UTC) < end.astimezone(UTC)
    shown = [middle.astimezone(BERLIN), (middle.astimezone(UTC) - timedelta(seconds=1)).astimezone(BERLIN)]
    assert [wall.replace(fold=0).utcoffset() for wall in shown] == [wall.replace(fold=1).utcoffset() for wall in shown]


def test_window_too_short_to_halve() -> None:
    assert middle_of(DAY, DAY + timedelta(minutes=29), BERLIN) is None


# Large responses are read beside the loop


@pytest.mark.parametrize(("rows", "beside"), [(10, False), (10_000, True)])
async def test_large_response_is_decoded_in_a_thread(
    http: aiohttp.ClientSession,
    raw_server: RawServer,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    *,
    beside: bool,
) -> None:
    data = [["2026-07-14T00:00:00", number, 1.25] for number in range(rows)]
    login = http_bytes(envelope({"connectionId": CONNECTION_ID}))
    raw_server.responses = [login, http_bytes(envelope({"data": {"0": data}}))]
    threads: list[threading.Thread] = []
    decode = series_responses.measurements

    def noted(*arguments: Any, **keywords: Any) -> Any:
        threads.append(threading.current_thread())
        return decode(*arguments, **keywords)

    monkeypatch.setattr("custom_components.reengen.api.client.measurements", noted)
    client = ReengenClient(
        http, url=raw_server.url, tenant="xyz", username="demo", password=PASSWORD, time_zone=ISTANBUL
    )
    response = await client.get_data([ENERGY], points=None, start=DAY, end=DAY_END, resolution=Resolution.DAY)
    assert response.row_count == rows
    assert [thread is not threading.main_thread() for thread in threads] == [beside]
