"""What differs from one database to another: where the recorder is, exact numbers, statements about long tails."""

from collections.abc import Mapping
from datetime import UTC, datetime

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import Statistics as StatisticsTable
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import insert, make_url, text

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history.apply import Applier
from custom_components.reengen.history.plan import Level
from custom_components.reengen.history.rows import levels as stored_levels, values
from custom_components.reengen.history.series import HistorySeries, SeriesResult
from custom_components.reengen.history.store import HistoryStore

from .statistics import HOUR, Statistics, series_of_point, six_decimals

pytestmark = pytest.mark.every_database

START = datetime(2024, 7, 1, tzinfo=UTC)
FIRST = int(START.timestamp())
# Two years.
HOURS = 2 * 365 * 24


@pytest.fixture
def series() -> HistorySeries:
    """Return a summed series that no account keeps."""
    return series_of_point(1, "active_energy_import")


@pytest.fixture
def level_series() -> HistorySeries:
    """Return a series of levels that no account keeps."""
    return series_of_point(1, "voltage_phase")


@pytest.fixture
def store(recorder_mock: Recorder, hass: HomeAssistant) -> HistoryStore:
    """Return the store under test."""
    return HistoryStore(hass)


@pytest.fixture
def applier(hass: HomeAssistant, store: HistoryStore) -> Applier:
    """Return what writes on behalf of an account."""
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    return Applier(hass, entry, store)


def hours(first: int, after: int) -> range:
    """Return the starts of the hours of these numbers, in epoch seconds."""
    return range(FIRST + first * HOUR, FIRST + after * HOUR, HOUR)


def energy(number: int) -> float:
    """Return the energy of the hour of this number, which six decimals hold exactly."""
    return 40 + number % 24 + 1e-6 * (number % 1000)


@pytest.fixture
async def two_years(hass: HomeAssistant, recorder_mock: Recorder, store: HistoryStore, series: HistorySeries) -> None:
    """Put two years of hours into the table, by a statement of our own."""
    await store.write_name(series)
    await store.written()
    rows, total = [], 0.0
    for number in range(HOURS):
        total += energy(number)
        rows.append({"start_ts": float(FIRST + number * HOUR), "state": energy(number), "sum": total})

    def write() -> None:
        with session_scope(hass=hass) as session:
            query = text("SELECT id FROM statistics_meta WHERE statistic_id = :id")
            (known_as,) = session.execute(query, {"id": series.statistic_id}).one()
            session.execute(insert(StatisticsTable), [row | {"metadata_id": known_as} for row in rows])

    await recorder_mock.async_add_executor_job(write)


async def assert_hours(statistics: Statistics, series: HistorySeries, changed: Mapping[int, float | None]) -> None:
    """Compare every hour, and that each sum is the one before plus its own energy."""
    wanted: dict[int, float | None] = {number: energy(number) for number in range(HOURS)}
    wanted.update(changed)
    assert await statistics.hours(series.statistic_id) == {
        FIRST + number * HOUR: six_decimals(value) for number, value in wanted.items() if value is not None
    }


def test_the_recorder_is_where_the_option_says(recorder_mock: Recorder, pytestconfig: pytest.Config) -> None:
    server = make_url(pytestconfig.getoption("dburl"))
    assert recorder_mock.dialect_name == server.get_backend_name()
    assert recorder_mock.engine is not None
    assert recorder_mock.engine.url.query == server.query


@pytest.mark.usefixtures("two_years")
async def test_a_correction_two_years_back_is_one_row_and_one_shift(
    applier: Applier, series: HistorySeries, statistics: Statistics, queued: list[str]
) -> None:
    await assert_hours(statistics, series, {})
    queued.clear()
    results = await applier.sums([series], hours(0, 24), {series.statistic_id: {FIRST + 5 * HOUR: 1234.567891}})
    assert queued == ["ImportStatisticsTask", "AdjustStatisticsTask"]
    assert results[series.statistic_id].hours_written == 1
    await assert_hours(statistics, series, {5: 1234.567891})


@pytest.mark.usefixtures("two_years")
async def test_a_retraction_two_years_back(applier: Applier, series: HistorySeries, statistics: Statistics) -> None:
    gone = {5, 6, 7, 200}
    starts = {FIRST + number * HOUR for number in gone}
    result = await applier.sums([series], hours(0, 240), {series.statistic_id: {}}, {series.statistic_id: starts})
    assert result[series.statistic_id].hours_removed == len(gone)
    await assert_hours(statistics, series, dict.fromkeys(gone, None))


@pytest.mark.usefixtures("two_years")
async def test_hours_before_and_behindtwo_years(
    applier: Applier, series: HistorySeries, statistics: Statistics
) -> None:
    added = {-3: 7.25, -1: 8.5, HOURS: 9.75, HOURS + 30: 10.0}
    for first, after in ((-3, 0), (HOURS, HOURS + 31)):
        found = {FIRST + number * HOUR: value for number, value in added.items() if first <= number < after}
        await applier.sums([series], hours(first, after), {series.statistic_id: found})
    await assert_hours(statistics, series, added)


async def test_numbers_come_back_as_they_were_written(
    store: HistoryStore, applier: Applier, series: HistorySeries, level_series: HistorySeries
) -> None:
    # Numbers that few digits, or a number of single precision, would not hold.
    numbers = (0.0, -0.000001, 0.1, 1 / 3, 5e-7, 123456789.123457, -987654321.000001, 16777217.0)
    energies = {FIRST + place * HOUR: number for place, number in enumerate(numbers)}
    levels = {start: Level(number, number - 1, number + 1) for start, number in energies.items()}
    window = hours(0, len(numbers))
    await store.write_levels(level_series, levels)
    await applier.sums([series], window, {series.statistic_id: energies})
    assert await store.read(stored_levels, [level_series.statistic_id], window) == {level_series.statistic_id: levels}
    assert await store.read(values, [series.statistic_id], window) == {series.statistic_id: energies}
    again = await applier.sums([series], window, {series.statistic_id: energies})
    assert again == {series.statistic_id: SeriesResult(hours_checked=len(numbers))}
