"""The pure parts of the demo: tables, forms, ports, what is read from the registries."""

from contextlib import closing
import io
import socket
from typing import Any

import pytest

from demo.account import suggestions
from demo.automations import highest_power
from demo.errors import DemoError
from demo.inventory import Inventory, home_entity, in_tree_order
from demo.ports import can_listen, free_port
from demo.progress import LastLines, Pace, in_minutes
from demo.stage import top_points
from demo.table import table

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


class Terminal(io.StringIO):
    """A screen that keeps what is written on it."""

    def isatty(self) -> bool:
        """Say that lines can be rewritten."""
        return True

    def lines(self) -> list[str]:
        """Return what is seen after all that was written: lines, and the moves to the beginning of an earlier line."""
        seen: list[str] = []
        row = 0
        for written in self.getvalue().splitlines():
            up, _, text = written.partition("F\x1b[2K") if written.startswith("\x1b[") else ("\x1b[0", "", written)
            row -= int(up.removeprefix("\x1b["))
            seen[row : row + 1] = [text]
            row += 1
        return seen


def test_on_a_terminal_the_last_lines_stay_last_and_the_one_above_is_rewritten() -> None:
    """However often there is progress, there is one line of it, and the address and the login are below it."""
    screen = Terminal("")
    last = LastLines("http://address", "login", stream=screen)
    for percent in range(50):
        last.tell(f"{percent} %")
    last.end("complete")
    assert screen.lines() == ["complete", "http://address", "login"]


def test_in_a_file_the_last_lines_are_there_at_once_and_at_the_end() -> None:
    """Nothing can be rewritten there, so what comes within half a minute is left out."""
    file = io.StringIO()
    last = LastLines("http://address", "login", stream=file)
    for text in ("1 %", "2 %", "3 %"):
        last.tell(text)
    last.end("complete")
    assert file.getvalue().splitlines() == ["1 %", "http://address", "login", "complete", "http://address", "login"]


@pytest.mark.parametrize(("begin", "speed"), [(0.0, 0.005), (0.09, 0.02), (0.5, 0.03)])
def test_the_time_that_is_left_is_that_of_the_pace_so_far(begin: float, speed: float) -> None:
    """What goes on at the same speed, in shares a second, ends when it was said to; nothing is said at the first look."""
    pace = Pace()
    assert pace.left(begin, 1000.0) is None
    for passed in (5.0, 10.0, 15.0):
        share = begin + speed * passed
        assert pace.left(share, 1000.0 + passed) == pytest.approx((1.0 - share) / speed)


def test_minutes_are_rounded_up() -> None:
    assert [in_minutes(seconds) for seconds in (5, 60, 61)] == [
        "less than a minute left",
        "less than a minute left",
        "about 2 minutes left",
    ]


def power_of(point_id: int, state: str) -> dict[str, Any]:
    """Return a row of the registry and the state of a power sensor."""
    row = {
        "entity_id": f"sensor.point_{point_id}_power",
        "unique_id": f"{ENTRY}_{point_id}_active_power",
        "device_id": None,
        "name": None,
        "original_name": None,
        "disabled_by": None,
    }
    return {"row": row, "state": {"state": state, "attributes": {}}, "entry_id": ENTRY}


def test_the_site_of_the_automation_is_the_one_that_draws_most() -> None:
    """What has no power yet is none of the choice, and without any there is nothing to choose."""
    states = {1: "9.5", 2: "230.0", 3: "unknown"}
    entities = tuple(home_entity(**power_of(point_id, state)) for point_id, state in states.items())
    assert highest_power(Inventory(devices=(), entities=entities)) == "sensor.point_2_power"
    with pytest.raises(DemoError):
        highest_power(Inventory(devices=(), entities=entities[2:]))
