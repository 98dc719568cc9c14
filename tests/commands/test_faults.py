"""A command runs at most once whatever the weather, and what the user is told is true."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.api import ReengenClient, RetryPolicy
from simulator import FAULTS, Simulator
from tests.commands.samples import BUTTON, NUMBER, POINT_ID, SAMPLES, SELECT, SWITCH, TEXT, Sample, parameters_run
from tests.forms import assert_asks_for_password
from tests.registries import state_of

UNKNOWN = "outcome_unknown"

# Each fault as it is by default, and with the request processed behind its back where it offers that.
WEATHER: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in FAULTS] + [
    (name, {"executed": True}) for name, fault in FAULTS.items() if "executed" in fault.options
]

# What the API document or the fault's own words make certain; None: accepted.
CERTAIN = {
    "refused": "refused",
    "connect_timed_out": "refused",
    "rate_limited_text": "rate_limited",
    "rate_limited": "rate_limited",
    "expired_id": None,
    "bom": None,
    "html_content_type": None,
    "message_on_success": None,
    "extra_keys": None,
    "properties_missing": None,
    "properties_null": None,
    "reset_before_body": UNKNOWN,
    "reset_after_execution": UNKNOWN,
    "reset_mid_response": UNKNOWN,
    "timeout_before_execution": UNKNOWN,
    "timeout_after_execution": UNKNOWN,
    "http_500_html": UNKNOWN,
    "http_502_html": UNKNOWN,
    "http_503_html": UNKNOWN,
    "http_504_html": UNKNOWN,
    "maintenance_page_200": UNKNOWN,
    "empty_200": UNKNOWN,
    "truncated_json": UNKNOWN,
    "succeeded_string": UNKNOWN,
    "succeeded_missing": UNKNOWN,
    "top_level_array": UNKNOWN,
}


@pytest.fixture(autouse=True)
def _impatient_client(freezer: FrozenDateTimeFactory, leaping_clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after half a second: some faults never answer."""
    policy = RetryPolicy(request_seconds=0.5, total_seconds=5.0, first_delay=0.01)

    def impatient(*args: Any, **kwargs: Any) -> ReengenClient:
        return ReengenClient(*args, **{**kwargs, "retry": policy})

    monkeypatch.setattr("custom_components.reengen.account.client.ReengenClient", impatient)


pytestmark = pytest.mark.usefixtures("every_command")


async def _told(hass: HomeAssistant, entry: MockConfigEntry, sample: Sample) -> str | None:
    """Return the key of the error that the user sees, None where the call succeeds."""
    try:
        await sample.call(hass, entry)
    except HomeAssistantError as error:
        return error.translation_key
    return None


@pytest.mark.parametrize(
    ("fault", "options"), WEATHER, ids=[name + "".join(f"-{key}" for key in options) for name, options in WEATHER]
)
async def test_at_most_once_and_the_truth(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, fault: str, options: dict[str, Any]
) -> None:
    for sample in SAMPLES:
        simulator.fail_next(fault, method="ExecuteCommand", **options)
        told = await _told(hass, loaded_entry, sample)
        simulator.clear_faults()

        ran = parameters_run(simulator, sample)
        assert len(ran) <= 1
        if told is None:
            assert ran == [sample.parameter]
        elif told != UNKNOWN:
            assert ran == []
        said = state_of(hass, "event", loaded_entry, POINT_ID, "commands").attributes
        event = {None: "accepted", UNKNOWN: "unknown"}.get(told, "refused")
        assert (said["event_type"], said["command"]) == (event, sample.code)
        if not options:
            assert told == CERTAIN.get(fault, told)
        if sample is not BUTTON:
            loaded_entry.runtime_data.commands.async_update_listeners()
            assert sample.state_in(hass, loaded_entry) == (sample.state if told is None else STATE_UNKNOWN)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("sample", [SWITCH, SELECT, NUMBER, TEXT], ids=lambda sample: sample.platform)
async def test_a_failed_command_leaves_the_state_that_was(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, sample: Sample
) -> None:
    await sample.call(hass, loaded_entry)
    others: dict[str, tuple[str, dict[str, Any]]] = {
        "switch": ("turn_off", {}),
        "select": ("select_option", {"option": "Off"}),
        "number": ("set_value", {"value": 5}),
        "text": ("set_value", {"value": "other"}),
    }
    other = others[sample.platform]
    for fault in ("refused", "reset_after_execution", "timeout_before_execution"):
        simulator.fail_next(fault, method="ExecuteCommand")
        target = {"entity_id": sample.entity_id(hass, loaded_entry)}
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(sample.platform, other[0], {**other[1], **target}, blocking=True)
        loaded_entry.runtime_data.commands.async_update_listeners()
        assert sample.state_in(hass, loaded_entry) == sample.state
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.platform)
async def test_a_platform_that_is_away_is_no_unknown_outcome(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, sample: Sample
) -> None:
    await simulator.stop_listening()
    # Until the client has seen that its kept connection is closed, it cannot be sure that nothing was taken.
    await hass.async_block_till_done()
    assert await _told(hass, loaded_entry, sample) == "cannot_connect"
    await simulator.start_listening()
    assert await _told(hass, loaded_entry, sample) is None
    assert parameters_run(simulator, sample) == [sample.parameter]
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.platform)
async def test_a_refused_login_asks_for_the_password(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, sample: Sample
) -> None:
    simulator.change_password("new")
    assert await _told(hass, loaded_entry, sample) == "authentication_failed"
    assert simulator.executions == []
    assert_asks_for_password(hass)


async def test_the_error_quotes_the_platform_and_no_secret(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("connect_timed_out", method="ExecuteCommand")
    with pytest.raises(HomeAssistantError) as raised:
        await SWITCH.call(hass, loaded_entry)
    assert (raised.value.translation_domain, raised.value.translation_key) == ("reengen", "refused")
    # API document: ExecuteCommand, Error Response.
    assert raised.value.translation_placeholders is not None
    assert "SocketTimeoutException: connect timed out" in raised.value.translation_placeholders["detail"]
    secrets = {simulator.options.password, *(request.connection_id for request in simulator.requests)} - {None}
    assert not [secret for secret in secrets if str(secret) in repr(raised.value.translation_placeholders)]
