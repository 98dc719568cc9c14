"""The platform's clock: stamps, ranges and buckets, in zones that change their clocks in every way."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api.errors import ReengenRequestError
from custom_components.reengen.api.models import Resolution
from custom_components.reengen.api.wire_time import (
    Stamp,
    StampReader,
    bucket_edges,
    bucket_starts,
    floor_to_bucket,
    is_repeated,
    next_bucket,
    passes,
    range_to_wire,
    to_wire,
    wall_instants,
)

BERLIN = ZoneInfo("Europe/Berlin")
ISTANBUL = ZoneInfo("Europe/Istanbul")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # puts its clock half an hour back and forth
HAVANA = ZoneInfo("America/Havana")  # repeats and skips the hour after midnight
KOLKATA = ZoneInfo("Asia/Kolkata")
ZONES = (BERLIN, ISTANBUL, LORD_HOWE, HAVANA, KOLKATA, ZoneInfo("America/Sao_Paulo"))

zones = st.sampled_from(ZONES)
resolutions = st.sampled_from(list(Resolution))
instants = st.datetimes(datetime(2014, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


def wall(*moment: int) -> datetime:
    """Return a wall clock."""
    return datetime(*moment)  # type: ignore[arg-type]


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2020-01-20T00:00:00", utc(2020, 1, 19, 21), id="wall clock"),
        pytest.param("2020-01-20T00:00:00.000", utc(2020, 1, 19, 21), id="milliseconds"),
        pytest.param("2020-01-20T00:00:00.1234567", utc(2020, 1, 19, 21, 0, 0, 123456), id="seven digits"),
        pytest.param("2020-01-20T00:00:00Z", utc(2020, 1, 20), id="Z"),
        pytest.param("2020-01-20T00:00:00+01:00", utc(2020, 1, 19, 23), id="offset"),
        pytest.param("2020-01-20T00:00:00-0130", utc(2020, 1, 20, 1, 30), id="offset without colon"),
        pytest.param("2015-11-08T03:30:00", utc(2015, 11, 8, 0, 30), id="repeated: the first"),
        pytest.param("2016-03-27T03:30:00", utc(2016, 3, 27, 1, 30), id="skipped: as if the clock went on"),
    ],
)
def test_stamp_is_read(text: str, instant: datetime) -> None:
    assert StampReader(ISTANBUL).read(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        True,
        [],
        "",
        "null",
        "2020-01-20",
        "2020-01-20 00:00:00",
        "20200120T000000",
        "2020-W04-1T00:00:00",
        "2020-1-20T00:00:00",
        "2020-02-30T00:00:00",
        "2020-01-20T25:00:00",
        "2020-01-20T00:00:00+25:00",
        "2020-01-20T00:00:00,000",
        "20.01.2020T00:00:00",
        "٢٠٢٠-01-20T00:00:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-02:00",
        "2020-01-20T00:00:00\n",
    ],
    ids=repr,
)
def test_what_is_no_stamp_has_no_time(text: object) -> None:
    reader = StampReader(ISTANBUL)
    assert [reader.read(text), reader.stamp(text), reader.stamp(text)] == [None, None, None]


def stamp_of(text: str, zone: ZoneInfo) -> Stamp:
    stamp = StampReader(zone).stamp(text)
    assert stamp is not None
    return stamp


@settings(deadline=None)
@given(instants, zones)
def test_written_stamps_are_read_back(instant: datetime, zone: ZoneInfo) -> None:
    """What is sent names the instant to the second, or, in a repeated hour, one of the two."""
    second = instant.replace(microsecond=0)
    stamp = stamp_of(to_wire(instant, zone), zone)
    assert second in stamp.instants


@settings(deadline=None)
@given(instants, zones, st.integers(-14 * 60, 14 * 60))
def test_stamps_with_an_offset_are_exact(instant: datetime, zone: ZoneInfo, minutes: int) -> None:
    text = instant.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert StampReader(zone).read(text) == instant


@pytest.mark.parametrize("sign", [1, -1], ids=["repeated", "skipped"])
def test_wall_instants_of_every_minute_of_a_change(sign: int) -> None:
    """Counted from the other side: the minutes of UTC that show a wall clock are its instants."""
    day = utc(2024, 10, 27) if sign > 0 else utc(2024, 3, 31)
    minutes = [day + timedelta(minutes=minute) for minute in range(300)]
    shown: dict[datetime, list[datetime]] = {}
    for minute in minutes:
        shown.setdefault(minute.astimezone(BERLIN).replace(tzinfo=None, fold=0), []).append(minute)
    for offset in range(150, 270):
        label = day.replace(tzinfo=None) + timedelta(minutes=offset - 30)
        assert wall_instants(label, BERLIN) == tuple(shown.get(label, ()))
    assert [is_repeated(minute, BERLIN) for minute in minutes] == [
        len(shown[minute.astimezone(BERLIN).replace(tzinfo=None, fold=0)]) > 1 for minute in minutes
    ]


@pytest.mark.parametrize(
    ("start", "end", "wire"),
    [
        pytest.param(
            utc(2020, 1, 19, 21), utc(2020, 1, 23, 21), ("2020-01-20T00:00:00", "2020-01-23T23:59:59"), id="days"
        ),
        pytest.param(
            utc(2020, 1, 19, 21, 0, 0, 5),
            utc(2020, 1, 19, 21, 20, 39, 5),
            ("2020-01-20T00:00:00", "2020-01-20T00:20:39"),
            id="fractions of a second",
        ),
    ],
)
def test_range_ends_a_second_before_its_end(start: datetime, end: datetime, wire: tuple[str, str]) -> None:
    assert range_to_wire(start, end, ISTANBUL) == wire


@settings(deadline=None)
@given(instants, st.timedeltas(timedelta(seconds=1), timedelta(days=2)), zones, st.floats(0, 1, exclude_max=True))
def test_every_time_of_a_range_lies_within_its_texts(
    start: datetime, length: timedelta, zone: ZoneInfo, part: float
) -> None:
    """Also where the clock is put back in the middle of it: a platform may compare nothing but texts."""
    first, last = range_to_wire(start, start + length, zone)
    assert first <= to_wire(start + length * part, zone) <= last


@settings(deadline=None)
@given(instants, st.timedeltas(timedelta(seconds=1), timedelta(days=400)), zones)
def test_a_range_is_exact_outside_repeated_hours(start: datetime, length: timedelta, zone: ZoneInfo) -> None:
    end = start + length
    first, last = (stamp_of(text, zone).instants for text in range_to_wire(start, end, zone))
    if len(first) == 1:
        assert timedelta(0) <= start - first[0] < timedelta(seconds=1)
    if len(last) == 1:
        assert timedelta(0) < end - last[0] <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("start", "end", "wire"),
    [
        pytest.param((0, 45), (1, 15), ("02:00:00", "02:59:59"), id="over the turn"),
        pytest.param((0, 0), (1, 0), ("02:00:00", "02:59:59"), id="the first pass"),
        pytest.param((1, 0), (2, 0), ("02:00:00", "02:59:59"), id="the second pass"),
        pytest.param((0, 15), (0, 30), ("02:15:00", "02:29:59"), id="within the first pass"),
        pytest.param((1, 15), (1, 30), ("02:15:00", "02:29:59"), id="within the second pass"),
        pytest.param((0, 45), (2, 30), ("02:00:00", "03:29:59"), id="from the first pass on"),
        pytest.param((-1, 30), (1, 15), ("01:30:00", "02:59:59"), id="into the second pass"),
        pytest.param((-1, 30), (0, 15), ("01:30:00", "02:14:59"), id="into the first pass"),
    ],
)
def test_range_with_an_edge_in_a_repeated_hour(
    start: tuple[int, int], end: tuple[int, int], wire: tuple[str, str]
) -> None:
    """Hours and minutes of UTC on the day on which Berlin's clock goes from 03:00 back to 02:00, at 01:00."""
    day = utc(2024, 10, 27)
    moments = [day + timedelta(hours=hours, minutes=minutes) for hours, minutes in (start, end)]
    assert tuple(text[11:] for text in range_to_wire(moments[0], moments[1], BERLIN)) == wire


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(wall(2020, 1, 1), utc(2020, 1, 2), id="naive start"),
        pytest.param(utc(2020, 1, 1), wall(2020, 1, 2), id="naive end"),
        pytest.param(utc(2020, 1, 1), utc(2020, 1, 1), id="empty"),
        pytest.param(utc(2020, 1, 2), utc(2020, 1, 1), id="backwards"),
        pytest.param(
            datetime.min.replace(tzinfo=timezone(timedelta(hours=3))), utc(2020, 1, 1), id="before the calendar"
        ),
        pytest.param(utc(2020, 1, 1), datetime.max.replace(tzinfo=UTC), id="beyond the calendar"),
    ],
)
def test_bad_ranges_are_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ReengenRequestError):
        range_to_wire(start, end, ISTANBUL)
    with pytest.raises(ReengenRequestError):
        bucket_edges(start, end, Resolution.MONTH, ISTANBUL)


