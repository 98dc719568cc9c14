"""Domain, keys of the config entry, rhythms and windows, each with its reason."""

from datetime import timedelta
import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "reengen"
LOGGER: Final = logging.getLogger(__package__)
MANUFACTURER: Final = "Reengen"

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
)

# The one address of the API (API document: Endpoint); the slash at its end belongs to it.
DEFAULT_URL: Final = "https://api.reengen.com/api/do/"

CONF_TENANT: Final = "tenant"
# What makes the certificate of an own platform trusted: one of them, or neither.
CONF_CA_FILE: Final = "ca_file"
CONF_CERTIFICATE_FINGERPRINT: Final = "certificate_fingerprint"
CONF_POINTS: Final = "points"
CONF_INCLUDE_DESCENDANTS: Final = "include_descendants"
CONF_AREAS: Final = "areas"
CONF_MEASUREMENTS: Final = "measurements"
CONF_COSTS: Final = "costs"
CONF_CURRENCY: Final = "currency"
CONF_DASHBOARD: Final = "dashboard"
CONF_INCLUDE_TAX: Final = "include_tax"
CONF_ENERGY_DASHBOARD: Final = "energy_dashboard"
CONF_ENERGY_DASHBOARD_DONE: Final = "energy_dashboard_done"
CONF_HISTORY_MONTHS: Final = "history_months"
CONF_HISTORY_PAUSED: Final = "history_paused"
CONF_KEEP_STATISTICS: Final = "keep_statistics"
CONF_STATISTICS_PREFIX: Final = "statistics_prefix"
CONF_INDUCTIVE_LIMIT: Final = "inductive_limit"
CONF_CAPACITIVE_LIMIT: Final = "capacitive_limit"
CONF_COMMAND: Final = "command"
CONF_COMPARISON: Final = "comparison"
CONF_CONFIRMATIONS: Final = "confirmations"
CONF_CONFIRMED: Final = "confirmed"
CONF_MEASUREMENT: Final = "measurement"
CONF_MINUTES: Final = "minutes"
CONF_THRESHOLD: Final = "threshold"
CONF_NUMBER_LIMITS: Final = "number_limits"
CONF_MINIMUM: Final = "minimum"
CONF_MAXIMUM: Final = "maximum"
CONF_STEP: Final = "step"

# Contracts by the id of their point: rows of these two fields, in kW and in percent of it.
CONF_CONTRACTS: Final = "contracts"
CONF_CONTRACTED_POWER: Final = "contracted_power"
CONF_WARNING_SHARE: Final = "warning_share"

# Home Assistant needs bounds of a number. Up to here every whole number, and every thousandth, is exact in the state.
WIDEST: Final = 1_000_000_000.0

# The finest step that is asked for by hand; a command that takes whole numbers has steps of one.
FINEST_STEP: Final = 0.001

CONF_METER_READINGS: Final = "meter_readings"
CONF_PHASES: Final = "phases"
SECTION_ADVANCED: Final = "advanced"

# The platform's id of a point that was made anew -> the id that it had before, and from when on it counts.
CONF_REPLACED_POINTS: Final = "replaced_points"

# Which points count on the Energy dashboard where the platform's points hold those below them.
CONF_ROLLED_UP_POINTS: Final = "rolled_up_points"
KEEP_PARENTS: Final = "parents"
KEEP_CHILDREN: Final = "children"

# Measurements of the user's own: a list of these fields in the options. The key makes unique ids and ids of
# statistics, so it never changes.
CONF_CUSTOM_MEASUREMENTS: Final = "custom_measurements"
CONF_KEY: Final = "key"
CONF_DEFINITION: Final = "definition"
CONF_VARIANT: Final = "variant"
CONF_FUNCTION: Final = "function"
CONF_UNIT: Final = "unit"
CONF_DECIMALS: Final = "decimals"
CONF_ADD_ANYWAY: Final = "add_anyway"
CONF_CHANGE: Final = "change"

# A value of the Data Science table, kept in a subentry of this type.
SUBENTRY_DATA_VALUE: Final = "data_value"
CONF_POINT: Final = "point"
CONF_POINT_ID: Final = "point_id"
CONF_KIND: Final = "kind"
MODE_READ: Final = "read"
MODE_WRITE: Final = "write"
KIND_NUMBER: Final = "number"
KIND_TEXT: Final = "text"

# Home Assistant's start waits for each account: so long for the tree of points and the first readings. Where the
# platform is slower, the tree of the last run serves until it has answered, and the readings come when they come.
SETUP_PATIENCE: Final = timedelta(seconds=10)

# What meters report.
QUARTER_HOUR: Final = timedelta(minutes=15)

# Meters report quarter hours, so nothing new is to be had sooner.
READINGS_INTERVAL: Final = timedelta(minutes=15)

# Registers and phases come with the same reports of the meters.
METERS_INTERVAL: Final = timedelta(minutes=15)

# A register counts until the meter reports again, so where no recent row tells of it, it is looked for this far back:
# a meter that reports once a day is then found.
REGISTER_SEARCH_WINDOW: Final = timedelta(days=1)

# That is done at the start, for a new point and this often: meters that are late by more than LATEST_LEVEL_WINDOW
# report a few times a day, and those that never report would be asked in vain more often.
REGISTER_SEARCH_INTERVAL: Final = timedelta(hours=6)

# The tree changes when somebody installs a meter; an hour is soon enough to see it, and one request.
POINTS_INTERVAL: Final = timedelta(hours=1)

# Listing commands takes one request a point, and commands change when somebody rewires a site.
COMMANDS_INTERVAL: Final = timedelta(days=1)

# Meters report a quarter hour some minutes after its end; whether a command had effect is looked up then.
CONFIRMATION_SETTLE: Final = timedelta(minutes=5)

# A reload changes nothing of what was listed so recently.
COMMANDS_REMEMBERED: Final = timedelta(hours=1)

# A failed listing is not left for a day.
COMMANDS_RETRY: Final = timedelta(minutes=15)

# Reengen lists commands point by point; a few at once keep a large site's listing short without a burst.
COMMAND_LISTINGS_AT_ONCE: Final = 4

# The Data Science table holds what models and people put there, which changes by the hour at most.
DATA_VALUES_INTERVAL: Final = timedelta(hours=1)

# A wrong time zone stays wrong until somebody changes it; one request a day finds it.
CLOCK_INTERVAL: Final = timedelta(days=1)

# What the platform does changes with its releases; fifteen requests a month are little.
CHECK_INTERVAL: Final = timedelta(days=30)

# How far back the newest value of a level (power, voltage, current) is looked for: meters report late,
# and an older value is no longer a present level.
LATEST_LEVEL_WINDOW: Final = timedelta(hours=3)

# Writing the state of an entity takes some 50 microseconds; so many at a time stay well below what a person notices.
LISTENERS_AT_ONCE: Final = 100

# A year to compare with, and the month that is under way; 0 stands for everything that the platform has.
DEFAULT_HISTORY_MONTHS: Final = 13

# The history asks for a silent point after 1, 2, 4, ... hours, and at least this often.
LONGEST_PAUSE_HOURS: Final = 12

# Meters report a quarter hour some minutes after its end; an hour that is read sooner would be read again as late data.
HISTORY_SETTLE: Final = timedelta(minutes=10)
