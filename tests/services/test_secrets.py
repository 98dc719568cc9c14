"""Password and connection ids stay where they belong, whatever goes wrong and however much is logged."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
import logging
from typing import Any

from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.helpers.json import json_dumps
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from simulator import FAULTS, Simulator, WorldOptions
from tests.api.conftest import everything_told
from tests.command_samples import PassTime

from .action_samples import SAMPLES, call
from .test_faults import METHODS

pytestmark = pytest.mark.usefixtures("impatient_client")

# Strange enough to be found in no other text.
PASSWORD = "pa55-wörd-of-nobody"


@pytest.fixture
def world_options(world_options: WorldOptions) -> WorldOptions:
    """Give the account that password."""
    return replace(world_options, password=PASSWORD)


class Told:
    """All that anybody could read of what happened."""

    def __init__(self, hass: HomeAssistant, log: pytest.LogCaptureFixture) -> None:
        self.hass = hass
        self.log = log
        self.texts: list[str] = []
        hass.bus.async_listen(MATCH_ALL, self._event)

    def _event(self, event: Event[Any]) -> None:
        self.texts.append(repr(event.as_dict()))

    async def attempt(self, entry: MockConfigEntry, action: str) -> None:
        """Run the action and keep what comes of it."""
        try:
            self.texts.append(repr(await call(self.hass, entry, action)))
        except HomeAssistantError as error:
            self.texts += [everything_told(error), repr(error.translation_placeholders)]

    async def whole(self, entry: MockConfigEntry) -> str:
        """Return everything up to now in one text."""
        diagnostics = await async_get_config_entry_diagnostics(self.hass, entry)
        registries = [*er.async_get(self.hass).entities.values(), *dr.async_get(self.hass).devices]
        issues = ir.async_get(self.hass).issues.values()
        parts = [json_dumps(diagnostics), *map(repr, (*registries, *issues, *self.hass.states.async_all()))]
        flows = self.hass.config_entries.flow.async_progress(include_uninitialized=True)
        return "\n".join([self.log.text, *self.texts, *parts, repr(flows)])


def secrets(simulator: Simulator) -> set[str]:
    ids = {request.connection_id for request in simulator.requests}
    return {PASSWORD, *(each for each in ids if each is not None)}


def repeated(simulator: Simulator) -> Callable[[str], None]:
    """Return what lets the platform repeat the secrets in its next refusal."""

    def refuse(method: str) -> None:
        latest = next(each.connection_id for each in reversed(simulator.requests) if each.connection_id)
        message = f"The gateway knows no {latest} and no {PASSWORD}"
        simulator.fail_next("refused", method=method, message=message)

    return refuse


async def test_no_secret_is_told_by_anything(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: PassTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    told = Told(hass, caplog)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    methods = {**METHODS, "execute_command": "ExecuteCommand"}
    refuse = repeated(simulator)
    for action in SAMPLES:
        for fault in FAULTS:
            simulator.fail_next(fault, method=methods[action])
            await told.attempt(entry, action)
            simulator.clear_faults()
        refuse(methods[action])
        await told.attempt(entry, action)
    for fault in FAULTS:
        simulator.expire_sessions()
        simulator.fail_next(fault, method="Authenticate")
        await told.attempt(entry, "get_point_hierarchy")
        simulator.clear_faults()
        simulator.fail_next(fault, times=6)
        await pass_time(timedelta(hours=1))
        simulator.clear_faults()
    with suppress(HomeAssistantError):
        refuse("Authenticate")
        simulator.expire_sessions()
        await call(hass, entry, "get_point_hierarchy")
    await hass.async_block_till_done(wait_background_tasks=True)

    whole = await told.whole(entry)
    known = secrets(simulator)
    assert len(known) > len(FAULTS)
    assert [secret for secret in known if secret in whole] == []
    # It is all there to be looked at: what was logged, told, and quoted of the platform's own words.
    assert "The gateway knows no ** and no **" in whole
    assert "custom_components.reengen" in caplog.text
    assert len(told.texts) > len(SAMPLES) * len(FAULTS)