@settings(deadline=None)
@given(instants, st.timedeltas(timedelta(minutes=1), timedelta(days=3)), resolutions, zones)
def test_edges_increase_and_cover_the_range(
    start: datetime, length: timedelta, resolution: Resolution, zone: ZoneInfo
) -> None:
    end = start + length
    edges = bucket_edges(start, end, resolution, zone)
    assert all(left < right for left, right in pairwise(edges))
    assert edges[0] <= start < edges[1]
    assert edges[-2] < end <= edges[-1]


@settings(deadline=None)
@given(instants, resolutions, zones)
def test_labels_of_edges_name_their_buckets(instant: datetime, resolution: Resolution, zone: ZoneInfo) -> None:
    edge = floor_to_bucket(instant, resolution, zone)
    stamp = stamp_of(to_wire(edge, zone), zone)
    assert edge in bucket_starts(stamp, resolution, zone)
    assert floor_to_bucket(edge, resolution, zone) == edge


@settings(deadline=None)
@given(instants, resolutions, zones)
def test_every_instant_of_a_bucket_has_its_start_and_its_end(
    instant: datetime, resolution: Resolution, zone: ZoneInfo
) -> None:
    start, end = floor_to_bucket(instant, resolution, zone), next_bucket(instant, resolution, zone)
    assert start <= instant < end
    assert next_bucket(start, resolution, zone) == end
    assert floor_to_bucket(end - timedelta(microseconds=1), resolution, zone) == start


