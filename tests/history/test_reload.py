"""What an account knows of its history over a reload: what was compared within two hours is not looked at again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.history import async_clear, rows
from simulator import Simulator, WorldOptions
from tests.accounts import second_account, set_up
from tests.clocks import PassTime

from .conftest import Imported
from .statistics import Statistics

TRAFO_6, OFFICE = "xFabrikaTrafo6", "xFabrikaDepo"
IMPORT, OFFICE_IMPORT = "reengen:xyz_12768_active_energy_import", "reengen:xyz_12747_active_energy_import"
REACTIVE = "reengen:xyz_12768_reactive_energy_import"
DAYS = 50


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin in the middle of a month, before the newest two and the newest 35 days."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=8)


@pytest.fixture
def audited() -> Iterator[list[str]]:
    """Return the statistics whose sums are looked at from first to last."""
    found: list[str] = []
    inconsistent = rows.inconsistent

    def noted(hass: HomeAssistant, statistic_ids: Any, *window: range) -> set[str]:
        found.extend(statistic_ids if not window else ())
        return inconsistent(hass, statistic_ids, *window)

    with patch.object(rows, "inconsistent", noted):
        yield found


def expected(
    statistics: Statistics, simulator: Simulator, code: str, definition: str = "activeEnergy"
) -> dict[int, Decimal]:
    end = (simulator.clock.now() - timedelta(minutes=10)).replace(minute=0, second=0)
    return statistics.platform_hours(code, definition, "import", end - timedelta(days=DAYS + 2), end)


def months_asked(simulator: Simulator, since: int) -> int:
    """Return how many months were compared at most."""
    asked = [
        request.rows or 0
        for request in simulator.requests[since:]
        if request.method == "GetData" and request.body["properties"].get("resolution") == "month"
    ]
    return max(asked, default=0)


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.history.last_error is None
    assert entry.runtime_data.history.progress == 100


async def test_a_reload_compares_nothing_again_within_two_hours(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    pass_time: PassTime,
    audited: list[str],
) -> None:
    entry = await imported()
    assert audited == [IMPORT]
    audited.clear()
    before = simulator.count()
    await reload(hass, entry)
    assert audited == []
    # The poll's own month.
    assert months_asked(simulator, before) == 1

    hour = simulator.clock.now().replace(minute=0) - timedelta(days=20)
    simulator.set_reading(TRAFO_6, "activeEnergy", "import", hour + timedelta(minutes=15, seconds=-1), 70_000.0)
    await pass_time(timedelta(hours=3))
    before = simulator.count()
    await reload(hass, entry)
    assert audited == [IMPORT]
    assert months_asked(simulator, before) == 3
    assert await statistics.hours(IMPORT) == expected(statistics, simulator, TRAFO_6)


async def test_a_restart_looks_at_everything(imported: Imported, audited: list[str]) -> None:
    for _ in range(2):
        await imported()
    assert audited == [IMPORT] * 2


@pytest.mark.parametrize(
    "changed",
    [
        {"history_months": 1},
        {"time_zone": "Asia/Dubai"},
        {"replaced_points": {"1": {"point_id": 12747, "since": 0}}},
    ],
    ids=["depth", "time zone", "replaced point"],
)
async def test_a_change_of_what_the_history_depends_on_looks_at_everything(
    hass: HomeAssistant, imported: Imported, simulator: Simulator, audited: list[str], changed: dict[str, Any]
) -> None:
    entry = await imported()
    before = simulator.count()
    hass.config_entries.async_update_entry(entry, options={**entry.options, **changed})
    await reload(hass, entry)
    assert audited == [IMPORT] * 2
    assert months_asked(simulator, before) > 1


@pytest.mark.parametrize(
    ("chosen", "code", "definition", "statistic_id"),
    [
        ({"points": [TRAFO_6, OFFICE]}, OFFICE, "activeEnergy", OFFICE_IMPORT),
        ({"measurements": ["active_energy_import", "reactive_energy_import"]}, TRAFO_6, "reactiveEnergy", REACTIVE),
    ],
    ids=["point", "measurement"],
)
async def test_of_what_is_newly_chosen_alone_everything_is_looked_at(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    audited: list[str],
    chosen: dict[str, Any],
    code: str,
    definition: str,
    statistic_id: str,
) -> None:
    entry = await imported()
    audited.clear()
    hass.config_entries.async_update_entry(entry, options={**entry.options, **chosen})
    await reload(hass, entry)
    assert audited == [statistic_id]
    for of_code, of_definition, found in ((TRAFO_6, "activeEnergy", IMPORT), (code, definition, statistic_id)):
        hours = await statistics.hours(found)
        assert hours
        assert hours == expected(statistics, simulator, of_code, of_definition)


@pytest.mark.parametrize("loaded", [True, False], ids=["loaded", "unloaded"])
async def test_what_was_deleted_comes_back(
    hass: HomeAssistant,
    imported: Imported,
    simulator: Simulator,
    statistics: Statistics,
    pass_time: PassTime,
    loaded: bool,
) -> None:
    entry = await imported()
    if not loaded:
        assert await hass.config_entries.async_unload(entry.entry_id)
    await async_clear(hass, [IMPORT])
    if not loaded:
        assert await hass.config_entries.async_setup(entry.entry_id)
    for _ in range(2):
        await pass_time(timedelta(hours=1))
    assert await statistics.hours(IMPORT) == expected(statistics, simulator, TRAFO_6)


@pytest.fixture
def shown(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    """Return the states that the sensor of the import has, one after another."""
    states: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            states.append(state.state)

    unique_id = f"{entry.entry_id}_history_progress"
    sensor = er.async_get(hass).async_get_or_create("sensor", "reengen", unique_id, config_entry=entry)
    async_track_state_change_event(hass, sensor.entity_id, changed)
    return states


async def test_progress_is_a_number_before_the_first_request_and_never_falls(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, simulator: Simulator, shown: list[str]
) -> None:
    options = {"points": [TRAFO_6, OFFICE], "measurements": ["active_energy_import", "voltage_phase"]}
    costs = {"costs": ["active_energy_cost"]}
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options, **costs})
    for _ in range(2):
        shown.clear()
        await imported()
        numbers = [float(state) for state in shown if state not in {"unknown", "unavailable"}]
        assert numbers[0] == 0
        assert numbers == sorted(numbers)
        assert numbers[-1] == 100
        assert numbers.count(100) == 1
        # In the first run the newest days count long before the first month is whole.
        assert len(set(numbers)) > 3
    shown.clear()
    await reload(hass, entry)
    assert {state for state in shown if state not in {"unknown", "unavailable"}} == {"100.0"}


async def test_what_another_account_keeps_counts_when_it_is_there(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, simulator: Simulator, pass_time: PassTime
) -> None:
    second = second_account(simulator, entry)
    with patch("custom_components.reengen.history.upkeep.Upkeep.check", side_effect=ArithmeticError):
        assert await hass.config_entries.async_setup(entry.entry_id)
        second.add_to_hass(hass)
        assert await hass.config_entries.async_setup(second.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert second.runtime_data.history.kept_elsewhere == {IMPORT: entry.entry_id}
    assert second.runtime_data.history.progress < 100
    for _ in range(2):
        await pass_time(timedelta(hours=1))
    assert [each.runtime_data.history.progress for each in (entry, second)] == [100, 100]


async def test_what_another_account_keeps_counts_only_as_far_back_as_it_goes(
    hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, simulator: Simulator, pass_time: PassTime
) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, "history_months": 1})
    await imported()
    second = second_account(simulator, entry, history_months=12)
    second.add_to_hass(hass)
    await set_up(hass, second)
    await pass_time(timedelta(hours=1))
    assert second.runtime_data.history.kept_elsewhere == {IMPORT: entry.entry_id}
    assert [each.runtime_data.history.progress for each in (entry, second)] == [100, 0]
    hass.config_entries.async_update_entry(entry, options={**entry.options, "history_months": 0})
    await imported()
    for _ in range(2):
        await pass_time(timedelta(hours=1))
    assert [each.runtime_data.history.progress for each in (entry, second)] == [100, 100]
