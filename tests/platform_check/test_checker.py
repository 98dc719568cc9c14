"""Checks of an account in Home Assistant: when they run, what is kept, and where it shows."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import json
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

from homeassistant.auth.models import User
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.reengen.account import async_forget_standing
from custom_components.reengen.api import Adaptations
from custom_components.reengen.const import CHECK_INTERVAL, DOMAIN
from custom_components.reengen.platform_check import Check, PlatformChecker
from custom_components.reengen.platform_check.probes import PROBES
from custom_components.reengen.platform_check.verdicts import Outcome
from simulator import Simulator
from tests.services.action_samples import act

from .conftest import LEAF, PHASED, ROOF, SITE

type PassTime = Callable[[timedelta], Awaitable[None]]

HOUR = timedelta(hours=1)
REQUESTS = 15


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Choose points that tell everything."""
    measurements = ["active_energy_import", "active_energy_produced", "voltage_phase"]
    return entry_options | {"points": [PHASED, LEAF, SITE, ROOF], "measurements": measurements}


@pytest.fixture
async def entry(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account in a Home Assistant that is near the site."""
    await hass.config.async_update(time_zone="Europe/Istanbul", longitude=29.0)
    return entry


def checker(entry: MockConfigEntry) -> PlatformChecker:
    found: PlatformChecker = entry.runtime_data.platform_check
    return found


def last(entry: MockConfigEntry) -> Check:
    found = checker(entry).last
    assert found is not None
    return found


def made_up(simulator: Simulator) -> int:
    """Return how many checks have come to their last request, by the ids that the platform never gave out."""
    return len([each for each in simulator.requests if each.connection_id not in {None, *_issued(simulator)}])


def _issued(simulator: Simulator) -> set[str | None]:
    return {each.connection_id for each in simulator.requests if each.method == "GetData"}


async def check_platform(hass: HomeAssistant, entry: MockConfigEntry, user: User | None = None, **fields: Any) -> Any:
    return await act(hass, entry, "check_platform", user, **fields)


async def summary(hass: HomeAssistant) -> str:
    """Return what system health says of the checks."""
    info = await get_system_health_info(hass, DOMAIN)
    info["can_reach_server"].close()
    return str(info["platform_check"])


async def test_the_action_answers_in_sentences_and_keeps_what_it_found(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    simulator.profile.change({"units": "ignored"})
    before = simulator.count()
    found = await check_platform(hass, loaded_entry)
    assert found["requests"] == simulator.count() - before == REQUESTS
    rows = {row["probe"]: row for row in found["data"]}
    assert list(rows) == list(PROBES)
    assert {row["outcome"] for name, row in rows.items() if name != "units"} == {"holds"}
    text = "Energy does not come in the unit that is asked for: Wh to kWh is 1 where it should be 1000."
    assert rows["units"].items() >= {"outcome": "differs", "what": "energy", "text": text}.items()
    hass.config.language = "tr"
    assert "1000 yerine 1." in (await check_platform(hass, loaded_entry))["data"][1]["text"]
    stored = hass_storage[f"{DOMAIN}.platform_check.{loaded_entry.entry_id}"]["data"]
    assert stored == last(loaded_entry).stored()
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    assert last(loaded_entry).stored() == stored
    await hass.config_entries.async_remove(loaded_entry.entry_id)
    assert not [key for key in hass_storage if key.startswith(f"{DOMAIN}.platform_check")]


async def test_what_it_learned_of_a_refused_session_counts_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    """Sessions of minutes, refused in words that nobody listed: each poll goes on, and later in others."""
    simulator.profile.change({"session_message": "Kimlik {id} kabul edilmedi", "session_status": 440})
    await check_platform(hass, loaded_entry)
    async_forget_standing(hass, loaded_entry.entry_id)
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    readings = loaded_entry.runtime_data.readings
    since = simulator.count("Authenticate")
    for _ in range(6):
        simulator.expire_sessions()
        await readings.async_refresh()
        assert readings.last_update_success
    assert simulator.count("Authenticate") - since == 6
    simulator.profile.change({"session_message": "Kimlik {id} bilinmiyor"})
    simulator.expire_sessions()
    await readings.async_refresh()
    assert readings.last_update_success


async def test_it_checks_after_an_hour_monthly_and_in_a_new_zone(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, pass_time: PassTime
) -> None:
    assert checker(loaded_entry).last is None
    await pass_time(HOUR)
    first = last(loaded_entry)
    assert made_up(simulator) == 1
    await pass_time(CHECK_INTERVAL - 2 * HOUR)
    assert last(loaded_entry) is first
    await pass_time(2 * HOUR)
    second = last(loaded_entry)
    assert second.at - first.at >= CHECK_INTERVAL
    options = {**loaded_entry.options, CONF_TIME_ZONE: "UTC"}
    hass.config_entries.async_update_entry(loaded_entry, options=options)
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    await pass_time(HOUR)
    assert (last(loaded_entry).time_zone, made_up(simulator)) == ("UTC", 3)


async def test_a_check_that_fails_unexpectedly_is_told_and_tried_again(
    loaded_entry: MockConfigEntry, pass_time: PassTime, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(checker(loaded_entry), "_async_evidence", AsyncMock(side_effect=RuntimeError("no such thing"))):
        await pass_time(HOUR)
    assert checker(loaded_entry).last is None
    assert f"The check of the platform of {loaded_entry.title} failed" in caplog.text
    await pass_time(HOUR)
    assert checker(loaded_entry).last is not None


@pytest.mark.parametrize(
    ("progress", "paused", "is_checked"), [(None, False, 0), (99.9, False, 0), (100, False, 1), (None, True, 1)]
)
async def test_it_waits_for_the_end_of_the_first_import(
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: PassTime,
    progress: float | None,
    paused: bool,
    is_checked: int,
) -> None:
    with patch.object(checker(loaded_entry), "_history", Mock(progress=progress, paused=paused)):
        await pass_time(HOUR)
    assert made_up(simulator) == is_checked


@pytest.mark.usefixtures("impatient_client")
async def test_a_platform_that_is_away_takes_nothing_back(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await check_platform(hass, loaded_entry)
    known = last(loaded_entry)
    await simulator.stop_listening()
    found = await check_platform(hass, loaded_entry)
    assert {row["outcome"] for row in found["data"]} == {"unknown"}
    assert last(loaded_entry) is known


async def test_the_button_and_what_shows_it(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    assert await async_setup_component(hass, "diagnostics", {})
    assert await summary(hass) == "Not checked yet"
    simulator.profile.change({"cost_tax": "never"})
    button = hass.states.async_entity_ids("button")
    (own,) = [each for each in button if each.endswith("_check_the_platform")]
    await hass.services.async_call("button", "press", {"entity_id": own}, blocking=True)
    assert [each.outcome for each in last(loaded_entry).verdicts].count(Outcome.DIFFERS) == 1
    held = len(PROBES) - 1
    assert await summary(hass) == f"holds: {held}, differs: 1, unknown: 0"
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded_entry)
    assert_tells_nothing_of_the_customer(simulator, found["platform_check"])


def assert_tells_nothing_of_the_customer(simulator: Simulator, block: dict[str, Any]) -> None:
    """Assert that no code, name, account or quantity of the world is in it."""
    assert {verdict["probe"] for verdict in block["verdicts"]} == PROBES.keys()
    text = json.dumps(block, ensure_ascii=False).casefold()
    named = {cell for row in simulator.database.execute("SELECT code, name FROM point") for cell in row}
    account = simulator.options
    ids = {request.connection_id for request in simulator.requests}
    for secret in {*named, account.tenant, account.user, account.password, *ids} - {None}:
        assert str(secret).casefold() not in text, secret
    for verdict in block["verdicts"]:
        figures = [value for value in verdict["figures"].values() if not isinstance(value, str)]
        assert all(abs(value) <= 1440 for value in figures), verdict


async def press(hass: HomeAssistant) -> None:
    (own,) = [each for each in hass.states.async_entity_ids("button") if each.endswith("_check_the_platform")]
    await hass.services.async_call("button", "press", {"entity_id": own}, blocking=True)


def watched_loads(hass: HomeAssistant, entry: MockConfigEntry) -> list[object]:
    """Return the list to which what the account holds is added whenever it is loaded anew."""
    loads: list[object] = []

    def changed(_: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed is entry and entry.state is ConfigEntryState.LOADED and entry.runtime_data not in [before, *loads]:
            loads.append(entry.runtime_data)

    before = entry.runtime_data
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
    return loads


@pytest.mark.parametrize("beside", ["button", "action", "timer"])
@pytest.mark.parametrize("first", ["button", "action", "timer"])
async def test_of_several_at_once_one_checks_and_loads_the_account_anew(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    pass_time: PassTime,
    first: str,
    beside: str,
) -> None:
    simulator.profile.change({"month_label": "last"})
    ways: dict[str, Callable[[], Awaitable[Any]]] = {
        "button": lambda: press(hass),
        "action": lambda: check_platform(hass, loaded_entry),
        "timer": lambda: pass_time(HOUR),
    }
    loads = watched_loads(hass, loaded_entry)
    await asyncio.gather(*(ways[way]() for way in (first, beside, first)))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert made_up(simulator) == 1
    assert len(loads) == 1
    assert loaded_entry.runtime_data.client.adaptations != Adaptations()


async def test_no_point_is_chosen_that_the_platform_lists(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    for code in (PHASED, LEAF, SITE, ROOF):
        simulator.remove_point(code)
    await loaded_entry.runtime_data.points.async_refresh()
    found = await check_platform(hass, loaded_entry)
    assert (found["requests"], {row["what"] for row in found["data"]}) == (0, {"no_points"})
