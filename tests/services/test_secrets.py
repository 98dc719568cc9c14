"""Password and connection ids stay where they belong, whatever goes wrong and however much is logged."""

from datetime import timedelta
import json
import logging

from homeassistant.components.diagnostics import DOMAIN as DIAGNOSTICS
from homeassistant.const import EVENT_CALL_SERVICE, MATCH_ALL
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.json import json_dumps
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.diagnostics import async_get_config_entry_diagnostics
from simulator import FAULTS, Simulator
from tests.command_samples import PassTime

from .action_samples import SAMPLES, call
from .test_faults import METHODS

pytestmark = pytest.mark.usefixtures("impatient_client")

# Long and strange enough to be found in no other text.
PASSWORD = "pa55&wörd <s3cret>"


@pytest.fixture
def world_options(now, world_options):
    return world_options