@settings(deadline=None)
@given(st.dates(date(2014, 1, 1), date(2027, 12, 31)), zones)
def test_the_quarters_of_a_day_are_those_its_clock_shows(day: date, zone: ZoneInfo) -> None:
    """Counted from the other side: every quarter of UTC that falls on the day."""
    start = floor_to_bucket(datetime(day.year, day.month, day.day, 12, tzinfo=zone), Resolution.DAY, zone)
    quarters = [start + timedelta(minutes=15 * index) for index in range(120)]
    expected = [quarter for quarter in quarters if quarter.astimezone(zone).date() == day]
    end = next_bucket(start, Resolution.DAY, zone)
    assert bucket_edges(start, end, Resolution.FIFTEEN_MINUTES, zone)[:-1] == expected


@pytest.mark.parametrize(
    ("day", "zone", "hours", "quarters"),
    [
        pytest.param((2024, 3, 31), BERLIN, 23, 92, id="Berlin in spring"),
        pytest.param((2024, 10, 27), BERLIN, 25, 100, id="Berlin in autumn"),
        pytest.param((2024, 6, 1), BERLIN, 24, 96, id="Berlin in summer"),
        pytest.param((2015, 10, 25), ISTANBUL, 24, 96, id="Istanbul when others changed"),
        pytest.param((2015, 11, 8), ISTANBUL, 25, 100, id="Istanbul when it changed late"),
        pytest.param((2016, 3, 27), ISTANBUL, 23, 92, id="Istanbul's last change"),
        pytest.param((2016, 10, 30), ISTANBUL, 24, 96, id="Istanbul without change"),
        pytest.param((2024, 4, 7), LORD_HOWE, 24, 98, id="Lord Howe repeats half an hour"),
        pytest.param((2024, 10, 6), LORD_HOWE, 24, 94, id="Lord Howe skips half an hour"),
        pytest.param((2024, 3, 10), HAVANA, 23, 92, id="Havana skips midnight"),
        pytest.param((2024, 11, 3), HAVANA, 25, 100, id="Havana repeats midnight"),
    ],
)
def test_buckets_of_a_day(day: tuple[int, int, int], zone: ZoneInfo, hours: int, quarters: int) -> None:
    """The half hour of Lord Howe lengthens or shortens one hour; it makes none."""
    start = floor_to_bucket(datetime(*day, 12, tzinfo=zone), Resolution.DAY, zone)
    end = next_bucket(start, Resolution.DAY, zone)
    assert len(bucket_edges(start, end, Resolution.HOUR, zone)) - 1 == hours
    assert len(bucket_edges(start, end, Resolution.FIFTEEN_MINUTES, zone)) - 1 == quarters
    assert (end - start) == timedelta(minutes=15 * quarters)


def test_the_hour_in_which_a_clock_is_put_back_half_an_hour_is_one_bucket() -> None:
    edges = bucket_edges(utc(2024, 4, 6, 14), utc(2024, 4, 6, 17), Resolution.HOUR, LORD_HOWE)
    assert edges == [utc(2024, 4, 6, 14), utc(2024, 4, 6, 15, 30), utc(2024, 4, 6, 16, 30), utc(2024, 4, 6, 17, 30)]


