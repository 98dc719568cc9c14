"""Totals tell where hours differ, and absence is believed only where a total confirms it."""

import math

from hypothesis import example, given, strategies as st
import pytest

from custom_components.reengen.api import Resolution
from custom_components.reengen.history.reconcile import (
    NOTHING,
    Comparison,
    Memory,
    Stored,
    confirmed_gone,
    is_equal,
    lost_days,
)

from .statistics import HOUR

ID = "reengen:x_1_active_energy_import"
OTHER = "reengen:xyz_2_energy"
# The first bucket begins at 0.
SECOND, THIRD = 100 * HOUR, 200 * HOUR
EDGES = [0, SECOND, THIRD, 300 * HOUR]
# Values come with six digits, so that each is off by up to half of the sixth.
ROUNDED = 5e-7

starts = st.integers(0, 4)
buckets = st.tuples(st.sampled_from([ID, OTHER]), st.sampled_from([Resolution.DAY, Resolution.MONTH]), starts)
remembered = st.dictionaries(buckets, st.tuples(st.none() | st.integers(0, 9), st.integers(0, 9)), max_size=12)
windows = st.tuples(st.integers(0, 5), st.integers(0, 5))

type Remembered = dict[tuple[str, Resolution, int], tuple[int | None, int]]


def memory_of(entries: Remembered) -> Memory:
    memory = Memory()
    for (key, resolution, start), (platform, stored) in entries.items():
        memory.keep(key, resolution, start, platform, Stored(stored, 1))
    return memory


def rows_of(entries: Remembered) -> list[tuple[object, ...]]:
    return [(*bucket, *entries[bucket]) for bucket in sorted(entries)]


def differing(platform: dict[int, float | None], stored: dict[int, Stored], memory: Memory | None = None) -> list[int]:
    comparison = Comparison(resolution=Resolution.MONTH, edges=EDGES, platform={ID: platform})
    comparison.add(ID, stored, memory or Memory(), has_sum=True)
    return comparison.differing.get(ID, [])


