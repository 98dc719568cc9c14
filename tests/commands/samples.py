"""One command of each kind at one point: how it is listed, how a user runs it, what is sent and shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.const import DOMAIN
from simulator import Simulator
from tests.registries import entity_id, restored, state_of

type PassTime = Callable[[timedelta], Awaitable[None]]

# API document: GetPointHierarchy.
POINT = "xFabrikaTrafo6"
POINT_ID = 12768


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A command as listed, a call of a user, and what comes of it."""

    platform: str
    code: str
    name: str
    listing: dict[str, Any]
    service: str
    data: dict[str, Any]
    parameter: bool | float | str | None
    state: str | None

    @property
    def key(self) -> str:
        """Return the end of the entity's unique id."""
        return f"command_{self.code}"

    def entity_id(self, hass: HomeAssistant, entry: MockConfigEntry) -> str:
        """Return the entity that runs the command."""
        found = entity_id(hass, self.platform, entry, POINT_ID, self.key)
        assert found is not None
        return found

    def shown(self, hass: HomeAssistant, entry: MockConfigEntry) -> State:
        """Return the entity's state and attributes."""
        return state_of(hass, self.platform, entry, POINT_ID, self.key)

    def state_in(self, hass: HomeAssistant, entry: MockConfigEntry) -> str:
        """Return the entity's state."""
        return self.shown(hass, entry).state

    async def state_after_restart(
        self,
        hass: HomeAssistant,
        hass_storage: dict[str, Any],
        entry: MockConfigEntry,
        *,
        stored_state: str,
        extra: dict[str, Any],
    ) -> str:
        """Set the account up with this in Home Assistant's storage, and return the entity's state."""
        unique_id = f"{entry.entry_id}_{POINT_ID}_{self.key}"
        registered = er.async_get(hass).async_get_or_create(self.platform, DOMAIN, unique_id, config_entry=entry)
        await restored(hass, hass_storage, State(registered.entity_id, stored_state), extra)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return self.state_in(hass, entry)

    def add(self, simulator: Simulator) -> None:
        """Let the platform list the command."""
        simulator.add_command(POINT, self.code, name=self.name, **self.listing)

    async def call(self, hass: HomeAssistant, entry: MockConfigEntry, **data: float | str) -> None:
        """Do what the user does, with these fields or those of the sample."""
        target = {ATTR_ENTITY_ID: self.entity_id(hass, entry)}
        await hass.services.async_call(self.platform, self.service, {**self.data, **data, **target}, blocking=True)

    async def run(self, hass: HomeAssistant, entry: MockConfigEntry, **data: float | str) -> None:
        """Do what the user does, and wait for all that comes of it."""
        await self.call(hass, entry, **data)
        await hass.async_block_till_done(wait_background_tasks=True)


# The first two as the API document prints them (ListAvailableCommands).
SWITCH = Sample(
    platform="switch",
    code="lights-on-off",
    name="Turn Lights On/Off",
    listing={"command_type": "SingleParameter", "parameter_type": "boolean"},
    service="turn_on",
    data={},
    parameter=True,
    state="on",
)
SELECT = Sample(
    platform="select",
    code="generator-mode-set",
    name="Set Generator Mode",
    listing={"command_type": "MultiOption", "options": (("on", "On"), ("off", "Off"), ("auto", "Auto"))},
    service="select_option",
    data={"option": "Auto"},
    parameter="auto",
    state="Auto",
)
BUTTON = Sample(
    platform="button",
    code="generator-test",
    name="Generator Test",
    listing={"command_type": "NoParameter"},
    service="press",
    data={},
    parameter=None,
    state=None,
)
NUMBER = Sample(
    platform="number",
    code="set-point-temperature",
    name="Set Temperature",
    listing={"command_type": "SingleParameter", "parameter_type": "double"},
    service="set_value",
    data={"value": 21.5},
    parameter=21.5,
    state="21.5",
)
TEXT = Sample(
    platform="text",
    code="display-text",
    name="Display Text",
    listing={"command_type": "SingleParameter", "parameter_type": "string"},
    service="set_value",
    data={"value": "007"},
    parameter="007",
    state="007",
)
SAMPLES = (SWITCH, SELECT, BUTTON, NUMBER, TEXT)


def add_samples(simulator: Simulator) -> None:
    """Let the platform list all samples at the point."""
    for sample in SAMPLES:
        sample.add(simulator)


def parameters_run(simulator: Simulator, sample: Sample) -> list[bool | float | str | None]:
    """Return the parameters with which the command really ran, oldest first."""
    return [record.parameter for record in simulator.executions if record.command == sample.code]