@pytest.mark.parametrize(
    ("resolution", "start", "end"),
    [
        pytest.param(Resolution.WEEK, utc(2024, 3, 24, 23), utc(2024, 3, 31, 22), id="week from Monday"),
        pytest.param(Resolution.MONTH, utc(2024, 2, 29, 23), utc(2024, 3, 31, 22), id="month"),
        pytest.param(Resolution.DAY, utc(2024, 3, 30, 23), utc(2024, 3, 31, 22), id="day"),
    ],
)
def test_long_buckets_follow_the_calendar(resolution: Resolution, start: datetime, end: datetime) -> None:
    """2024-03-31 is a Sunday and a day of 23 hours in Berlin."""
    assert bucket_edges(utc(2024, 3, 31, 10), utc(2024, 3, 31, 11), resolution, BERLIN) == [start, end]


def test_a_day_whose_midnight_is_skipped_begins_at_the_jump() -> None:
    start = floor_to_bucket(utc(2024, 3, 10, 12), Resolution.DAY, HAVANA)
    assert start == utc(2024, 3, 10, 5)
    assert start.astimezone(HAVANA).hour == 1
    label = stamp_of("2024-03-10T00:00:00", HAVANA)
    assert bucket_starts(label, Resolution.DAY, HAVANA) == (start,)


def test_a_bucket_whose_label_is_skipped_begins_at_the_jump() -> None:
    """Until 2011 the clock of St. John's went from 00:01 to 01:01."""
    edges = bucket_edges(utc(2010, 3, 14, 3), utc(2010, 3, 14, 4), Resolution.HOUR, ZoneInfo("America/St_Johns"))
    assert edges == [utc(2010, 3, 14, 2, 30), utc(2010, 3, 14, 3, 30), utc(2010, 3, 14, 3, 31), utc(2010, 3, 14, 4, 30)]


def test_a_day_that_was_left_out_of_the_calendar_has_no_bucket() -> None:
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011
    edges = bucket_edges(utc(2011, 12, 29, 12), utc(2011, 12, 31, 12), Resolution.DAY, apia)
    assert [edge.astimezone(apia).day for edge in edges] == [29, 31, 1, 2]


@pytest.mark.parametrize(
    ("label", "resolution", "starts"),
    [
        pytest.param(
            "2024-10-27T02:00:00", Resolution.HOUR, (utc(2024, 10, 27, 0), utc(2024, 10, 27, 1)), id="repeated"
        ),
        pytest.param("2024-03-31T02:00:00", Resolution.HOUR, (), id="skipped"),
        pytest.param("2024-03-31T03:00:00", Resolution.HOUR, (utc(2024, 3, 31, 1),), id="after the skip"),
        pytest.param("2024-10-27T00:00:00", Resolution.DAY, (utc(2024, 10, 26, 22),), id="day"),
    ],
)
def test_buckets_of_a_label(label: str, resolution: Resolution, starts: tuple[datetime, ...]) -> None:
    assert bucket_starts(stamp_of(label, BERLIN), resolution, BERLIN) == starts


QUARTERS = [wall(2024, 10, 27, 2, minute) for minute in (0, 15, 30, 45)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param([0, 1, 2, 3, 0, 1, 2, 3], [0, 0, 0, 0, 1, 1, 1, 1], id="in order of time"),
        pytest.param([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 0, 1, 0, 1, 0, 1], id="in order of labels"),
        pytest.param([0, 1, 0, 1, 2, 3], [0, 0, 1, 1, 1, 1], id="alone after the turn"),
        pytest.param([0, 1, 2, 3, 0], [0, 0, 0, 0, 1], id="alone before the turn"),
        pytest.param([1, 2, 3, 0, 1], [0, 0, 0, 1, 1], id="first one missing"),
        pytest.param([0, 0, 1, 3], [0, 1, 1, 1], id="alone after a pair"),
        pytest.param([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], id="alone among pairs"),
        pytest.param([1, 3], [0, 0], id="no turn to be seen"),
        pytest.param([3, 2, 1, 0], [0, 0, 0, 0], id="no order"),
        pytest.param([0], [0], id="one row"),
        pytest.param([0, 0, 0], [0, 1, 2], id="one too many"),
        pytest.param([], [], id="none"),
    ],
)
def test_passes(labels: list[int], expected: list[int]) -> None:
    assert passes([QUARTERS[label] for label in labels]) == expected


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=8, max_size=8))
def test_rows_in_order_of_time_are_never_put_before_an_earlier_one(present: list[bool]) -> None:
    """Whatever rows are missing, the instants stay in the order of the rows."""
    labels = [wall for wall, there in zip(QUARTERS * 2, present, strict=True) if there]
    order = [(choice, label) for label, choice in zip(labels, passes(labels), strict=True)]
    assert order == sorted(order)
    assert len(set(order)) == len(order)
