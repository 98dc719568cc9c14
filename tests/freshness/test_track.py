"""What is late is learned: no rhythm of reports is called late while it goes on, and every silence is found."""

from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.freshness.track import PointFreshness, Source, Track, judge

START = datetime(2026, 7, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
# A run of the history looks some minutes past the hour.
PLACE = timedelta(minutes=13)
BUCKETS = {Source.HOURS: HOUR, Source.LATEST: timedelta(minutes=15)}
SECOND = timedelta(seconds=1)

sources = st.sampled_from(Source)


def newest_end(at: datetime, period: int, publishing: int) -> datetime:
    """Return the end of the newest hour of a meter that sends every `period` hours what it has, some hours later."""
    hours = (at - START) // HOUR - publishing
    return START + hours // period * period * HOUR


def looks(until_hours: int, pauses: list[int]) -> list[datetime]:
    """Return the instants of looks, so many hours apart in turn."""
    found, hour = [], 0
    while hour < until_hours:
        found.append(START + hour * HOUR + PLACE)
        hour += pauses[len(found) % len(pauses)]
    return found


def hourly(period: int, publishing: int, days: int) -> Track:
    """Return what hourly looks at a meter have learned."""
    track = Track(source=Source.HOURS, newest_end=newest_end(START, period, publishing))
    for at in looks(days * 24, [1]):
        track.look(newest_end(at, period, publishing), at)
        # Before its first report nobody can know of a meter that reports seldom, nor before its second where the
        # wait was what silence is at first.
        assert not track.is_late or len(track.delays) <= period // 72, at
    return track


@pytest.mark.parametrize(
    ("period", "publishing", "delay"),
    [
        # The next hour has been over since the run's own minutes.
        pytest.param(1, 0, PLACE, id="prompt"),
        pytest.param(1, 3, 3 * HOUR + PLACE, id="three hours late"),
        # The first hour of the day waits for the other 23 as well.
        pytest.param(24, 0, 23 * HOUR + PLACE, id="daily"),
        pytest.param(24, 2, 25 * HOUR + PLACE, id="daily, two hours late"),
        pytest.param(24 * 7, 0, (24 * 7 - 1) * HOUR + PLACE, id="weekly"),
    ],
)
def test_the_usual_delay_is_the_longest_wait_of_a_usual_day(period: int, publishing: int, delay: timedelta) -> None:
    assert hourly(period, publishing, days=30).usual_delay == delay


@given(
    period=st.integers(1, 48),
    publishing=st.integers(0, 12),
    days=st.integers(10, 40),
)
def test_no_regular_rhythm_is_late_and_its_end_is_noticed(period: int, publishing: int, days: int) -> None:
    """Three weeks are enough for any rhythm of up to two days; then the meter stops."""
    # Hourly looks assert on the way that nothing is late.
    track = hourly(period, publishing, days=max(days, 3 * period // 24 + 8))
    assert track.usual_delay is not None
    assert track.looked_at is not None
    stopped, at = track.newest_end, track.looked_at
    late_at = silent_at = None
    while silent_at is None:
        at += HOUR
        track.look(stopped, at)
        late_at = at if late_at is None and track.is_late else late_at
        silent_at = at if track.is_silent else None
    first_missing = stopped + HOUR
    late_after = max(1.5 * track.usual_delay, timedelta(hours=2))
    silent_after = max(3 * track.usual_delay, timedelta(days=2))
    assert late_at is not None
    assert timedelta(0) < late_at - first_missing - late_after <= HOUR
    assert timedelta(0) < silent_at - first_missing - silent_after <= HOUR


@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=14))
def test_of_two_weeks_one_day_is_no_matter(seconds: list[int]) -> None:
    track = Track(source=Source.HOURS, newest_end=START, delays=dict(enumerate(seconds)))
    assert track.usual_delay is not None
    usual = track.usual_delay.total_seconds()
    assert usual in seconds
    assert sum(each > usual for each in seconds) <= (len(seconds) == 14)
    assert sum(each >= usual for each in seconds) > (len(seconds) == 14)


def test_nights_without_values_and_weekends_are_usual() -> None:
    """A solar plant whose platform says null from 20 to 6, and an office that is switched off from Friday to Monday."""

    def solar(hour_end: datetime) -> bool:
        return 6 < hour_end.hour <= 20

    def office(hour_end: datetime) -> bool:
        return (hour_end - timedelta(seconds=1)).weekday() < 5

    for has_values in (solar, office):
        track = Track(source=Source.HOURS, newest_end=START)
        newest = START
        for at in looks(21 * 24, [1]):
            if has_values(at - PLACE):
                newest = at - PLACE
            track.look(newest, at)
            # The first weekend is longer than anything that is usual by then, as long as a daily report may take.
            assert not track.is_late or (has_values is office and at - START < timedelta(days=7)), at
            assert not track.is_silent, at


def test_one_outage_changes_nothing() -> None:
    track = hourly(1, 0, days=14)
    at = track.looked_at
    assert at is not None
    track.look(track.newest_end, at + 30 * HOUR)
    track.look(at + 31 * HOUR - PLACE, at + 31 * HOUR)
    assert track.usual_delay == PLACE


@given(away_hours=st.integers(3, 500), period=st.integers(1, 2))
def test_what_came_while_nobody_looked_is_not_late_because_of_us(away_hours: int, period: int) -> None:
    track = hourly(period, 0, days=1)
    learned, at = track.usual_delay, track.looked_at
    assert at is not None
    back = at + away_hours * HOUR
    track.look(newest_end(back, period, 0), back)
    assert track.usual_delay == learned
    assert not track.is_late


def test_an_outage_is_no_habit() -> None:
    """In the first days it raises what is usual to three days at most, which is what silence is by then."""
    track = hourly(1, 0, days=2)
    at = track.looked_at
    assert at is not None
    for _ in range(30 * 24):
        at += HOUR
        track.look(track.newest_end, at)
    track.look(at - PLACE, at + HOUR)
    assert track.usual_delay == timedelta(days=3)


@given(source=sources, seconds=st.integers(-200_000, 200_000))
def test_the_wait_begins_when_the_next_bucket_is_over(source: Source, seconds: int) -> None:
    track = Track(source=source, newest_end=START)
    assert track.overdue(START + BUCKETS[source] + seconds * SECOND) == max(seconds, 0) * SECOND


@given(source=sources, seconds=st.integers(0, 3600), looked_at_once=st.booleans())
def test_every_wait_is_learned(source: Source, seconds: int, looked_at_once: bool) -> None:
    """That of no time too, and where two looks fall on one instant."""
    at = START + BUCKETS[source] + seconds * SECOND
    track = Track(source=source, newest_end=START, looked_at=at if looked_at_once else at - SECOND)
    track.look(at, at)
    assert track.usual_delay == seconds * SECOND


@given(source=sources, waited=st.integers(0, 40).map(lambda hours: hours * HOUR), away=st.booleans())
def test_after_an_unusual_pause_only_the_wait_before_it_counts(source: Source, waited: timedelta, away: bool) -> None:
    """A look may follow after as long as data has been missing and a bucket, 12 hours at most, and a bucket more."""
    before = START + BUCKETS[source] + waited
    pause = min(waited + BUCKETS[source], 12 * HOUR) + BUCKETS[source]
    track = Track(source=source, newest_end=START, looked_at=before)
    at = before + pause + (SECOND if away else timedelta(0))
    track.look(at, at)
    assert track.usual_delay == (waited if away else waited + pause)


@given(seconds_of_days=st.dictionaries(st.integers(-4, 4), st.integers(0, 1000)), ahead=st.integers(1, 10**6))
def test_a_clock_that_was_ahead_teaches_nothing(seconds_of_days: dict[int, int], ahead: int) -> None:
    """What was learned on days that are still to come is forgotten."""
    delays = {START.toordinal() + day: seconds for day, seconds in seconds_of_days.items()}
    track = Track(source=Source.HOURS, newest_end=START - 5 * HOUR, looked_at=START + ahead * SECOND, delays=delays)
    track.look(START, START)
    assert track.delays == {day: seconds for day, seconds in delays.items() if day <= START.toordinal()}


def test_ever_rarer_looks_at_a_silent_point_are_no_absence() -> None:
    """It is asked for after 1, 2, 4, 8, 12, 12 hours; what comes then may have come at any time before."""
    track = hourly(1, 0, days=1)
    at = silent_since = track.looked_at
    assert at is not None
    assert silent_since is not None
    for pause in (1, 1, 2, 4, 8, 12, 12):
        at += pause * HOUR
        track.look(track.newest_end, at)
    at += 12 * HOUR
    before = track.newest_end
    track.look(at - PLACE, at)
    assert track.usual_delay == at - before - HOUR


def test_until_a_week_was_seen_a_daily_report_is_not_late() -> None:
    """Prompt data alone would make two hours late."""
    track = hourly(1, 0, days=6)
    assert track.looked_at is not None
    end, at = track.newest_end, track.looked_at
    for seconds, late in ((0, False), (1, True)):
        track.look(end, end + HOUR + timedelta(hours=36, seconds=seconds))
        assert track.is_late is late
    week = hourly(1, 0, days=7)
    week.look(week.newest_end, at + timedelta(days=1) + 3 * HOUR)
    assert week.is_late


@given(days=st.integers(1, 13), seconds=st.just(0) | st.integers(0, 100_000), beyond=st.booleans())
def test_late_and_silent_begin_beyond_their_limits(days: int, seconds: int, beyond: bool) -> None:
    """Half as long again as usual and two hours; three times as long and two days. A day is usual for a week."""
    track = Track(source=Source.HOURS, newest_end=START, delays=dict.fromkeys(range(days), seconds))
    usual = max(seconds * SECOND, timedelta(days=1 if days < 7 else 0))
    first_beyond = SECOND if beyond else timedelta(0)
    track.looked_at = START + HOUR + max(1.5 * usual, 2 * HOUR) + first_beyond
    assert track.is_late is beyond
    track.looked_at = START + HOUR + max(3 * usual, 48 * HOUR) + first_beyond
    assert track.is_silent is beyond


@given(delays=st.dictionaries(st.integers(700_000, 800_000), st.integers(0, 10**6), max_size=14))
def test_what_is_learned_outlives_a_restart(delays: dict[int, int]) -> None:
    track = Track(source=Source.LATEST, newest_end=START, looked_at=START, delays=delays)
    again = Track.restored(Source.LATEST, json.loads(json.dumps(track.stored())))
    assert (again.newest_end, again.delays, again.usual_delay) == (START, delays, track.usual_delay)
    # Nobody looked in between.
    assert again.looked_at is None
    assert not again.is_late


def spoken(source: Source, looked_hours_later: int | None) -> Track:
    """Return a series that spoke promptly for a week, then was looked at so many hours after its last word."""
    track = Track(source=source, newest_end=START, delays=dict.fromkeys(range(7), 600))
    if looked_hours_later is not None:
        track.look(START, START + looked_hours_later * HOUR)
    return track


def mute(source: Source, looked_hours_later: int) -> Track:
    """Return a series that has been found with old data, and never with newer."""
    return Track(source=source, newest_end=START, looked_at=START + looked_hours_later * HOUR)


HOURS, LATEST = ("energy", Source.HOURS), ("power", Source.LATEST)
POWER_HOURS = ("power", Source.HOURS)


@pytest.mark.parametrize(
    ("tracks", "late", "silent"),
    [
        pytest.param({}, None, False, id="no data ever"),
        pytest.param({HOURS: spoken(Source.HOURS, None)}, None, None, id="not looked at yet"),
        pytest.param({HOURS: spoken(Source.HOURS, 2)}, (), False, id="in time"),
        pytest.param({HOURS: spoken(Source.HOURS, 4)}, ("energy",), False, id="late"),
        pytest.param({HOURS: spoken(Source.HOURS, 50)}, ("energy",), True, id="silent"),
        pytest.param({HOURS: mute(Source.HOURS, 30)}, (), False, id="never heard, a day old"),
        pytest.param({HOURS: mute(Source.HOURS, 3000)}, ("energy",), False, id="never heard, no longer in use"),
        pytest.param(
            {HOURS: spoken(Source.HOURS, 50), LATEST: spoken(Source.LATEST, 1)}, ("energy",), False, id="one speaks"
        ),
        pytest.param(
            {HOURS: spoken(Source.HOURS, 1), LATEST: mute(Source.LATEST, 3000)}, (), False, id="left by an old meter"
        ),
        pytest.param(
            {POWER_HOURS: spoken(Source.HOURS, 50), LATEST: spoken(Source.LATEST, 1)}, (), False, id="one source has it"
        ),
        pytest.param(
            {POWER_HOURS: spoken(Source.HOURS, None), LATEST: spoken(Source.LATEST, 50)},
            ("power",),
            True,
            id="the other source was not looked at",
        ),
    ],
)
def test_a_point_is_as_its_series_are(
    tracks: dict[tuple[str, Source], Track], late: tuple[str, ...] | None, silent: bool | None
) -> None:
    found = judge(tracks, frozenset(Source))
    assert (found.late_series, found.is_silent) == (late, silent)
    assert found.is_late is (None if late is None else bool(late))
    assert found.last_data == (START if tracks else None)


def test_a_source_that_nobody_watches_is_not_judged() -> None:
    tracks = {HOURS: spoken(Source.HOURS, 50)}
    assert judge(tracks, {Source.LATEST}) == PointFreshness(
        last_data=START, usual_delay_minutes={"energy": 10}, late_series=None, is_silent=False
    )


def test_of_two_sources_the_quicker_tells_the_usual_delay() -> None:
    tracks = {
        POWER_HOURS: Track(source=Source.HOURS, newest_end=START, delays={1: 4000}),
        LATEST: Track(source=Source.LATEST, newest_end=START + HOUR, delays={1: 601}),
        HOURS: Track(source=Source.HOURS, newest_end=START),
    }
    found = judge(tracks, frozenset(Source))
    assert found.usual_delay_minutes == {"power": 11}
    assert found.last_data == START + HOUR
