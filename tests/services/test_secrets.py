"""Password and connection ids stay where they belong, whatever goes wrong and however much is logged."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
import html
import json
import logging
from typing import Any
from urllib.parse import quote, quote_plus

from homeassistant.components.recorder.core import Recorder
from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.recorder import session_scope
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager
from sqlalchemy import inspect, text

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from simulator import FAULTS, Simulator, WorldOptions
from tests.api.conftest import everything_told
from tests.commands.samples import POINT, POINT_ID, PassTime, add_samples
from tests.data_values.samples import add_wanted, wanted
from tests.test_every_fault import TABLE, Row

from .action_samples import call

pytestmark = pytest.mark.usefixtures("impatient_client")

# Strange enough to be found in no other text, and written differently in JSON, HTML, a URL and Python.
PASSWORD = 'pa55 wörd/of <nobody> & "none"'

# One of each way through the code; a fault that never answers takes its time.
ROWS = [row for row in TABLE if not row.name.startswith(("action execute_command ", "select.", "number.", "text."))] + [
    row for row in TABLE if row.name.endswith(("data value", "action execute_command switch"))
]


@pytest.fixture
async def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> None:
    """Make the recorder ready before Home Assistant is."""


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Give the account that password, in a small world."""
    return WorldOptions(start=now - timedelta(days=3), password=PASSWORD)


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Let everything run that polls."""
    return {**entry_options, "costs": ["active_energy_cost"], "meter_readings": True, "phases": True}


@pytest.fixture
def entry(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the account with values that are written."""
    add_samples(simulator)
    number = wanted(POINT_ID, "set-point", mode="write")
    add_wanted(hass, entry, number, wanted(POINT_ID, "message", mode="write", kind="text"))
    return entry


class Told:
    """All that anybody could read of what happened."""

    def __init__(self, hass: HomeAssistant, log: pytest.LogCaptureFixture) -> None:
        self.hass = hass
        self.log = log
        self.texts: list[str] = []
        hass.bus.async_listen(MATCH_ALL, self._event)

    def _event(self, event: Event[Any]) -> None:
        self.texts.append(repr(event.as_dict()))

    async def attempt(self, entry: MockConfigEntry, row: Row) -> None:
        """Do what the user does and keep what comes of it."""
        try:
            self.texts.append(repr(await row.call(self.hass, entry)))
        except HomeAssistantError as error:
            self.texts += [everything_told(error), repr(error.translation_placeholders)]

    async def whole(self, entry: MockConfigEntry) -> str:
        """Return everything up to now in one text."""
        diagnostics = await async_get_config_entry_diagnostics(self.hass, entry)
        registries = [*er.async_get(self.hass).entities.values(), *dr.async_get(self.hass).devices]
        issues = ir.async_get(self.hass).issues.values()
        health: dict[str, Any] = await get_system_health_info(self.hass, DOMAIN)
        health["can_reach_server"] = await health["can_reach_server"]
        told = (*registries, *issues, *self.hass.states.async_all(), health)
        parts = [json_dumps(diagnostics), *map(repr, told), await self.recorded()]
        flows = self.hass.config_entries.flow.async_progress(include_uninitialized=True)
        return "\n".join([self.log.text, *self.texts, *parts, repr(flows)])

    async def recorded(self) -> str:
        """Return every row of every table of the recorder's database."""
        await async_wait_recording_done(self.hass)

        def rows() -> str:
            with session_scope(hass=self.hass, read_only=True) as session:
                tables = inspect(session.get_bind()).get_table_names()
                assert {"states", "events", "event_data", "state_attributes", "statistics"} <= set(tables)
                return "\n".join(
                    repr(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))
                )

        return await self.hass.async_add_executor_job(rows)


def forms(secret: str) -> set[str]:
    """Return how the secret may be written: as it is, in JSON, HTML, a URL, and as Python shows texts and bytes."""
    shown = (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret), ascii(secret))
    raw = repr(secret.encode())[2:-1]
    return {secret, raw, html.escape(secret), quote(secret), quote(secret, safe=""), quote_plus(secret)} | {
        each[1:-1] for each in shown
    }


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


async def polls_go_on(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Give the password again where a refused login has ended the polls, which loads the account anew."""
    for flow in hass.config_entries.flow.async_progress():
        result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"password": PASSWORD})
        assert result["reason"] == "reauth_successful"
        await hass.async_block_till_done(wait_background_tasks=True)


async def test_no_secret_is_told_by_anything(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    pass_time: PassTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    told = Told(hass, caplog)
    assert await async_setup_component(hass, "system_health", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    refuse = repeated(simulator)
    for row in ROWS:
        for fault in FAULTS:
            simulator.fail_next(fault, method=row.method, times=2)
            await told.attempt(entry, row)
            simulator.clear_faults()
        if row.method is not None:
            refuse(row.method)
            await told.attempt(entry, row)
    for fault in FAULTS:
        await polls_go_on(hass, entry)
        simulator.expire_sessions()
        simulator.fail_next(fault, method="Authenticate")
        await told.attempt(entry, ROWS[0])
        simulator.clear_faults()
        # Polls, listings and the history meet it.
        simulator.fail_next(fault, times=6)
        await pass_time(timedelta(hours=1))
        simulator.clear_faults()
    await polls_go_on(hass, entry)
    simulator.remove_point(POINT)
    await pass_time(timedelta(hours=1))
    with suppress(HomeAssistantError):
        refuse("Authenticate")
        simulator.expire_sessions()
        await call(hass, entry, "get_point_hierarchy")

    whole = await told.whole(entry)
    known = secrets(simulator)
    assert len(known) > len(FAULTS) / 2
    assert [form for secret in known for form in forms(secret) if form in whole] == []
    # It is all there to be looked at: what was logged, told, recorded, and quoted of the platform's own words.
    assert "The gateway knows no ** and no **" in whole
    assert "custom_components.reengen" in caplog.text
    assert f"points_gone_{entry.entry_id}" in whole
    assert "reengen:xyz_12768_active_energy_import" in await told.recorded()
    assert len(told.texts) > len(ROWS) * len(FAULTS)
