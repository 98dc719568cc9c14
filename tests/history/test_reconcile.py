"""Totals tell where hours differ, and absence is believed only where a total confirms it."""

import pytest

from custom_components.reengen.api import Resolution
from custom_components.reengen.history.reconcile import Comparison, Memory, Stored, confirmed_gone, lost_days

ID = "reengen:x_1_active_energy_import"
EDGES = [0, 100, 200, 300]


def differing(platform: dict[int, float | None], stored: dict[int, Stored], memory: Memory | None = None) -> list[int]:
    comparison = Comparison(resolution=Resolution.MONTH, edges=EDGES, platform={ID: platform})
    comparison.add(ID, stored, memory or Memory(), has_sum=True)
    return comparison.differing.get(ID, [])


@pytest.mark.parametrize(
    ("platform", "stored", "expected"),
    [
        pytest.param({0: 5.0, 100: 6.0}, {0: Stored(5.0, 3), 100: Stored(6.0, 3)}, [], id="equal"),
        pytest.param({0: 5.0, 100: 6.0}, {0: Stored(5.0, 3)}, [100], id="nothing-stored"),
        pytest.param({0: 5.000002}, {0: Stored(5.0, 3)}, [], id="rounding-of-three-hours"),
        pytest.param({0: 5.000003}, {0: Stored(5.0, 3)}, [0], id="more-than-rounding"),
        pytest.param({}, {0: Stored(5.0, 3)}, [], id="the-platform-says-nothing"),
        pytest.param({0: 0.0, 100: 0.0, 200: 1.0}, {}, [200], id="zeros-before-the-meter"),
        pytest.param({0: 1.0, 100: 0.0}, {0: Stored(1.0, 3)}, [100], id="zeros-after-it"),
        pytest.param({0: 1.0, 100: None}, {0: Stored(1.0, 3), 100: Stored(2.0, 3)}, [100], id="not-known"),
    ],
)
def test_where_totals_differ(platform: dict[int, float | None], stored: dict[int, Stored], expected: list[int]) -> None:
    assert differing(platform, stored) == expected


def test_a_remembered_difference_is_left_alone_until_either_side_changes() -> None:
    memory = Memory()
    memory.keep(ID, Resolution.MONTH, 0, 5.0, Stored(4.0, 3))
    assert differing({0: 5.0}, {0: Stored(4.0, 3)}, memory) == []
    assert differing({0: 6.0}, {0: Stored(4.0, 3)}, memory) == [0]
    assert differing({0: 5.0}, {0: Stored(3.0, 3)}, memory) == [0]
    assert memory.rows() == [(ID, Resolution.MONTH, 0, 5.0, 4.0)]
    assert differing({0: 4.0}, {0: Stored(4.0, 3)}, memory) == []
    assert memory.rows() == []


def test_a_total_that_is_not_known_is_looked_below_once() -> None:
    memory = Memory()
    memory.keep(ID, Resolution.DAY, 0, None, Stored(4.0, 3))
    memory.keep(ID, Resolution.MONTH, 0, None, Stored(4.0, 3))
    assert differing({0: None}, {0: Stored(4.0, 3)}, memory) == []
    assert differing({0: None}, {0: Stored(4.5, 4)}, memory) == [0]
    # A day that is not known is no known part of what its month differs by.
    assert differing({0: 5.0}, {0: Stored(4.0, 3)}, memory) == [0]


def test_what_is_remembered_of_some_series_is_forgotten_from_an_instant_on() -> None:
    memory = Memory()
    memory.keep(ID, Resolution.DAY, 0, 5.0, Stored(4.0, 3))
    memory.keep(ID, Resolution.DAY, 100, 5.0, Stored(4.0, 3))
    memory.keep("reengen:xyz_2_energy", Resolution.DAY, 100, 5.0, Stored(4.0, 3))
    memory.forget_series({ID}, 100)
    assert memory.rows() == [(ID, Resolution.DAY, 0, 5.0, 4.0), ("reengen:xyz_2_energy", Resolution.DAY, 100, 5.0, 4.0)]


def test_a_month_differs_by_its_remembered_days_and_no_more() -> None:
    memory = Memory()
    memory.keep(ID, Resolution.DAY, 120, 7.0, Stored(5.0, 3))
    assert differing({100: 22.0}, {100: Stored(20.0, 20)}, memory) == []
    assert differing({100: 23.0}, {100: Stored(20.0, 20)}, memory) == [100]


def test_an_hour_is_gone_only_where_the_total_of_the_day_says_so() -> None:
    stored, found = {0: 1.0, 10: 2.0}, {0: 1.0}
    assert confirmed_gone(stored, found, (), (0, 100), 1.0) == {10}
    assert confirmed_gone(stored, found, (), (0, 100), 3.0) == set()
    assert confirmed_gone(stored, found, (), (0, 100), None) == set()
    assert confirmed_gone(stored, found, {10}, (0, 100), 1.0) == set()


def test_a_day_is_gone_only_where_the_total_of_the_month_says_so() -> None:
    stored = {0: Stored(1.0, 1), 100: Stored(2.0, 1)}
    assert lost_days(1.0, {0: 1.0}, stored, [0, 100]) == [100]
    assert lost_days(3.0, {0: 1.0}, stored, [0, 100]) == []
    assert lost_days(None, {0: 1.0}, stored, [0, 100]) == []
    assert lost_days(1.0, {0: 1.0, 100: None}, stored, [0, 100]) == []
    assert lost_days(0.0, {}, stored, [0, 100]) == []
