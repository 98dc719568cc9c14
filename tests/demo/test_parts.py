"""The pure parts of the demo: tables, forms, ports, the reading of logs, the values that are expected."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
import socket
import sqlite3
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from script.lib.coverage_bars import FULL_COVERAGE, below_bar
from script.lib.demo.account import suggestions
from script.lib.demo.check import integration_trouble, mismatch, poll_instants
from script.lib.demo.inventory import home_entity, in_tree_order
from script.lib.demo.oracle import Oracle
from script.lib.demo.ports import can_listen, free_port
from script.lib.demo.stage import top_points
from script.lib.demo.table import table

ISTANBUL = ZoneInfo("Europe/Istanbul")
ENTRY = "01ENTRY"


def test_table_aligns_figures_to_the_right() -> None:
    """Columns are as wide as their widest cell."""
    assert table(["device", "n"], [["Depo", "7"], ["X", "12"]]) == "  device  n\n  Depo     7\n  X       12"


def test_devices_stand_below_what_they_hang_on() -> None:
    """The order is the tree's, siblings by name; what hangs on a device of somebody else is a root."""
    rows: list[dict[str, Any]] = [
        {"id": "c", "name": "Trafo 2", "name_by_user": None, "via_device_id": "a"},
        {"id": "d", "name": "Depo", "name_by_user": None, "via_device_id": "b"},
        {"id": "b", "name": "Trafo 1", "name_by_user": None, "via_device_id": "a"},
        {"id": "a", "name": "Fabrika", "name_by_user": "Site", "via_device_id": "elsewhere"},
    ]
    assert [device.name for device in in_tree_order(rows)] == ["Site", "Trafo 1", "Depo", "Trafo 2"]


@pytest.mark.parametrize(
    ("unique_id", "point_id", "key", "command"),
    [
        pytest.param(
            f"{ENTRY}_12768_active_energy_import_today", 12768, "active_energy_import_today", None, id="sensor"
        ),
        pytest.param(
            f"{ENTRY}_12768_command_lights-on-off", 12768, "command_lights-on-off", "lights-on-off", id="command"
        ),
        pytest.param(f"{ENTRY}_history_progress", None, "history_progress", None, id="account"),
    ],
)
def test_unique_id_is_read(unique_id: str, point_id: int | None, key: str, command: str | None) -> None:
    """The unique id says which point and what; names and entity ids do not."""
    row = {
        "entity_id": "sensor.x",
        "unique_id": unique_id,
        "device_id": None,
        "name": None,
        "original_name": None,
        "disabled_by": None,
    }
    entity = home_entity(row, None, ENTRY)
    assert (entity.point_id, entity.key, entity.command) == (point_id, key, command)


def test_top_points_have_no_parent_among_the_points() -> None:
    """An orphan is a top; a parent spelled with other capitals is one all the same."""
    points: list[dict[str, Any]] = [
        {"code": "site", "parent": None},
        {"code": "hall", "parent": "Site"},
        {"code": "orphan", "parent": "demolished"},
    ]
    assert top_points(points) == ["site", "orphan"]


def test_suggestions_of_a_form_win_over_defaults() -> None:
    """What a user who changes nothing would submit."""
    schema = [
        {"name": "measurements", "default": [], "description": {"suggested_value": ["active_energy_import"]}},
        {"name": "energy_dashboard", "default": False},
        {"name": "note"},
    ]
    assert suggestions({"data_schema": schema}) == {
        "measurements": ["active_energy_import"],
        "energy_dashboard": False,
    }


def test_a_taken_port_is_not_chosen(socket_enabled: None) -> None:
    """A free wanted port is taken, another program's is not."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not can_listen(port)
        assert free_port([port]) != port
    assert free_port([port]) == port


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
    ],
)
def test_oracle(oracle: Oracle, key: str, expected: dict[int, float]) -> None:
    """Only what was revealed when the platform was asked counts."""
    assert oracle.values(key, datetime(2026, 7, 14, 22, tzinfo=UTC)) == expected


def test_oracle_demands_only_what_was_measured(oracle: Oracle) -> None:
    """In the first quarter hour of a day no sum can be demanded."""
    assert oracle.measured(datetime(2026, 7, 14, 22, tzinfo=UTC)) == {"active_energy_import", "voltage_phase"}
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


def test_coverage_bars() -> None:
    """The config flow has to be whole, everything else nearly; what is not in the report falls short."""
    (flow,) = FULL_COVERAGE
    percent_of = {flow: 99.9, "a.py": 95.0, "b.py": 94.9}
    shortfalls = below_bar(percent_of, frozenset({flow, "a.py", "b.py", "c.py"}))
    assert [line.partition(":")[0] for line in shortfalls] == ["b.py", "c.py", flow]
