"""Forecasts and base loads against the registers of the simulator, in any zone and over clock changes."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.components.recorder.core import Recorder
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.history import HistoryImporter, HistoryUnavailableError
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.history.statistics import Statistics
from tests.registries import entity_id, sensor_of
from tests.worlds import AnyZone

type Imported = Callable[[], Awaitable[MockConfigEntry]]
type PassTime = Callable[[timedelta], Awaitable[None]]

SITE, TRAFO_6 = "xFabrikaFabrika", "xFabrikaTrafo6"
ENERGY, COST, BASE_LOAD = "energy_forecast_this_month", "cost_forecast_this_month", "base_load"
HOUR = timedelta(hours=1)

# Each has the newest month before or behind a change of the clock, or an offset with a part of an hour.
WORLDS = [
    pytest.param("Europe/Istanbul", datetime(2026, 7, 15, 11, 20, tzinfo=UTC), id="istanbul"),
    pytest.param("Europe/Berlin", datetime(2026, 3, 20, 11, 20, tzinfo=UTC), id="berlin-before-23h-day"),
    pytest.param("Europe/Berlin", datetime(2026, 3, 30, 11, 20, tzinfo=UTC), id="berlin-after-23h-day"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 20, 11, 20, tzinfo=UTC), id="berlin-before-25h-day"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 26, 11, 20, tzinfo=UTC), id="berlin-after-25h-day"),
    pytest.param("Europe/Istanbul", datetime(2015, 11, 9, 11, 20, tzinfo=UTC), id="istanbul-2015"),
    pytest.param("Asia/Kolkata", datetime(2026, 7, 1, 0, 20, tzinfo=UTC), id="plus-5-30"),
    pytest.param("Asia/Kathmandu", datetime(2026, 7, 15, 11, 20, tzinfo=UTC), id="plus-5-45"),
    pytest.param("Australia/Lord_Howe", datetime(2026, 4, 5, 14, 20, tzinfo=UTC), id="lord-howe-half-hour-change"),
    pytest.param("America/New_York", datetime(2026, 11, 2, 6, 20, tzinfo=UTC), id="new-york-25h-day"),
]


# They are off in a new account.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin before the month and the four weeks."""
    return WorldOptions(start=now - timedelta(days=33), points=2)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a site and a meter below it, their energy and what it costs."""
    return entry_options | {"points": [SITE, TRAFO_6], "costs": ["active_energy_cost"]}


def shown(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, key: str, code: str = SITE) -> State:
    return sensor_of(hass, entry, simulator, code, key)


class Registers:
    """What the simulator's registers say, hour by hour of UTC."""

    def __init__(self, statistics: Statistics, simulator: Simulator, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.now = simulator.clock.now()
        # The hour under way, and one that ended less than ten minutes ago, are not over.
        self.end = (self.now - timedelta(minutes=10)).replace(minute=0, second=0, microsecond=0)
        self._statistics = statistics

    def midnight(self, day: date) -> datetime:
        """Return the first full hour of UTC of a day of the zone."""
        begin = datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)
        return begin + (-timedelta(minutes=begin.minute) % HOUR)

    @property
    def month(self) -> tuple[datetime, datetime]:
        today = self.now.astimezone(self.zone).date()
        following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        return self.midnight(today.replace(day=1)), self.midnight(following)

    @property
    def yesterday(self) -> date:
        return self.now.astimezone(self.zone).date() - timedelta(days=1)

    def energies(self, code: str) -> dict[datetime, float]:
        begin = min(self.month[0], self.end - timedelta(days=28))
        found = self._statistics.platform_hours(code, "activeEnergy", "import", begin - timedelta(days=1), self.end)
        return {datetime.fromtimestamp(start, UTC): float(value) for start, value in found.items()}

    def costs(self, code: str) -> dict[datetime, float]:
        """Return each day's cost, shared by its energy."""
        energies, costs = self.energies(code), dict[datetime, float]()
        day = min(energies).astimezone(self.zone).date() + timedelta(days=1)
        while (begin := self.midnight(day)) < self.end:
            end = min(self.midnight(day + timedelta(days=1)), self.end)
            cost = float(self._statistics.platform_cost(code, begin, end))
            hours = [start for start in energies if begin <= start < end]
            whole = sum(energies[start] for start in hours)
            costs |= {start: cost * energies[start] / whole for start in hours}
            day += timedelta(days=1)
        return costs

    def forecast(self, hours: Mapping[datetime, float]) -> float:
        """Return what is there of the month, and the mean of the same hour of the week for the rest."""
        begin, end = self.month
        usual = defaultdict[str, list[float]](list)
        for start, value in hours.items():
            if self.end - timedelta(days=28) <= start < self.end:
                usual[f"{start.astimezone(self.zone):%A %H}"].append(value)
        total = sum(value for start, value in hours.items() if begin <= start < self.end)
        start = max(begin, self.end)
        while start < end:
            values = usual[f"{start.astimezone(self.zone):%A %H}"]
            total += sum(values) / len(values)
            start += HOUR
        return total


