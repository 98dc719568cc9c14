"""What is expected of the sensors and of the log, and when it is met."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
import sqlite3
from zoneinfo import ZoneInfo

import pytest

from demo.inventory import home_entity
from tests.e2e.sensor_oracle import Oracle
from tests.e2e.sensors import mismatch, poll_instants
from tests.e2e.trouble import integration_trouble

ISTANBUL = ZoneInfo("Europe/Istanbul")
ENTRY = "01ENTRY"

LOG = """\
2026-11-22 15:24:59.816+00:00 WARNING (SyncWorker_0) [homeassistant.loader] We found a custom integration reengen which has not
2026-11-22 15:25:00.000 ERROR (MainThread) [homeassistant.components.stream] no camera
2026-11-22 15:25:01.000 INFO (MainThread) [custom_components.reengen] all is well
"""


@pytest.mark.parametrize(
    ("record", "count"),
    [
        pytest.param("", 0, id="quiet"),
        pytest.param(
            "2026-11-22 15:25:02.000 WARNING (MainThread) [custom_components.reengen] slow\n", 1, id="own logger"
        ),
        pytest.param(
            '2026-11-22 15:25:02.000 ERROR (MainThread) [homeassistant] Error doing job\nTraceback:\n  File "custom_components/reengen/sensor.py"\n',
            1,
            id="traceback",
        ),
    ],
)
def test_trouble_in_a_log(record: str, count: int) -> None:
    """Warnings of the integration count, and tracebacks through it; others and the one expected line do not."""
    assert len(integration_trouble(LOG + record)) == count


def test_poll_instants_has_one_for_each_quarter_hour() -> None:
    """A poll across the end of a quarter hour may have seen either; an earlier poll counts no more."""
    requests = [
        {"method": method, "at": f"2026-07-15T11:{minute_second}+00:00"}
        for method, minute_second in [
            ("GetData", "00:01"),
            ("GetData", "14:58.250"),
            ("GetData", "14:59.500"),
            ("ListAvailableCommands", "15:00"),
            ("GetData", "15:01"),
        ]
    ]
    assert [instant.minute for instant in poll_instants(requests)] == [14, 15]


@pytest.fixture
def oracle(tmp_path: Path) -> Oracle:
    """Read a database with readings of one point: one before midnight in Istanbul, two after, one not yet revealed."""
    database = tmp_path / "simulator.sqlite"
    midnight = int(datetime(2026, 7, 14, 21, tzinfo=UTC).timestamp())
    readings = [(1000, -1, -1), (250, 899, 899), (500, 1799, 1799), (7, 2699, 9000)]
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "CREATE TABLE reading(point_id, definition, variant, idx, end_utc, value, original, note, revealed_utc)"
        )
        connection.executemany(
            "INSERT INTO reading VALUES (7, 'activeEnergy', 'import', 1, ?, ?, NULL, NULL, ?)",
            [(midnight + end, value, midnight + revealed) for value, end, revealed in readings],
        )
        connection.executemany(
            "INSERT INTO reading VALUES (7, 'voltage', 'phase', ?, ?, ?, NULL, NULL, ?)",
            [(index, midnight + 899, volts, midnight + 899) for index, volts in ((1, 229), (2, 230), (3, 234))],
        )
        connection.commit()
    return Oracle(database=database, zone=ISTANBUL)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("active_energy_import_today", {7: 0.75}, id="since midnight, Wh to kWh"),
        pytest.param("active_energy_import_this_month", {7: 1.75}, id="since the first"),
        pytest.param("active_energy_export_today", {}, id="nothing is not zero"),
        pytest.param("voltage_phase", {7: 231.0}, id="mean of the phases"),
        pytest.param("active_power", {7: 2.0}, id="a quarter hour's energy times four"),
    ],
)
def test_oracle(oracle: Oracle, key: str, expected: dict[int, float]) -> None:
    """Only what was revealed when the platform was asked counts."""
    assert oracle.values(key, datetime(2026, 7, 14, 22, tzinfo=UTC)) == expected


def test_oracle_demands_only_what_was_measured(oracle: Oracle) -> None:
    """In the first quarter hour of a day no sum can be demanded, and of one quarter hour alone no power."""
    assert oracle.measured(datetime(2026, 7, 14, 22, tzinfo=UTC)) == {"active_energy_import", "active_power"}
    assert oracle.measured(datetime(2026, 7, 14, 21, 10, tzinfo=UTC)) == set()


@pytest.mark.parametrize(
    ("state", "expected", "agrees"),
    [
        pytest.param("0.75", [{7: 0.75}], True, id="equal"),
        pytest.param("0.751", [{7: 0.75}], False, id="one watt hour more"),
        pytest.param("1.0", [{7: 0.75}, {7: 1.0}], True, id="the later of two instants"),
        pytest.param("unknown", [{}], True, id="rightly unknown"),
        pytest.param("0.0", [{}], False, id="a made-up zero"),
        pytest.param("unknown", [{7: 0.0}], False, id="a lost zero"),
        pytest.param("unavailable", [{7: 0.75}], False, id="unavailable"),
    ],
)
def test_mismatch(state: str, expected: list[dict[int, float]], agrees: bool) -> None:
    """A sensor agrees with the database to the watt hour, and says unknown where there is nothing."""
    row = {
        "entity_id": "sensor.x",
        "unique_id": f"{ENTRY}_7_active_energy_import_today",
        "device_id": None,
        "name": None,
        "original_name": None,
        "disabled_by": None,
    }
    entity = home_entity(row, {"state": state, "attributes": {}}, ENTRY)
    assert (mismatch(entity, expected) is None) is agrees
