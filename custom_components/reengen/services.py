"""The actions, one for each method of the API and named after it (its login is the config flow)."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .account import action_errors
from .actions import (
    Result,
    Written,
    async_import_data,
    async_manage_dc_data,
    converted,
    responses,
    schemas,
    stored_unit,
)
from .api import CostSeries, DataValueChange, ImportRow, MeasurementSeries
from .commands import async_check_control, async_run_command
from .const import DOMAIN
from .dashboards import async_handle_add_to_energy_dashboard, async_handle_create_dashboard
from .history import async_handle_import_history
from .platform_check import async_handle_check_platform
from .points import account_of_device, async_points_named, code_of_device
from .runtime import ReengenConfigEntry

# The fields that stand for points.
_POINT_FIELDS: Final = frozenset({schemas.ATTR_POINT, schemas.ATTR_POINTS})

type Handler = Callable[[ReengenConfigEntry, ServiceCall], Awaitable[responses.Json]]


async def _get_point_hierarchy(entry: ReengenConfigEntry, _: ServiceCall) -> responses.Json:
    return responses.point_hierarchy(await entry.runtime_data.client.get_point_hierarchy())


async def _get_data(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    data, runtime = call.data, entry.runtime_data
    series = [
        MeasurementSeries(
            definition=row["definition"],
            variant=row["variant"],
            function=row["x_function"],
            unit=row["unit"],
            decimal_points=row["decimal_points"],
            type=row["type"],
        )
        for row in data["series"]
    ]
    response = await runtime.client.get_data(series, resolution=data["resolution"], **_scope(data))
    tree = await runtime.points.async_tree(ids=responses.point_ids(response))
    return responses.measurements(response, data["series"], tree, runtime.client.time_zone)


async def _get_cost(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    data, runtime = call.data, entry.runtime_data
    series = [
        CostSeries(
            group=schemas.COSTS[row["group"]],
            include_tax=schemas.TAXES[row["include_tax"]],
            decimal_points=row["decimal_points"],
            type=row["type"],
        )
        for row in data["series"]
    ]
    response = await runtime.client.get_cost(series, **_scope(data))
    tree = await runtime.points.async_tree(ids=responses.point_ids(response))
    return responses.costs(response, data["series"], tree, runtime.client.time_zone, runtime.options.currency)


async def _list_data(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    client, data = entry.runtime_data.client, call.data
    rows = await client.list_data(
        definitions=data["definition"], variants=data["variant"], types=data["type"], **_scope(data)
    )
    return responses.raw_readings(rows, client.time_zone)


async def _import_data(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    client, unit = entry.runtime_data.client, call.data["unit"]
    units = [stored_unit(row["definition"], call.data.get("stored_unit")) for row in call.data["data"]]
    rows = [
        ImportRow(
            point=row["point"],
            definition=row["definition"],
            variant=row["variant"],
            index=row["index"],
            interval_end=dt_util.as_utc(row["date"]),
            # The API document prints a value in the row that deletes, and no rule for it.
            value=converted(row.get("value", 0.0), unit, to_unit),
            operation=row[schemas.ATTR_OPERATION],
            type=row["type"],
        )
        for row, to_unit in zip(call.data["data"], units, strict=True)
    ]
    written = await async_import_data(client, rows)
    sent = [
        {
            "date": responses.stamp(row.interval_end, client.time_zone),
            **({"unit": unit, "stored_value": row.value, "stored_unit": to_unit} if "value" in asked else {}),
        }
        for asked, row, to_unit in zip(call.data["data"], rows, units, strict=True)
    ]
    return _written(call, written, sent)


async def _get_dc_data(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    values = await entry.runtime_data.client.get_dc_data(
        points=call.data["point"], type=call.data["type"], tenant=call.data.get("tenant")
    )
    return responses.data_values(values)


async def _manage_dc_data(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    changes = [
        DataValueChange(
            point=row["point"], type=row["type"], value=row.get("value"), operation=row[schemas.ATTR_OPERATION]
        )
        for row in call.data["data"]
    ]
    written = await async_manage_dc_data(entry.runtime_data.client, changes, call.data.get("tenant"))
    return _written(call, written, [{}] * len(changes))


async def _list_available_commands(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    return responses.commands(await entry.runtime_data.client.list_available_commands(call.data["point"]))


async def _execute_command(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    commands = entry.runtime_data.commands
    await async_check_control(commands, call)
    (point,) = await async_points_named(entry.runtime_data.points, [call.data["point"]])
    command, parameter = await async_run_command(commands, call, point)
    return {
        "point": point.code,
        "command": command.code,
        "name": command.name,
        "parameter": parameter,
        "result": "accepted",
    }


async def _add_to_energy_dashboard(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    data = entry.runtime_data
    return await async_handle_add_to_energy_dashboard(data.points, data.history, call)


async def _create_dashboard(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    data = entry.runtime_data
    return await async_handle_create_dashboard(data.readings, data.history, data.forecast, call)


async def _import_history(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    data = entry.runtime_data
    return await async_handle_import_history(data.history, data.points, call)


async def _check_platform(entry: ReengenConfigEntry, call: ServiceCall) -> responses.Json:
    return await async_handle_check_platform(entry.runtime_data.platform_check, call)


class Action(NamedTuple):
    """One row of the table: what is called, with which fields, and as what Home Assistant registers it."""

    name: str
    schema: vol.All[Any]
    handler: Handler
    response: SupportsResponse = SupportsResponse.ONLY
    admin: bool = False


_OPTIONAL: Final = SupportsResponse.OPTIONAL
ACTIONS: Final = (
    Action("get_point_hierarchy", schemas.GET_POINT_HIERARCHY, _get_point_hierarchy),
    Action("get_data", schemas.GET_DATA, _get_data),
    Action("get_cost", schemas.GET_COST, _get_cost),
    Action("list_data", schemas.LIST_DATA, _list_data),
    Action("import_data", schemas.IMPORT_DATA, _import_data, _OPTIONAL, admin=True),
    Action("get_dc_data", schemas.GET_DC_DATA, _get_dc_data),
    Action("manage_dc_data", schemas.MANAGE_DC_DATA, _manage_dc_data, _OPTIONAL, admin=True),
    Action("list_available_commands", schemas.LIST_AVAILABLE_COMMANDS, _list_available_commands),
    Action("execute_command", schemas.EXECUTE_COMMAND, _execute_command, _OPTIONAL),
    Action("add_to_energy_dashboard", schemas.ADD_TO_ENERGY_DASHBOARD, _add_to_energy_dashboard, _OPTIONAL, admin=True),
    Action("create_dashboard", schemas.CREATE_DASHBOARD, _create_dashboard, _OPTIONAL, admin=True),
    Action("import_history", schemas.IMPORT_HISTORY, _import_history, _OPTIONAL, admin=True),
    Action("check_platform", schemas.CHECK_PLATFORM, _check_platform, _OPTIONAL),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for action in ACTIONS:
        run = partial(_async_run, action.handler)
        if action.admin:
            async_register_admin_service(hass, DOMAIN, action.name, run, action.schema, action.response)
        else:
            hass.services.async_register(DOMAIN, action.name, run, action.schema, action.response)


async def _async_run(handler: Handler, call: ServiceCall) -> responses.Json:
    """Answer for the account that is meant; raises HomeAssistantError with a translation."""
    entry = _account(call)
    with action_errors(call.hass, entry):
        return await handler(entry, await _async_with_codes(entry, call))


def _account(call: ServiceCall) -> ReengenConfigEntry:
    """Return the account that is named, or that a device belongs to, or the only one that is loaded."""
    entry_id = call.data.get(ATTR_CONFIG_ENTRY_ID)
    device = next((each for each in _named(call.data) if isinstance(each, schemas.DeviceId)), None)
    if entry_id is None and device is not None:
        entry_id = account_of_device(call.hass, device)
    entry: ReengenConfigEntry = async_get_config_entry(call.hass, DOMAIN, entry_id)
    return entry


def _named(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stands for points: codes, names, and ids of devices, of the rows too."""
    for fields in (data, *data.get("data", ())):
        for key in _POINT_FIELDS & fields.keys():
            yield from [fields[key]] if isinstance(fields[key], str) else fields[key]


