"""Domain, keys of the config entry, rhythms and windows, each with its reason."""

from datetime import timedelta
import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "reengen"
LOGGER: Final = logging.getLogger(__package__)
MANUFACTURER: Final = "Reengen"

PLATFORMS: Final = (
    Platform.BUTTON,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
)

# The one address of the API (API document: Endpoint); the slash at its end belongs to it.
DEFAULT_URL: Final = "https://api.reengen.com/api/do/"

CONF_TENANT: Final = "tenant"
CONF_POINTS: Final = "points"
CONF_INCLUDE_DESCENDANTS: Final = "include_descendants"
CONF_MEASUREMENTS: Final = "measurements"
CONF_COSTS: Final = "costs"
CONF_CURRENCY: Final = "currency"
CONF_ENERGY_DASHBOARD: Final = "energy_dashboard"
SECTION_ADVANCED: Final = "advanced"

# Meters report quarter hours, so nothing new is to be had sooner.
READINGS_INTERVAL: Final = timedelta(minutes=15)

# The tree changes when somebody installs a meter; an hour is soon enough to see it, and one request.
POINTS_INTERVAL: Final = timedelta(hours=1)

# Listing commands takes one request a point, and commands change when somebody rewires a site.
COMMANDS_INTERVAL: Final = timedelta(days=1)

# A failed listing is not left for a day.
COMMANDS_RETRY: Final = timedelta(minutes=15)

# Reengen lists commands point by point; a few at once keep a large site's listing short without a burst.
COMMAND_LISTINGS_AT_ONCE: Final = 4

# How far back the newest value of a level (power, voltage, current) is looked for: meters report late,
# and an older value is no longer a present level.
LATEST_LEVEL_WINDOW: Final = timedelta(hours=3)

# Writing the state of an entity takes some 50 microseconds; so many at a time stay well below what a person notices.
LISTENERS_AT_ONCE: Final = 100
