"""A simulated platform that refuses, or answers oddly, for as long as a test wants."""

from collections.abc import Callable
import copy
from dataclasses import replace
from typing import Any

from simulator import Simulator
from simulator.methods import Reply, failure

type Change = Callable[[str, dict[str, Any], dict[str, Any]], str | None]
"""Changes the payload of a success in place (method, properties of the request, payload), or returns a refusal."""


def tamper(simulator: Simulator, change: Change) -> Callable[[], None]:
    """Change every success of the platform; what this returns ends it."""
    inner = simulator.platform.answer

    def answer(body: Any, connection_id: str | None, xlang: str | None) -> Reply:
        reply = inner(body, connection_id, xlang)
        if reply.payload is None or not reply.payload.get("succeeded"):
            return reply
        payload = copy.deepcopy(reply.payload)
        message = change(body["$"], body.get("properties") or {}, payload)
        return replace(reply, payload=payload if message is None else failure(message))

    simulator.platform.answer = answer  # type: ignore[method-assign]

    def undo() -> None:
        simulator.platform.answer = inner  # type: ignore[method-assign]

    return undo


def refuse(simulator: Simulator, method: str, when: Callable[[dict[str, Any]], bool]) -> Callable[[], None]:
    """Refuse the requests of a method for whose properties `when` is true; what this returns ends it."""

    def change(asked: str, properties: dict[str, Any], _: dict[str, Any]) -> str | None:
        return "Not configured" if asked == method and when(properties) else None

    return tamper(simulator, change)
