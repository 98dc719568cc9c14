"""GetData equals what anybody would add up by hand from the readings in the database."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from simulator import WorldOptions
from tests.profiles import examples

from .helpers import Direct, question, series

FOLD = "2015-11-08T03"


@dataclass(frozen=True, kw_only=True)
class Era:
    """A stretch of time in a zone, of which a world has readings."""

    zone: str
    first_day: str
    days: int


ERAS = {
    "Istanbul 2015, clock back on 8 November": Era(zone="Europe/Istanbul", first_day="2015-11-05", days=6),
    "Istanbul 2016, clock forward for good": Era(zone="Europe/Istanbul", first_day="2016-03-25", days=5),
    "Berlin, 25 hours": Era(zone="Europe/Berlin", first_day="2025-10-24", days=5),
    "Berlin, 23 hours": Era(zone="Europe/Berlin", first_day="2026-03-27", days=5),
    "Kolkata, half an hour off": Era(zone="Asia/Kolkata", first_day="2026-02-27", days=5),
    "Lord Howe, half an hour back": Era(zone="Australia/Lord_Howe", first_day="2026-04-03", days=5),
}


@lru_cache
def world(era_name: str) -> Direct:
    """Return a small world of an era; its now is the era's end."""
    era = ERAS[era_name]
    start = datetime.fromisoformat(era.first_day).replace(tzinfo=ZoneInfo(era.zone))
    return Direct(
        WorldOptions(points=9, time_zone=era.zone, start=start), (start + timedelta(days=era.days)).astimezone(UTC)
    )


@lru_cache
def first_second_from(wall: str, zone: ZoneInfo) -> int:
    """Return the first epoch second at which the clock shows this or later, found by looking at each."""
    around = int(datetime.fromisoformat(wall).replace(tzinfo=zone).timestamp())
    return next(second for second in range(around - 7200, around + 7201) if shown(second, zone) >= wall)


@lru_cache
def last_second_to(wall: str, zone: ZoneInfo) -> int:
    """Return the last epoch second at which the clock shows this or earlier."""
    around = int(datetime.fromisoformat(wall).replace(tzinfo=zone).timestamp())
    return next(second for second in range(around + 7200, around - 7201, -1) if shown(second, zone) <= wall)


