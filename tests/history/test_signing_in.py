"""A day after the password was changed, with everything switched on: one refused login, and no account is locked."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import translation
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.reengen.const import DOMAIN
from simulator import Simulator
from tests.clocks import PassTime
from tests.data_values.samples import add_wanted, put, wanted

from .conftest import Imported
from .statistics import EVERYTHING, Statistics

QUARTER = timedelta(minutes=15)
POINT_ID = 12768
# The platform locks an account after so many.
LOCK = 5
SWITCH = "switch.transformer_6_turn_lights_on_off"


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose a transformer with commands, and all that can be read of it."""
    return entry_options | EVERYTHING


@pytest.fixture
def entry(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account with a value of the Data Science table."""
    put(simulator, "xFabrikaTrafo6", "note", "007")
    add_wanted(hass, entry, wanted(POINT_ID, "note"))
    return entry


def flows(hass: HomeAssistant) -> list[Any]:
    """Return the dialogs in which the account asks to sign in again."""
    return [each for each in hass.config_entries.flow.async_progress() if each["context"]["source"] == SOURCE_REAUTH]


async def press(hass: HomeAssistant) -> str | None:
    """Switch the lights on as an automation does; return the key of the error."""
    try:
        await hass.services.async_call("switch", "turn_on", {"entity_id": SWITCH}, blocking=True)
    except HomeAssistantError as error:
        return error.translation_key
    return None


async def act(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Call an action; return the key of the error."""
    data = {"config_entry_id": entry.entry_id}
    try:
        await hass.services.async_call(DOMAIN, "get_point_hierarchy", data, blocking=True, return_response=True)
    except HomeAssistantError as error:
        return error.translation_key
    return None


async def test_a_day_with_a_refused_password(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, pass_time: PassTime
) -> None:
    entry = await imported()
    history = entry.runtime_data.history
    assert await press(hass) is None
    since, executed = simulator.count("Authenticate"), len(simulator.executions)
    simulator.change_password("new")
    simulator.profile.lock_out_after = LOCK
    for quarter in range(1, 24 * 4 + 1):
        await pass_time(QUARTER)
        # The loop's own clock stands still: what waits longer than a quarter hour is let go by itself.
        reach = timedelta(days=1) if quarter == 24 * 4 else timedelta(hours=1)
        if quarter % 4 == 0:
            async_fire_time_changed(hass, dt_util.utcnow() + reach)
            await hass.async_block_till_done(wait_background_tasks=True)
        assert await press(hass) == await act(hass, entry) == "authentication_failed", quarter
    assert simulator.count("Authenticate") - since == 1
    assert len(simulator.executions) == executed
    assert history.last_error is not None
    assert "sign in again" in history.last_error
    assert len(flows(hass)) == 1

    # Nobody has locked the account: the new password is accepted, and all goes on by itself.
    (flow,) = flows(hass)
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"password": "new"})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.history.last_error is None
    assert await press(hass) is None
    assert len(simulator.executions) == executed + 1


async def test_a_day_of_reloads_with_a_refused_password(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, pass_time: PassTime, statistics: Statistics
) -> None:
    """An automation reloads the account every hour; then the old password works again and is entered once more."""
    entry = await imported()
    before = await statistics.hours(f"reengen:xyz_{POINT_ID}_active_energy_import")
    since = simulator.count("Authenticate")
    old = simulator.options.password
    simulator.change_password("new")
    simulator.profile.lock_out_after = LOCK
    for _ in range(24):
        await pass_time(timedelta(hours=1))
        assert not await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        # The options try to read the tree, as a form without a password.
        options = await hass.config_entries.options.async_init(entry.entry_id)
        shown = await hass.config_entries.options.async_configure(options["flow_id"], {"next_step_id": "points"})
        assert shown["errors"] == {"base": "authentication_failed"}
        hass.config_entries.options.async_abort(options["flow_id"])
    assert simulator.count("Authenticate") - since == 1

    simulator.change_password(old)
    (flow,) = flows(hass)
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"password": old})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert len(await statistics.hours(f"reengen:xyz_{POINT_ID}_active_energy_import")) == len(before) + 24


async def test_the_history_alone_asks_to_sign_in(
    hass: HomeAssistant, simulator: Simulator, imported: Imported, freezer: FrozenDateTimeFactory
) -> None:
    """Also where nothing but the history has met the refusal."""
    entry = await imported()
    simulator.change_password("new")
    freezer.tick(timedelta(hours=1))
    # Not by its timer, which would let the others ask too.
    entry.runtime_data.history._begin()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(flows(hass)) == 1


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_what_the_user_reads(hass: HomeAssistant, language: str) -> None:
    texts = await translation.async_get_translations(hass, language, "exceptions", [DOMAIN])
    told = texts[f"component.{DOMAIN}.exceptions.authentication_failed.message"]
    assert told.startswith({"en": "Sign in again", "tr": "Yeniden oturum açın"}[language])
