"""What could not be used is named until the same is read again without it, and no longer."""

from datetime import UTC, datetime, timedelta

from custom_components.reengen.api import Oddity, OddityKind
from custom_components.reengen.history.platform import LeftOut, Reading

MIDNIGHT = datetime(2026, 7, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reading(first: int, last: int, *, points: tuple[int, ...] = (1, 2), buckets: str = "hour") -> Reading:
    """Return a reading of some hours of the day."""
    return Reading(
        buckets=buckets,
        keys=frozenset({"active_energy_import"}),
        points=frozenset(points),
        start=MIDNIGHT + first * HOUR,
        end=MIDNIGHT + last * HOUR,
    )


def odd(point_id: int | None = 1) -> Oddity:
    return Oddity(method="GetData", kind=OddityKind.VALUE, where="data.0[0][2]", example="'-'", point_id=point_id)


def noted() -> LeftOut:
    """Return what knows that the fifth hour of the first point could not be read."""
    left_out = LeftOut()
    left_out.read(reading(0, 24), [odd()], {(MIDNIGHT + 4 * HOUR, 1)})
    return left_out


def test_it_is_gone_when_its_own_hour_is_read_again() -> None:
    left_out = noted()
    assert left_out.oddities == (odd(),)
    for other in [reading(5, 24), reading(0, 4), reading(3, 6, points=(2,)), reading(0, 24, buckets="day")]:
        left_out.read(other, [])
        assert left_out.oddities == (odd(),)
    left_out.read(reading(3, 6, points=(1,)), [])
    assert left_out.oddities == ()


def test_where_the_hour_is_not_known_all_that_was_read_is_read_again() -> None:
    left_out = LeftOut()
    left_out.read(reading(0, 24), [odd()], {(None, 1)})
    left_out.read(reading(3, 6), [])
    assert left_out.oddities == (odd(),)
    left_out.read(reading(0, 24, points=(1,)), [])
    assert left_out.oddities == ()


def test_where_the_point_is_not_known_all_points_are_read_again() -> None:
    left_out = LeftOut()
    left_out.read(reading(0, 24), [odd(None)], {(MIDNIGHT, None)})
    left_out.read(reading(0, 24, points=(1,)), [])
    assert left_out.oddities == (odd(None),)
    left_out.read(reading(0, 24), [odd(None)], {(MIDNIGHT, None)})
    assert [each.count for each in left_out.oddities] == [1]
    left_out.read(reading(0, 24), [])
    assert left_out.oddities == ()


def test_it_is_forgotten_before_its_time_is_looked_at_again() -> None:
    left_out = noted()
    left_out.forget(MIDNIGHT + 5 * HOUR)
    assert left_out.oddities == (odd(),)
    left_out.forget(MIDNIGHT)
    assert left_out.oddities == ()


def test_no_more_is_kept_than_a_person_reads() -> None:
    left_out = LeftOut()
    left_out.read(reading(0, 24, points=tuple(range(2_000))), [odd(point) for point in range(2_000)])
    assert len(left_out.oddities) == 500
