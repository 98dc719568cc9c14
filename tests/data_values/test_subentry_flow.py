"""A value of the Data Science table is added and changed in the real flow against the simulated platform."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.account import flows
from simulator import Simulator
from tests.data_values.samples import put, value_entity, value_state
from tests.forms import assert_form, held, labels

TRAFO, TRAFO_ID = "xFabrikaTrafo6", 12768
TYPED = {"point": TRAFO, "type": " target ", "mode": "write", "kind": "number"}


@pytest.fixture(autouse=True)
def _held_values(simulator: Simulator) -> None:
    """Let the table hold what most of the tests add."""
    for type_ in ("target", "taken"):
        put(simulator, TRAFO, type_, "40")


async def _start(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "data_value"), context={"source": SOURCE_USER}
    )


async def _submit(hass: HomeAssistant, result: SubentryFlowResult, typed: dict[str, Any]) -> SubentryFlowResult:
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], typed)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def _add(hass: HomeAssistant, entry: MockConfigEntry, **changed: Any) -> SubentryFlowResult:
    return await _submit(hass, await _start(hass, entry), {**TYPED, **changed})


async def _reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    (subentry_id,) = entry.subentries
    return await entry.start_subentry_reconfigure_flow(hass, subentry_id)


async def test_a_value_is_added_and_appears(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    result = await _start(hass, loaded_entry)
    assert_form(result, "user", of="data_value")
    assert held(result) == {"mode": "read", "kind": "number"}
    offered = list(labels(result, "point"))
    assert set(offered[:2]) == {"xFabrikaFabrika", TRAFO}
    assert set(offered) == {code for (code,) in simulator.database.execute("SELECT code FROM point")}

    result = await _submit(hass, result, TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Transformer 6 target"
    (subentry,) = loaded_entry.subentries.values()
    assert subentry.data == {"point_id": TRAFO_ID, "type": "target", "mode": "write", "kind": "number"}
    assert value_state(hass, loaded_entry, "number", "target").state == "40.0"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        pytest.param({"point": "nowhere"}, {"point": "point_unknown"}, id="a point that is not there"),
        pytest.param({"type": "  "}, {"type": "type_required"}, id="no type"),
        pytest.param({"type": "taken"}, {"type": "value_exists"}, id="a value that is there"),
        pytest.param({"type": "note"}, {"kind": "value_no_number"}, id="a text for a number"),
    ],
)
async def test_what_cannot_be_accepted_is_explained_and_corrected(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    put(simulator, TRAFO, "note", "spare")
    await _add(hass, loaded_entry, type="taken")
    result = await _add(hass, loaded_entry, **typed)
    assert_form(result, "user", errors, of="data_value")
    assert held(result) == {**TYPED, **typed}
    result = await _submit(hass, result, TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert value_entity(hass, loaded_entry, "number", "target") is not None


async def test_a_type_without_a_value_is_added_by_consent(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    """It may be misspelled, or come later."""
    result = await _add(hass, loaded_entry, type="tarqet")
    assert_form(result, "user", {"add_anyway": "no_value"}, of="data_value")
    assert held(result) == TYPED | {"type": "tarqet", "add_anyway": False}
    result = await _submit(hass, result, TYPED | {"type": "tarqet", "add_anyway": False})
    assert_form(result, "user", {"add_anyway": "no_value"}, of="data_value")
    result = await _submit(hass, result, TYPED | {"type": "tarqet", "add_anyway": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = loaded_entry.subentries.values()
    assert subentry.data == {"point_id": TRAFO_ID, "type": "tarqet", "mode": "write", "kind": "number"}
    assert value_state(hass, loaded_entry, "number", "tarqet").state == "unknown"


async def test_what_the_platform_refuses_is_not_accepted(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("refused", method="GetDCData", times=2)
    result = await _add(hass, loaded_entry)
    assert_form(result, "user", {"base": "refused"}, of="data_value")
    result = await _submit(hass, result, TYPED)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_person_does_not_wait_for_ever(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "LONGEST_WAIT", 0.1)
    simulator.fail_next("timeout_before_execution", method="GetDCData")
    result = await _add(hass, loaded_entry)
    assert_form(result, "user", {"base": "timeout"}, of="data_value")


async def test_a_value_is_changed_and_its_old_entity_goes(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await _add(hass, loaded_entry)
    result = await _reconfigure(hass, loaded_entry)
    assert_form(result, "reconfigure", of="data_value")
    assert held(result) == {"mode": "write", "kind": "number"}
    result = await _submit(hass, result, {"mode": "read", "kind": "text", "name": "Hedef"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    (subentry,) = loaded_entry.subentries.values()
    assert subentry.title == "Transformer 6 Hedef"
    assert value_entity(hass, loaded_entry, "number", "target") is None
    state = value_state(hass, loaded_entry, "sensor", "target")
    assert (state.state, state.name) == ("40", "Transformer 6 Hedef")

    # An emptied name is the type again.
    await _submit(hass, await _reconfigure(hass, loaded_entry), {"mode": "read", "kind": "text"})
    assert value_state(hass, loaded_entry, "sensor", "target").name == "Transformer 6 target"


async def test_a_text_cannot_become_a_number(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    put(simulator, TRAFO, "target", "spare")
    await _add(hass, loaded_entry, kind="text")
    result = await _submit(hass, await _reconfigure(hass, loaded_entry), {"mode": "read", "kind": "number"})
    assert_form(result, "reconfigure", {"kind": "value_no_number"}, of="data_value")
    assert value_state(hass, loaded_entry, "text", "target").state == "spare"


async def test_an_account_that_does_not_run_says_so(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    await _add(hass, loaded_entry)
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    for result in (await _start(hass, loaded_entry), await _reconfigure(hass, loaded_entry)):
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_a_value_of_a_point_that_is_gone(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    await _add(hass, loaded_entry)
    simulator.remove_point(TRAFO)
    await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await _reconfigure(hass, loaded_entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "point_gone")
