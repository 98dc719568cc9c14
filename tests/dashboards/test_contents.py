"""The last month and the same day of the week before, by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.dashboards.contents import last_month, same_day

QUARTER: Final = timedelta(minutes=15)
# Clocks that change by an hour, by half of one and at midnight, and offsets with part of an hour.
ZONES: Final = [
    ZoneInfo(name)
    for name in (
        "Europe/Istanbul",
        "Europe/Berlin",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/Havana",
        "Africa/Cairo",
    )
]
instants = st.datetimes(datetime(2012, 3, 1), datetime(2027, 12, 31)).map(lambda when: when.replace(tzinfo=UTC))


def quarters(start: datetime, end: datetime) -> list[datetime]:
    return [start + number * QUARTER for number in range((end - start) // QUARTER)]


@pytest.mark.parametrize("zone", ZONES, ids=str)
@given(now=instants)
def test_the_last_month_is_all_of_it(zone: ZoneInfo, now: datetime) -> None:
    local = now.astimezone(zone)
    wanted = (local.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    start, end = last_month(now, zone)
    around = quarters(start - timedelta(days=1), end + timedelta(days=1))
    assert [each for each in around if each.astimezone(zone).strftime("%Y-%m") == wanted] == quarters(start, end)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@given(now=instants)
def test_the_same_day_is_all_of_it(zone: ZoneInfo, now: datetime) -> None:
    wanted = now.astimezone(zone).date() - timedelta(days=7)
    start, end = same_day(now, zone)
    around = quarters(start - timedelta(days=1), end + timedelta(days=1))
    assert [each for each in around if each.astimezone(zone).date() == wanted] == quarters(start, end)
