"""Costs equal the formula of `docs/simulator.md`, computed row by row."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from simulator import Simulator, WorldOptions
from tests.profiles import examples

from .helpers import Client, Direct, cost, question, series

# Prices change at the beginning of April.
FIRST = datetime(2026, 3, 28, 21, tzinfo=UTC)
DAYS = 6


@lru_cache
def world() -> Direct:
    return Direct(WorldOptions(start=FIRST), FIRST + timedelta(days=DAYS))


def by_hand(direct: Direct, code: str, group: str, start: str, end: str, *, taxed: bool, decimals: int) -> Decimal:
    """Add up reading by reading, each with the tariff of its end."""
    zone = direct.platform.options.zone
    first, last = (datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() for text in (start, end))
    total = Decimal(0)
    for value, price, tax, stored_per_unit in direct.store.database.execute(
        "SELECT r.value, t.price, t.tax_rate, t.stored_per_unit FROM reading r JOIN point p ON p.id = r.point_id"
        " JOIN tariff t ON t.definition = r.definition AND t.variant = r.variant"
        " AND r.end_utc >= t.valid_from_utc AND r.end_utc < t.valid_to_utc"
        " WHERE p.code = ? AND t.cost_group = ? AND r.end_utc BETWEEN ? AND ?",
        (code, group, first, last),
    ):
        total += Decimal(value) / stored_per_unit * Decimal(price) * (1 + Decimal(tax) * taxed)
    return total.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


@given(data=st.data())
@settings(max_examples=examples(40, 2_000), deadline=None)
def test_cost_of_any_range(data: st.DataObject) -> None:
    direct = world()
    code, group, utility = data.draw(
        st.sampled_from(
            [
                ("xFabrikaTrafo6", "activeEnergyCost", "electricity"),
                ("xFabrikaTrafo6", "reactiveEnergyCost", "electricity"),
                ("xFabrikaSuSayaci", "waterCost", "water"),
                ("xFabrikaGazSayaci", "gasCost", "gas"),
                ("xFabrikaRevir", "medicalGasCost", "medicalGas"),
            ]
        )
    )
    seconds = st.integers(min_value=0, max_value=DAYS * 86_400 - 1)
    begin, finish = sorted((data.draw(seconds), data.draw(seconds)))
    wall = datetime.fromisoformat("2026-03-29T00:00:00")
    start, end = ((wall + timedelta(seconds=offset)).isoformat() for offset in (begin, finish))
    taxed = data.draw(st.booleans())
    decimals = data.draw(st.integers(min_value=0, max_value=4))
    asked = cost(group, utility, decimalPoints=decimals, includeTax="Internal" if taxed else "None")
    response = direct.ask("GetData", question(start, end, asked, point=[code], resolution=None))
    rows = response["properties"]["data"]["0"]
    expected = by_hand(direct, code, group, start, end, taxed=taxed, decimals=decimals)
    assert (rows or [[direct.store.point_id(code), Decimal(0)]]) == [[direct.store.point_id(code), expected]]


def test_dated_costs_add_up() -> None:
    direct = world()
    whole = ("2026-03-29T00:00:00", "2026-04-03T23:59:59")
    total = direct.ask("GetData", question(*whole, cost(decimalPoints=6), resolution=None))["properties"]["data"]["0"]
    days = direct.ask("GetData", question(*whole, cost(decimalPoints=6)))["properties"]["data"]["0"]
    assert [row[0] for row in days][:2] == ["2026-03-29T00:00:00", "2026-03-30T00:00:00"]
    assert sum(row[2] for row in days) == total[0][1]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"utility": "steam"}, "Unknown utility", id="utility"),
        pytest.param({"group": "steamCost"}, "Unknown group", id="group"),
        pytest.param({"utility": "water"}, "does not belong", id="utility of another group"),
        pytest.param({"includeTax": "All"}, "Unknown includeTax", id="tax"),
        pytest.param({"includeTax": None}, "'includeTax' must be a text", id="null is not None"),
        pytest.param({"selection": "all"}, "Unknown selection", id="selection"),
        pytest.param({"calculator": "price"}, "Unknown calculator", id="calculator"),
    ],
)
def test_costs_that_are_not_understood_are_refused(changed: dict[str, Any], words: str) -> None:
    asked = question("2026-03-29T00:00:00", "2026-03-29T23:59:59", cost(**changed), resolution=None)
    response = world().ask("GetData", asked)
    assert response["succeeded"] is False
    assert words in response["message"]


async def test_a_tariff_that_is_edited_changes_past_costs(simulator: Simulator, client: Client) -> None:
    asked = question("2026-03-09T00:00:00", "2026-03-09T23:59:59", cost(), series(), resolution="day")
    simulator.set_tariff(
        "activeEnergyCost",
        "2.00",
        since=datetime(2026, 3, 9, 9, tzinfo=UTC),
        until=datetime(2026, 3, 9, 10, tzinfo=UTC),
    )
    simulator.set_tariff("activeEnergyCost", "1.00")
    data = (await client.post("GetData", asked)).json["properties"]["data"]
    assert data["0"][0][2] == (Decimal(data["1"][0][2]) / 1000).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    with pytest.raises(ValueError, match="unknown cost group"):
        simulator.set_tariff("steamCost", 1)


async def test_profile_can_ignore_the_resolution_of_costs(simulator: Simulator, client: Client) -> None:
    simulator.profile.cost_resolution = "ignored"
    asked = question("2026-03-09T00:00:00", "2026-03-09T23:59:59", cost())
    rows = (await client.post("GetData", asked)).json["properties"]["data"]["0"]
    assert [type(cell) for cell in rows[0]] == [int, Decimal]
