"""Switches of time: zones, ends of ranges, labels, buckets without readings, and raw stamps."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from .helpers import cost, listing, question, series
from .said import DAY, FEBRUARY, HOUR, ISTANBUL, LEAF, imported, raw, refusal, rows, total, world

# ----- 1: zone


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_stamp_zone(zone: str) -> None:
    hours = rows(question(*DAY, series(), resolution="hour", point=[LEAF]), stamp_zone=zone)
    first = datetime.fromisoformat(DAY[0]).replace(tzinfo=ZoneInfo(zone))
    assert len(hours) == 24
    for number, (label, _, value) in enumerate(hours):
        begin = (first + timedelta(hours=number)).astimezone(ISTANBUL).replace(tzinfo=None)
        assert label == f"2026-03-09T{number:02d}:00:00"
        assert value == total(LEAF, begin.isoformat(), (begin + timedelta(minutes=59, seconds=59)).isoformat())


@pytest.mark.parametrize("switch", ["stamp_zone", "raw_stamp_zone"])
def test_raw_stamps_in_another_zone(switch: str) -> None:
    # 10:00 to 10:59:59 in UTC is 13:00 to 13:59:59 in Istanbul.
    expected = raw(listing("2026-03-09T13:00:00", "2026-03-09T13:59:59", point=LEAF))
    assert len(expected) == 4
    assert raw(listing(*HOUR, point=LEAF), **{switch: "UTC"}) == [
        {**row, "date": row["date"].replace("T13", "T10")} for row in expected
    ]


def test_raw_and_aggregates_can_have_zones_of_their_own() -> None:
    hours, apart = question(*HOUR, series(), point=[LEAF]), {"stamp_zone": "UTC", "raw_stamp_zone": "Europe/Istanbul"}
    assert raw(listing(*HOUR, point=LEAF), **apart) == raw(listing(*HOUR, point=LEAF))
    assert rows(hours, **apart)[0][2] == total(LEAF, "2026-03-09T13:00:00", "2026-03-09T13:59:59")


def test_imported_stamps_in_another_zone() -> None:
    end = int(datetime(2026, 3, 10, 12, 1, tzinfo=UTC).timestamp())
    assert (end, 5.0, None) in imported(5, "2026-03-10T12:01:00", stamp_zone="UTC")
    assert (end, 5.0, None) in imported(5, "2026-03-10T15:01:00")


@pytest.mark.parametrize("switch", ["stamp_zone", "raw_stamp_zone"])
def test_a_zone_has_to_exist(switch: str) -> None:
    with pytest.raises(ValueError, match=switch):
        world().profile.change({switch: "Europe/Nowhere"})


# ----- 4 and 14: ends of ranges


def test_the_last_second_of_a_range() -> None:
    whole = question(*HOUR, series(), resolution="fifteenmin", point=[LEAF])
    assert len(rows(whole)) == 4
    assert rows(whole, range_end="exclusive") == rows(whole)[:3]
    hour = question(*HOUR, series(), resolution="hour", point=[LEAF])
    assert rows(hour, range_end="exclusive")[0][2] == total(LEAF, HOUR[0], "2026-03-09T10:59:58")
    assert raw(listing(*HOUR, point=LEAF), range_end="exclusive") == raw(listing(*HOUR, point=LEAF))[:3]
    assert rows(question(HOUR[0], HOUR[0], series(), resolution="hour"), range_end="exclusive") == []


@pytest.mark.parametrize("resolution", ["fifteenmin", "hour", "day"])
def test_a_bucket_that_has_not_ended_at_the_end(resolution: str) -> None:
    asked = question(*DAY, series(), resolution=resolution, point=[LEAF])
    plain = rows(asked)
    assert rows(asked, range_end="whole_buckets") == plain[:-1]
    assert rows({**asked, "end": "2026-03-10T00:00:00"}, range_end="whole_buckets") == plain


def test_no_bucket_has_ended_and_costs_have_no_row() -> None:
    asked = question(*DAY, cost(), point=[LEAF])
    assert len(rows(asked)) == 1
    assert rows(asked, range_end="whole_buckets") == []


def test_a_range_that_ends_after_now() -> None:
    today = question("2026-03-10T00:00:00", "2026-03-10T23:59:59", series(), resolution="hour", point=[LEAF])
    past = {**today, "end": "2026-03-10T15:07:30"}
    assert refusal(today, future_end="refused") == "'end' 2026-03-10T23:59:59 lies in the future"
    assert refusal(past, future_end="refused") is None
    with world().switched(future_end="clamped"):
        response = world().ask("GetData", today)
    assert response == world().ask("GetData", past)


# ----- 6 and 14: labels


@pytest.mark.parametrize(("resolution", "length"), [("fifteenmin", 15), ("hour", 60), ("day", 1440)])
@pytest.mark.parametrize(("form", "seconds"), [("end", 0), ("last_second", -1)])
def test_labels_at_the_end_of_buckets(resolution: str, length: int, form: str, seconds: int) -> None:
    asked = question(*DAY, series(), resolution=resolution, point=[LEAF])
    step = timedelta(minutes=length, seconds=seconds)
    assert rows(asked, bucket_label=form) == [
        [(datetime.fromisoformat(label) + step).isoformat(), point_id, value] for label, point_id, value in rows(asked)
    ]


def test_dated_costs_have_the_labels_of_days() -> None:
    asked = question("2026-03-08T00:00:00", DAY[1], cost(), point=[LEAF])
    assert [row[0][:10] for row in rows(asked)] == ["2026-03-08", "2026-03-09"]
    assert [row[0][:10] for row in rows(asked, bucket_label="end")] == ["2026-03-09", "2026-03-10"]


@pytest.mark.parametrize(
    ("form", "labels"),
    [
        ("first", [date(2026, 2, 1), date(2026, 3, 1)]),
        ("last", [date(2026, 2, 28), date(2026, 3, 31)]),
        ("next", [date(2026, 3, 1), date(2026, 4, 1)]),
    ],
)
def test_month_label(form: str, labels: list[date]) -> None:
    asked = question(FEBRUARY[0], "2026-03-31T23:59:59", series(), resolution="month", point=[LEAF])
    assert rows(asked, month_label=form) == [
        [f"{day}T00:00:00", 12747, total(LEAF, *span)]
        for day, span in zip(labels, (FEBRUARY, ("2026-03-01T00:00:00", "2026-03-10T15:07:30")), strict=True)
    ]


def test_a_week_is_named_by_the_next_monday() -> None:
    asked = question("2026-03-04T00:00:00", "2026-03-12T23:59:59", series(), resolution="week", point=[LEAF])
    assert [row[0] for row in rows(asked, week_label="next")] == ["2026-03-09T00:00:00", "2026-03-16T00:00:00"]


# ----- 10: buckets without readings


@pytest.mark.parametrize(
    ("form", "value", "until"),
    [("null", None, 15), ("zero", 0, 15), ("null_ahead", None, 23), ("zero_ahead", 0, 23)],
)
def test_buckets_without_readings(form: str, value: int | None, until: int) -> None:
    # It is 15:07: the hour from 15:00 has begun and has no reading yet.
    asked = question("2026-03-10T00:00:00", "2026-03-10T23:59:59", series(), resolution="hour", point=[LEAF])
    plain = rows(asked)
    assert len(plain) == 15
    assert rows(asked, empty_buckets=form) == [
        *plain,
        *([f"2026-03-10T{hour}:00:00", 12747, value] for hour in range(15, until + 1)),
    ]


def test_tomorrow_can_be_zero() -> None:
    asked = question("2026-03-11T00:00:00", "2026-03-11T23:59:59", series(), resolution="hour", point=[LEAF])
    assert rows(asked, empty_buckets="zero") == []
    assert [row[2] for row in rows(asked, empty_buckets="zero_ahead")] == [0] * 24


# ----- 19: raw rows


def test_raw_values_that_are_registers() -> None:
    listed = listing(*DAY, point=LEAF)
    assert raw(listed, raw_value="register") == [{**row, "value": row["original"]} for row in raw(listed)]


def test_raw_stamps_at_the_start() -> None:
    expected = raw(listing(*HOUR, point=LEAF))
    starts = [f"2026-03-09T10:{minute}:00" for minute in ("00", "15", "30", "45")]
    assert raw(listing(*HOUR, point=LEAF), raw_stamp="start") == [
        {**row, "date": start} for row, start in zip(expected, starts, strict=True)
    ]
    assert [row["date"] for row in raw(listing(HOUR[0], HOUR[0], point=LEAF), raw_stamp="start")] == starts[:1]
