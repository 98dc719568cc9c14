"""The action that makes a dashboard, in a Home Assistant with dashboards."""

from typing import Any

from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from custom_components.reengen.const import DOMAIN
from tests.services.action_samples import SITE, TRANSFORMER, TRANSFORMER_ID, act

ADDRESS = "dashboard-factory"


async def create(hass: HomeAssistant, entry: MockConfigEntry, user: MockUser | None = None, **fields: Any) -> Any:
    return await act(hass, entry, "create_dashboard", user, **fields)


class Stored:
    """The dashboard as the interface reads and writes it."""

    def __init__(self, client: MockHAClientWebSocket) -> None:
        self._client = client

    async def read(self) -> Any:
        await self._client.send_json_auto_id({"type": "lovelace/config", "url_path": ADDRESS})
        return (await self._client.receive_json()).get("result")

    async def write(self, config: dict[str, Any]) -> None:
        await self._client.send_json_auto_id({"type": "lovelace/config/save", "url_path": ADDRESS, "config": config})
        assert (await self._client.receive_json())["success"]


@pytest.fixture
async def stored(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Stored:
    """Add a dashboard as a person does."""
    assert await async_setup_component(hass, "lovelace", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "lovelace/dashboards/create", "url_path": ADDRESS, "title": "Factory", "mode": "storage"}
    )
    assert (await client.receive_json())["success"]

    return Stored(client)


def entities_in(found: Any) -> set[str]:
    """Return all entities that the cards below name."""
    if isinstance(found, dict):
        own = {found["entity"]} if "entity" in found else set()
        return own.union(*map(entities_in, found.values()))
    return set().union(*map(entities_in, found)) if isinstance(found, list) else set()


async def test_it_shows_what_there_is(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    response = await create(hass, loaded_entry)
    shown = entities_in(response["dashboard"])
    assert response["url_path"] is None
    # Without a recorder no statistics are shown: all are entities, and all of them exist.
    assert all(hass.states.get(entity_id) for entity_id in shown)
    registry = er.async_get(hass)
    keys = ["active_energy_import_today", "active_power", "command_lights-on-off"]
    for key, domain in zip(keys, ["sensor", "sensor", "switch"], strict=True):
        unique_id = f"{loaded_entry.entry_id}_{TRANSFORMER_ID}_{key}"
        assert registry.async_get_entity_id(domain, DOMAIN, unique_id) in shown


async def test_hidden_and_disabled_entities_are_left_out(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    registry = er.async_get(hass)
    switch = registry.async_get_entity_id(
        "switch", DOMAIN, f"{loaded_entry.entry_id}_{TRANSFORMER_ID}_command_lights-on-off"
    )
    assert switch is not None
    assert switch in entities_in(await create(hass, loaded_entry))
    registry.async_update_entity(switch, hidden_by=er.RegistryEntryHider.USER)
    assert switch not in entities_in(await create(hass, loaded_entry))


async def test_only_the_points_that_are_asked_for(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    overview, *_, view = (await create(hass, loaded_entry, points=[TRANSFORMER]))["dashboard"]["views"]
    names = [section["cards"][0].get("heading") for section in overview["sections"]]
    assert names[0] == view["title"] == "Transformer 6"
    assert "Factory" not in names
    with pytest.raises(ServiceValidationError) as caught:
        await create(hass, loaded_entry, points=[SITE, "xFabrikaDepo"])
    assert caught.value.translation_key == "points_not_chosen"
    assert caught.value.translation_placeholders == {"points": "xFabrikaDepo"}


async def test_it_is_stored_beside_what_is_there(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, stored: Stored
) -> None:
    response = await create(hass, loaded_entry, url_path=ADDRESS)
    assert response["url_path"] == ADDRESS
    ours = response["dashboard"]["views"]
    assert (await stored.read())["views"] == ours
    theirs = {"title": "Mine", "cards": []}
    await stored.write({"title": "Kept", "views": [theirs, *ours]})
    await create(hass, loaded_entry, url_path=ADDRESS)
    assert await stored.read() == {"title": "Kept", "views": [theirs, *ours]}


@pytest.mark.parametrize(
    ("address", "config", "key"),
    [
        ("no-such", None, "dashboard_unknown"),
        (ADDRESS, {"strategy": {"type": "map"}}, "dashboard_generated"),
    ],
)
async def test_what_cannot_be_stored_is_refused_and_nothing_changes(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    stored: Stored,
    address: str,
    config: dict[str, Any] | None,
    key: str,
) -> None:
    if config is not None:
        await stored.write(config)
    with pytest.raises(ServiceValidationError) as caught:
        await create(hass, loaded_entry, url_path=address)
    assert caught.value.translation_key == key
    assert await stored.read() == config


async def test_without_dashboards(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    assert LOVELACE_DATA not in hass.data
    with pytest.raises(ServiceValidationError):
        await create(hass, loaded_entry, url_path=ADDRESS)


async def test_it_is_for_administrators(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    with pytest.raises(Unauthorized):
        await create(hass, loaded_entry, hass_read_only_user)
