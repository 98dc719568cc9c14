"""A real recorder under every test that asks for one, and an account whose history is imported into it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from unittest.mock import patch

from homeassistant.components.recorder import statistics as recorded
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import Statistics as StatisticsTable, StatisticsShortTerm
from homeassistant.components.recorder.models import StatisticData
from homeassistant.components.recorder.tasks import AdjustStatisticsTask, ClearStatisticsTask, ImportStatisticsTask
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager
from pytest_socket import socket_allow_hosts
from sqlalchemy.orm import Session, class_mapper

from custom_components.reengen.account import async_forget_kept
from custom_components.reengen.history.recorder_work import RemoveHours
from simulator import Simulator

from .databases import empty_database
from .statistics import Statistics

STATISTICS_TASKS = (ImportStatisticsTask, AdjustStatisticsTask, ClearStatisticsTask, RemoveHours)


RECORDED = recorded.__name__
type Imported = Callable[[], Awaitable[MockConfigEntry]]
type Table = type[StatisticsTable | StatisticsShortTerm]


def stored_row(session: Session, table: Table, metadata_id: int, start: datetime) -> int | None:
    """Return the id of a stored hour, as the function of Home Assistant 2026.10 does, without its object mapper."""
    statement = f"SELECT id FROM {class_mapper(table).local_table} WHERE metadata_id = ? AND start_ts = ?"
    found: int | None = session.connection().exec_driver_sql(statement, (metadata_id, start.timestamp())).scalar()
    return found


def change_row(session: Session, table: Table, row_id: int, changed: StatisticData) -> None:
    """Write a stored hour anew, as the function of Home Assistant 2026.10 does, without its object mapper."""
    last_reset = changed.get("last_reset")
    values = (
        *(changed.get(name) for name in ("mean", "min", "max", "state", "sum")),
        last_reset and last_reset.timestamp(),
    )
    columns = "mean = ?, min = ?, max = ?, state = ?, sum = ?, last_reset_ts = ?"
    session.connection().exec_driver_sql(f"UPDATE {table.__tablename__} SET {columns} WHERE id = ?", (*values, row_id))


# Later versions of Home Assistant have none of these.
QUICK: Final[Mapping[str, Any]] = {"_statistics_exists": stored_row, "_update_statistics": change_row}
HOME_ASSISTANTS_OWN: Final = {name: getattr(recorded, name) for name in QUICK if hasattr(recorded, name)}


@pytest.fixture(autouse=True)
def _rows_are_written_quickly(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save the time that Home Assistant 2026.10 takes to find and change a row after another: half of an import's.

    What is stored is the same, as `test_quick_rows` sees to. On the other databases, and in all that runs a real Home
    Assistant, nothing is replaced.
    """
    if pytestconfig.getoption("dburl").startswith("sqlite:"):
        for name in HOME_ASSISTANTS_OWN:
            monkeypatch.setattr(f"{RECORDED}.{name}", QUICK[name])


@pytest.fixture
def recorder_db_url(recorder_db_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the recorder's database: in memory, or an empty one on the server that `--dburl` names."""
    if recorder_db_url.startswith("sqlite:"):
        yield recorder_db_url
    else:
        request.getfixturevalue("socket_enabled")
        socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
        with empty_database(recorder_db_url) as url:
            yield url


@pytest.fixture
async def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> None:
    """Make the recorder ready before Home Assistant is."""


@pytest.fixture
def entry_options() -> dict[str, Any]:
    """Choose one transformer and its energy, as deep as the world of a test."""
    return {
        "points": ["xFabrikaTrafo6"],
        "include_descendants": False,
        "measurements": ["active_energy_import"],
        "costs": [],
        "energy_dashboard": False,
        "history_months": 2,
        "time_zone": "Europe/Istanbul",
        "currency": "TRY",
    }


@pytest.fixture
def statistics(recorder_mock: Recorder, hass: HomeAssistant, simulator: Simulator) -> Statistics:
    """Return what reads the recorder's database and the simulator's by plain SQL."""
    return Statistics(hass, simulator)


@pytest.fixture
def imported(recorder_mock: Recorder, hass: HomeAssistant, entry: MockConfigEntry) -> Imported:
    """Return what sets the account up, or anew as after a restart, and waits until its history has come to rest."""

    async def run() -> MockConfigEntry:
        if entry.state is not ConfigEntryState.NOT_LOADED:
            assert await hass.config_entries.async_unload(entry.entry_id)
            async_forget_kept(hass, entry.entry_id)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert entry.runtime_data.history is not None
        assert entry.runtime_data.history.last_error is None
        return entry

    return run


@pytest.fixture
def queued(recorder_mock: Recorder) -> Iterator[list[str]]:
    """Return the names of the tasks that change statistics, as they are queued for the recorder."""
    names: list[str] = []
    queue_task = recorder_mock.queue_task

    def spy(task: Any) -> None:
        if isinstance(task, STATISTICS_TASKS):
            names.append(type(task).__name__)
        queue_task(task)

    with patch.object(recorder_mock, "queue_task", spy):
        yield names
