"""The files that a Home Assistant is given before its first start, read by Home Assistant itself."""

from pathlib import Path
from typing import Any

from homeassistant.components import onboarding
from homeassistant.components.http.config import async_get_and_load_store
from homeassistant.components.onboarding.const import DOMAIN, STEPS
from homeassistant.config import load_yaml_config_file
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from demo.home import HomeFolder, http_seed, onboarding_seed

REPOSITORY = Path(__file__).parents[2]


async def test_web_server_listens_on_loopback_alone(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """The stored settings are taken as they are, with none pending: a trial would end after five minutes."""
    hass_storage["http"] = http_seed(18123)
    store = await async_get_and_load_store(hass)
    settings = await store.async_activate_config()
    assert (settings["server_host"], settings["server_port"]) == (["127.0.0.1"], 18123)
    assert store.yaml_migration_done
    assert store.pending is None


async def test_onboarding_has_only_the_user_left(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Every step is done that would start flows which need the internet."""
    hass_storage["onboarding"] = onboarding_seed()
    assert await async_setup_component(hass, "onboarding", {})
    assert not onboarding.async_is_onboarded(hass)
    left = set(STEPS) - set(hass.data[DOMAIN].steps["done"])
    assert left == {"user"}


def test_a_second_start_keeps_what_home_assistant_stored(tmp_path: Path) -> None:
    """Only the address is written anew: onboarding, and what else is stored, stays."""
    folder = HomeFolder(root=tmp_path)
    folder.prepare(repository=REPOSITORY, port=18123, time_zone="Europe/Istanbul", language="tr")
    stored = folder.config / ".storage" / "onboarding"
    stored.write_text("what Home Assistant made of it")
    folder.prepare(repository=REPOSITORY, port=18124, time_zone="Europe/Istanbul", language="tr")

    assert stored.read_text() == "what Home Assistant made of it"
    assert "18124" in (folder.config / ".storage" / "http").read_text()
    assert (folder.config / "custom_components" / "reengen" / "manifest.json").exists()
    configuration = load_yaml_config_file(str(folder.config / "configuration.yaml"))
    assert configuration["homeassistant"]["internal_url"] == "http://127.0.0.1:18124"
    assert configuration["homeassistant"]["language"] == "tr"
    assert "http" not in configuration
