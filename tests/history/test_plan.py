"""Plans keep the sums: whatever is stored and whatever changes, the change of every row is its state afterwards."""

from datetime import timedelta
from itertools import accumulate
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.history.plan import (
    HOUR,
    Changes,
    Level,
    Step,
    StoredHour,
    Stretch,
    changes,
    level_changes,
    ranges,
    repair,
    steps,
)

type Rows = dict[int, tuple[float, float]]
"""Start -> state and sum."""

# Whole watt hours: sums of them are exact enough to compare with a small tolerance.
STATES = st.just(0.0) | st.integers(-5_000, 900_000).map(lambda watt_hours: watt_hours / 1000)
HOURS = st.integers(0, 400).map(lambda number: number * HOUR)


def table(states: dict[int, float]) -> Rows:
    starts = sorted(states)
    sums = accumulate(states[start] for start in starts)
    return {start: (states[start], total) for start, total in zip(starts, sums, strict=True)}


def window(rows: Rows, begin: int, end: int) -> Stretch:
    before = [total for start, (_, total) in sorted(rows.items()) if start < begin]
    stored = [StoredHour(start, *row) for start, row in sorted(rows.items())]
    behind = [row for row in stored if row.start >= end]
    return Stretch(
        base=before[-1] if before else 0.0,
        rows=[row for row in stored if begin <= row.start < end],
        behind=behind[0] if behind else None,
    )


def carry_out(rows: Rows, planned: list[Step]) -> Rows:
    """Do to a table what the recorder does with each step."""
    rows = dict(rows)
    for step in planned:
        for start in step.removed:
            del rows[start]
        rows.update({start: (state, total) for start, state, total in step.rows})
        rows = {
            start: (state, total + step.shift if start >= step.shift_from else total)
            for start, (state, total) in rows.items()
        }
    return rows


def assert_sound(rows: Rows) -> None:
    before = 0.0
    for start, (state, total) in sorted(rows.items()):
        # A millionth of a unit, and what the subtraction and the addition before it may be off by.
        slack = 8 * math.ulp(max(abs(total), abs(before), 1.0))
        assert abs(total - before - state) <= 1e-6 + slack, start
        before = total


@given(
    stored=st.dictionaries(HOURS, STATES, max_size=60),
    found=st.dictionaries(HOURS, STATES, max_size=30),
    gone=st.sets(HOURS, max_size=10),
    margin=st.integers(0, 30),
)
def test_any_change_of_any_series(
    stored: dict[int, float], found: dict[int, float], gone: set[int], margin: int
) -> None:
    gone -= found.keys()
    rows = table(stored)
    touched = found.keys() | gone or {0}
    begin, end = min(touched) - margin * HOUR, max(touched) + (margin + 1) * HOUR
    stretch = window(rows, begin, end)
    assert stretch.is_consistent
    wanted = changes(stretch.states, found, gone)
    after = carry_out(rows, steps(stretch, wanted))

    assert_sound(after)
    expected = stored | found
    for start in gone & stored.keys():
        del expected[start]
    assert {start: state for start, (state, _) in after.items()} == pytest.approx(expected, abs=1e-6)

    # The amount that moves: what any hour is more or less than before.
    hours = (stored.keys() & gone) | found.keys()
    moved = [abs(expected.get(start, 0.0) - stored.get(start, 0.0)) for start in hours]
    assert wanted.moved == pytest.approx(sum(moved), abs=1e-6)
    assert bool(wanted) == (wanted.hours != set())

    again = changes({start: state for start, (state, _) in after.items()}, found, gone)
    assert not again


@given(stored=st.dictionaries(HOURS, STATES, min_size=1, max_size=120), data=st.data())
def test_any_broken_sums_are_repaired(stored: dict[int, float], data: st.DataObject) -> None:
    rows = table(stored)
    offsets = data.draw(st.dictionaries(st.sampled_from(sorted(stored)), st.floats(-1e6, 1e6), max_size=80))
    broken = {start: (state, total + offsets.get(start, 0.0)) for start, (state, total) in rows.items()}
    mended = carry_out(broken, repair([StoredHour(start, *row) for start, row in sorted(broken.items())]))
    assert_sound(mended)
    assert {start: state for start, (state, _) in mended.items()} == stored


def test_rows_of_another_writer_without_state_or_sum_are_made_whole() -> None:
    rows = [StoredHour(0, 2.0, 2.0), StoredHour(HOUR, None, 5.0), StoredHour(2 * HOUR, 3.0, None)]
    (step,) = repair(rows)
    assert step.rows == ((HOUR, 0.0, 2.0), (2 * HOUR, 3.0, 5.0))
    assert (step.removed, step.shift_from, step.shift) == ((), 0, 0.0)


def test_one_corrected_hour_is_one_row_and_one_shift() -> None:
    rows = table({number * HOUR: 1.0 for number in range(26_000)})
    stretch = window(rows, 100 * HOUR, 124 * HOUR)
    planned = steps(stretch, changes(stretch.states, {110 * HOUR: 4.0}))
    assert planned == [Step(rows=((110 * HOUR, 4.0, 114.0),), shift_from=111 * HOUR, shift=3.0)]


