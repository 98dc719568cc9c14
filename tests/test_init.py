"""An account comes up, goes down, asks for a new password, and waits out bad weather."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_TIME_ZONE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN, READINGS_INTERVAL
from simulator import Simulator

from . import oracle
from .forms import assert_asks_for_password
from .registries import point_device


async def test_set_up_and_unload(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> None:
    assert loaded_entry.state is ConfigEntryState.LOADED
    assert simulator.count("Authenticate") == 1
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert loaded_entry.state is ConfigEntryState.NOT_LOADED


async def test_devices_follow_the_tree(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    account = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, loaded_entry.entry_id), loaded_entry.entry_id)
    site = point_device(hass, loaded_entry, oracle.point_id(simulator, "xFabrikaFabrika"))
    trafo_6 = point_device(hass, loaded_entry, oracle.point_id(simulator, "xFabrikaTrafo6"))
    assert account is not None
    assert site is not None
    assert trafo_6 is not None
    assert account.entry_type is dr.DeviceEntryType.SERVICE
    assert site.via_device_id == account.id
    assert trafo_6.via_device_id == site.id
    assert (trafo_6.manufacturer, trafo_6.model, trafo_6.model_id) == ("Reengen", "Measuring point", "xFabrikaTrafo6")
    assert (site.model, site.model_id) == ("Site", "xFabrikaFabrika")
    # Where the pages of this platform are, its address does not tell.
    assert site.configuration_url is None
    assert account.model == "Energy IoT Platform"


async def test_wrong_password_asks_for_a_new_one_and_stops_polling(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PASSWORD: "outdated"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert_asks_for_password(hass)
    assert simulator.count() == simulator.count("Authenticate") == 1


async def test_password_changed_while_running(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    simulator.change_password("new")
    await pass_time(READINGS_INTERVAL)
    assert_asks_for_password(hass)

    before = simulator.count("GetData")
    await pass_time(READINGS_INTERVAL)
    assert simulator.count("GetData") == before


async def test_refused_sessions_ask_for_no_password(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    """The platform accepts every login and refuses every connection id, for a while."""
    since = simulator.count("Authenticate")
    simulator.profile.always_expired = True
    for _ in range(8):
        await pass_time(READINGS_INTERVAL)
    error = loaded_entry.runtime_data.readings.last_exception
    assert isinstance(error, UpdateFailed)
    assert error.translation_key == "session_refused"
    assert hass.config_entries.flow.async_progress() == []
    # The client's own clock stands nearly still.
    assert simulator.count("Authenticate") - since == 1
    assert not await hass.config_entries.async_reload(loaded_entry.entry_id)
    assert loaded_entry.state is ConfigEntryState.SETUP_RETRY
    assert simulator.count("Authenticate") - since == 1


async def test_dead_sessions_cost_one_login_a_poll(
    simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: Callable[[timedelta], Awaitable[None]]
) -> None:
    simulator.expire_sessions()
    await pass_time(READINGS_INTERVAL)
    assert simulator.count("Authenticate") == 2
    assert loaded_entry.runtime_data.readings.last_update_success


@pytest.mark.parametrize(
    "fault",
    ["http_503_html", "maintenance_page_200", "truncated_json", "succeeded_string", "empty_200"],
)
async def test_bad_weather_at_start_is_waited_out(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    fault: str,
    pass_time: Callable[[timedelta], Awaitable[None]],
) -> None:
    simulator.fail_next(fault, method="GetPointHierarchy", times=50)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason

    simulator.clear_faults()
    await pass_time(timedelta(minutes=1))
    assert entry.state is ConfigEntryState.LOADED


async def test_unknown_time_zone_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, entry_options: dict[str, Any]
) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry_options, CONF_TIME_ZONE: "Mars/Olympus"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "time_zone_unknown"


async def test_nothing_chosen_is_left(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, entry_options: dict[str, Any]
) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry_options, "points": ["gone"]})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.points.data.missing_codes == ("gone",)
    assert simulator.count("GetData") == simulator.count("ListAvailableCommands") == 0
