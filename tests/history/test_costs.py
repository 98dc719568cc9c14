"""Costs are spread by energy and add up to the platform's total in the last digit."""

from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.history.costs import cost_hours, is_settled, settle_rest, spread

MICRO = Decimal("0.000001")
TOTALS = st.integers(-(10**9), 10**12).map(lambda millionths: millionths / 1_000_000)
ENERGIES = st.dictionaries(st.integers(0, 743), st.integers(0, 10**9).map(lambda number: number / 1_000_000))


def exact(values: dict[int, float]) -> Decimal:
    return sum((Decimal(repr(value)).quantize(MICRO) for value in values.values()), Decimal(0))


@given(total=TOTALS, hours=st.integers(1, 744), energies=ENERGIES)
def test_hours_add_up_exactly(total: float, hours: int, energies: dict[int, float]) -> None:
    found = spread(total, range(hours), energies)
    assert exact(found) == Decimal(repr(total)).quantize(MICRO)
    assert found.keys() == set(range(hours))


def test_an_hour_costs_its_share() -> None:
    assert spread(10.0, [0, 1, 2, 3], {0: 1.0, 1: 3.0, 3: 1.0}) == {0: 2.0, 1: 6.0, 2: 0.0, 3: 2.0}


def test_a_standing_charge_falls_on_all_hours_alike() -> None:
    assert spread(7.5, [0, 1, 2], {}) == {0: 2.5, 1: 2.5, 2: 2.5}
    assert spread(7.5, [0, 1, 2], {0: 0.0, 1: -1.0}) == {0: 2.5, 1: 2.5, 2: 2.5}


@given(
    total=TOTALS,
    energies=st.dictionaries(st.integers(0, 23), st.integers(0, 10**8).map(lambda number: number / 1_000_000)),
    stored=st.dictionaries(st.integers(0, 23), st.integers(0, 10**8).map(lambda number: number / 1_000_000)),
    anew=st.booleans(),
)
def test_a_day_comes_to_its_total_whatever_was_stored(
    total: float, energies: dict[int, float], stored: dict[int, float], anew: bool
) -> None:
    written = cost_hours(total, range(24), stored, energies, anew=anew)
    after = stored | written
    assert exact(after) == Decimal(repr(total)).quantize(MICRO)
    assert cost_hours(total, range(24), after, energies) == {}
    assert is_settled(total, after, 0)


def test_a_new_hour_costs_what_the_day_has_grown_by() -> None:
    assert cost_hours(9.0, range(24), {0: 2.0, 1: 3.0}, {0: 1.0, 1: 1.0, 2: 1.0}) == {2: 4.0}


def test_a_cost_that_is_not_published_yet_stays_pending() -> None:
    assert cost_hours(5.0, range(24), {0: 2.0, 1: 3.0}, {0: 1.0, 1: 1.0, 2: 8.0}) == {}


def test_a_changed_tariff_spreads_the_day_anew() -> None:
    assert cost_hours(10.0, range(24), {0: 2.0, 1: 3.0}, {0: 1.0, 1: 1.0}) == pytest.approx({0: 5.0, 1: 5.0})


def test_energy_that_has_moved_takes_its_share_along() -> None:
    stored = {0: 8.0, 1: 2.0, 2: 0.0}
    assert cost_hours(10.0, range(24), stored, {0: 1.0, 2: 4.0}, anew=True) == {0: 2.0, 1: 0.0, 2: 8.0}
    assert cost_hours(10.0, range(24), stored, {0: 1.0, 2: 4.0}) == {}


def test_a_cost_that_is_not_published_yet_is_not_spread_anew() -> None:
    assert cost_hours(0.0, range(24), {}, {0: 1.0, 1: 1.0}, anew=True) == {}


def test_a_rounding_rest_falls_on_the_dearest_hour() -> None:
    assert cost_hours(10.000002, [0, 1], {0: 4.0, 1: 6.0}, {0: 1.0, 1: 1.0}) == {0: 4.0, 1: 6.000002}
    assert settle_rest(10.0, {0: 4.0, 1: 6.0}) == {0: 4.0, 1: 6.0}


def test_a_total_is_settled_within_what_its_parts_are_rounded_by() -> None:
    assert is_settled(10.000002, {0: 4.0, 1: 6.0}, parts=2)
    assert not is_settled(10.000003, {0: 4.0, 1: 6.0}, parts=2)
