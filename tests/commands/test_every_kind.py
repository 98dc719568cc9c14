"""What the entities of commands share: id, device and name, an assumed state, and what outlives a restart."""

from typing import Any

from homeassistant.const import ATTR_ASSUMED_STATE, ATTR_FRIENDLY_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, restore_state
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.commands.samples import BUTTON, NUMBER, POINT_ID, SELECT, SWITCH, TEXT, Sample
from tests.registries import point_device

# What was accepted last -> the state that shows it; all else that may be stored shows nothing.
SHOWN: dict[str, dict[Any, str]] = {
    "switch": {True: "on", False: "off"},
    "select": {"auto": "Auto", "on": "On"},
    "number": {21.5: "21.5", 3: "3"},
    "text": {"007": "007"},
}
NOT_SHOWN: dict[str, list[Any]] = {
    "switch": [None, "true"],
    "select": [None, ["auto"], "gone"],
    "number": [None, True, "21.5"],
    "text": [None, "x" * 256, "a\0b", 7],
}
SAMPLES = (SWITCH, SELECT, NUMBER, TEXT)
EACH = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.platform)


pytestmark = pytest.mark.usefixtures("every_command")


@pytest.mark.parametrize("sample", [*SAMPLES, BUTTON], ids=lambda sample: sample.platform)
async def test_what_a_user_finds(hass: HomeAssistant, loaded_entry: MockConfigEntry, sample: Sample) -> None:
    registered = er.async_get(hass).async_get(sample.entity_id(hass, loaded_entry))
    device = point_device(hass, loaded_entry, POINT_ID)
    assert registered is not None
    assert device is not None
    assert registered.unique_id == f"{loaded_entry.entry_id}_12768_command_{sample.code}"
    assert registered.device_id == device.id
    state = hass.states.get(registered.entity_id)
    assert state is not None
    assert state.state == STATE_UNKNOWN
    # A button's state is the instant of the last press.
    assert state.attributes.get(ATTR_ASSUMED_STATE) is (None if sample is BUTTON else True)
    assert state.attributes[ATTR_FRIENDLY_NAME] == f"Transformer 6 {sample.name}"


@pytest.mark.parametrize(
    ("sample", "stored_state", "extra", "expected"),
    [
        pytest.param(sample, stored_state, extra, expected, id=f"{sample.platform}-{stored_state}-{str(extra)[:40]}")
        for sample in SAMPLES
        for stored_state, extra, expected in [
            *((state, {"accepted": accepted}, state) for accepted, state in SHOWN[sample.platform].items()),
            # As when Home Assistant stopped while the platform was away.
            *((STATE_UNAVAILABLE, {"accepted": accepted}, state) for accepted, state in SHOWN[sample.platform].items()),
            *((sample.state, {"accepted": accepted}, STATE_UNKNOWN) for accepted in NOT_SHOWN[sample.platform]),
            (sample.state, {}, STATE_UNKNOWN),
        ]
    ],
)
async def test_restored_after_a_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    *,
    sample: Sample,
    stored_state: str,
    extra: dict[str, Any],
    expected: str,
) -> None:
    found = await sample.state_after_restart(hass, hass_storage, entry, stored_state=stored_state, extra=extra)
    assert found == expected


@EACH
async def test_what_a_restart_would_restore(hass: HomeAssistant, loaded_entry: MockConfigEntry, sample: Sample) -> None:
    await sample.call(hass, loaded_entry)
    stored = {each.state.entity_id: each.as_dict() for each in restore_state.async_get(hass).async_get_stored_states()}
    assert stored[sample.entity_id(hass, loaded_entry)]["extra_data"] == {"accepted": sample.parameter}
    await hass.async_block_till_done(wait_background_tasks=True)
