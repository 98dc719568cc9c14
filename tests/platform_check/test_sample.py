"""The day and the month of a check are whole and past, and the points are those that can tell most."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from custom_components.reengen.api import Point, PointTree
from custom_components.reengen.platform_check.sample import Times, sample_of

ZONES = [
    ZoneInfo(name) for name in ("Europe/Istanbul", "UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe")
]
INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@given(INSTANTS, st.sampled_from(ZONES))
def test_day_and_month_are_whole_and_settled(now: datetime, zone: ZoneInfo) -> None:
    times = Times.at(now, zone)
    day, day_end, month, month_end = (
        each.astimezone(zone) for each in (times.day, times.day_end, times.month, times.month_end)
    )
    assert day_end - day == timedelta(days=1)
    assert (day.hour, day.minute, day.utcoffset()) == (0, 0, day_end.utcoffset())
    assert timedelta(days=2) <= now - times.day_end < timedelta(days=10)
    assert (month.day, month_end.day) == (1, 1)
    assert (month_end.year * 12 + month_end.month) - (month.year * 12 + month.month) == 1
    # The day behind the month is over, and the month is no older than the last but one.
    assert timedelta(days=1) < now - times.month_end < timedelta(days=36)


def point(number: int, above: int | None = None) -> Point:
    parent_code = None if above is None else f"p{above}"
    return Point(id=number, code=f"p{number}", name=f"Point {number}", parent_code=parent_code)


POINTS = [point(1), point(2, 1), point(3, 1), point(4, 2), *(point(number, 4) for number in range(5, 50))]
TREE = PointTree(POINTS)
ENERGY, POWER, PRODUCED = "active_energy_import", "active_power_phase", "active_energy_produced"


def test_the_points_that_can_tell_most() -> None:
    known = {("p1", ENERGY), ("p3", ENERGY), ("p4", ENERGY), ("p4", POWER), ("p4", "voltage_phase"), ("p9", PRODUCED)}
    found = sample_of(POINTS, TREE, known)
    assert found is not None
    # A meter with nothing below it, though another one has more; forty-five children are too many to be asked for.
    assert (found.meter.id, found.parent and found.parent.id, found.phased and found.phased.id) == (3, 1, 4)
    assert [each.id for each in found.children] == [2, 3]
    assert [each.id for each in found.roofs] == [9]
    assert [each.id for each in found.points] == [3, 4, 1]


def test_where_nothing_is_known_a_point_is_asked_all_the_same() -> None:
    found = sample_of([POINTS[1]], TREE, set())
    assert found is not None
    assert (found.points, found.parent, found.phased, found.roofs) == ((POINTS[1],), None, None, ())
    assert sample_of([], TREE, set()) is None