@pytest.mark.parametrize(("zone", "instant"), WORLDS)
class TestAnyZone(AnyZone):
    """The sensors of a site whose readings are all there."""

    world_age = timedelta(days=33)

    async def test_figures_equal_the_registers(
        self, hass: HomeAssistant, imported: Imported, statistics: Statistics, simulator: Simulator, zone: str
    ) -> None:
        entry = await imported()
        registers = Registers(statistics, simulator, zone)
        energies, (begin, end) = registers.energies(SITE), registers.month

        energy = shown(hass, entry, simulator, ENERGY)
        assert float(energy.state) == pytest.approx(registers.forecast(energies), rel=1e-9)
        measured = [value for start, value in energies.items() if begin <= start]
        assert energy.attributes["measured"] == pytest.approx(sum(measured))
        assert energy.attributes["measured_until"] == registers.end
        assert energy.attributes["hours_measured"] == len(measured)
        assert energy.attributes["hours_forecast"] == (end - max(begin, registers.end)) / HOUR
        assert energy.attributes["weeks"] == 4
        cost = shown(hass, entry, simulator, COST)
        assert float(cost.state) == pytest.approx(registers.forecast(registers.costs(SITE)), rel=1e-6)

        base = shown(hass, entry, simulator, BASE_LOAD)
        first, after = map(registers.midnight, (registers.yesterday, registers.now.astimezone(registers.zone).date()))
        lowest = sorted(value for start, value in energies.items() if first <= start < after)[:3]
        assert float(base.state) == pytest.approx(sum(lowest) / 3)
        assert base.attributes["day"] == registers.yesterday.isoformat()


async def test_what_the_sensors_are(hass: HomeAssistant, imported: Imported, simulator: Simulator) -> None:
    """A meter below the site has a base load too; a forecast is the site's alone."""
    entry = await imported()
    kinds = {
        key: [
            shown(hass, entry, simulator, key).attributes.get(name)
            for name in ("unit_of_measurement", "device_class", "state_class")
        ]
        for key in (ENERGY, COST, BASE_LOAD)
    }
    assert kinds == {
        ENERGY: ["kWh", "energy", None],
        COST: ["TRY", "monetary", None],
        BASE_LOAD: ["kW", "power", "measurement"],
    }
    below = oracle.point_id(simulator, TRAFO_6)
    assert [entity_id(hass, "sensor", entry, below, key) for key in (ENERGY, COST)] == [None, None]
    assert entity_id(hass, "sensor", entry, below, BASE_LOAD) is not None


async def test_they_follow_the_hours_without_a_request(
    hass: HomeAssistant,
    imported: Imported,
    statistics: Statistics,
    simulator: Simulator,
    pass_time: PassTime,
) -> None:
    entry = await imported()
    await pass_time(HOUR)
    registers = Registers(statistics, simulator, "Europe/Istanbul")
    state = shown(hass, entry, simulator, ENERGY)
    assert state.attributes["measured_until"] == registers.end
    assert float(state.state) == pytest.approx(registers.forecast(registers.energies(SITE)))
    before = simulator.count()
    await entry.runtime_data.forecast.async_refresh()
    assert simulator.count() == before


