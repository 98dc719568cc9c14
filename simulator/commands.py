"""Remote commands: which points have which, what a parameter may be, what running one does to the load."""

from collections.abc import Callable
from dataclasses import dataclass
import json
import sqlite3
from typing import Any, Final

from simulator.checks import Refused


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedCommand:
    """A command as ListAvailableCommands describes it; `options` are (code, name)."""

    code: str
    name: str
    command_type: str
    parameter_type: str | None = None
    options: tuple[tuple[str, str], ...] = ()


_ON_OFF_AUTO: Final = (("on", "On"), ("off", "Off"), ("auto", "Auto"))
_COMMANDS: Final = {
    "xFabrikaTrafo6": (
        PlannedCommand(
            code="lights-on-off", name="Turn Lights On/Off", command_type="SingleParameter", parameter_type="boolean"
        ),
        PlannedCommand(
            code="generator-mode-set", name="Set Generator Mode", command_type="MultiOption", options=_ON_OFF_AUTO
        ),
    ),
    "xFabrikaDepo": (
        PlannedCommand(
            code="set-point-temperature", name="Sıcaklık Ayarı", command_type="SingleParameter", parameter_type="double"
        ),
    ),
    "xFabrikademoAtolye": (
        PlannedCommand(
            code="fan-speed-set", name="Set Fan Speed", command_type="SingleParameter", parameter_type="integer"
        ),
        PlannedCommand(
            code="display-text", name="Pano Yazısı", command_type="SingleParameter", parameter_type="string"
        ),
    ),
    "xyzBesiktas": (
        PlannedCommand(code="generator-test", name="Jeneratör Testi", command_type="NoParameter"),
        PlannedCommand(
            code="hvac-mode-set",
            name="İklimlendirme Modu",
            command_type="MultiParameter",
            options=(("eco", "Tasarruf"), ("comfort", "Konfor"), ("night", "Gece")),
        ),
    ),
    "xFabrikaJenerator": (PlannedCommand(code="generator-test", name="Generator Test", command_type="NoParameter"),),
    "xFabrikaSogutma": (
        PlannedCommand(
            code="lights-on-off", name="Soğutma Aç/Kapat", command_type="SingleParameter", parameter_type="boolean"
        ),
        PlannedCommand(code="schedule-upload", name="Haftalık Program", command_type="Schedule"),
    ),
    "xFabrikaOfis": (
        PlannedCommand(
            code="set-point-temperature",
            name="Set Temperature",
            command_type="SingleParameter",
            parameter_type="double",
        ),
    ),
}
# What an accepted command leaves of a point's own load; a command without a row changes nothing but the log.
_LOAD_FACTORS: Final[dict[str, Callable[[Any], float]]] = {
    "lights-on-off": lambda on: 1.0 if on else 0.45,
    "generator-mode-set": lambda mode: 0.3 if mode == "on" else 1.0,
    "hvac-mode-set": lambda mode: {"eco": 0.8, "night": 0.6}.get(mode, 1.0),
    "set-point-temperature": lambda degrees: max(0.2, min(2.0, 1.0 + 0.04 * (degrees - 21.0))),
    "fan-speed-set": lambda level: max(0.5, min(1.5, 0.9 + 0.05 * level)),
}
_PARAMETER_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "integer": (int,),
    "double": (int, float),
    "string": (str,),
}


def planned_commands(code: str, point_id: int | None) -> list[tuple[Any, ...]]:
    """Return the rows of the command table for a new point."""
    return [command_row(point_id, command) for command in _COMMANDS.get(code, ())]


def command_row(point_id: int | None, command: PlannedCommand) -> tuple[Any, ...]:
    """Return one row of the command table."""
    return (
        point_id,
        command.code,
        command.name,
        command.command_type,
        command.parameter_type,
        json.dumps(command.options, ensure_ascii=False) if command.options else None,
    )


def list_commands(database: sqlite3.Connection, point_id: int) -> list[dict[str, Any]]:
    """Return the commands of a point as the document prints them, keys in its order."""
    rows = database.execute(
        "SELECT code, name, command_type, parameter_type, options FROM command WHERE point_id = ? ORDER BY rowid",
        (point_id,),
    )
    return [_described(*row) for row in rows]


def _described(
    code: str, name: str, command_type: str, parameter_type: str | None, options: str | None
) -> dict[str, Any]:
    described: dict[str, Any] = {} if parameter_type is None else {"parameterType": parameter_type}
    described |= {"commandType": command_type, "code": code, "name": name}
    if options is not None:
        described["options"] = [{"code": code, "name": name} for code, name in json.loads(options)]
    return described


def check_parameter(command: dict[str, Any], properties: dict[str, Any]) -> None:
    """Refuse a parameter that does not fit the command (API document: ListAvailableCommands)."""
    parameter = properties.get("parameter")
    code = command["code"]
    if command["commandType"] == "NoParameter" and parameter is not None:
        raise Refused(f"Command '{code}' takes no parameter")
    if "options" in command and parameter not in [option["code"] for option in command["options"]]:
        raise Refused(f"'{parameter}' is not an option of command '{code}'")
    wanted = command.get("parameterType")
    if wanted is not None and not _fits(wanted, parameter):
        raise Refused(f"Command '{code}' takes a parameter of type {wanted}")


def _fits(parameter_type: str, parameter: Any) -> bool:
    types = _PARAMETER_TYPES.get(parameter_type, (object,))
    return isinstance(parameter, types) and (parameter_type == "boolean" or not isinstance(parameter, bool))


def take_effect(database: sqlite3.Connection, point_id: int, command: str, parameter: Any, second: int) -> None:
    """Change the point's load for every reading that ends after this second."""
    factor_of = _LOAD_FACTORS.get(command)
    if factor_of is not None:
        database.execute("INSERT INTO effect VALUES (?, ?, ?, ?)", (point_id, command, second, factor_of(parameter)))
