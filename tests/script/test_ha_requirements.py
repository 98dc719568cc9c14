"""The list of what a running Home Assistant needs, against Home Assistant's own resolution."""

from importlib.metadata import PackageNotFoundError, version
from unittest.mock import patch

from homeassistant import bootstrap
from homeassistant.const import BASE_PLATFORMS
from homeassistant.core import HomeAssistant
from homeassistant.requirements import RequirementsManager
import pytest

from script.lib.ha_requirements import (
    BENCHMARK_INTEGRATIONS,
    CORE_INTEGRATIONS,
    DEMO_INTEGRATIONS,
    HOMEASSISTANT,
    always_loaded,
    default_integrations,
    requirements,
)

# Newer versions are installed, for want of a wheel of the pinned ones; see script/setup.
VOICE_PACKAGES = {"pymicro-vad", "pyspeex-noise"}


def test_default_integrations_are_those_of_the_bootstrap() -> None:
    """What is read from the source is what the module holds when it is imported."""
    listed = CORE_INTEGRATIONS | DEMO_INTEGRATIONS | BENCHMARK_INTEGRATIONS
    assert always_loaded() == bootstrap.DEFAULT_INTEGRATIONS | BASE_PLATFORMS | listed


def test_a_bootstrap_without_defaults_is_not_taken_for_an_empty_one() -> None:
    """A new shape of the source has to show, not to install nothing."""
    with pytest.raises(LookupError):
        default_integrations("OTHER = {'frontend'}")


async def test_requirements_are_what_home_assistant_asks_for(hass: HomeAssistant) -> None:
    """Home Assistant's own manager, asked for each domain, wants exactly this list."""
    manager = RequirementsManager(hass)
    hass.config.skip_pip = False
    wanted: set[str] = set()

    async def record(_name: str, missing: list[str]) -> None:
        wanted.update(missing)

    with patch.object(manager, "_async_process_requirements", record):
        for domain in sorted(always_loaded()):
            await manager.async_get_integration_with_requirements(domain)

    assert requirements(always_loaded()) == wanted


@pytest.mark.parametrize("requirement", sorted(requirements(always_loaded())))
def test_requirements_are_installed(requirement: str) -> None:
    """The environment that script/setup made has each of them, so that a start installs nothing."""
    name, _, pinned = requirement.partition("==")
    try:
        installed = version(name)
    except PackageNotFoundError:
        pytest.fail(f"{requirement} is missing from the environment of {HOMEASSISTANT}: run script/setup")
    assert name in VOICE_PACKAGES or installed == pinned