def test_corrections_far_apart_are_shifts_and_not_rows() -> None:
    rows = table({number * HOUR: 1.0 for number in range(744)})
    stretch = window(rows, 0, 744 * HOUR)
    planned = steps(stretch, changes(stretch.states, {10 * HOUR: 2.0, 700 * HOUR: 0.5}))
    assert sum(len(step.rows) for step in planned) == 2


@pytest.mark.parametrize(
    ("hours", "count"), [([500, 501], 1), ([500, 548], 1), ([500, 549], 2), ([0, 40, 80], 1), ([0, 100, 140], 2)]
)
def test_corrections_within_two_days_are_one_step(hours: list[int], count: int) -> None:
    rows = table({number * HOUR: 1.0 for number in range(744)})
    stretch = window(rows, 0, 744 * HOUR)
    found = {hour * HOUR: 2.0 for hour in hours}
    planned = steps(stretch, changes(stretch.states, found))
    assert len(planned) == count
    assert carry_out(rows, planned) == table({start: state for start, (state, _) in rows.items()} | found)


@pytest.mark.parametrize(("count", "shifts"), [(50, 50), (51, 0)])
def test_more_than_fifty_broken_sums_are_written_anew(count: int, shifts: int) -> None:
    # The first row is in order, all behind it are off by one more than the row before.
    rows = [StoredHour(number * HOUR, 1.0, 1.0 + 2.0 * number) for number in range(count + 1)]
    mending = repair(rows)
    assert sum(step.shift != 0.0 for step in mending) == shifts
    assert sum(len(step.rows) for step in mending) == (0 if shifts else count)
    assert repair(rows[1:], base=1.0) == mending


def test_sums_may_be_off_by_what_a_long_chain_of_additions_loses() -> None:
    """Four units in the last place, which are more than a millionth where the sum is large."""
    large, ulp = 2.0**40, 2.0**-12
    assert math.ulp(large) == ulp
    assert repair([StoredHour(0, large, large + 4 * ulp)]) == []
    assert repair([StoredHour(0, large, large + 5 * ulp)]) != []
    assert repair([StoredHour(0, 1.0, 1.0 + 0.9e-6)]) == []
    assert repair([StoredHour(0, 1.0, 1.0 + 1.1e-6)]) != []


def test_an_hour_has_3600_seconds() -> None:
    assert timedelta(hours=1) / timedelta(seconds=1) == HOUR


def test_appended_hours_shift_nothing() -> None:
    assert steps(Stretch(), changes({}, {0: 1.5})) == [Step(rows=((0, 1.5, 1.5),), shift_from=HOUR)]
    stretch = Stretch(base=10.0)
    assert steps(stretch, changes({}, {0: 1.5, HOUR: 2.0})) == [
        Step(rows=((0, 1.5, 11.5), (HOUR, 2.0, 13.5)), shift_from=2 * HOUR, shift=0.0)
    ]


def test_the_last_hour_shifts_nothing() -> None:
    rows = [StoredHour(0, 1.0, 1.0), StoredHour(HOUR, 2.0, 3.0)]
    assert steps(Stretch(rows=rows), changes({HOUR: 2.0}, {HOUR: 5.0})) == [
        Step(rows=((HOUR, 5.0, 6.0),), shift_from=2 * HOUR, shift=0.0)
    ]


def test_a_window_is_consistent_with_what_is_before_and_behind() -> None:
    rows, behind = [StoredHour(0, 1.0, 3.0)], StoredHour(HOUR, 2.0, 5.0)
    assert Stretch(base=2.0, rows=rows, behind=behind).is_consistent
    assert not Stretch(base=1.0, rows=rows, behind=behind).is_consistent
    assert not Stretch(base=2.0, rows=rows, behind=StoredHour(HOUR, 2.0, 6.0)).is_consistent


def test_what_equals_to_the_last_digit_is_not_written() -> None:
    assert not changes({0: 1.234567, HOUR: 0.0}, {0: 1.2345674, HOUR: 0.0})
    assert changes({0: 1.234567}, {0: 1.234568}).values == {0: 1.234568}
    assert changes({0: 4.0}, {0: 1.0}) == Changes(values={0: 1.0}, moved=3.0)
    # Half of the last digit.
    assert not changes({0: 0.0}, {0: 5e-7})
    assert not level_changes({0: Level(0.0, 0.0, 0.0)}, {0: Level(5e-7, 5e-7, 5e-7)})


def test_an_hour_that_is_gone_is_removed() -> None:
    assert changes({0: 1.0}, {}, {0}) == Changes(removed={0}, moved=1.0)


def test_a_zero_and_a_missing_hour_are_two_things() -> None:
    assert changes({}, {0: 0.0}).values == {0: 0.0}
    assert not changes({0: 0.0}, {})


def test_levels_are_overwritten_where_they_differ() -> None:
    stored = {0: Level(230.0, 228.0, 232.0), HOUR: Level(231.0, 229.0, 233.0)}
    found = {0: Level(230.0, 228.0, 232.0), HOUR: Level(231.0, 229.0, 235.0), 2 * HOUR: Level(1.0, 1.0, 1.0)}
    assert level_changes(stored, found) == {HOUR: found[HOUR], 2 * HOUR: found[2 * HOUR]}


def test_buckets_that_follow_each_other_are_one_range() -> None:
    assert ranges([(0, 100), (100, 200), (300, 400), (400, 500)]) == [(0, 200), (300, 500)]
    assert ranges([]) == []