async def _async_with_codes(entry: ReengenConfigEntry, call: ServiceCall) -> ServiceCall:
    """Return the call with the codes of the points that are meant; raises ServiceValidationError, ReengenError."""
    points, named = entry.runtime_data.points, set(_named(call.data))
    devices = {each for each in named if isinstance(each, schemas.DeviceId)}
    texts = sorted(named - devices)
    codes: dict[str, str] = {device: code_of_device(points, device) for device in devices}
    codes |= {text: point.code for text, point in zip(texts, await async_points_named(points, texts), strict=True)}

    def coded(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {**fields, **{key: _codes(fields[key], codes) for key in _POINT_FIELDS & fields.keys()}}

    data = coded(call.data)
    if "data" in data:
        data["data"] = [coded(row) for row in data["data"]]
    return ServiceCall(call.hass, call.domain, call.service, data, call.context, call.return_response)


def _codes(named: str | Sequence[str], codes: Mapping[str, str]) -> str | list[str]:
    """Return the code of one point, or those of several, each once."""
    return codes[named] if isinstance(named, str) else list(dict.fromkeys(codes[each] for each in named))


def _scope(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return which points and which range are asked for, as the client takes them."""
    return {
        "points": data.get("point"),
        "start": dt_util.as_utc(data["start"]),
        "end": dt_util.as_utc(data["end"]),
    }


def _written(call: ServiceCall, written: Written, sent: Sequence[responses.Json]) -> responses.Json:
    """Return what became of each row; where nobody looks at the response, an error says that not all is well."""
    counts = {result.value: written.count(result) for result in Result}
    if written.error is not None and not call.return_response and counts[Result.APPLIED] < len(written.results):
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="rows_not_confirmed",
            translation_placeholders={key: str(text) for key, text in {**counts, "detail": written.error}.items()},
        ) from written.error
    rows = [
        {**row, schemas.ATTR_OPERATION: row[schemas.ATTR_OPERATION].name.lower(), **details, "result": result.value}
        for row, details, result in zip(call.data["data"], sent, written.results, strict=True)
    ]
    return {"data": rows, **counts, **({} if written.error is None else {"reason": str(written.error)})}