class TestManyTopmostPoints:
    """A flat account: each point has forecasts of its own."""

    @pytest.fixture
    def world_options(self, now: datetime) -> WorldOptions:
        return WorldOptions(start=now - timedelta(days=33), points=12)

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        return entry_options | {"points": [TRAFO_6, "xFabrikaTrafo1", "xFabrikaTrafo2"]}

    async def test_an_hour_reads_a_tenth_of_the_month_at_most(
        self,
        hass: HomeAssistant,
        imported: Imported,
        statistics: Statistics,
        simulator: Simulator,
        pass_time: PassTime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Over a day, in which all of it is read once; an hour of ten days ago that is corrected counts as it is now."""
        rows = 0
        read = HistoryImporter.async_hours

        async def counted(self: HistoryImporter, *asked: Any) -> Any:
            nonlocal rows
            found = await read(self, *asked)
            rows += sum(map(len, found.values()))
            return found

        monkeypatch.setattr(HistoryImporter, "async_hours", counted)
        entry = await imported()
        whole = rows
        # Four weeks of three points, energy and cost.
        assert whole >= 3 * 2 * 28 * 24
        rows = 0
        corrected = simulator.clock.now().replace(minute=0) - timedelta(days=10, seconds=1)
        simulator.set_reading(TRAFO_6, "activeEnergy", "import", corrected, 9_000_000.0)
        for _ in range(24):
            await pass_time(HOUR)
        assert 0 < rows <= 24 * whole / 10
        registers = Registers(statistics, simulator, "Europe/Istanbul")
        for code in entry.options["points"]:
            for key, hours in ((ENERGY, registers.energies(code)), (COST, registers.costs(code))):
                state = float(shown(hass, entry, simulator, key, code).state)
                assert state == pytest.approx(registers.forecast(hours), rel=1e-6)


async def test_after_a_start_they_are_unknown_until_the_history_was_compared(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await imported()
    known = shown(hass, entry, simulator, ENERGY).state
    with monkeypatch.context() as held:
        held.setattr(HistoryImporter, "async_start", lambda _: None)
        await imported()
        assert [shown(hass, entry, simulator, key).state for key in (ENERGY, COST, BASE_LOAD)] == [STATE_UNKNOWN] * 3
    await imported()
    assert shown(hass, entry, simulator, ENERGY).state == known


async def test_a_missing_hour_of_yesterday_leaves_no_base_load(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, pass_time: PassTime
) -> None:
    """And a late one brings it."""
    begin = (simulator.clock.now() - timedelta(days=1)).replace(minute=0)
    released = simulator.clock.now() + timedelta(minutes=30)
    simulator.hold_back(SITE, begin, begin + HOUR, released)
    entry = await imported()
    assert shown(hass, entry, simulator, BASE_LOAD).state == STATE_UNKNOWN
    for _ in range(30):
        await pass_time(HOUR)
        if shown(hass, entry, simulator, BASE_LOAD).state != STATE_UNKNOWN:
            break
    assert float(shown(hass, entry, simulator, BASE_LOAD).state) > 0


class TestTwoWeeks:
    """Data of so many days."""

    @pytest.fixture
    def world_options(self, now: datetime, days: int) -> WorldOptions:
        return WorldOptions(start=now.replace(minute=0) - timedelta(days=days), points=2)

    @pytest.mark.parametrize(("days", "is_known"), [(13, False), (14, True)])
    async def test_below_two_weeks_nothing_is_forecast(
        self, hass: HomeAssistant, imported: Imported, simulator: Simulator, days: int, is_known: bool
    ) -> None:
        entry = await imported()
        for key in (ENERGY, COST):
            state = shown(hass, entry, simulator, key)
            assert (state.state != STATE_UNKNOWN) is is_known
            assert state.attributes["weeks"] == round(days / 7, 1)
            assert state.attributes["measured"] > 0


async def test_a_database_that_fails_keeps_what_was_known(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await imported()
    before = shown(hass, entry, simulator, ENERGY).state

    async def unavailable(*_: object) -> None:
        raise HistoryUnavailableError

    monkeypatch.setattr(entry.runtime_data.history, "async_hours", unavailable)
    await entry.runtime_data.forecast.async_refresh()
    assert shown(hass, entry, simulator, ENERGY).state == before


async def test_an_import_that_is_broken_off_forecasts_nothing(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    simulator: Simulator,
    pass_time: PassTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The newest hours are there, the first of the month may not be."""

    async def unavailable(*_: object, **__: object) -> None:
        raise HistoryUnavailableError

    with monkeypatch.context() as broken:
        broken.setattr("custom_components.reengen.history.upkeep.Upkeep.check", unavailable)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert entry.runtime_data.history.newest_hours
        assert entity_id(hass, "sensor", entry, oracle.point_id(simulator, SITE), ENERGY) is None
    await pass_time(HOUR)
    assert float(shown(hass, entry, simulator, ENERGY).state) > 0
