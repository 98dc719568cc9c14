"""An account gets a new password or moves to another address, and stays the same account."""

from collections.abc import AsyncIterator

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account.client import account_unique_id
from custom_components.reengen.const import DOMAIN
from simulator import Simulator

from .forms import assert_form, held, submit


@pytest.fixture
def outdated_entry(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return an account whose password was changed on the platform."""
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, CONF_PASSWORD: "password-of-yesterday"},
        unique_id=account_unique_id(entry.data[CONF_URL], entry.data["tenant"], entry.data[CONF_USERNAME]),
    )
    return entry


async def test_a_refused_password_is_asked_for_and_replaced(
    hass: HomeAssistant,
    simulator: Simulator,
    outdated_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    data, unique_id = dict(outdated_entry.data), outdated_entry.unique_id
    assert not await hass.config_entries.async_setup(outdated_entry.entry_id)
    (flow,) = hass.config_entries.flow.async_progress()
    result = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert_form(result, "reauth_confirm", of="config")
    assert held(result) == {}
    assert {"tenant": "xyz", "username": "demo"}.items() <= (result["description_placeholders"] or {}).items()

    result = await submit(hass, result, {"password": "a-guess"})
    assert_form(result, "reauth_confirm", {"base": "authentication_failed"}, of="config")
    assert held(result) == {"password": "a-guess"}
    assert outdated_entry.data == data
    await simulator.stop_listening()
    result = await submit(hass, result, {"password": simulator.options.password})
    assert_form(result, "reauth_confirm", {"base": "cannot_connect"}, of="config")
    await simulator.start_listening()

    result = await submit(hass, result, {"password": simulator.options.password})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outdated_entry.data == data | {"password": simulator.options.password}
    assert outdated_entry.unique_id == unique_id
    assert outdated_entry.state is ConfigEntryState.LOADED
    assert not any(secret in caplog.text for secret in ("a-guess", "password-of-yesterday", "demo-password"))


async def test_a_new_password_can_be_given_without_being_asked(
    hass: HomeAssistant, simulator: Simulator, outdated_entry: MockConfigEntry
) -> None:
    unique_id = outdated_entry.unique_id
    result = await outdated_entry.start_reconfigure_flow(hass)
    assert_form(result, "reconfigure", of="config")
    assert held(result) == {"username": "demo", "url": simulator.url, "advanced": {}}

    typed = {"username": "demo", "password": "a-guess", "url": simulator.url}
    result = await submit(hass, result, typed)
    assert_form(result, "reconfigure", {"base": "authentication_failed"}, of="config")
    assert held(result) == typed | {"advanced": {}}
    result = await submit(hass, result, typed | {"url": "nowhere"})
    assert_form(result, "reconfigure", {"base": "url_invalid"}, of="config")

    result = await submit(hass, result, typed | {"password": simulator.options.password})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outdated_entry.data["password"] == simulator.options.password
    assert outdated_entry.unique_id == unique_id
    assert outdated_entry.state is ConfigEntryState.LOADED


@pytest.fixture
async def new_home(simulator: Simulator) -> AsyncIterator[Simulator]:
    """Serve the same world at another address."""
    async with await Simulator.start(simulator.options, now=simulator.clock.now()) as running:
        yield running


async def test_an_account_follows_the_platform_to_another_address(
    hass: HomeAssistant, simulator: Simulator, new_home: Simulator, outdated_entry: MockConfigEntry
) -> None:
    result = await outdated_entry.start_reconfigure_flow(hass)
    typed = {"username": " demo ", "password": "demo-password", "url": new_home.url.removesuffix("/")}
    result = await submit(hass, result, typed)

    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outdated_entry.data["url"] == new_home.url
    assert outdated_entry.unique_id == account_unique_id(new_home.url, "xyz", "demo")
    assert outdated_entry.state is ConfigEntryState.LOADED
    assert simulator.requests == []


async def test_an_entry_does_not_become_another_account(
    hass: HomeAssistant, simulator: Simulator, outdated_entry: MockConfigEntry
) -> None:
    data, unique_id = dict(outdated_entry.data), outdated_entry.unique_id
    result = await outdated_entry.start_reconfigure_flow(hass)
    typed = {"username": "guest", "password": "guest-password", "url": simulator.url}
    result = await submit(hass, result, typed)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_account"
    assert result["description_placeholders"] == {"account": "xyz (demo)"}
    assert (outdated_entry.data, outdated_entry.unique_id) == (data, unique_id)
    assert simulator.requests == []


async def test_an_entry_does_not_move_onto_another(
    hass: HomeAssistant, simulator: Simulator, new_home: Simulator, outdated_entry: MockConfigEntry
) -> None:
    there = MockConfigEntry(domain=DOMAIN, unique_id=account_unique_id(new_home.url, "xyz", "demo"))
    there.add_to_hass(hass)
    result = await outdated_entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, {"username": "demo", "password": "demo-password", "url": new_home.url})

    assert result["reason"] == "already_configured"
    assert outdated_entry.data["url"] == simulator.url
    assert new_home.requests == []
