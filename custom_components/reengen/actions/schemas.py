"""The fields of the actions: the API's own in snake case, the account that is asked, and devices in place of points."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector
import voluptuous as vol

from custom_components.reengen.api import MOST_DECIMALS, Aggregation, IncludeTax, Operation, Resolution
from custom_components.reengen.const import DOMAIN
from custom_components.reengen.measurements import COSTS

ATTR_ALL_POINTS: Final = "all_points"
ATTR_BREAK: Final = "break"
ATTR_OPERATION: Final = "operation"
ATTR_POINT: Final = "point"
ATTR_POINTS: Final = "points"

# Readings that a meter reported, as opposed to others that the platform may keep (API document: GetData, type).
ACTUAL: Final = "actual"

# What a written row does (API document: ImportData and ManageDCData, key "#").
OPERATIONS: Final = {each.name.lower(): each for each in Operation}

# Whether costs include tax (API document: Get Cost Data, includeTax).
TAXES: Final = {"none": IncludeTax.NONE, "internal": IncludeTax.INTERNAL}


def _member[E: StrEnum](kind: type[E]) -> vol.All[Any]:
    return vol.All(vol.In([member.value for member in kind]), vol.Coerce(kind))


_TEXT: Final = vol.All(cv.string, vol.Length(min=1))
_TEXTS: Final = vol.All(cv.ensure_list, vol.Length(min=1), [_TEXT])


def _rows(fields: dict[Any, Any], *checks: object) -> vol.All[Any]:
    return vol.All(cv.ensure_list, vol.Length(min=1), [vol.Schema(fields)], *([check] for check in checks))


class DeviceId(str):
    """Among points: the id of a device that stands for one."""

    __slots__ = ()


def _action(fields: dict[Any, Any], *checks: object) -> vol.All[Any]:
    account = {vol.Optional(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector({"integration": DOMAIN})}
    return vol.All(vol.Schema({**account, **fields}), *checks)


def _one_point(data: dict[str, Any]) -> dict[str, Any]:
    """Put the device in the place of the point; refuse both and neither."""
    if (ATTR_POINT in data) == (ATTR_DEVICE_ID in data):
        raise vol.Invalid(f"Give either '{ATTR_DEVICE_ID}' or '{ATTR_POINT}'")
    return _moved(data, lambda device: {ATTR_POINT: DeviceId(device)})


def _optional_points(data: dict[str, Any], key: str = ATTR_POINTS) -> dict[str, Any]:
    """Put the devices behind the points."""
    return _moved(data, lambda devices: {key: [*data.get(key, ()), *map(DeviceId, devices)]})


def _points(data: dict[str, Any]) -> dict[str, Any]:
    """Put the devices behind the points; refuse neither."""
    if ATTR_POINT not in data and ATTR_DEVICE_ID not in data:
        raise vol.Invalid(f"Give '{ATTR_DEVICE_ID}' or '{ATTR_POINT}'")
    return _optional_points(data, ATTR_POINT)


def _moved(data: dict[str, Any], place: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    if ATTR_DEVICE_ID not in data:
        return data
    others = {key: value for key, value in data.items() if key != ATTR_DEVICE_ID}
    return others | place(data[ATTR_DEVICE_ID])


def _points_or_all(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse both and neither: all that the user may see is never asked for by leaving something out."""
    if not data.get(ATTR_ALL_POINTS, False):
        return _points(data)
    if ATTR_POINT in data or ATTR_DEVICE_ID in data:
        raise vol.Invalid(f"Give either '{ATTR_DEVICE_ID}' or '{ATTR_POINT}', or '{ATTR_ALL_POINTS}: true'")
    return data


