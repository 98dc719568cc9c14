"""Loaded ahead of pytest's other plugins: the test plugin of Home Assistant 2026.10 for 2026.11 as well.

Home Assistant has to be imported before anything brings httpx, and its newer versions have moved a helper that the
test plugin imports. The plugin's own patches come first, as in the plugin.
"""

import homeassistant  # noqa: F401, I001 - before all others
from pytest_homeassistant_custom_component import patch_json, patch_recorder, patch_time  # noqa: F401

from homeassistant.components import logger
from homeassistant.components.logger import helpers

MOVED = "_clear_logger_overwrites"

if not hasattr(logger, MOVED):
    setattr(logger, MOVED, getattr(helpers, MOVED))
