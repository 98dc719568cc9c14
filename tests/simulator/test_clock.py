"""The clock stands still, or runs with real time."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator import Clock

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_a_clock_with_an_instant_stands_still() -> None:
    clock = Clock(NOON)
    moves: list[datetime] = []
    clock.on_move = moves.append
    assert clock.stands_still
    assert clock.now() == clock.now() == NOON
    clock.advance(timedelta(minutes=15))
    clock.set(NOON.astimezone().replace(hour=3))
    assert moves == [NOON + timedelta(minutes=15), clock.now()]
    assert clock.now().tzinfo is UTC


def test_a_clock_without_follows_real_time_from_wherever_it_is_set() -> None:
    clock = Clock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    clock.set(NOON)
    shown = clock.now()
    assert not clock.stands_still
    assert NOON <= shown < NOON + timedelta(minutes=1)
    assert clock.now() > shown


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Clock(NOON.replace(tzinfo=None))
