"""What the tests of the blueprints share: a configuration that has them, automations made of them, notifications."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.commands.samples import POINT, PassTime
from tests.repository.paths import ROOT

type Automate = Callable[..., Awaitable[None]]
type ReadPower = Callable[..., Awaitable[None]]
type Notifications = Callable[[], dict[str, persistent_notification.Notification]]

QUARTER_HOUR = timedelta(minutes=15)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a configuration folder into which the blueprints were imported."""
    shutil.copytree(ROOT / "blueprints", Path(hass_tmp_config_dir) / "blueprints", dirs_exist_ok=True)
    return hass_tmp_config_dir


@pytest.fixture
async def automate(hass: HomeAssistant) -> AsyncIterator[Automate]:
    """Return what makes an automation of a blueprint, with these inputs; in the end it is turned off."""

    async def automate(blueprint: str, **inputs: Any) -> None:
        config = {"alias": "Peak", "use_blueprint": {"path": f"reengen/{blueprint}.yaml", "input": inputs}}
        assert await async_setup_component(hass, persistent_notification.DOMAIN, {})
        assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [config]})
        await hass.async_block_till_done()
        assert hass.states.is_state("automation.peak", "on")

    yield automate
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.peak"}, blocking=True)


@pytest.fixture
async def toggle(hass: HomeAssistant) -> str:
    """Return a toggle helper that is off."""
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"mark": None}})
    return "input_boolean.mark"


@pytest.fixture
async def read_power(simulator: Simulator, pass_time: PassTime) -> ReadPower:
    """Return what lets time pass in which the transformer drew this power (kW), and be read; a quarter hour if not told."""

    async def read(kilowatts: float, duration: timedelta = QUARTER_HOUR) -> None:
        now = simulator.clock.now()
        quarter_end = now.replace(minute=now.minute // 15 * 15, second=0) + QUARTER_HOUR
        while quarter_end <= now + duration:
            end = quarter_end - timedelta(seconds=1)
            simulator.set_reading(POINT, "activeEnergy", "import", end, 250 * kilowatts)
            quarter_end += QUARTER_HOUR
        await pass_time(duration)

    return read


@pytest.fixture
def notifications(hass: HomeAssistant) -> Notifications:
    """Return what lists the notifications that a user sees now."""
    seen: dict[str, persistent_notification.Notification] = {}

    @callback
    def follow(change: persistent_notification.UpdateType, changed: dict[str, Any]) -> None:
        for key, notification in changed.items():
            if change is persistent_notification.UpdateType.REMOVED:
                seen.pop(key)
            else:
                seen[key] = notification

    persistent_notification.async_register_callback(hass, follow)
    return lambda: dict(seen)


def entity_of(hass: HomeAssistant, entry: MockConfigEntry, ending: str) -> str:
    """Return the entity of the account whose unique id ends so."""
    (found,) = [
        each.entity_id
        for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if each.unique_id.endswith(ending)
    ]
    return found
