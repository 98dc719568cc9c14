"""Costs are spread by energy, each hour with its sign, and add up to the platform's total in the last digit."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.reengen.history.costs import cost_hours, due_days, is_settled, is_spread, spread

MICRO = Decimal("0.000001")
TOTALS = st.integers(-(10**9), 10**12).map(lambda millionths: millionths / 1_000_000)
WHOLE_ENERGIES = st.dictionaries(st.integers(0, 743), st.integers(-(10**9), 10**9), min_size=1)
OF_A_DAY = st.dictionaries(st.integers(0, 23), st.integers(-(10**8), 10**8).map(lambda number: number / 1_000_000))


def exact(values: dict[int, float]) -> Decimal:
    return sum((Decimal(repr(value)).quantize(MICRO) for value in values.values()), Decimal(0))


@given(total=TOTALS, energies=WHOLE_ENERGIES)
def test_hours_add_up_exactly(total: float, energies: dict[int, int]) -> None:
    found = spread(total, {hour: value / 1_000_000 for hour, value in energies.items()})
    assert exact(found) == Decimal(repr(total)).quantize(MICRO)
    assert found.keys() == energies.keys()


@given(total=TOTALS, energies=WHOLE_ENERGIES)
def test_every_hour_costs_its_signed_share(total: float, energies: dict[int, int]) -> None:
    whole = sum(energies.values())
    assume(abs(whole) * 100 > sum(map(abs, energies.values())))
    found = spread(total, {hour: value / 1_000_000 for hour, value in energies.items()})
    for hour, value in energies.items():
        share = Fraction(repr(total)) * value / whole
        assert abs(Fraction(repr(found[hour])) - share) <= Fraction(2, 1_000_000)


def test_an_hour_costs_its_share() -> None:
    assert spread(10.0, {0: 1.0, 1: 3.0, 2: 0.0, 3: 1.0}) == {0: 2.0, 1: 6.0, 2: 0.0, 3: 2.0}


def test_a_negative_hour_costs_less_than_nothing() -> None:
    assert spread(6.0, {0: 2.0, 1: -1.0, 2: 2.0}) == {0: 4.0, 1: -2.0, 2: 4.0}
    assert spread(-6.0, {0: 1.0, 1: -4.0}) == {0: 2.0, 1: -8.0}


@pytest.mark.parametrize(
    "energies",
    [
        pytest.param({0: 0.0, 1: 0.0, 2: 0.0}, id="no-energy"),
        pytest.param({0: 7.0, 1: -7.0, 2: 0.0}, id="hours-that-cancel-each-other"),
        pytest.param({0: 7.0, 1: -6.995, 2: 0.0}, id="and-nearly-do"),
    ],
)
def test_without_energy_to_share_by_all_hours_cost_the_same(energies: dict[int, float]) -> None:
    assert spread(7.5, energies) == {0: 2.5, 1: 2.5, 2: 2.5}


@given(total=TOTALS, energies=OF_A_DAY, stored=OF_A_DAY)
def test_a_day_comes_to_its_total_whatever_was_stored(
    total: float, energies: dict[int, float], stored: dict[int, float]
) -> None:
    after = cost_hours(total, stored, energies)
    assume(energies and (stored or total))
    assert exact(after) == Decimal(repr(total)).quantize(MICRO)
    assert is_settled(total, after)
    assert is_spread(after, energies)
    assert cost_hours(total, after, energies) == after


def test_a_new_hour_spreads_the_day_anew() -> None:
    assert cost_hours(9.0, {0: 2.0, 1: 3.0}, {0: 1.0, 1: 1.0, 2: 1.0}) == {0: 3.0, 1: 3.0, 2: 3.0}


def test_an_hour_that_is_there_again_between_others_has_its_share() -> None:
    """The others share the whole total while its row is gone, so that nothing but its place tells it from a new hour."""
    assert cost_hours(6.0, {0: 2.0, 2: 4.0}, {0: 1.0, 1: 3.0, 2: 2.0}) == {0: 1.0, 1: 3.0, 2: 2.0}


def test_a_cost_that_is_not_published_yet_stays_pending() -> None:
    assert cost_hours(5.0, {0: 2.0, 1: 3.0}, {0: 2.0, 1: 3.0, 2: 8.0}) == {0: 2.0, 1: 3.0}
    assert cost_hours(0.0, {}, {0: 1.0, 1: 1.0}) == {}


def test_a_new_hour_without_energy_costs_nothing() -> None:
    assert cost_hours(5.0, {0: 2.0, 1: 3.0}, {0: 2.0, 1: 3.0, 2: 0.0}) == {0: 2.0, 1: 3.0, 2: 0.0}


def test_energy_that_has_moved_takes_its_share_along() -> None:
    assert cost_hours(10.0, {0: 8.0, 1: 2.0, 2: 0.0}, {0: 1.0, 2: 4.0}) == {0: 2.0, 2: 8.0}


def test_stored_hours_tell_whether_they_are_shares_of_the_energy() -> None:
    assert is_spread({0: 2.0, 1: 4.0}, {0: 1.0, 1: 2.0})
    assert is_spread({0: 2.000002, 1: 3.999998}, {0: 1.0, 1: 2.0})
    assert not is_spread({0: 2.000003, 1: 3.999997}, {0: 1.0, 1: 2.0})
    assert not is_spread({0: 3.0, 1: 3.0}, {0: 1.0, 1: 2.0})
    assert not is_spread({0: 3.0, 1: 3.0}, {0: 1.0})
    assert is_spread({0: 3.0, 1: 3.0}, {})


def test_a_total_is_settled_within_what_its_parts_are_rounded_by() -> None:
    assert is_settled(10.000002, {0: 4.0, 1: 6.0}, rounded=2)
    assert not is_settled(10.000003, {0: 4.0, 1: 6.0}, rounded=2)
    assert is_settled(10.0, {0: 4.0, 1: 6.0})
    assert not is_settled(10.000001, {0: 4.0, 1: 6.0})


@pytest.mark.parametrize(
    ("stored", "energies", "is_known", "is_due"),
    [
        pytest.param({}, {1: 1.0}, True, False, id="nothing-is-stored"),
        pytest.param({}, {1: 1.0}, False, True, id="nothing-is-stored-and-the-total-is-not-known"),
        pytest.param({1: 2.0, 2: 4.0}, {1: 1.0, 2: 2.0}, False, False, id="shares"),
        pytest.param({1: 3.0, 2: 3.0}, {1: 1.0, 2: 2.0}, True, True, id="no-shares"),
        pytest.param({1: 3.0, 2: 3.0}, {1: 1.0, 2: 2.0}, False, True, id="no-shares-whatever-is-known"),
        pytest.param({1: 3.0, 2: 3.0}, None, False, False, id="energy-that-is-not-stored"),
    ],
)
def test_a_day_is_due_by_its_own_hours(
    *, stored: dict[int, float], energies: dict[int, float] | None, is_known: bool, is_due: bool
) -> None:
    day, other = range(1, 3), range(3, 5)
    beside = {3: 2.0, 4: 2.0}
    energies = None if energies is None else energies | dict.fromkeys(other, 1.0)
    assert due_days([day, other], stored | beside, energies, is_known=is_known) == ({1} if is_due else set())
