"""The newest hours are read again as long as they may grow, at the price of rows and not of requests."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.history.newest import NewestHours
from custom_components.reengen.measurements.catalogue import COSTS

from .statistics import HOUR, series_of_point

END = 1_000 * HOUR
DAY = 24


METER = series_of_point(1, "active_energy_import")


def hours_read(newest_hours: NewestHours, end: int, newest: int) -> int:
    """Return how many hours the one request for one meter holds."""
    ((begin, of_group),) = newest_hours.groups([METER], {METER.statistic_id: newest}, end)
    assert of_group == [METER]
    return (end - begin) // HOUR


def test_three_hours_are_read_for_one_new_one() -> None:
    assert hours_read(NewestHours(), END, END - 2 * HOUR) == 3


def test_the_newest_stored_hour_is_read_again_as_it_may_be_a_part() -> None:
    assert hours_read(NewestHours(), END, END - 9 * HOUR) == 9


def test_nothing_is_asked_for_while_no_new_hour_is_complete() -> None:
    assert NewestHours().groups([METER], {METER.statistic_id: END - HOUR}, END) == []
    assert NewestHours().groups([METER], {}, END) == []


@given(age=st.integers(1, 100))
def test_hours_that_change_late_are_read_again_for_so_long(age: int) -> None:
    newest_hours = NewestHours()
    assert hours_read(newest_hours, END, END - 2 * HOUR) == 3
    newest_hours.changes(METER, [END - age * HOUR, END - HOUR], END)
    # An hour that came for the first time tells nothing, nor does one that changed after more than a day.
    expected = age + 1 if 3 <= age < DAY else 3
    assert hours_read(newest_hours, END + HOUR, END - HOUR) == expected
    assert hours_read(newest_hours, END + 72 * HOUR, END + 70 * HOUR) == expected
    assert hours_read(newest_hours, END + 73 * HOUR, END + 71 * HOUR) == 3


def test_a_first_import_teaches_nothing() -> None:
    newest_hours = NewestHours()
    newest_hours.changes(METER, range(END - 20 * HOUR, END, HOUR), END)
    assert hours_read(newest_hours, END, END - 2 * HOUR) == 3


@pytest.mark.parametrize(("points", "requests"), [(10, 1), (1_000, 2)])
def test_a_late_meter_takes_a_request_of_its_own_only_where_rows_would_cost_more(points: int, requests: int) -> None:
    meters = [series_of_point(number, "active_energy_import") for number in range(1, points + 1)]
    newest = {each.statistic_id: END - 2 * HOUR for each in meters} | {METER.statistic_id: END - 12 * HOUR}
    groups = NewestHours().groups(meters, newest, END)
    assert len(groups) == requests
    assert sorted(each.point_id for _, group in groups for each in group) == list(range(1, points + 1))
    assert all(begin <= newest[each.statistic_id] for begin, group in groups for each in group)


def test_a_silent_point_is_asked_for_ever_more_seldom_and_not_for_its_costs() -> None:
    newest_hours, asked = NewestHours(), []
    cost = replace(METER, statistic_id="x:cost", cost_group=COSTS["gas_cost"])
    for number in range(40):
        end = END + number * HOUR
        if groups := newest_hours.groups([METER, cost], {METER.statistic_id: END - 2 * HOUR}, end):
            assert groups[0][1] == [METER]
            asked.append(number)
            newest_hours.asked([METER.point_id], end, [])
    # As late as it may be by habit, then after 1, 2, 4, 8 and 12 hours.
    assert asked == [0, 1, 2, 4, 8, 16, 28]
