"""The card of the day's curve: browsers get it, and the dashboard counts on it once they have."""

from typing import Any

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.reengen.const import DOMAIN
from tests.repository.paths import INTEGRATION, read_json

from .conftest import Imported
from .statistics import IMPORT, Statistics
from .test_create_dashboard import cards_in, views_of

CARD = "custom:reengen-day-curve"


@pytest.fixture
def entry_options(entry_options: dict[str, Any]) -> dict[str, Any]:
    """Want the dashboard."""
    return entry_options | {"dashboard": True}


@pytest.fixture
async def frontend(statistics: Statistics, hass: HomeAssistant) -> None:
    """Have a Home Assistant with pages."""
    assert await async_setup_component(hass, "frontend", {})


def curves(found: Any) -> list[dict[str, Any]]:
    return [card for card in cards_in(found) if card["type"] == CARD]


async def side_bar(hass: HomeAssistant, entry: MockConfigEntry, ask: WebSocketGenerator) -> Any:
    client = await ask(hass)
    path = f"reengen-xyz-{entry.entry_id[-6:].lower()}"
    await client.send_json_auto_id({"type": "lovelace/config", "url_path": path})
    return (await client.receive_json())["result"]


@pytest.mark.usefixtures("frontend")
async def test_a_page_gets_it_and_then_the_dashboard_has_it(
    hass: HomeAssistant,
    imported: Imported,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    entry = await imported()
    # A page that is open by now looks for no more modules.
    assert curves(await side_bar(hass, entry, hass_ws_client)) == []
    (url,) = hass.data[DATA_EXTRA_MODULE_URL].urls
    assert url.endswith(f"?{read_json(INTEGRATION / 'manifest.json')['version']}")
    response = await (await hass_client_no_auth()).get(url)
    assert response.status == 200
    assert response.content_type == "text/javascript"
    assert "max-age" in response.headers["Cache-Control"]
    assert await response.text() == (INTEGRATION / "dashboards" / "day_curve.js").read_text()
    (card,) = curves(await side_bar(hass, entry, hass_ws_client))
    assert (card["statistic"], card["time_zone"]) == (IMPORT, "Europe/Istanbul")
    state = hass.states.get(card["entity"])
    assert state is not None
    assert state.attributes["device_class"] == "power"
    # Pages that are loaded while the account is loaded anew need it as well.
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert hass.data[DATA_EXTRA_MODULE_URL].urls == {url}


@pytest.mark.usefixtures("frontend")
async def test_pages_that_outlived_a_restart_have_it(
    hass: HomeAssistant, imported: Imported, hass_ws_client: WebSocketGenerator
) -> None:
    hass.set_state(CoreState.not_running)
    assert await async_setup_component(hass, DOMAIN, {})
    hass.set_state(CoreState.running)
    entry = await imported()
    assert len(curves(await side_bar(hass, entry, hass_ws_client))) == 1


@pytest.mark.usefixtures("frontend")
async def test_a_copy_has_it_at_once(hass: HomeAssistant, imported: Imported) -> None:
    """It is looked at for longer than a page is open."""
    assert len(curves(await views_of(hass, await imported()))) == 1


async def test_without_pages_there_is_none(hass: HomeAssistant, imported: Imported) -> None:
    assert curves(await views_of(hass, await imported())) == []
