"""Commands as an action: checked against the listing, at most once, for those who may control the point."""

from typing import Any

from homeassistant.auth.permissions import PolicyPermissions
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from simulator import Simulator
from tests.commands.samples import POINT_ID, SELECT, SWITCH, parameters_run

from .action_samples import COMMAND, STORAGE, TRANSFORMER, call

LIGHTS = COMMAND["execute_command"]


pytestmark = pytest.mark.usefixtures("impatient_client")


async def execute(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> Any:
    response = await call(hass, entry, "execute_command", **changes)
    await hass.async_block_till_done(wait_background_tasks=True)
    return response


async def test_a_command_runs_and_its_entity_knows(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    listed = simulator.count("ListAvailableCommands")
    response = await execute(hass, loaded_entry)
    assert response == {**LIGHTS, "name": "Turn Lights On/Off", "result": "accepted"}
    assert SWITCH.state_in(hass, loaded_entry) == "on"
    await execute(hass, loaded_entry, parameter=False)
    assert SWITCH.state_in(hass, loaded_entry) == "off"
    await execute(hass, loaded_entry, command=SELECT.code, parameter="auto")
    assert SELECT.state_in(hass, loaded_entry) == "Auto"
    assert parameters_run(simulator, SWITCH) == [True, False]
    # The listing of the day was at hand.
    assert simulator.count("ListAvailableCommands") == listed


async def test_names_stand_for_codes_of_commands_and_options(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    """As they are read on the entity; what was sent is told by its code."""
    response = await execute(hass, loaded_entry, command=SELECT.name, parameter="Auto")
    assert (response["command"], response["parameter"]) == (SELECT.code, "auto")
    assert parameters_run(simulator, SELECT) == ["auto"]


async def test_a_name_of_two_commands_is_no_name(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    simulator.add_command(TRANSFORMER, "other", name=SELECT.name)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    with pytest.raises(ServiceValidationError) as raised:
        await execute(hass, entry, command=SELECT.name, parameter="Auto")
    assert raised.value.translation_key == "command_unknown"
    assert simulator.executions == []


async def test_readings_follow_a_command(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    before = simulator.count("GetData")
    await execute(hass, loaded_entry, response=False)
    assert simulator.count("GetData") > before


@pytest.mark.parametrize(
    ("point", "command", "parameter"),
    [
        (STORAGE, "set-point-temperature", 21.5),
        ("xFabrikademoAtolye", "fan-speed-set", 3),
        ("xFabrikademoAtolye", "display-text", "007"),
        ("xyzBesiktas", "generator-test", None),
        ("xyzBesiktas", "hvac-mode-set", "eco"),
    ],
)
async def test_points_without_a_device_are_listed_first(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    point: str,
    command: str,
    parameter: float | str | None,
) -> None:
    await execute(hass, loaded_entry, point=point, command=command, parameter=parameter)
    (record,) = simulator.executions
    assert (record.point_code, record.command, record.parameter) == (point, command, parameter)
    assert type(record.parameter) is type(parameter)
    methods = [
        request.method for request in simulator.requests if request.body.get("properties", {}).get("point") == point
    ]
    assert methods == ["ListAvailableCommands", "ExecuteCommand"]


async def test_a_command_that_came_meanwhile(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.add_command(TRANSFORMER, "new", name="New")
    await execute(hass, loaded_entry, command="new", parameter=None)
    assert [record.command for record in simulator.executions] == ["new"]


async def test_after_a_failed_listing_it_is_listed_anew(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("http_500_html", method="ListAvailableCommands", times=30)
    await loaded_entry.runtime_data.commands.async_list_anew()
    simulator.clear_faults()
    simulator.add_command(TRANSFORMER, "lights-on-off", command_type="MultiOption", options=[("on", "On")])
    await execute(hass, loaded_entry, parameter="on")
    assert [record.parameter for record in simulator.executions] == ["on"]


@pytest.mark.parametrize(
    ("command", "parameter"),
    [
        ("lights-on-off", "true"),
        ("lights-on-off", 1),
        ("lights-on-off", None),
        ("generator-mode-set", "Automatic"),
        ("generator-mode-set", True),
    ],
)
async def test_a_parameter_that_does_not_fit_is_not_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded_entry: MockConfigEntry,
    command: str,
    parameter: bool | float | str | None,
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await execute(hass, loaded_entry, command=command, parameter=parameter)
    assert raised.value.translation_key == "request_invalid"
    assert simulator.count("ExecuteCommand") == 0


@pytest.mark.parametrize(
    ("point", "command", "key"),
    [(TRANSFORMER, "self-destruct", "command_unknown"), ("xFabrikaSogutma", "schedule-upload", "request_invalid")],
)
async def test_a_command_that_nobody_described_is_not_sent(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, point: str, command: str, key: str
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await execute(hass, loaded_entry, point=point, command=command, parameter="x")
    assert raised.value.translation_key == key
    assert simulator.count("ExecuteCommand") == 0


async def test_a_parameter_is_one_value(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    with pytest.raises(vol.Invalid):
        await execute(hass, loaded_entry, parameter={"a": 1})


async def test_an_unknown_outcome_is_not_sent_again(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.fail_next("timeout_after_execution", method="ExecuteCommand")
    with pytest.raises(HomeAssistantError) as raised:
        await execute(hass, loaded_entry)
    assert raised.value.translation_key == "outcome_unknown"
    assert parameters_run(simulator, SWITCH) == [True]
    assert SWITCH.state_in(hass, loaded_entry) == STATE_UNKNOWN


async def restricted(hass: HomeAssistant, policy: dict[str, Any]) -> MockUser:
    """Return a user whose group may do what the policy says."""
    user = MockUser().add_to_hass(hass)
    lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    user.permissions = PolicyPermissions({"entities": policy}, lookup)
    return user


async def test_who_may_not_control_the_point_may_not_run_its_commands(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    for point, refusal in ((TRANSFORMER, Unauthorized), (STORAGE, Unauthorized), ("nowhere", ServiceValidationError)):
        with pytest.raises(refusal):
            await execute(hass, loaded_entry, point=point, user_id=hass_read_only_user.id)
    assert simulator.executions == []


async def test_who_may_control_the_commands_entity_may_run_it(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    switch = SWITCH.entity_id(hass, loaded_entry)
    user = await restricted(hass, {"entity_ids": {switch: True}})
    await execute(hass, loaded_entry, user_id=user.id)
    await execute(hass, loaded_entry, command=SWITCH.name, user_id=user.id)
    assert parameters_run(simulator, SWITCH) == [True, True]
    with pytest.raises(Unauthorized) as raised:
        await execute(hass, loaded_entry, command=SELECT.code, parameter="on", user_id=user.id)
    assert raised.value.entity_id == SELECT.entity_id(hass, loaded_entry)


async def test_a_command_without_an_entity_needs_the_whole_device(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.add_command(TRANSFORMER, "text", command_type="SingleParameter", parameter_type="string")
    device_id = er.async_get(hass).async_get(SWITCH.entity_id(hass, loaded_entry)).device_id  # type: ignore[union-attr]
    fields = {"command": "text", "parameter": "x"}
    one = await restricted(hass, {"entity_ids": {SWITCH.entity_id(hass, loaded_entry): True}})
    with pytest.raises(Unauthorized):
        await execute(hass, loaded_entry, **fields, user_id=one.id)
    whole = await restricted(hass, {"device_ids": {device_id: True}})
    await execute(hass, loaded_entry, **fields, user_id=whole.id)
    assert [record.command for record in simulator.executions] == ["text"]


async def test_points_that_are_no_devices_are_for_administrators(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    fields = {"point": STORAGE, "command": "set-point-temperature", "parameter": 21.5}
    everything = await restricted(hass, {"all": True})
    with pytest.raises(Unauthorized):
        await execute(hass, loaded_entry, **fields, user_id=everything.id)
    await execute(hass, loaded_entry, **fields, user_id=hass_admin_user.id)
    assert len(simulator.executions) == 1


async def test_a_user_that_is_gone_runs_nothing(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    with pytest.raises(UnknownUser):
        await execute(hass, loaded_entry, user_id="gone")
    assert simulator.executions == []


async def test_the_sample_is_the_documents(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    """Keep the point id that the entities' tests look for."""
    response = await call(hass, loaded_entry, "get_point_hierarchy")
    assert next(row["id"] for row in response["data"] if row["code"] == TRANSFORMER) == POINT_ID
