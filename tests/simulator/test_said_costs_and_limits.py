"""Switches of costs, imports, many rows and refused connection ids."""

from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter

import pytest

from .helpers import Client, cost, listing, question, series
from .said import DAY, FEBRUARY, LEAF, PHASED, imported, rows, world
from .test_costs import by_hand

# ----- 8: costs


@pytest.mark.parametrize(
    ("form", "asked", "taxed"),
    [
        ("asked", "None", False),
        ("asked", "Internal", True),
        ("never", "None", False),
        ("never", "Internal", False),
        ("always", "None", True),
        ("always", "Internal", True),
    ],
)
def test_cost_tax(form: str, asked: str, taxed: bool) -> None:
    properties = question(*FEBRUARY, cost(decimalPoints=8, includeTax=asked), resolution=None, point=[LEAF])
    expected = by_hand(world(), LEAF, "activeEnergyCost", *FEBRUARY, taxed=taxed, decimals=8)
    assert rows(properties, cost_tax=form) == [[12747, expected]]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        pytest.param(*FEBRUARY, 1, id="February"),
        pytest.param(FEBRUARY[0], "2026-03-31T23:59:59", 2, id="two months"),
        pytest.param(FEBRUARY[0], "2026-03-31T23:59:58", 1, id="all but a second of March"),
        pytest.param("2026-02-01T00:00:01", FEBRUARY[1], 0, id="all but a second of February"),
        pytest.param(*DAY, 0, id="a day"),
    ],
)
@pytest.mark.parametrize(("tax", "factor"), [("None", Decimal(1)), ("Internal", Decimal("1.2"))])
def test_standing_charge(start: str, end: str, months: int, tax: str, factor: Decimal) -> None:
    asked = question(start, end, cost(decimalPoints=8, includeTax=tax), resolution=None, point=[LEAF])
    assert rows(asked, standing_charge=10.5)[0][1] - rows(asked)[0][1] == months * Decimal("10.5") * factor


def test_days_of_a_standing_charge_do_not_add_up_to_the_month() -> None:
    days = question(*FEBRUARY, cost(decimalPoints=8), point=[LEAF, PHASED])
    months = {**days, "resolution": "month"}
    for asked, more in ((days, 0), (months, 2)):
        added = sum(row[-1] for row in rows(asked, standing_charge=10.5)) - sum(row[-1] for row in rows(asked))
        assert added == more * Decimal("10.5")


# ----- 9: ImportData


def test_import_of_thousands() -> None:
    end = int(datetime(2026, 3, 10, 12, 1, tzinfo=UTC).timestamp())
    assert (end, 2500.0, None) in imported(2.5, "2026-03-10T15:01:00", import_value="kilo")


def test_import_of_a_register() -> None:
    before = imported(0, "2026-03-10T15:01:00")[-2]
    assert before[2] is not None
    last = imported(before[2] + 70, "2026-03-10T15:01:00", import_value="register")[-1]
    assert last == (before[0] + 61, 70.0, before[2] + 70)


def test_import_of_the_first_register() -> None:
    first = imported(4711, "2026-03-10T10:00:00", import_value="register")[0]
    assert first[1:] == (0.0, 4711.0)


# ----- 15: many rows


def test_get_data_cut_off() -> None:
    asked = question(*DAY, series(), series(variant="export"), series(), resolution="hour", point=[LEAF])
    with world().switched(data_row_cap=30):
        data = world().ask("GetData", asked)["properties"]["data"]
    plain = world().ask("GetData", asked)["properties"]["data"]
    assert data == {"0": plain["0"], "1": None, "2": plain["2"][:6]}
    with world().switched(data_row_cap=24):
        assert world().ask("GetData", asked)["properties"]["data"]["2"] is None


@pytest.mark.parametrize(("most", "status"), [(24, 200), (23, 413)])
def test_most_rows(most: int, status: int) -> None:
    with world().switched(most_rows=most):
        response = world().raw("GetData", question(*DAY, series(), resolution="hour", point=[LEAF]))
        assert response[0] == status
        assert world().raw("ListDataEx", listing(DAY[0], "2026-03-09T05:59:59", point=LEAF))[0] == status


async def test_rows_take_their_time(client: Client) -> None:
    client.simulator.profile.seconds_per_row = 0.01
    asked = question(*DAY, series(), resolution="hour", point=[LEAF])
    began = perf_counter()
    outcome = await client.post("GetData", asked)
    assert perf_counter() - began >= 24 * 0.01
    assert len(outcome.json["properties"]["data"]["0"]) == 24


@pytest.mark.parametrize(("seconds_per_row", "status"), [(50.0, 504), (0.0, 200)])
async def test_a_gateway_does_not_wait_for_many_rows(client: Client, seconds_per_row: float, status: int) -> None:
    client.simulator.profile.change({"seconds_per_row": seconds_per_row, "gateway_seconds": 0.0})
    outcome = await client.post("GetData", question(*DAY, series(), resolution="hour", point=[LEAF]))
    assert outcome.status == status
    assert client.simulator.requests[-1].rows == (None if status == 504 else 24)
    few = await client.post("GetData", question("2020-01-01T00:00:00", "2020-01-01T23:59:59", series()))
    assert few.status == 200


# ----- 12: refused connection ids


@pytest.mark.parametrize(
    "message", ["Invalid connection", "Oturum bulunamadı", "Die Sitzung ist abgelaufen", "", None, "Permission denied"]
)
@pytest.mark.parametrize("status", [None, 200, 400, 401, 403, 440, 500])
@pytest.mark.parametrize(("form", "usual"), [("200-false", 200), ("401-json", 401)])
def test_any_words_and_any_status_of_a_refused_id(
    message: str | None, status: int | None, form: str, usual: int
) -> None:
    direct = world()
    with direct.switched(session_refusal=form, session_message=message, session_status=status):
        reply = direct.platform.answer({"$": "GetPointHierarchy"}, "an id that was never given", "en,xyz")
    assert reply.status == (status or usual)
    assert reply.payload == {"properties": {}, "succeeded": False, "message": message, "statistics": {}}


async def test_words_of_a_refused_id_as_they_arrive(client: Client) -> None:
    client.simulator.profile.change({"session_message": "Oturum bulunamadı", "session_status": 440})
    client.simulator.expire_sessions()
    outcome = await client.post("GetPointHierarchy")
    assert (outcome.status, outcome.json["message"]) == (440, "Oturum bulunamadı")
    await client.log_in()
    assert (await client.post("GetPointHierarchy")).json["succeeded"]


async def test_any_status_of_a_page(client: Client) -> None:
    client.simulator.profile.change({"session_refusal": "403-html", "session_status": 401})
    client.simulator.expire_sessions()
    outcome = await client.post("GetPointHierarchy")
    assert (outcome.status, outcome.content_type) == (401, "text/html")
