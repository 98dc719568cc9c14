"""The box of the form: the dashboard is filled as the history comes, each statistic once."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.history import HistoryUnavailableError
from simulator import Simulator, WorldOptions
from tests import oracle
from tests.clocks import PassTime
from tests.history.conftest import Imported

from .preferences import THEIRS, add, below, in_any_order, preferences, set_up, stored

ENERGY_DASHBOARD = "custom_components.reengen.dashboards.energy"


@pytest.mark.usefixtures("energy")
class TestTheBox:
    """A statistic that has stood in the dashboard is not added again, whoever removed it."""

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        """Tick the box."""
        return {**entry_options, "energy_dashboard": True}

    async def test_the_import_fills_the_dashboard(
        self, hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
    ) -> None:
        await set_up(hass, THEIRS)
        await imported()
        assert in_any_order(await preferences(hass)) == in_any_order(below(THEIRS, expected))

    async def test_what_the_user_removes_stays_away(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, expected: dict[str, Any]
    ) -> None:
        await imported()
        assert in_any_order(await preferences(hass)) == in_any_order(stored(expected))
        await pass_time(timedelta(minutes=2))
        await set_up(hass, THEIRS)
        await imported()
        assert await preferences(hass) == THEIRS

    async def test_what_is_removed_after_a_reload_stays_away(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime
    ) -> None:
        await imported()
        # At once: what was added is not on disk yet, and is seen in the dashboard again.
        await imported()
        await pass_time(timedelta(minutes=2))
        await set_up(hass, THEIRS)
        await imported()
        assert await preferences(hass) == THEIRS

    async def test_what_comes_later_is_added_and_nothing_else(
        self,
        hass: HomeAssistant,
        imported: Imported,
        entry: MockConfigEntry,
        pass_time: PassTime,
        expected: dict[str, Any],
    ) -> None:
        *points, roof = entry.options["points"]
        hass.config_entries.async_update_entry(entry, options={**entry.options, "points": points})
        await imported()
        await pass_time(timedelta(minutes=2))
        await set_up(hass, THEIRS)
        hass.config_entries.async_update_entry(entry, options={**entry.options, "points": [*points, roof]})
        await imported()
        solar = expected["energy_sources"][2]
        assert await preferences(hass) == {**THEIRS, "energy_sources": [*THEIRS["energy_sources"], solar]}

    async def test_what_an_earlier_version_added_and_the_user_removed_stays_away(
        self, hass: HomeAssistant, imported: Imported, entry: MockConfigEntry, pass_time: PassTime
    ) -> None:
        """An earlier version kept with the options that it was done, and not for which statistics."""
        hass.config_entries.async_update_entry(entry, options={**entry.options, "energy_dashboard": False})
        await imported()
        await set_up(hass, THEIRS)
        ticked = {**entry.options, "energy_dashboard": True, "energy_dashboard_done": True}
        hass.config_entries.async_update_entry(entry, options=ticked)
        await imported()
        await pass_time(timedelta(minutes=2))
        assert await preferences(hass) == THEIRS
        await imported()
        assert await preferences(hass) == THEIRS

    async def test_a_removed_account_leaves_no_memory(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, hass_storage: dict[str, Any]
    ) -> None:
        entry = await imported()
        await pass_time(timedelta(minutes=2))
        (kept,) = (name for name in hass_storage if name.startswith(f"{DOMAIN}.energy_dashboard"))
        assert await hass.config_entries.async_remove(entry.entry_id)
        assert kept not in hass_storage

    async def test_a_crash_before_the_preferences_are_on_disk(
        self, hass: HomeAssistant, imported: Imported, expected: dict[str, Any]
    ) -> None:
        await imported()
        await set_up(hass, THEIRS)
        await imported()
        assert in_any_order(await preferences(hass)) == in_any_order(below(THEIRS, expected))

    async def test_another_tick_does_it_again(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, expected: dict[str, Any]
    ) -> None:
        entry = await imported()
        await pass_time(timedelta(minutes=2))
        await set_up(hass, THEIRS)
        for ticked in (False, True):
            hass.config_entries.async_update_entry(entry, options={**entry.options, "energy_dashboard": ticked})
            await imported()
        assert in_any_order(await preferences(hass)) == in_any_order(below(THEIRS, expected))

    async def test_a_recorder_that_fails_is_asked_again_with_the_next_news_of_the_history(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, expected: dict[str, Any]
    ) -> None:
        with patch(f"{ENERGY_DASHBOARD}.async_own_statistic_ids", AsyncMock(side_effect=HistoryUnavailableError)):
            await imported()
        assert not any((await preferences(hass)).values())
        await pass_time(timedelta(hours=1))
        assert in_any_order(await preferences(hass)) == in_any_order(stored(expected))

    async def test_whatever_fails_is_told_once_and_tried_again(
        self,
        hass: HomeAssistant,
        imported: Imported,
        pass_time: PassTime,
        caplog: pytest.LogCaptureFixture,
        expected: dict[str, Any],
    ) -> None:
        failing = AsyncMock(side_effect=RuntimeError("no such thing"))
        with patch(f"{ENERGY_DASHBOARD}_filler.async_add_to_energy_dashboard", failing):
            await imported()
            await pass_time(timedelta(hours=1))
        assert failing.await_count > 1
        told = [each for each in caplog.records if each.exc_info and isinstance(each.exc_info[1], RuntimeError)]
        assert ["was not added to the Energy dashboard" in each.getMessage() for each in told] == [True]
        await pass_time(timedelta(hours=1))
        assert in_any_order(await preferences(hass)) == in_any_order(stored(expected))

    async def test_a_dashboard_that_takes_nothing_is_left_alone(
        self, hass: HomeAssistant, imported: Imported, pass_time: PassTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        await set_up(hass, THEIRS)
        with patch(
            f"{ENERGY_DASHBOARD}_filler.async_add_to_energy_dashboard", AsyncMock(side_effect=HomeAssistantError("no"))
        ):
            await imported()
        await pass_time(timedelta(hours=1))
        assert await preferences(hass) == THEIRS
        assert "was not added to the Energy dashboard: no" in caplog.text

    async def test_a_paused_history_is_waited_for(
        self, hass: HomeAssistant, imported: Imported, entry: MockConfigEntry
    ) -> None:
        hass.config_entries.async_update_entry(entry, options={**entry.options, "history_paused": True})
        response = await add(hass, await imported(), preview=False)
        assert not any((await preferences(hass)).values())
        assert {each["reason"] for each in response["left_out"]} == {"waiting"}


@pytest.mark.usefixtures("energy")
class TestOlderMonths:
    """What is known with the newest days does not wait for what the older months bring."""

    @pytest.fixture
    def world_options(self, now: datetime) -> WorldOptions:
        """Let the world have so many days that some are older than what is imported first."""
        return WorldOptions(start=now - timedelta(days=50), points=11)

    @pytest.fixture
    def entry_options(self, entry_options: dict[str, Any]) -> dict[str, Any]:
        """Tick the box, and import all that there is."""
        return {**entry_options, "energy_dashboard": True, "history_months": 2}

    async def test_a_plant_that_is_off(
        self, hass: HomeAssistant, imported: Imported, simulator: Simulator, now: datetime, expected: dict[str, Any]
    ) -> None:
        roof = oracle.point_id(simulator, "xFabrikaCatiGes")
        simulator.database.execute(
            "DELETE FROM sample WHERE series IN (SELECT id FROM series WHERE point_id = ?) AND end_utc >= ?",
            (roof, (now - timedelta(days=40)).timestamp()),
        )
        manager = await async_get_manager(hass)
        seen: dict[bool, dict[str, Any]] = {}

        async def changed() -> None:
            (entry,) = hass.config_entries.async_entries(DOMAIN)
            seen[entry.runtime_data.history.progress == 100] = await preferences(hass)

        manager.async_listen_updates(changed)
        await imported()
        bare = {field: value for field, value in expected["energy_sources"][2].items() if field != "stat_rate"}
        without = {**expected, "energy_sources": expected["energy_sources"][:2]}
        with_plant = {**expected, "energy_sources": [*without["energy_sources"], bare]}
        assert in_any_order(seen[False]) == in_any_order(stored(without))
        assert in_any_order(seen[True]) == in_any_order(stored(with_plant))
