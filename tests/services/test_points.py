"""Which account and which points an action is about: by device, by name, by code, or the account alone."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.points import account_identifier, point_identifier
from simulator import Simulator
from tests.commands.samples import SWITCH

from .action_samples import SAMPLES, SITE, STORAGE, TRANSFORMER, TRANSFORMER_ID, call

OF_POINTS = [name for name in SAMPLES if name != "get_point_hierarchy"]
# The simulated world has them so.
TRANSFORMER_NAME, SITE_ID = "Transformer 6", 11512


def device_of(hass: HomeAssistant, entry: MockConfigEntry, point_id: int = TRANSFORMER_ID) -> str:
    """Return the id of a point's device."""
    device = dr.async_get(hass).async_get_device_by_identifier(point_identifier(entry, point_id), entry.entry_id)
    assert device is not None
    return device.id


def about(action: str, **points: Any) -> dict[str, Any]:
    """Return the sample of an action about other points: one where it takes one, in rows where it takes rows."""
    sample = SAMPLES[action]
    if "data" in sample:
        kept = {key: value for key, value in sample["data"][0].items() if key != "point"}
        return {"data": [{**kept, **points}]}
    one = not isinstance(sample["point"], list)
    return {"point": None} | {key: value if one else [value] for key, value in points.items()}


def again(action: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a second call: what was created once is written over."""
    if action == "import_data":
        fields["data"] = [{**row, "operation": "update"} for row in fields["data"]]
    return fields


def without_operations(response: Any) -> Any:
    """Return the response without what tells a first call from a second."""
    rows = [{key: value for key, value in row.items() if key != "operation"} for row in response.get("data", ())]
    return {**response, "data": rows}


@pytest.fixture
async def second_entry(hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Load another account, which sees the same points through another user."""
    simulator.add_account(user="second", password="second")
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Second",
        data={**loaded_entry.data, "username": "second", "password": "second"},
        options=dict(loaded_entry.options),
        unique_id="second",
        version=loaded_entry.version,
        minor_version=loaded_entry.minor_version,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def refusal(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, **changes: Any
) -> tuple[str, dict[str, str]]:
    """Return how the action is refused: the key of the text and what it quotes."""
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, entry, action, **changes)
    return raised.value.translation_key or "", dict(raised.value.translation_placeholders or {})


@pytest.mark.parametrize("action", OF_POINTS)
@pytest.mark.parametrize("field", ["device_id", "point"])
async def test_a_device_or_a_name_stands_for_the_code(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str, field: str
) -> None:
    """The platform is asked what it is asked for the code, and only once for the tree."""
    asked = simulator.count("GetPointHierarchy")
    meant = {"device_id": device_of(hass, loaded_entry), "point": TRANSFORMER_NAME}[field]
    response = await call(hass, loaded_entry, action, **about(action, **{field: meant}))
    by_code = await call(hass, loaded_entry, action, **again(action, about(action, point=TRANSFORMER)))
    assert without_operations(response) == without_operations(by_code)
    assert simulator.count("GetPointHierarchy") == asked