def _operation(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse a row without a value, unless it deletes."""
    if "value" not in data and data[ATTR_OPERATION] is not Operation.DELETE:
        raise vol.Invalid("A row that does not delete needs a value")
    return data


_ONE_OF: Final[dict[Any, Any]] = {vol.Optional(ATTR_DEVICE_ID): _TEXT, vol.Optional(ATTR_POINT): _TEXT}
_SOME_OF: Final[dict[Any, Any]] = {vol.Optional(ATTR_DEVICE_ID): _TEXTS, vol.Optional(ATTR_POINT): _TEXTS}
_CHOSEN: Final[dict[Any, Any]] = {vol.Optional(ATTR_DEVICE_ID): _TEXTS, vol.Optional(ATTR_POINTS): _TEXTS}
_RANGE: Final[dict[Any, Any]] = {vol.Required("start"): cv.datetime, vol.Required("end"): cv.datetime}
_AGGREGATED: Final[dict[Any, Any]] = {
    **_SOME_OF,
    vol.Optional(ATTR_ALL_POINTS): cv.boolean,
    **_RANGE,
    # Each point has rows of its own (API document: GetData, break).
    vol.Optional(ATTR_BREAK, default="point"): vol.In(["point"]),
}
_OF_SERIES: Final[dict[Any, Any]] = {
    vol.Optional("type", default=ACTUAL): _TEXT,
    # As many as the sensors ask for, so that sums of parts equal the whole.
    vol.Optional("decimal_points", default=MOST_DECIMALS): cv.positive_int,
}

GET_POINT_HIERARCHY: Final = _action({})

CHECK_PLATFORM: Final = _action({vol.Optional("test_point"): _TEXT})

GET_DATA: Final = _action(
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
    },
    _points_or_all,
)

GET_COST: Final = _action(
    {
        vol.Required("series"): _rows(
            {
                vol.Required("group"): vol.In(list(COSTS)),
                vol.Optional("include_tax", default="none"): vol.In(list(TAXES)),
                **_OF_SERIES,
            }
        ),
        **_AGGREGATED,
    },
    _points_or_all,
)

LIST_DATA: Final = _action(
    {
        **_SOME_OF,
        vol.Required("definition"): _TEXTS,
        vol.Required("variant"): _TEXTS,
        vol.Optional("type", default=[ACTUAL]): _TEXTS,
        **_RANGE,
    },
    _points,
)

IMPORT_DATA: Final = _action(
    {
        vol.Required("unit"): _TEXT,
        vol.Optional("stored_unit"): _TEXT,
        vol.Required("data"): _rows(
            {
                vol.Optional(ATTR_OPERATION, default="create"): vol.All(
                    vol.In(["create", "update", "delete"]), OPERATIONS.__getitem__
                ),
                **_ONE_OF,
                vol.Required("definition"): _TEXT,
                vol.Required("variant"): _TEXT,
                vol.Optional("type", default=ACTUAL): _TEXT,
                vol.Optional("index", default=1): cv.positive_int,
                vol.Required("date"): cv.datetime,
                vol.Optional("value"): vol.Coerce(float),
            },
            _operation,
            _one_point,
        ),
    }
)

GET_DC_DATA: Final = _action({**_SOME_OF, vol.Required("type"): _TEXT, vol.Optional("tenant"): _TEXT}, _points)

MANAGE_DC_DATA: Final = _action(
    {
        vol.Required("data"): _rows(
            {
                vol.Required(ATTR_OPERATION): vol.All(vol.In(list(OPERATIONS)), OPERATIONS.__getitem__),
                **_ONE_OF,
                vol.Required("type"): _TEXT,
                vol.Optional("value"): cv.string,
            },
            _operation,
            _one_point,
        ),
        vol.Optional("tenant"): _TEXT,
    }
)

LIST_AVAILABLE_COMMANDS: Final = _action(_ONE_OF, _one_point)

EXECUTE_COMMAND: Final = _action(
    {
        **_ONE_OF,
        vol.Required("command"): _TEXT,
        vol.Optional("parameter"): vol.Any(bool, int, float, str, None),
    },
    _one_point,
)

ADD_TO_ENERGY_DASHBOARD: Final = _action(
    {vol.Optional("preview", default=True): cv.boolean, vol.Optional("update", default=False): cv.boolean}
)

CREATE_DASHBOARD: Final = _action({**_CHOSEN, vol.Optional("url_path"): _TEXT}, _optional_points)

IMPORT_HISTORY: Final = _action(
    {
        **_CHOSEN,
        # Which there are depends on the account.
        vol.Optional("series"): _TEXTS,
        vol.Optional("start"): cv.datetime,
        vol.Optional("end"): cv.datetime,
        vol.Optional("dry_run", default=False): cv.boolean,
    },
    _optional_points,
)