@pytest.mark.parametrize(
    ("platform", "stored", "expected"),
    [
        pytest.param({0: 5.0, SECOND: 6.0}, {0: Stored(5.0, 3), SECOND: Stored(6.0, 3)}, [], id="equal"),
        pytest.param({0: 5.0, SECOND: 6.0}, {0: Stored(5.0, 3)}, [SECOND], id="nothing-stored"),
        pytest.param({0: 5.000002}, {0: Stored(5.0, 3)}, [], id="rounding-of-three-hours"),
        pytest.param({0: 5.000003}, {0: Stored(5.0, 3)}, [0], id="more-than-rounding"),
        pytest.param({}, {0: Stored(5.0, 3)}, [], id="the-platform-says-nothing"),
        pytest.param({0: 0.0, SECOND: 0.0, THIRD: 1.0}, {}, [THIRD], id="zeros-before-the-meter"),
        pytest.param({0: 1.0, SECOND: 0.0}, {0: Stored(1.0, 3)}, [SECOND], id="zeros-after-it"),
        pytest.param({0: 1.0, SECOND: None}, {0: Stored(1.0, 3), SECOND: Stored(2.0, 3)}, [SECOND], id="not-known"),
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


@given(entries=remembered, window=windows)
def test_what_is_remembered_is_forgotten_by_series_and_from_an_instant_on(
    entries: Remembered, window: tuple[int, int]
) -> None:
    begin, end = window
    memory = memory_of(entries)
    assert memory.rows() == rows_of(entries)
    known = [
        platform - stored
        for (key, resolution, start), (platform, stored) in entries.items()
        if (key, resolution) == (ID, Resolution.DAY) and begin <= start < end and platform is not None
    ]
    assert memory.difference(ID, range(begin, end)) == sum(known)
    memory.forget_days(ID, range(begin, end))
    left = {
        bucket: totals
        for bucket, totals in entries.items()
        if bucket[:2] != (ID, Resolution.DAY) or bucket[2] not in range(begin, end)
    }
    assert memory.rows() == rows_of(left)
    memory.forget_series({ID}, begin)
    left = {bucket: totals for bucket, totals in left.items() if bucket[0] == OTHER or bucket[2] < begin}
    assert memory.rows() == rows_of(left)
    memory.keep_only({ID})
    assert memory.rows() == rows_of({bucket: totals for bucket, totals in left.items() if bucket[0] == ID})


def test_totals_are_the_same_difference_up_to_the_digits_that_are_asked_for() -> None:
    memory = Memory()
    memory.keep(ID, Resolution.MONTH, 0, 5.0, Stored(4.0, 3))
    assert differing({0: 5.0000004}, {0: Stored(4.0000004, 3)}, memory) == []
    assert differing({0: 5.000004}, {0: Stored(4.0, 3)}, memory) == [0]
    memory.keep(ID, Resolution.MONTH, 0, 5.0, Stored(0.0, 0))
    assert differing({0: 5.0}, {}, memory) == []


@given(hours=st.integers(1, 800), sign=st.sampled_from([-1, 1]), has_sum=st.booleans())
def test_a_total_equals_hours_that_are_rounded_one_by_one(*, hours: int, sign: int, has_sum: bool) -> None:
    """The total is rounded as well; the mean of levels is one rounded value, whatever they are of."""
    most = (hours + 1 if has_sum else 2) * ROUNDED
    assert is_equal(7.0 + sign * (most - ROUNDED / 10), Stored(7.0, hours), has_sum=has_sum)
    assert not is_equal(7.0 + sign * (most + ROUNDED / 10), Stored(7.0, hours), has_sum=has_sum)
    assert not is_equal(0.0, NOTHING, has_sum=has_sum)


@given(found=st.lists(starts, unique=True).map(sorted), window=windows)
def test_where_a_series_is_due(found: list[int], window: tuple[int, int]) -> None:
    edges, due = [number * HOUR for number in range(6)], [number * HOUR for number in found]
    comparison = Comparison(resolution=Resolution.DAY, edges=edges, platform={}, due={ID: due, OTHER: []})
    begin, end = window
    hours = range(begin * HOUR, end * HOUR, HOUR)
    assert comparison.is_due(ID, hours) == any(number in found for number in range(begin, end))
    assert not comparison.is_due(OTHER, hours)
    assert comparison.due_buckets == [range(start, start + HOUR, HOUR) for start in due]


@given(begin=st.integers(0, 71), hours=st.integers(1, 72))
def test_each_day_with_a_part_in_what_is_read_anew_is_due(begin: int, hours: int) -> None:
    """What differs does not matter: the first day does, the second does not, of the third there is no total."""
    edges, day = [0, 24 * HOUR, 48 * HOUR, 72 * HOUR], 24 * HOUR
    end = min(72, begin + hours)
    anew = range(begin * HOUR, end * HOUR, HOUR)
    comparison = Comparison(resolution=Resolution.DAY, edges=edges, platform={ID: {0: 1.0, day: 2.0}}, anew=anew)
    comparison.add(ID, {day: Stored(2.0, 24)}, Memory(), has_sum=True)
    assert comparison.differing == {ID: [0]}
    assert [bucket.start for bucket in comparison.due_buckets] == sorted(
        {hour // 24 * day for hour in range(begin, end)}
    )
    assert [hour for bucket in comparison.buckets for hour in comparison.due_hours(bucket)] == list(anew)


def test_a_month_differs_by_its_remembered_days_and_no_more() -> None:
    memory = Memory()
    memory.keep(ID, Resolution.DAY, SECOND + 20 * HOUR, 7.0, Stored(5.0, 3))
    assert differing({SECOND: 22.0}, {SECOND: Stored(20.0, 20)}, memory) == []
    assert differing({SECOND: 23.0}, {SECOND: Stored(20.0, 20)}, memory) == [SECOND]
    # Twenty hours and their total are rounded.
    assert differing({SECOND: 22.0 + 20 * ROUNDED}, {SECOND: Stored(20.0, 20)}, memory) == []


def test_remembered_days_explain_neither_another_day_nor_a_mean() -> None:
    memory = memory_of({(ID, Resolution.DAY, SECOND): (7, 5)})
    for resolution, has_sum in [(Resolution.DAY, True), (Resolution.MONTH, False)]:
        comparison = Comparison(resolution=resolution, edges=EDGES, platform={ID: {SECOND: 8.0}})
        comparison.add(ID, {SECOND: Stored(6.0, 3)}, memory, has_sum=has_sum)
        assert comparison.differing == {ID: [SECOND]}


def test_the_days_of_a_month_that_equals_again_are_forgotten() -> None:
    memory = memory_of({(ID, Resolution.DAY, start): (7, 5) for start in (SECOND - HOUR, SECOND, THIRD - HOUR, THIRD)})
    assert differing({SECOND: 20.0}, {SECOND: Stored(20.0, 20)}, memory) == []
    assert [start for _, _, start, *_ in memory.rows()] == [SECOND - HOUR, THIRD]


HOURS_OF_DAYS = st.dictionaries(st.integers(0, 5), st.integers(0, 9), max_size=6)


@example(stored={2: 1.0}, found={5: 3.0}, unknown=set(), off=0.0)
@example(stored={2: 1.0}, found={1: 1.0}, unknown=set(), off=1.1)
@given(stored=HOURS_OF_DAYS, found=HOURS_OF_DAYS, unknown=st.sets(st.integers(0, 5)), off=st.floats(-3, 3))
def test_hours_are_gone_where_the_rest_of_the_day_is_all_of_its_total(
    stored: dict[int, float], found: dict[int, float], unknown: set[int], off: float
) -> None:
    day = range(1, 5)
    left = [value for hour, value in found.items() if hour in day]
    # Each value and their total are rounded, but not by exactly as much as that may come to.
    off = round(off, 1) * (len(left) + 1) + 0.05
    gone = confirmed_gone(stored, found, unknown, day, sum(left) + off * ROUNDED)
    expected = {hour for hour in stored if hour in day and hour not in found.keys() | unknown}
    assert gone == (expected if abs(off) <= len(left) + 1 else set())


@given(totals=st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=5), off=st.floats(-3, 3))
def test_days_are_gone_where_the_rest_of_the_month_is_all_of_its_total(totals: list[int | None], off: float) -> None:
    known = {day: total for day, total in enumerate(totals) if total is not None}
    off = round(off, 1) * (len(known) + 1) + 0.05
    stored = {day: Stored(1.0, 1) for day in range(len(totals) + 1)}
    lost = lost_days(math.fsum(known.values()) + off * ROUNDED, known, stored, range(len(totals)))
    expected = [day for day in range(len(totals)) if day not in known]
    assert lost == (expected if known and abs(off) <= len(known) + 1 else [])


def test_an_hour_is_gone_only_where_the_total_of_the_day_says_so() -> None:
    stored, found = {0: 1.0, 10: 2.0}, {0: 1.0}
    assert confirmed_gone(stored, found, (), range(100), 1.0) == {10}
    assert confirmed_gone(stored, found, (), range(100), 3.0) == set()
    assert confirmed_gone(stored, found, (), range(100), None) == set()
    assert confirmed_gone(stored, found, {10}, range(100), 1.0) == set()
    assert confirmed_gone(stored, {}, (), range(100), ROUNDED) == {0, 10}


def test_a_day_is_gone_only_where_the_total_of_the_month_says_so() -> None:
    stored = {0: Stored(1.0, 1), 100: Stored(2.0, 1)}
    assert lost_days(1.0, {0: 1.0}, stored, [0, 100]) == [100]
    assert lost_days(3.0, {0: 1.0}, stored, [0, 100]) == []
    assert lost_days(None, {0: 1.0}, stored, [0, 100]) == []
    assert lost_days(1.0, {0: 1.0, 100: None}, stored, [0, 100]) == []
    assert lost_days(0.0, {}, stored, [0, 100]) == []
    assert lost_days(2 * ROUNDED, {0: 0.0}, stored, [0, 100]) == [100]
