"""Remote commands as actions: who may run them, and which command is meant."""

from collections.abc import Iterable
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.reengen.account import translated
from custom_components.reengen.api import Command, Point
from custom_components.reengen.points import command_key, point_identifier, point_unique_id

from .coordinator import CommandsCoordinator


async def async_check_control(commands: CommandsCoordinator, call: ServiceCall) -> None:
    """Refuse a user who may not control the command's entity, or the point's device where it has none.

    Administrators may run every command, others none of a point that is no device here. Automations have no user.
    Raises Unauthorized, UnknownUser.
    """
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=POLICY_CONTROL)
    if user.is_admin:
        return
    entry = commands.config_entry
    point = commands.points.data.tree.by_code(call.data["point"])
    entity_ids = []
    if point is not None:
        command = _named(commands.data.get(point.id, ()), call.data["command"])
        entity_ids = _entity_ids(call.hass, entry, point, command.code if command else call.data["command"])
    if not entity_ids:
        raise Unauthorized(context=call.context, config_entry_id=entry.entry_id, permission=POLICY_CONTROL)
    for entity_id in entity_ids:
        if not user.permissions.check_entity(entity_id, POLICY_CONTROL):
            raise Unauthorized(context=call.context, entity_id=entity_id, permission=POLICY_CONTROL)


async def async_run_command(commands: CommandsCoordinator, call: ServiceCall, point: Point) -> tuple[Command, Any]:
    """Run the command once; return its description and the parameter that was sent.

    Raises: ReengenError, HomeAssistantError
    """
    command = await _async_command(commands, point, call.data["command"])
    parameter = _parameter(command, call.data.get("parameter"))
    await commands.async_execute(point, command, parameter)
    return command, parameter


async def _async_command(commands: CommandsCoordinator, point: Point, code: str) -> Command:
    """Return the command of this code or name as the platform lists it: as of today, or now where it was not listed then."""
    is_known = commands.last_update_success and point.code not in commands.unlisted
    listed: Iterable[Command] = commands.data.get(point.id, ()) if is_known else ()
    if (found := _named(listed, code)) is not None:
        return found
    listed = await commands.points.client.list_available_commands(point.code)
    if (found := _named(listed, code)) is not None:
        return found
    raise translated(ServiceValidationError, "command_unknown", command=code, point=point.code)


def _named(listing: Iterable[Command], text: str) -> Command | None:
    """Return the command with this code, or else the only one with this name."""
    commands = tuple(listing)
    by_name = [command for command in commands if command.name == text]
    only = by_name[0] if len(by_name) == 1 else None
    return next((command for command in commands if command.code == text), only)


def _parameter(command: Command, given: Any) -> Any:
    """Return the code of the only option with this name, or what was given where that is a code or no option's name."""
    codes = [option.code for option in command.options if option.name == given]
    is_code = any(option.code == given for option in command.options)
    return codes[0] if len(codes) == 1 and not is_code else given


def _entity_ids(hass: HomeAssistant, entry: ConfigEntry[Any], point: Point, command_code: str) -> list[str]:
    """Return the entity of the command, or all of the point where the command has none."""
    device = dr.async_get(hass).async_get_device_by_identifier(point_identifier(entry, point.id), entry.entry_id)
    if device is None:
        return []
    entities = er.async_entries_for_device(er.async_get(hass), device.id, include_disabled_entities=True)
    unique_id = point_unique_id(entry, point.id, command_key(command_code))
    own = [entity.entity_id for entity in entities if entity.unique_id == unique_id]
    return own or [entity.entity_id for entity in entities]