def shown(second: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(second, zone).replace(tzinfo=None).isoformat()


def readings(
    direct: Direct, code: str, definition: str, variant: str, start: str, end: str
) -> list[tuple[datetime, float]]:
    """Return (local end, value) of the visible readings in the wall-clock range, in order of instant."""
    zone = direct.platform.options.zone
    rows = direct.store.database.execute(
        "SELECT end_utc, value FROM reading r JOIN point p ON p.id = r.point_id WHERE p.code = ? AND definition = ?"
        " AND variant = ? AND revealed_utc <= ? AND end_utc BETWEEN ? AND ? ORDER BY end_utc",
        (
            *(code, definition, variant, direct.clock.now().timestamp()),
            *(first_second_from(start, zone), last_second_to(end, zone)),
        ),
    )
    return [(datetime.fromtimestamp(second, zone), value) for second, value in rows]


def label(when: datetime, resolution: str) -> str:
    """Return the wall-clock start of a bucket."""
    midnight = when.replace(hour=0, minute=0, second=0, tzinfo=None)
    starts: dict[str, Callable[[], datetime]] = {
        "fifteenmin": lambda: when.replace(minute=when.minute // 15 * 15, second=0, tzinfo=None),
        "hour": lambda: when.replace(minute=0, second=0, tzinfo=None),
        "day": lambda: midnight,
        "week": lambda: midnight - timedelta(days=midnight.weekday()),
        "month": lambda: midnight.replace(day=1),
    }
    return starts[resolution]().isoformat()


def bucketed(found: list[tuple[datetime, float]], resolution: str) -> Iterator[tuple[str, list[float]]]:
    """Yield label and values; the two passes of a repeated hour stay apart by their offset."""
    short = resolution in {"fifteenmin", "hour"}
    for key, group in groupby(found, lambda row: (label(row[0], resolution), row[0].utcoffset() if short else None)):
        yield key[0], [value for _, value in group]


FUNCTIONS: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "sum": lambda values: sum(values, Decimal(0)),
    "avg": lambda values: sum(values, Decimal(0)) / len(values),
    "max": max,
    "min": min,
}


def half_up(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


@st.composite
def ranges(draw: st.DrawFn, era: Era) -> tuple[str, str]:
    """Draw start and end, aligned to nothing."""
    first = datetime.fromisoformat(era.first_day)
    seconds = st.integers(min_value=-7200, max_value=era.days * 86_400 + 7200)
    one, other = sorted((draw(seconds), draw(seconds)))
    return tuple((first + timedelta(seconds=offset)).isoformat() for offset in (one, other))  # type: ignore[return-value]


@pytest.mark.parametrize("era_name", ERAS)
@given(data=st.data())
@settings(max_examples=examples(25, 1_000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_bucket_is_the_aggregate_of_its_readings(era_name: str, data: st.DataObject) -> None:
    direct = world(era_name)
    start, end = data.draw(ranges(ERAS[era_name]), label="range")
    resolution = data.draw(st.sampled_from(["fifteenmin", "hour", "day", "week", "month"]), label="resolution")
    function = data.draw(st.sampled_from(sorted(FUNCTIONS)), label="function")
    unit, per_unit = data.draw(st.sampled_from([("Wh", 1), ("kWh", 1000), ("MWh", 1_000_000)]), label="unit")
    decimals = data.draw(st.integers(min_value=0, max_value=6), label="decimals")
    code = data.draw(st.sampled_from(["xFabrikaTrafo6", "xFabrikaFabrika", "xyzBesiktas"]), label="point")
    point_id = direct.store.point_id(code)
    asked = series(xFunction=function, unit=unit, decimalPoints=decimals)
    response = direct.ask("GetData", question(start, end, asked, resolution=resolution, point=[code]))
    expected = [
        [stamp, point_id, half_up(FUNCTIONS[function]([Decimal(value) for value in values]) / per_unit, decimals)]
        for stamp, values in bucketed(readings(direct, code, "activeEnergy", "import", start, end), resolution)
    ]
    assert (response["properties"]["data"]["0"] or []) == expected
    assert (response["properties"]["start"], response["properties"]["end"]) == (start, end)


@pytest.mark.parametrize(
    ("era_name", "start", "end"),
    [
        pytest.param("Berlin, 25 hours", "2025-10-25T20:00:00", "2025-10-26T02:00:00", id="ends as the hour repeats"),
        pytest.param("Berlin, 25 hours", "2025-10-25T20:00:00", "2025-10-26T02:40:00", id="ends in a repeated hour"),
        pytest.param("Berlin, 25 hours", "2025-10-26T02:20:00", "2025-10-26T07:00:00", id="begins in a repeated hour"),
        pytest.param("Berlin, 23 hours", "2026-03-28T20:00:00", "2026-03-29T02:20:00", id="ends in a skipped hour"),
        pytest.param("Berlin, 23 hours", "2026-03-29T02:40:00", "2026-03-29T07:00:00", id="begins in a skipped hour"),
        pytest.param(
            "Lord Howe, half an hour back", "2026-04-04T20:00:00", "2026-04-05T01:40:00", id="ends in a repeated half"
        ),
    ],
)
def test_ranges_that_end_where_the_clock_changes(era_name: str, start: str, end: str) -> None:
    direct = world(era_name)
    rows = direct.ask("GetData", question(start, end, series(), resolution="fifteenmin"))["properties"]["data"]["0"]
    found = readings(direct, "xFabrikaTrafo6", "activeEnergy", "import", start, end)
    assert [(row[0], row[2]) for row in rows] == [(label(when, "fifteenmin"), value) for when, value in found]


@pytest.mark.parametrize(
    ("era_name", "day", "hours"),
    [
        ("Istanbul 2015, clock back on 8 November", "2015-11-08", 25),
        ("Istanbul 2016, clock forward for good", "2016-03-27", 23),
        ("Berlin, 25 hours", "2025-10-26", 25),
        ("Berlin, 23 hours", "2026-03-29", 23),
        ("Kolkata, half an hour off", "2026-03-01", 24),
    ],
)
def test_hours_of_a_day(era_name: str, day: str, hours: int) -> None:
    direct = world(era_name)
    whole_day = (f"{day}T00:00:00", f"{day}T23:59:59")
    by_hour, by_day, by_quarter = (
        direct.ask("GetData", question(*whole_day, series(), resolution=resolution))["properties"]["data"]["0"]
        for resolution in ("hour", "day", "fifteenmin")
    )
    assert len(by_hour) == hours
    assert len(by_quarter) == 4 * hours
    assert sum(row[2] for row in by_hour) == sum(row[2] for row in by_quarter) == by_day[0][2]


def test_a_repeated_hour_gives_two_buckets_in_order_of_instant() -> None:
    direct = world("Istanbul 2015, clock back on 8 November")
    found = question(f"{FOLD}:00:00", f"{FOLD}:59:59", series(), resolution="hour")
    rows = direct.ask("GetData", found)["properties"]["data"]["0"]
    point_id = direct.store.point_id("xFabrikaTrafo6")
    # The clock went from 04:00 (+03) back to 03:00 (+02): the first pass begins at 00:00 UTC, the second at 01:00.
    passes = [
        direct.store.database.execute(
            "SELECT SUM(value) FROM reading WHERE point_id = ? AND definition = 'activeEnergy' AND variant = 'import'"
            " AND end_utc BETWEEN ? AND ?",
            (point_id, begin, begin + 3599),
        ).fetchone()[0]
        for begin in (int(datetime(2015, 11, 8, hour, tzinfo=UTC).timestamp()) for hour in (0, 1))
    ]
    assert rows == [[f"{FOLD}:00:00", point_id, value] for value in passes]


def test_all_points_and_many_series_come_in_one_response() -> None:
    direct = world("Kolkata, half an hour off")
    asked = [series(), series("reactiveEnergy", unit="VArh"), series("voltage", "phase", xFunction="avg", unit="V")]
    response = direct.ask("GetData", question("2026-03-01T00:00:00", "2026-03-01T23:59:59", *asked, point=None))
    data = response["properties"]["data"]
    assert list(data) == ["0", "1", "2"]
    for rows, one in zip(data.values(), asked, strict=True):
        with_series = direct.store.database.execute(
            "SELECT DISTINCT point_id FROM reading JOIN point ON point.id = point_id WHERE definition = ? AND variant = ?"
            " AND kind <> 'none'",
            (one["definition"], one["variant"]),
        ).fetchall()
        assert {row[1] for row in rows} == {row[0] for row in with_series}


def test_three_phases_are_merged() -> None:
    direct = world("Kolkata, half an hour off")
    asked = series("voltage", "phase", xFunction="max", unit="V", decimalPoints=2)
    response = direct.ask("GetData", question("2026-03-01T00:00:00", "2026-03-01T23:59:59", asked))
    found = readings(direct, "xFabrikaTrafo6", "voltage", "phase", "2026-03-01T00:00:00", "2026-03-01T23:59:59")
    assert len(found) == 3 * 96
    assert response["properties"]["data"]["0"][0][2] == Decimal(max(value for _, value in found))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({"definition": "activeenergy"}, "definition", id="definition"),
        pytest.param({"variant": "imports"}, "variant", id="variant"),
        pytest.param({"type": "forecast"}, "type", id="type"),
        pytest.param({"xFunction": "median"}, "xFunction", id="function"),
        pytest.param({"unit": "BTU"}, "unit", id="unknown unit"),
        pytest.param({"unit": "V"}, "unit", id="unit of something else"),
        pytest.param({"decimalPoints": 2.5}, "decimalPoints", id="decimals"),
        pytest.param({"decimalPoints": True}, "decimalPoints", id="decimals that are a bool"),
        pytest.param({"xFunction": None}, "xFunction", id="no function"),
    ],
)
def test_a_series_that_is_not_understood_is_refused(asked: dict[str, Any], words: str) -> None:
    direct = world("Berlin, 23 hours")
    response = direct.ask("GetData", question("2026-03-28T00:00:00", "2026-03-28T23:59:59", {**series(), **asked}))
    assert response["succeeded"] is False
    assert words in response["message"]
    assert response["properties"] == {}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"point": "xFabrikaTrafo6"}, "'point' must be an array", id="a code alone"),
        pytest.param({"point": []}, "'point' must be an array", id="no points"),
        pytest.param({"point": [12768]}, "array of codes", id="ids"),
        pytest.param({"point": ["xFabrikaTrafo9"]}, "Unknown point 'xFabrikaTrafo9'", id="unknown point"),
        pytest.param({"resolution": "minute"}, "Unknown resolution", id="resolution"),
        pytest.param({"resolution": None}, "'resolution'", id="no resolution"),
        pytest.param({"start": "2026-03-28T00:00:00Z"}, "'start' is not a date", id="offset"),
        pytest.param({"start": "2026-03-28T00:00:00.000"}, "'start' is not a date", id="fraction"),
        pytest.param({"start": "2026-02-30T00:00:00"}, "'start' is not a date", id="no such day"),
        pytest.param({"start": "1800-01-01T00:00:00"}, "too long", id="centuries"),
        pytest.param({"start": "2026-03-29T00:00:00"}, "is after", id="start after end"),
        pytest.param({"break": {"type": "tenant"}}, "'break'", id="break"),
        pytest.param({"break": None}, "'break'", id="no break"),
        pytest.param({"series": []}, "'series'", id="no series"),
        pytest.param({"series": {"0": {}}}, "'series'", id="series that are an object"),
    ],
)
def test_a_question_that_is_not_understood_is_refused(changed: dict[str, Any], words: str) -> None:
    direct = world("Berlin, 23 hours")
    response = direct.ask("GetData", question("2026-03-28T00:00:00", "2026-03-28T23:59:59", series()) | changed)
    assert response["succeeded"] is False
    assert words in response["message"]


