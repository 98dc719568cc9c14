"""The fields of the actions: the API's own in snake case, and the account that is asked."""

from enum import StrEnum
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector
import voluptuous as vol

from custom_components.reengen.api import Aggregation, IncludeTax, Operation, Resolution
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.measurements import COSTS

ATTR_ALL_POINTS: Final = "all_points"
ATTR_BREAK: Final = "break"
ATTR_TEST_POINT: Final = "test_point"
ATTR_OPERATION: Final = "operation"

# Readings that a meter reported, as opposed to others that the platform may keep (API document: GetData, type).
ACTUAL: Final = "actual"

# As many decimals as the sensors ask for, so that sums of parts equal the whole.
DECIMAL_POINTS: Final = 6

# The platform's letters for what a written row does (API document: ImportData and ManageDCData, key "#").
OPERATIONS: Final = {
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "create_or_update": Operation.CREATE_OR_UPDATE,
    "delete": Operation.DELETE,
}

# Whether costs include tax (API document: Get Cost Data, includeTax).
TAXES: Final = {"none": IncludeTax.NONE, "internal": IncludeTax.INTERNAL}


def _member[E: StrEnum](kind: type[E]) -> vol.All[Any]:
    return vol.All(vol.In([member.value for member in kind]), vol.Coerce(kind))


_TEXT: Final = vol.All(cv.string, vol.Length(min=1))
_TEXTS: Final = vol.All(cv.ensure_list, vol.Length(min=1), [_TEXT])


def _rows(fields: dict[Any, Any]) -> vol.All[Any]:
    return vol.All(cv.ensure_list, vol.Length(min=1), [vol.Schema(fields)])


def _action(fields: dict[Any, Any]) -> vol.Schema:
    return vol.Schema({vol.Required(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector({"integration": DOMAIN}), **fields})


def _points_or_all(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse both and neither: all that the user may see is never asked for by leaving something out."""
    if data.get(ATTR_ALL_POINTS, False) == ("point" in data):
        raise vol.Invalid(f"Give either the codes of points in 'point', or '{ATTR_ALL_POINTS}: true'")
    return data


def _operation(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse a row without a value, unless it deletes."""
    if "value" not in data and data[ATTR_OPERATION] is not Operation.DELETE:
        raise vol.Invalid("A row that does not delete needs a value")
    return data


_RANGE: Final[dict[Any, Any]] = {vol.Required("start"): cv.datetime, vol.Required("end"): cv.datetime}
_AGGREGATED: Final[dict[Any, Any]] = {
    vol.Optional("point"): _TEXTS,
    vol.Optional(ATTR_ALL_POINTS): cv.boolean,
    **_RANGE,
    # Each point has rows of its own (API document: GetData, break).
    vol.Optional(ATTR_BREAK, default="point"): vol.In(["point"]),
}
_OF_SERIES: Final[dict[Any, Any]] = {
    vol.Optional("type", default=ACTUAL): _TEXT,
    vol.Optional("decimal_points", default=DECIMAL_POINTS): cv.positive_int,
}

GET_POINT_HIERARCHY: Final = _action({})

CHECK_PLATFORM: Final = _action({vol.Optional(ATTR_TEST_POINT): _TEXT})

GET_DATA: Final = vol.All(
    _action(
        {
            vol.Required("series"): _rows(
                {
                    vol.Required("definition"): _TEXT,
                    vol.Required("variant"): _TEXT,
                    vol.Required("x_function"): _member(Aggregation),
                    vol.Required("unit"): _TEXT,
                    **_OF_SERIES,
                }
            ),
            **_AGGREGATED,
            vol.Required("resolution"): _member(Resolution),
        }
    ),
    _points_or_all,
)

GET_COST: Final = vol.All(
    _action(
        {
            vol.Required("series"): _rows(
                {
                    vol.Required("group"): vol.In(list(COSTS)),
                    vol.Optional("include_tax", default="none"): vol.In(list(TAXES)),
                    **_OF_SERIES,
                }
            ),
            **_AGGREGATED,
        }
    ),
    _points_or_all,
)

LIST_DATA: Final = _action(
    {
        vol.Required("point"): _TEXTS,
        vol.Required("definition"): _TEXTS,
        vol.Required("variant"): _TEXTS,
        vol.Optional("type", default=[ACTUAL]): _TEXTS,
        **_RANGE,
    }
)

IMPORT_DATA: Final = _action(
    {
        vol.Required("unit"): _TEXT,
        vol.Optional("stored_unit"): _TEXT,
        vol.Required("data"): vol.All(
            _rows(
                {
                    vol.Optional(ATTR_OPERATION, default="create"): vol.All(
                        vol.In(["create", "update", "delete"]), OPERATIONS.__getitem__
                    ),
                    vol.Required("point"): _TEXT,
                    vol.Required("definition"): _TEXT,
                    vol.Required("variant"): _TEXT,
                    vol.Optional("type", default=ACTUAL): _TEXT,
                    vol.Optional("index", default=1): cv.positive_int,
                    vol.Required("date"): cv.datetime,
                    vol.Optional("value"): vol.Coerce(float),
                }
            ),
            [_operation],
        ),
    }
)

GET_DC_DATA: Final = _action(
    {
        vol.Required("point"): _TEXTS,
        vol.Required("type"): _TEXT,
        vol.Optional("tenant"): _TEXT,
    }
)

MANAGE_DC_DATA: Final = _action(
    {
        vol.Required("data"): vol.All(
            _rows(
                {
                    vol.Required(ATTR_OPERATION): vol.All(vol.In(list(OPERATIONS)), OPERATIONS.__getitem__),
                    vol.Required("point"): _TEXT,
                    vol.Required("type"): _TEXT,
                    vol.Optional("value"): cv.string,
                }
            ),
            [_operation],
        ),
        vol.Optional("tenant"): _TEXT,
    }
)

LIST_AVAILABLE_COMMANDS: Final = _action({vol.Required("point"): _TEXT})

EXECUTE_COMMAND: Final = _action(
    {
        vol.Required("point"): _TEXT,
        vol.Required("command"): _TEXT,
        vol.Optional("parameter"): vol.Any(bool, int, float, str, None),
    }
)

ADD_TO_ENERGY_DASHBOARD: Final = _action({vol.Optional("preview", default=True): cv.boolean})

CREATE_DASHBOARD: Final = _action({vol.Optional("points"): _TEXTS, vol.Optional("url_path"): _TEXT})

IMPORT_HISTORY: Final = _action(
    {
        vol.Optional("points"): _TEXTS,
        # Which there are depends on the account.
        vol.Optional("series"): _TEXTS,
        vol.Optional("start"): cv.datetime,
        vol.Optional("end"): cv.datetime,
        vol.Optional("dry_run", default=False): cv.boolean,
    }
)