async def test_devices_stand_for_chosen_points(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    async def dashboard(**points: list[str]) -> Any:
        return await hass.services.async_call(DOMAIN, "create_dashboard", points, blocking=True, return_response=True)

    device, site = device_of(hass, loaded_entry), device_of(hass, loaded_entry, SITE_ID)
    by_code = await dashboard(points=[TRANSFORMER, SITE])
    assert await dashboard(device_id=[device, site], points=[TRANSFORMER_NAME]) == by_code
    assert await dashboard(points=[SITE]) != by_code


async def test_devices_and_codes_are_one_list(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    device = device_of(hass, loaded_entry)
    response = await call(hass, loaded_entry, "get_data", point=[SITE, TRANSFORMER], device_id=[device])
    assert response == await call(hass, loaded_entry, "get_data", point=[SITE, TRANSFORMER])


@pytest.mark.parametrize("action", OF_POINTS)
async def test_no_point_at_all_is_refused_before_anything_is_asked(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str
) -> None:
    before = simulator.count()
    with pytest.raises(vol.Invalid, match="device_id"):
        await call(hass, loaded_entry, action, **about(action))
    assert simulator.count() == before


@pytest.mark.parametrize("action", ["execute_command", "import_data"])
async def test_one_point_is_a_device_or_a_code(hass: HomeAssistant, loaded_entry: MockConfigEntry, action: str) -> None:
    both = {"point": TRANSFORMER, "device_id": device_of(hass, loaded_entry)}
    with pytest.raises(vol.Invalid, match="either"):
        await call(hass, loaded_entry, action, **about(action, **both))


async def test_all_points_go_with_no_device(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    device = device_of(hass, loaded_entry)
    with pytest.raises(vol.Invalid, match="all_points"):
        await call(hass, loaded_entry, "get_data", point=None, device_id=[device], all_points=True)


@pytest.mark.parametrize("action", OF_POINTS)
async def test_a_name_of_several_points_is_refused_with_their_codes(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, action: str
) -> None:
    simulator.rename_point(STORAGE, TRANSFORMER_NAME)
    await loaded_entry.runtime_data.points.async_refresh()
    before = simulator.count()
    assert await refusal(hass, loaded_entry, action, **about(action, point=TRANSFORMER_NAME)) == (
        "point_ambiguous",
        {"name": TRANSFORMER_NAME, "points": f"{STORAGE}, {TRANSFORMER}"},
    )
    assert simulator.count() == before


async def test_a_code_goes_before_a_name(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    simulator.rename_point(STORAGE, TRANSFORMER)
    await loaded_entry.runtime_data.points.async_refresh()
    await call(hass, loaded_entry, "execute_command")
    assert [ran.point_code for ran in simulator.executions] == [TRANSFORMER]


async def test_a_device_of_something_else_is_told_plainly(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    registry = dr.async_get(hass)
    lamp = registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={("other", "1")}, name="Lamp")
    account = registry.async_get_device_by_identifier(account_identifier(loaded_entry), loaded_entry.entry_id)
    assert account is not None
    for device, key, name in (
        (lamp.id, "device_of_other_integration", "Lamp"),
        (account.id, "device_of_no_point", loaded_entry.title),
        ("nothing", "device_unknown", "nothing"),
    ):
        for named in ({}, {"config_entry_id": None}):
            told = await refusal(hass, loaded_entry, "get_data", point=None, device_id=[device], **named)
            assert told == (key, {"device": name})


async def test_a_device_of_a_point_that_is_gone_is_named(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry
) -> None:
    device = device_of(hass, loaded_entry)
    simulator.remove_point(TRANSFORMER)
    await loaded_entry.runtime_data.points.async_refresh()
    told = await refusal(hass, loaded_entry, "execute_command", point=None, device_id=device)
    assert told == ("point_unknown", {"points": TRANSFORMER_NAME})


@pytest.mark.parametrize("action", SAMPLES)
async def test_the_only_account_need_not_be_named(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, action: str
) -> None:
    response = await call(hass, loaded_entry, action, config_entry_id=None)
    named = await call(hass, loaded_entry, action, **again(action, dict(SAMPLES[action])))
    assert without_operations(response) == without_operations(named)


async def test_of_two_accounts_the_device_says_which(
    hass: HomeAssistant, simulator: Simulator, loaded_entry: MockConfigEntry, second_entry: MockConfigEntry
) -> None:
    """Nothing is guessed: without a device the account has to be named, and a device of another account is no point of it."""
    key, _ = await refusal(hass, loaded_entry, "execute_command", config_entry_id=None)
    assert key == "service_found_multiple_config_entry_for_domain"
    device = device_of(hass, second_entry)
    told = await refusal(hass, loaded_entry, "execute_command", point=None, device_id=device)
    assert told == ("device_of_other_account", {"device": TRANSFORMER_NAME, "account": loaded_entry.title})
    assert simulator.executions == []
    await call(hass, loaded_entry, "execute_command", config_entry_id=None, point=None, device_id=device)
    assert len(simulator.executions) == 1
    assert (SWITCH.state_in(hass, second_entry), SWITCH.state_in(hass, loaded_entry)) == ("on", "unknown")
