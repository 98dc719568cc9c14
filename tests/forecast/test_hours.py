"""The pure part: what is missing, negative or zero, at any instant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.forecast.hours import base_load, last_day, learned_of, month_forecast, month_of

HOUR = 3600
ZONES = ["UTC", "Europe/Istanbul", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]

# The history runs at some thirteen minutes past.
instants = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)).map(
    lambda wall: wall.replace(minute=13, second=0, microsecond=0, tzinfo=UTC)
)
zones = st.sampled_from(ZONES).map(ZoneInfo)


@given(now=instants, zone=zones)
def test_a_load_that_never_changes_goes_on(now: datetime, zone: ZoneInfo) -> None:
    month, learned = month_of(now, zone), learned_of(now)
    hours = dict.fromkeys(range(min(month.start, learned.start), learned.stop, HOUR), 5.0)
    found = month_forecast(hours, now, zone)
    assert found.total == pytest.approx(5 * len(month))
    assert found.hours_measured + found.hours_forecast == len(month)
    assert found.measured == pytest.approx(5 * found.hours_measured)
    assert base_load(hours, last_day(now, zone)) == pytest.approx(5)


@given(now=instants, zone=zones)
def test_months_and_days_are_those_of_the_clock(now: datetime, zone: ZoneInfo) -> None:
    """The hour that holds midnight, where the offset has a part of an hour, is the day's before."""
    month, day, local = month_of(now, zone), last_day(now, zone), now.astimezone(zone)
    yesterday = local.date() - timedelta(days=1)
    assert {datetime.fromtimestamp(start, zone).month for start in month} == {local.month}
    assert {datetime.fromtimestamp(start, zone).date() for start in day} == {yesterday}
    assert 27 * 24 < len(month) < 32 * 24
    assert 22 <= len(day) <= 25


@given(
    now=instants,
    zone=zones,
    weekly=st.lists(st.integers(-100, 100), min_size=168, max_size=168),
    missing=st.sets(st.integers(0, 27 * 24), max_size=60),
)
def test_what_is_missing_adds_nothing_and_is_no_zero(
    now: datetime, zone: ZoneInfo, weekly: list[int], missing: set[int]
) -> None:
    """Each hour of the week always has the same energy, so whatever is missing, the mean is that."""
    month, learned = month_of(now, zone), learned_of(now)

    def usual(start: int) -> int:
        local = datetime.fromtimestamp(start, zone)
        return weekly[24 * local.weekday() + local.hour]

    gaps = {learned.start + number * HOUR for number in missing}
    window = range(min(month.start, learned.start), learned.stop, HOUR)
    hours = {start: float(usual(start)) for start in window if start not in gaps}
    found = month_forecast(hours, now, zone)
    newest = max(hours)
    there = [usual(start) for start in hours if start in month]
    to_come = [start for start in month if start > newest]
    assert found.measured == pytest.approx(sum(there), abs=1e-9)
    assert found.hours_forecast == len(to_come)
    if found.total is not None:
        assert found.total == pytest.approx(sum(there) + sum(map(usual, to_come)), abs=1e-6)


NOW = datetime(2026, 7, 15, 11, 20, tzinfo=UTC)


def test_an_hour_of_the_week_that_was_never_measured_is_not_made_up() -> None:
    learned = learned_of(NOW)
    mondays = {start for start in learned if datetime.fromtimestamp(start, UTC).weekday() == 0}
    hours = {start: 1.0 for start in learned if start not in mondays}
    assert month_forecast(hours, NOW, ZoneInfo("UTC")).total is None
    # On the last two days of the month no Monday is to come.
    assert datetime(2026, 7, 30, tzinfo=UTC).weekday() == 3
    late = datetime(2026, 7, 30, 12, 20, tzinfo=UTC)
    window = range(month_of(late, ZoneInfo("UTC")).start, learned_of(late).stop, HOUR)
    hours = {start: 1.0 for start in window if datetime.fromtimestamp(start, UTC).weekday() != 0}
    assert month_forecast(hours, late, ZoneInfo("UTC")).total == len(hours) + 36


def test_without_any_hour_nothing_is_known() -> None:
    found = month_forecast({}, NOW, ZoneInfo("UTC"))
    assert (found.total, found.measured, found.measured_until, found.weeks) == (None, 0, None, 0)
    assert base_load({}, last_day(NOW, ZoneInfo("UTC"))) is None


def test_zero_is_a_base_load() -> None:
    day = last_day(NOW, ZoneInfo("UTC"))
    hours = {start: float(number) for number, start in enumerate(day)}
    assert base_load(hours, day) == 1
    assert base_load(dict.fromkeys(day, 0.0), day) == 0
    del hours[day[5]]
    assert base_load(hours, day) is None
