"""The check of the history finds each way in which a statistic may be wrong, and only those."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
import sqlite3
from zoneinfo import ZoneInfo

from homeassistant.components.recorder.db_schema import Base, Statistics, StatisticsMeta
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from demo.recorder_file import RecorderFile, StoredRow
from tests.e2e.history import compare_history, differing_costs, differing_hours, sure_until, unsound_rows
from tests.e2e.history_oracle import HistoryOracle, HourOfLevel

ISTANBUL = ZoneInfo("Europe/Istanbul")
HOUR = 3600
MIDNIGHT = int(datetime(2026, 7, 14, 21, tzinfo=UTC).timestamp())
ENERGY = "reengen:xyz_7_active_energy_import"
VOLTAGE = "reengen:xyz_7_voltage_phase"
COST = "reengen:xyz_7_active_energy_cost_try"
# Two hours of a meter: 1 kWh and, after a quarter hour of zero, 0.5 kWh; then a price that doubles.
READINGS = [(899, 250), (1799, 250), (2699, 250), (3599, 250), (4499, 0), (5399, 500)]
PRICES = [("2.0", 0, MIDNIGHT + HOUR), ("4.0", MIDNIGHT + HOUR, 2**40)]


def summed(hour: int, state: float | None, total: float | None) -> StoredRow:
    return StoredRow(start=MIDNIGHT + hour * HOUR, state=state, sum=total, mean=None, min=None, max=None)


def level(hour: int, mean: float, least: float, greatest: float) -> StoredRow:
    return StoredRow(start=MIDNIGHT + hour * HOUR, state=None, sum=None, mean=mean, min=least, max=greatest)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param([summed(0, 1.0, 1.0), summed(1, 0.5, 1.5)], 0, id="sound"),
        pytest.param([summed(0, 1.0, 1.0), summed(3, 0.5, 1.5)], 0, id="a gap is no fault of sums"),
        pytest.param([summed(0, 1.0, 4.0), summed(1, 0.5, 4.5)], 1, id="begins at a meter's reading"),
        pytest.param([summed(0, 1.0, 1.0), summed(1, 0.5, 2.5), summed(2, 1.0, 3.5)], 1, id="a step in the sums"),
        pytest.param([summed(0, None, 1.0), summed(1, 0.5, 1.5)], 1, id="no state"),
        pytest.param([summed(0, 1.0, 1.0), summed(0, 1.0, 2.0)], 1, id="an hour twice"),
        pytest.param([StoredRow(MIDNIGHT + 60, 1.0, 1.0, None, None, None)], 1, id="between two hours"),
    ],
)
def test_unsound_rows(rows: Sequence[StoredRow], count: int) -> None:
    assert len(list(unsound_rows(ENERGY, rows))) == count


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param([summed(0, 1.0, 1.0), summed(1, 0.5, 1.5)], 0, id="equal"),
        pytest.param([summed(0, 1.0, 1.0)], 0, id="the newest hour may be still to come"),
        pytest.param([summed(1, 0.5, 0.5)], 1, id="an hour is missing"),
        pytest.param([summed(0, 1.001, 1.001)], 1, id="a watt hour too much"),
        pytest.param([summed(-1, 0.0, 0.0), summed(0, 1.0, 1.0)], 1, id="a made-up zero"),
        pytest.param([summed(0, None, 0.0)], 1, id="no value"),
    ],
)
def test_differing_hours(rows: Sequence[StoredRow], count: int) -> None:
    """The first of two hours had passed when the import began."""
    expected = {MIDNIGHT: (1.0,), MIDNIGHT + HOUR: (0.5,)}
    assert len(list(differing_hours(ENERGY, rows, expected, MIDNIGHT + HOUR))) == count


@pytest.mark.parametrize(
    ("row", "count"),
    [
        pytest.param(level(0, 230.0, 228.0, 232.0), 0, id="equal"),
        pytest.param(level(0, 230.0, 228.5, 232.0), 1, id="another least value"),
        pytest.param(summed(0, 230.0, 230.0), 1, id="summed"),
    ],
)
def test_differing_levels(row: StoredRow, count: int) -> None:
    expected = {MIDNIGHT: tuple(HourOfLevel(230.0, 228.0, 232.0))}
    assert len(list(differing_hours(VOLTAGE, [row], expected, MIDNIGHT + HOUR))) == count


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param([summed(0, 1.5, 1.5), summed(1, 1.5, 3.0)], 0, id="other hours, the same day"),
        pytest.param([summed(0, 3.0, 3.0), summed(24, 0.01, 3.01)], 1, id="too much on the next day"),
        pytest.param([], 1, id="nothing"),
    ],
)
def test_differing_costs(rows: Sequence[StoredRow], count: int) -> None:
    """The hours are shares; what has to agree is the day."""
    days = [(MIDNIGHT, MIDNIGHT + 24 * HOUR), (MIDNIGHT + 24 * HOUR, MIDNIGHT + 48 * HOUR)]
    assert len(list(differing_costs(COST, rows, {MIDNIGHT: 2.0, MIDNIGHT + HOUR: 1.0}, days))) == count


def test_an_hour_is_sure_a_quarter_of_an_hour_after_its_end() -> None:
    assert sure_until(datetime(2026, 7, 14, 22, 14, 59, tzinfo=UTC)) == MIDNIGHT
    assert sure_until(datetime(2026, 7, 14, 22, 15, tzinfo=UTC)) == MIDNIGHT + HOUR


def test_cost_periods_are_months_and_then_days(simulator_file: Path) -> None:
    """35 days before the 14th of July is the 9th of June: the days from the 10th on are compared one by one."""
    oracle = HistoryOracle(database=simulator_file, zone=ISTANBUL)
    first, until = (int(datetime(2026, *day, tzinfo=ISTANBUL).timestamp()) for day in ((5, 20, 7), (7, 14, 9)))
    periods = oracle.cost_periods(first, until)
    begins = [datetime.fromtimestamp(begin, ISTANBUL).strftime("%m-%d") for begin, _ in periods]
    assert begins[:4] == ["05-01", "06-01", "06-10", "06-11"]
    assert begins[-1] == "07-14"
    assert periods[-1][1] == until
    assert len(periods) == 2 + 21 + 14


@pytest.fixture
def simulator_file(tmp_path: Path) -> Path:
    """Make a database with the readings and prices above, and voltages of three phases in the first quarter hour."""
    file = tmp_path / "simulator.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "CREATE TABLE reading(point_id, definition, variant, idx, end_utc INTEGER, value, original, note, revealed_utc)"
        )
        connection.execute(
            "CREATE TABLE tariff(cost_group, utility, definition, variant, stored_per_unit, price, tax_rate,"
            " valid_from_utc, valid_to_utc)"
        )
        series = [("activeEnergy", "import", 1, end, value) for end, value in READINGS]
        series += [("voltage", "phase", index, 899, volts) for index, volts in ((1, 229), (2, 229), (3, 232))]
        connection.executemany(
            "INSERT INTO reading VALUES (7, ?, ?, ?, ? + ?, ?, NULL, NULL, ? + ?)",
            [(*kind, MIDNIGHT, end, value, MIDNIGHT, end) for *kind, end, value in series],
        )
        connection.executemany(
            "INSERT INTO tariff VALUES ('activeEnergyCost', 'electricity', 'activeEnergy', 'import', 1000, ?, '0.2', ?, ?)",
            PRICES,
        )
    return file


@pytest.fixture
def recorder_file(tmp_path: Path) -> RecorderFile:
    """Make a recorder's file with Home Assistant's own tables: 1 and 0.5 kWh, volts, 2 and 2 liras, and another's."""
    file = tmp_path / "recorder.sqlite"
    engine = create_engine(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    stored = {
        ENERGY: [summed(1, 0.5, 1.5), summed(0, 1.0, 1.0)],
        VOLTAGE: [level(0, 230.0, 229.0, 232.0)],
        COST: [summed(0, 1.0, 1.0), summed(1, 3.0, 4.0)],
        "sensor.other": [summed(0, 7.0, 7.0)],
    }
    with Session(engine) as session:
        for number, (statistic_id, rows) in enumerate(stored.items(), 1):
            source = statistic_id.partition(":")[0] if ":" in statistic_id else "recorder"
            session.add(StatisticsMeta(id=number, statistic_id=statistic_id, source=source, mean_type=0, has_sum=True))
            session.add_all(
                Statistics(
                    metadata_id=number,
                    start_ts=row.start,
                    state=row.state,
                    sum=row.sum,
                    mean=row.mean,
                    min=row.min,
                    max=row.max,
                )
                for row in rows
            )
        session.commit()
    engine.dispose()
    return RecorderFile(path=file)


def test_two_databases_that_agree(recorder_file: RecorderFile, simulator_file: Path) -> None:
    """1 kWh at 2 liras and 0.5 kWh at 4 are 4 liras a day; a point that is not chosen is not expected."""
    oracle = HistoryOracle(database=simulator_file, zone=ISTANBUL)
    begun_at = datetime.fromtimestamp(MIDNIGHT + 3 * HOUR, UTC)
    compared = compare_history(recorder_file, oracle, {7}, begun_at)
    assert compared.wrong == []
    # The costs of the fifteen days since the month began.
    counted = (compared.statistics, compared.hours, compared.cost_hours, compared.cost_periods)
    assert counted == (3, 3, 2, 15)
    assert recorder_file.row_count() == 5


def test_a_statistic_without_readings_is_told(recorder_file: RecorderFile, simulator_file: Path) -> None:
    """Nobody has chosen the point, so its three statistics should not be there."""
    oracle = HistoryOracle(database=simulator_file, zone=ISTANBUL)
    compared = compare_history(recorder_file, oracle, {8}, datetime.fromtimestamp(MIDNIGHT, UTC))
    assert len(compared.wrong) == 3


def test_a_missing_statistic_is_told(recorder_file: RecorderFile, simulator_file: Path) -> None:
    with closing(sqlite3.connect(recorder_file.path)) as connection, connection:
        connection.execute("DELETE FROM statistics WHERE metadata_id = 1")
    oracle = HistoryOracle(database=simulator_file, zone=ISTANBUL)
    begun_at = datetime.fromtimestamp(MIDNIGHT + 3 * HOUR, UTC)
    assert {text.split()[0] for text in compare_history(recorder_file, oracle, {7}, begun_at).wrong} == {ENERGY}


def test_a_recorder_that_never_started_has_no_rows(tmp_path: Path) -> None:
    recorder = RecorderFile(path=tmp_path / "none.sqlite")
    assert recorder.row_count() == 0
    with closing(sqlite3.connect(recorder.path)) as connection, connection:
        connection.execute("CREATE TABLE other(x)")
    assert recorder.row_count() == 0
