"""Days and months of demand against plain arithmetic over all their quarter hours, in any zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st

from custom_components.reengen.api import ROW_BUDGET
from custom_components.reengen.demand.ledger import Ledger
from custom_components.reengen.demand.months import Calendar, day_demand
from custom_components.reengen.demand.plan import Portion, portions
from tests.profiles import examples

from .samples import QUARTER, month

HOUR, WINDOW = timedelta(hours=1), timedelta(hours=3)
ZONES = [
    "Europe/Istanbul",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Chatham",
    "UTC",
]
zones = st.sampled_from(ZONES)
# Years in which some of the zones change their clocks, also at midnight.
instants = st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def local_date(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)


@settings(max_examples=examples(200, 3_000))
@given(zones, instants)
def test_the_calendar_is_that_of_the_wall_clock(zone: str, now: datetime) -> None:
    calendar = Calendar.of(now, ZoneInfo(zone))
    for ago, days in ((1, calendar.last_month), (0, calendar.this_month)):
        begins, ends = month(now, zone, ago=ago)
        dates = [local_date(span.start, zone) for span in days]
        assert dates[0] == local_date(begins, zone)
        assert [day - dates[0] for day in dates] == [timedelta(days=number) for number in range(len(dates))]
        last = local_date(now, zone) if ago == 0 else local_date(ends - HOUR, zone)
        assert dates[-1] == last
        assert all(before.end == after.start for before, after in pairwise(days))
    assert calendar.today.start <= now < calendar.today.end
    assert calendar.end <= now < calendar.end + QUARTER
    assert local_date(calendar.open_from, zone) == local_date(now - WINDOW, zone)


@dataclass
class Meter:
    """A meter in a zone: its energies (kWh) of two months up to an instant, some of them missing."""

    zone: str
    now: datetime
    length: timedelta
    share_missing: float
    energies: dict[datetime, float] = field(repr=False)


@st.composite
def meters(draw: st.DrawFn) -> Meter:
    zone, now = draw(zones), draw(instants)
    calendar = Calendar.of(now, ZoneInfo(zone))
    step = draw(st.sampled_from([QUARTER, HOUR]))
    # An hour of the meter ends with an hour of its wall clock.
    first = calendar.days[0].start + step - QUARTER
    count = max(0, (calendar.end - first + step - QUARTER) // step)
    base = draw(st.floats(0.25, 100))
    random = Random(draw(st.integers()))  # noqa: S311
    share = draw(st.sampled_from([0.0, 0.02, 0.5]))
    return Meter(
        zone=zone,
        now=now,
        length=step,
        share_missing=share,
        energies={
            first + number * step: round(base * (1 + random.random()), 3)
            for number in range(count)
            if random.random() >= share
        },
    )


def of_days(energies: Mapping[datetime, float], start: datetime, end: datetime) -> dict[datetime, float]:
    return {each: energy for each, energy in energies.items() if start <= each < end}


@settings(max_examples=examples(60, 1_000))
@given(meters())
def test_the_highest_of_a_month_is_the_highest_of_its_quarter_hours(
    meter: Meter,
) -> None:
    zone, now, energies = meter.zone, meter.now, meter.energies
    calendar, ledger = Calendar.of(now, ZoneInfo(zone)), Ledger()
    every = portions(ledger.due(calendar, [7]), calendar.days)
    for portion in every:
        assert ledger.month(7, calendar.this_month, calendar.end) is None
        ledger.put(portion, 7, of_days(energies, portion.start, portion.end), calendar)
    assert ledger.due(calendar, [7]) == {}
    for days in (calendar.last_month, calendar.this_month):
        found = ledger.month(7, days, calendar.end)
        of_month = of_days(energies, days[0].start, days[-1].end)
        if found is None:
            # Of a value that is alone in two months nobody knows how long it was measured.
            assert len(of_month) <= 1
            continue
        top = max(of_month.values())
        length = found.length
        # Where half of them are missing, those of a day may happen to be whole hours apart.
        assert length == meter.length or meter.share_missing == 0.5
        assert found.kilowatts == top * (HOUR / length)
        assert found.at == min(start for start, energy in of_month.items() if energy == top) + QUARTER - length


@settings(max_examples=examples(60, 1_000))
@given(meters(), st.integers(1, 40), st.integers())
def test_polls_keep_the_days_as_a_new_reading_finds_them(meter: Meter, polls: int, seed: int) -> None:
    """Each poll has the last three hours as they are then; what changes in them counts, up and down."""
    random = Random(seed)  # noqa: S311
    zone, now, energies = meter.zone, meter.now, meter.energies
    calendar, kept = Calendar.of(now, ZoneInfo(zone)), Ledger()
    kept.take_in(calendar, {}, unreadable=(), refused=())
    for portion in portions(kept.due(calendar, [7]), calendar.days):
        kept.put(portion, 7, of_days(energies, portion.start, portion.end), calendar)
    for number in range(polls):
        now += QUARTER * (1 + number % 5)
        calendar = Calendar.of(now, ZoneInfo(zone))
        end = calendar.end
        for back in range(1, 13):
            start = end - back * QUARTER
            if random.random() < 0.1:
                energies.pop(start, None)
            elif start in energies or random.random() < 0.5:
                energies[start] = round(200 * random.random(), 3)
        kept.take_in(calendar, {7: of_days(energies, end - WINDOW, end)}, unreadable=(), refused=())
    assert kept.due(calendar, [7]) == {}
    for span in calendar.this_month:
        assert kept.days[7][span.start] == day_demand(of_days(energies, span.start, min(span.end, end)))


@given(st.dictionaries(st.integers(1, 300), st.booleans(), min_size=1), zones, instants)
def test_a_request_a_day_is_the_most_for_a_hundred_points(known: dict[int, bool], zone: str, now: datetime) -> None:
    """Each day of each point is in one request, the newest first; few points have several days in one."""
    calendar, ledger = Calendar.of(now, ZoneInfo(zone)), Ledger()
    for point_id, is_known in known.items():
        if is_known:
            ledger.put(Portion(point_ids=frozenset({point_id}), spans=calendar.last_month), point_id, {}, calendar)
    due = ledger.due(calendar, known)
    found = portions(due, calendar.days)
    asked = [(point_id, span.start) for each in found for span in each.spans for point_id in each.point_ids]
    assert sorted(asked) == sorted((point_id, start) for point_id, starts in due.items() for start in starts)
    assert [each.end for each in found] == sorted((each.end for each in found), reverse=True)
    assert len(found) <= len(calendar.days)
    for each in found:
        assert len(each.spans) == 1 or len(each.point_ids) * ((each.end - each.start) // QUARTER) <= ROW_BUDGET


def test_a_few_points_take_a_request_a_month() -> None:
    calendar = Calendar.of(datetime(2026, 7, 31, 12, tzinfo=UTC), ZoneInfo("Europe/Istanbul"))
    assert len(portions(Ledger().due(calendar, [1]), calendar.days)) == 1
    assert len(portions(Ledger().due(calendar, range(100)), calendar.days)) == 31 + 30