@pytest.mark.parametrize("unit", ["kvarh", "kVArh", "KVARH"])
def test_reactive_units_have_any_capitals(unit: str) -> None:
    direct = world("Berlin, 23 hours")
    asked = series("reactiveEnergy", unit=unit, decimalPoints=3)
    rows = direct.ask("GetData", question("2026-03-28T00:00:00", "2026-03-28T23:59:59", asked))["properties"]["data"][
        "0"
    ]
    found = readings(direct, "xFabrikaTrafo6", "reactiveEnergy", "import", "2026-03-28T00:00:00", "2026-03-28T23:59:59")
    assert rows[0][2] == sum(Decimal(value) for _, value in found) / 1000


def test_power_units_are_exact() -> None:
    direct = world("Berlin, 23 hours")
    asked = series("activePower", "phase", unit="KW", xFunction="avg")
    response = direct.ask("GetData", question("2026-03-28T00:00:00", "2026-03-28T23:59:59", asked))
    assert response["message"] == "Unknown unit 'KW'"


def test_a_bucket_in_progress_is_partial() -> None:
    start = datetime(2026, 3, 9, 21, tzinfo=UTC)
    direct = Direct(WorldOptions(points=2, start=start), start + timedelta(hours=2, minutes=20))
    response = direct.ask(
        "GetData", question("2026-03-10T00:00:00", "2026-03-10T23:59:59", series(), resolution="hour")
    )
    counts: dict[str, int] = defaultdict(int)
    for when, _ in readings(
        direct, "xFabrikaTrafo6", "activeEnergy", "import", "2026-03-10T00:00:00", "2026-03-10T23:59:59"
    ):
        counts[when.strftime("%H")] += 1
    assert dict(counts) == {"00": 4, "01": 4, "02": 1}
    assert [row[0][11:13] for row in response["properties"]["data"]["0"]] == ["00", "01", "02"]
