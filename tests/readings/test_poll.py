"""One poll: how many requests, how far back, what is left out, and what an account without any response still is."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from unittest.mock import patch

import aiohttp
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from hypothesis import HealthCheck, given, settings, strategies as st
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account.options import AccountOptions
from custom_components.reengen.api import Point, ReadingSeries, ReengenClient
from custom_components.reengen.api.envelope import parse_envelope
from custom_components.reengen.const import DOMAIN, READINGS_INTERVAL
from custom_components.reengen.points.identity import HomeClient, Identities
from custom_components.reengen.points.refused import RefusedParts
from custom_components.reengen.readings.poll import poll
from custom_components.reengen.readings.quarter_hours import _hidden, _newest
from custom_components.reengen.readings.samples import PollPlan, Readings, Window
from simulator import Simulator
from tests import oracle
from tests.conftest import NOW
from tests.custom_measurements.samples import PEAK_VOLTAGE
from tests.odd_platform import refuse, tamper
from tests.profiles import examples
from tests.registries import state_of

type PassTime = Callable[[timedelta], Awaitable[None]]

QUARTER = timedelta(minutes=15)
LEVELS = ["active_power_phase", "voltage_phase", "current_phase", PEAK_VOLTAGE["key"]]
SUMS = [
    "active_energy_import",
    "active_energy_export",
    "active_energy_produced",
    "reactive_energy_import",
    "capacitive_energy_export",
]


class LateMeters:
    """In place of a session: each point has each level in every quarter hour that ends at an instant or before."""

    def __init__(self, newest_end: datetime) -> None:
        """Serve UTC."""
        self.newest_end = newest_end
        self.rows: list[int] = []

    async def read(self, query: dict[str, Any], decode: Callable[[Any], Any], *_: Any, **__: Any) -> Any:
        asked = query["properties"]
        rows = list(self._rows(asked)) if asked.get("resolution") == "fifteenmin" else []
        data = {str(number): rows or None for number in range(len(asked["series"]))}
        span = datetime.fromisoformat(asked["end"]) - datetime.fromisoformat(asked["start"])
        buckets = (span + QUARTER) // QUARTER if asked.get("resolution") == "fifteenmin" else 1
        self.rows.append(len(asked["point"]) * len(asked["series"]) * buckets)
        properties = {"data": data, "start": asked["start"], "end": asked["end"]}
        body = {"properties": properties, "succeeded": True, "message": None, "statistics": {}}
        return decode(parse_envelope(orjson.dumps(body), "GetData"))

    def _rows(self, asked: dict[str, Any]) -> Iterator[list[Any]]:
        start = datetime.fromisoformat(asked["start"]).replace(tzinfo=UTC)
        last = datetime.fromisoformat(asked["end"]).replace(tzinfo=UTC)
        while start + QUARTER <= self.newest_end and start < last:
            yield from ([start.strftime("%Y-%m-%dT%H:%M:%S"), int(code[1:]), 230.0] for code in asked["point"])
            start += QUARTER


async def polled(
    points: int, options: dict[str, Any], meters: LateMeters, now: datetime, before: Readings | None = None
) -> Readings:
    """Poll so many points once."""
    async with aiohttp.ClientSession() as http:
        client = ReengenClient(http, url="http://127.0.0.1/", tenant="t", username="u", password="p", time_zone=UTC)
        client._session.read = meters.read  # type: ignore[method-assign, assignment]
        chosen = [Point(id=number, code=f"p{number}", name="") for number in range(points)]

        async def listed() -> None:
            return None

        plan = PollPlan.of(AccountOptions.read(options), chosen, UTC)
        return await poll(HomeClient(client, Identities.of({})), RefusedParts(listed), plan, now, before or Readings())


async def poll_late_meters(
    points: int, options: dict[str, Any], late: timedelta, *, polls: int = 1
) -> tuple[Readings, LateMeters]:
    """Poll so many points, once or more often, whose newest quarter hour ended so long ago at the first poll."""
    meters, readings = LateMeters(NOW - late), Readings()
    for number in range(polls):
        meters.rows.clear()
        readings = await polled(points, options, meters, NOW + number * QUARTER, readings)
    return readings, meters


@pytest.mark.parametrize("points", [1, 10, 100, 1000])
@pytest.mark.parametrize("levels", [1, 2, 3, 4])
async def test_levels_are_found_as_far_back_for_many_points_as_for_one(points: int, levels: int) -> None:
    # The newest quarter hour that ended by 11:20 is that of 11:00; eighty minutes before it is 10:00.
    readings, _ = await poll_late_meters(
        points,
        {"measurements": LEVELS[:levels], "custom_measurements": [PEAK_VOLTAGE][: levels // 4]},
        timedelta(minutes=80),
    )
    assert len(readings.samples) == points * levels
    assert {sample.start for sample in readings.samples.values()} == {datetime(2026, 7, 15, 9, 45, tzinfo=UTC)}


def kind(key: str) -> str:
    """Return how a measurement is read: as a sum, as a sum and for its power, or as a level."""
    return "level" if key in LEVELS else "sum and power" if key.startswith("active_energy") else "sum alone"


async def test_a_poll_of_a_thousand_points_is_eight_requests_at_most() -> None:
    by_kinds = {tuple(map(kind, chosen)): chosen for chosen in combinations([*SUMS, *LEVELS], 4)}
    for chosen in by_kinds.values():
        custom = {"custom_measurements": [PEAK_VOLTAGE] if PEAK_VOLTAGE["key"] in chosen else []}
        options = {"measurements": chosen, "costs": ["active_energy_cost"], **custom}
        readings, meters = await poll_late_meters(1000, options, timedelta(minutes=5))
        in_quarters = [key for key in chosen if kind(key) != "sum alone"]
        found = {key for _, key, window in readings.samples if window is Window.LATEST}
        assert len(found) == len(in_quarters), chosen
        assert len(meters.rows) <= 8, chosen
        assert max(meters.rows) <= 10_000, chosen
        if len(in_quarters) <= 2:
            # Two rounds of three, when it is known which points are late.
            again, meters = await poll_late_meters(1000, options, timedelta(minutes=5), polls=2)
            assert again.samples == readings.samples
            assert len(meters.rows) <= 6, chosen
            assert max(meters.rows) <= 10_000, chosen


async def test_what_is_very_late_is_found_of_many_points_in_three_polls() -> None:
    """Of four series of 1 000 points a poll looks for what is later than an hour and a half at a part of the points."""
    chosen = ["active_energy_import", *LEVELS[:3]]
    keys = {"active_power", *LEVELS[:3]}
    for polls, least in ((1, 400), (2, 800), (3, 1000), (4, 1000)):
        readings, meters = await poll_late_meters(1000, {"measurements": chosen}, timedelta(minutes=110), polls=polls)
        found = [(each, key) for each, key, window in readings.samples if key in keys and window is Window.LATEST]
        assert least * 4 <= len(found) <= 4000
        assert {key for _, key in found} == keys
        assert max(meters.rows) <= 10_000
    powers = {readings.samples[point, "active_power", Window.LATEST].value for point in range(1000)}
    assert powers == {4 * 230}
    # What was found then is too old by now.
    readings, _ = await poll_late_meters(1000, {"measurements": chosen}, timedelta(minutes=110), polls=7)
    assert not [key for _, key, window in readings.samples if window is Window.LATEST]


class Reporting(LateMeters):
    """Meters that report each interval so long after its end, and never twice the same; each is late by itself."""

    def __init__(self, now: datetime, every: timedelta) -> None:
        """Begin at an instant; `ends` are the last instants that each point has reported so far."""
        super().__init__(now)
        self.now, self.every = now, every
        self.ends: list[datetime] = []

    def report(self, late: Sequence[timedelta]) -> None:
        """Let each point report what ended so long ago; what it has reported stays."""
        ends = [self.now - each for each in late]
        self.ends = list(map(max, self.ends or ends, ends, strict=True))

    def _rows(self, asked: dict[str, Any]) -> Iterator[list[Any]]:
        start = datetime.fromisoformat(asked["start"]).replace(tzinfo=UTC)
        last = datetime.fromisoformat(asked["end"]).replace(tzinfo=UTC)
        while start < last:
            end = start + QUARTER
            for number in (int(code[1:]) for code in asked["point"]):
                if end <= self.ends[number] and end.timestamp() % self.every.total_seconds() == 0:
                    yield [start.strftime("%Y-%m-%dT%H:%M:%S"), number, end.timestamp() % 100_000]
            start = end


def lateness(most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(0, most).map(lambda minutes: timedelta(minutes=minutes))


async def polled_in_part(
    start: datetime, late: Sequence[Sequence[timedelta]], every: timedelta, *, most_rows: int, budget: int
) -> Readings:
    """Poll so many points as often as they report, with another budget of rows."""
    meters, readings = Reporting(start, every), Readings()
    options = {"measurements": ["active_energy_import", "voltage_phase"]}
    with patch.multiple("custom_components.reengen.readings.quarter_hours", _MOST_ROWS=most_rows, ROW_BUDGET=budget):
        for each in late:
            meters.report(each)
            readings = await polled(len(each), options, meters, meters.now, readings)
            meters.now += QUARTER
    return readings


@settings(max_examples=examples(30, 500), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(late=lateness(75), every=st.sampled_from([QUARTER, timedelta(hours=1)]), offset=lateness(240))
async def test_points_that_are_asked_in_turn_have_what_all_have_that_are_asked_at_once(
    late: timedelta, every: timedelta, offset: timedelta
) -> None:
    polls = [[late] * 3] * 4
    whole = await polled_in_part(NOW + offset, polls, every, most_rows=40_000, budget=10_000)
    in_turn = await polled_in_part(NOW + offset, polls, every, most_rows=0, budget=12)
    assert {key: each for key, each in whole.samples.items() if key[2] is Window.LATEST}
    assert whole.samples == in_turn.samples
    assert whole.quarter_hours == in_turn.quarter_hours


@settings(max_examples=examples(60, 1000), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    late=st.lists(st.lists(lateness(240), min_size=3, max_size=3), min_size=1, max_size=6),
    every=st.sampled_from([QUARTER, timedelta(hours=1)]),
    offset=lateness(240),
)
async def test_where_the_late_ones_are_looked_back_at_nothing_is_found_later(
    late: list[list[timedelta]], every: timedelta, offset: timedelta
) -> None:
    """Three points in two series, of which the whole window of one fits into a response: however late each is."""
    whole = await polled_in_part(NOW + offset, late, every, most_rows=40_000, budget=10_000)
    in_part = await polled_in_part(NOW + offset, late, every, most_rows=72, budget=24)
    assert whole == in_part
    assert whole.quarter_hours == in_part.quarter_hours


QUARTERS = [NOW - QUARTER * (number + 1) for number in range(4)]
UNKNOWN = st.sets(st.tuples(st.sampled_from([*QUARTERS, None]), st.sampled_from([1, 2, None])), max_size=3)


@settings(max_examples=examples(200, 2000))
@given(
    rows=st.dictionaries(st.tuples(st.sampled_from(QUARTERS), st.sampled_from([1, 2])), st.none() | st.floats(0, 9)),
    unknown=UNKNOWN,
)
def test_an_old_value_is_never_shown_as_a_new_one(
    rows: dict[tuple[datetime, int], float | None], unknown: set[tuple[datetime | None, int | None]]
) -> None:
    keys = sorted(rows)
    readings = ReadingSeries.in_order(
        [start for start, _ in keys], [point for _, point in keys], [rows[key] for key in keys], frozenset(unknown)
    )
    newest = _newest(readings)
    hidden = _hidden(readings, newest, NOW)
    for point in (1, 2):
        with_value = [start for start in QUARTERS if rows.get((start, point)) is not None]
        after = [start for start in QUARTERS if not with_value or start > max(with_value)]
        # A row that does not name its point is nobody's, so that it takes nothing from the neighbours.
        is_hidden = any(
            of_point == point and (start in after or (start is None and (QUARTERS[0] in after)))
            for start, of_point in unknown
        )
        assert (point in hidden) == is_hidden
        assert (point in newest) == bool(with_value)


@pytest.mark.parametrize("odd", ["NaN", "", True, [1]], ids=str)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_newest_level_that_cannot_be_read_is_unknown_and_its_neighbour_is_shown(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime, odd: Any
) -> None:
    options = {**entry.options, "points": ["xFabrikaTrafo6", "xFabrikaTrafo1"], "measurements": ["voltage_phase"]}
    hass.config_entries.async_update_entry(entry, options=options)
    odd_id, good_id = (oracle.point_id(simulator, code) for code in options["points"])

    def newest_is_odd(method: str, asked: dict[str, Any], payload: dict[str, Any]) -> None:
        if method == "GetData" and asked["resolution"] == "fifteenmin":
            # Nothing is there of the future, which is looked into as well.
            rows = [list(row) for row in payload["properties"]["data"]["0"] or ()]
            newest = max((row[0] for row in rows), default=None)
            for row in rows:
                if row[0] == newest and row[1] == odd_id:
                    row[2] = odd
            payload["properties"]["data"]["0"] = rows

    assert await hass.config_entries.async_setup(entry.entry_id)
    assert float(state_of(hass, "sensor", entry, odd_id, "voltage_phase").state) > 0
    undo = tamper(simulator, newest_is_odd)
    await pass_time(READINGS_INTERVAL)
    assert state_of(hass, "sensor", entry, odd_id, "voltage_phase").state == STATE_UNKNOWN
    assert float(state_of(hass, "sensor", entry, good_id, "voltage_phase").state) > 0
    # What came and could not be read is not late.
    assert state_of(hass, "binary_sensor", entry, odd_id, "data_late").state == "off"
    (issue,) = [each for (_, key), each in ir.async_get(hass).issues.items() if key.startswith("data_left_out")]
    assert "xFabrikaTrafo6" in (issue.translation_placeholders or {})["points"]
    undo()
    await pass_time(READINGS_INTERVAL)
    assert float(state_of(hass, "sensor", entry, odd_id, "voltage_phase").state) > 0
    assert [key for _, key in ir.async_get(hass).issues if key.startswith("data_left_out")] == []


class TestNoTariff:
    """An account whose every chosen part is refused."""

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        return {**entry_options, "measurements": [], "costs": ["active_energy_cost"], "currency": "TRY"}

    async def test_it_loads_with_its_commands_and_says_why(
        self, hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, pass_time: PassTime
    ) -> None:
        recover = refuse(simulator, "GetData", lambda asked: "calculator" in asked["series"][0])
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        trafo_6 = oracle.point_id(simulator, "xFabrikaTrafo6")
        assert state_of(hass, "sensor", entry, trafo_6, "active_energy_cost_today").state == STATE_UNAVAILABLE
        (switch, *_) = hass.states.async_entity_ids("switch")
        await hass.services.async_call("switch", "turn_on", {"entity_id": switch}, blocking=True)
        assert len(simulator.executions) == 1
        issue = ir.async_get(hass).async_get_issue(DOMAIN, f"data_left_out_{entry.entry_id}")
        assert issue is not None
        assert "Not configured" in (issue.translation_placeholders or {})["points"]

        before = simulator.count("GetData")
        for _ in range(24 * 4):
            await pass_time(READINGS_INTERVAL)
        # Those of today and of this month 15, 45, 105, 225, 465 and 945 minutes after the start; not 192 times.
        assert simulator.count("GetData") - before == 2 * 6
        recover()
        await pass_time(timedelta(days=1))
        assert float(state_of(hass, "sensor", entry, trafo_6, "active_energy_cost_today").state) >= 0
        assert ir.async_get(hass).async_get_issue(DOMAIN, f"data_left_out_{entry.entry_id}") is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_point_that_is_refused_takes_nothing_from_the_others(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    """The tree has the point, but its data cannot be read."""
    site, trafo_6 = (oracle.point_id(simulator, code) for code in loaded_entry.options["points"])
    simulator.profile.refused_points = ("xFabrikaFabrika",)
    before = simulator.count("GetData")
    await pass_time(READINGS_INTERVAL)
    assert float(state_of(hass, "sensor", loaded_entry, trafo_6, "active_energy_import_today").state) > 0
    assert float(state_of(hass, "sensor", loaded_entry, trafo_6, "voltage_phase").state) > 0
    assert state_of(hass, "sensor", loaded_entry, site, "voltage_phase").state == STATE_UNAVAILABLE
    # Today, this month and the quarter hours; of two points in one series each takes two more to tell which, and of the
    # two series of quarter hours two more for the halves. The first refusal is asked once more, with a new login.
    assert simulator.count("GetData") - before <= 3 + 2 * 4 + 2 + 1
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"data_left_out_{loaded_entry.entry_id}")
    assert issue is not None
    assert "xFabrikaFabrika" in (issue.translation_placeholders or {})["points"]
    before = simulator.count("GetData")
    await pass_time(READINGS_INTERVAL)
    assert simulator.count("GetData") - before == 3


@pytest.mark.parametrize("how", ["removed", "recoded"])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_point_that_is_gone_takes_nothing_from_the_others(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime, how: str
) -> None:
    """Long before the hourly reading of the tree."""
    trafo_6 = oracle.point_id(simulator, "xFabrikaTrafo6")
    if how == "removed":
        simulator.remove_point("xFabrikaFabrika")
    else:
        simulator.recode_point("xFabrikaFabrika", "xFabrikaNew")
    before = simulator.count("GetPointHierarchy")
    for _ in range(3):
        await pass_time(READINGS_INTERVAL)
        assert float(state_of(hass, "sensor", loaded_entry, trafo_6, "active_energy_import_today").state) > 0
        assert float(state_of(hass, "sensor", loaded_entry, trafo_6, "voltage_phase").state) > 0
    assert simulator.count("GetPointHierarchy") - before == 1
    # A point that has another code is the same point.
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"points_gone_{loaded_entry.entry_id}")
    assert (issue is not None) == (how == "removed")


async def test_readings_are_equal_whatever_was_odd() -> None:
    """A count of odd rows that grows is no news for a thousand entities."""
    assert Readings() == Readings(oddities=())
    assert Readings(unreadable=frozenset({(1, "voltage_phase", Window.LATEST)})) != Readings()


async def test_the_requests_of_a_poll_are_sent_side_by_side(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five requests are two waits for the platform, not five."""
    options = {**entry.options, "costs": ["active_energy_cost"], "currency": "TRY"}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    simulator.profile.latency = 0.1
    under_way: list[int] = []
    inner = simulator.take_fault

    def take_fault(method: str | None) -> Any:
        under_way.append(max(simulator.active.values()))
        return inner(method)

    monkeypatch.setattr(simulator, "take_fault", take_fault)
    await entry.runtime_data.readings.async_refresh()
    assert len(under_way) == 5
    assert max(under_way) == 3
