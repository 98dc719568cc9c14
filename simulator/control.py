"""The control surface: what a test does in Python, over HTTP as JSON, for the demo and for use by hand."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web
import orjson

from simulator.faults import FAULTS
from simulator.running import RunningPlatform

# Where the nine methods are.
METHODS_PATH: Final = "/api/do/"

type Asked = dict[str, Any]
type Act = Callable[[RunningPlatform, Asked], object]


def control_routes(simulator: RunningPlatform) -> list[web.RouteDef]:
    """Return the routes below /control/."""
    return [
        web.get("/control/", _index(simulator)),
        *(web.get(f"/control/{name}", _page(simulator, show)) for name, show in _SHOWN.items()),
        *(web.post(f"/control/{name}", _action(simulator, act)) for name, act in _ACTIONS.items()),
    ]


def _page(
    simulator: RunningPlatform, show: Callable[[RunningPlatform], Any]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_: web.Request) -> web.Response:
        return _json(show(simulator))

    return handle


def _action(simulator: RunningPlatform, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            asked = orjson.loads(await request.read() or b"{}")
            if not isinstance(asked, dict):
                return _json({"error": "the body must be a JSON object"}, 400)
            return _json({"done": act(simulator, asked)})
        except KeyError as error:
            return _json({"error": f"{error} is missing"}, 400)
        except (ValueError, TypeError) as error:
            return _json({"error": str(error)}, 400)

    return handle


def _json(shown: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2),
        status=status,
        content_type="application/json",
    )


def _index(simulator: RunningPlatform) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        return _json(
            {
                "url": f"{request.url.origin()}{METHODS_PATH}",
                "tenant": simulator.options.tenant,
                "now": simulator.clock.now(),
                "get": [f"/control/{name}" for name in _SHOWN],
                "post": [f"/control/{name}" for name in _ACTIONS],
            }
        )

    return handle


def _requests(simulator: RunningPlatform) -> Any:
    return [
        {key: value for key, value in vars(record).items() if key != "connection_id"} for record in simulator.requests
    ]


def _points(simulator: RunningPlatform) -> Any:
    rows = simulator.database.execute("SELECT id, code, name, parent, kind FROM point ORDER BY id_order")
    return [dict(zip(("id", "code", "name", "parent", "kind"), row, strict=True)) for row in rows]


def _commands(simulator: RunningPlatform) -> Any:
    rows = simulator.database.execute(
        "SELECT p.code, c.code, c.name, c.command_type, c.parameter_type FROM command c JOIN point p ON p.id = c.point_id"
        " ORDER BY p.id_order, c.rowid"
    )
    return [dict(zip(("point", "code", "name", "type", "parameter_type"), row, strict=True)) for row in rows]


_SHOWN: Final[dict[str, Callable[[RunningPlatform], Any]]] = {
    "requests": _requests,
    "executions": lambda simulator: [asdict(record) for record in simulator.executions],
    "writes": lambda simulator: [asdict(record) for record in simulator.writes],
    "points": _points,
    "commands": _commands,
    "faults": lambda _: {
        name: {"description": fault.description, "options": dict(fault.options)} for name, fault in FAULTS.items()
    },
    "profile": lambda simulator: asdict(simulator.profile),
    "clock": lambda simulator: {"now": simulator.clock.now(), "stands_still": simulator.clock.stands_still},
}


def _moment(value: Any) -> datetime:
    """Return an aware instant from ISO text."""
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return instant


def _maybe_moment(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


def _move_clock(simulator: RunningPlatform, asked: Asked) -> str:
    if "set" in asked:
        simulator.clock.set(_moment(asked["set"]))
    else:
        simulator.clock.advance(timedelta(seconds=asked["advance_seconds"]))
    return simulator.clock.now().isoformat()


def _fail(simulator: RunningPlatform, asked: Asked) -> None:
    simulator.fail_next(
        asked["name"], method=asked.get("method"), times=asked.get("times", 1), **asked.get("options", {})
    )


def _correct(simulator: RunningPlatform, asked: Asked) -> None:
    simulator.set_reading(
        asked["point"],
        asked["definition"],
        asked["variant"],
        _moment(asked["end"]),
        asked["value"],
        asked.get("index", 1),
        _maybe_moment(asked.get("revealed_at")),
    )


def _change_point(simulator: RunningPlatform, asked: Asked) -> None:
    if "name" in asked:
        simulator.rename_point(asked["code"], asked["name"])
    if "parent" in asked:
        simulator.move_point(asked["code"], asked["parent"])


_ACTIONS: Final[dict[str, Act]] = {
    "fault": _fail,
    "clear": lambda simulator, _: simulator.clear_faults(),
    "clock": _move_clock,
    "expire": lambda simulator, _: simulator.expire_sessions(),
    "profile": lambda simulator, asked: simulator.profile.change(asked),
    "late": lambda simulator, asked: simulator.hold_back(
        asked["point"], _moment(asked["since"]), _moment(asked["until"]), _moment(asked["revealed_at"])
    ),
    "reading": _correct,
    "tariff": lambda simulator, asked: simulator.set_tariff(
        asked["group"], asked["price"], _maybe_moment(asked.get("since")), _maybe_moment(asked.get("until"))
    ),
    "meter": lambda simulator, asked: simulator.replace_meter(asked["point"]),
    "point/add": lambda simulator, asked: simulator.add_point(
        code=asked["code"], name=asked["name"], parent=asked["parent"], metered=asked.get("metered", True)
    ),
    "point/change": _change_point,
    "point/remove": lambda simulator, asked: simulator.remove_point(asked["code"]),
    "command/add": lambda simulator, asked: simulator.add_command(asked.pop("point"), asked.pop("code"), **asked),
    "command/remove": lambda simulator, asked: simulator.remove_command(asked["point"], asked["code"]),
}
