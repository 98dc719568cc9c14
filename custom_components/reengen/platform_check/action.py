"""The action that checks the platform at once."""

from typing import Any

from homeassistant.core import ServiceCall
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import device_registry as dr

from custom_components.reengen.const import LOGGER
from custom_components.reengen.points import PointsCoordinator, async_points_named, code_of_device

from .checker import PlatformChecker
from .evidence import ACTIVE
from .texts import async_sentences
from .writing import INDEX, VARIANT, Left, WriteTrial


async def async_handle_check_platform(checker: PlatformChecker, call: ServiceCall) -> dict[str, Any]:
    """Return what the check found, probe by probe, and how many requests it took.

    At the test point, which is free for tests, a row is written too, and deleted again. Raises: HomeAssistantError.
    """
    code = await _async_test_point(checker.points, call)
    trial = None if code is None else await checker.async_try_writing(code)
    check = await checker.async_check(() if trial is None else (trial.verdict,))
    texts = await async_sentences(call.hass, check.verdicts)
    rows = [{**verdict.stored(), "text": text} for verdict, text in zip(check.verdicts, texts, strict=True)]
    written = {} if trial is None or code is None else {"test_row": _test_row(checker, code, trial)}
    return {"data": rows, "requests": check.requests, **written}


async def _async_test_point(points: PointsCoordinator, call: ServiceCall) -> str | None:
    """Return the code of the point for tests, given by its device, code or name, to administrators and automations."""
    if (named := call.data.get("test_point")) is None:
        return None
    user = await call.hass.auth.async_get_user(call.context.user_id) if call.context.user_id else None
    if call.context.user_id is not None and (user is None or not user.is_admin):
        raise Unauthorized(context=call.context)
    if dr.async_get(call.hass).async_get(named) is not None:
        return code_of_device(points, named)
    (point,) = await async_points_named(points, [named])
    return point.code


def _test_row(checker: PlatformChecker, code: str, trial: WriteTrial) -> dict[str, Any]:
    """Return which row was written, whether it is left there, and how many requests the trial took."""
    date = trial.interval_end.astimezone(checker.points.client.time_zone).isoformat()
    if trial.left is not Left.NOTHING:
        LOGGER.warning("A row of the trial of ImportData at %s may be left: %s, %s", code, date, trial.left.value)
    return {
        "point": code,
        "definition": ACTIVE,
        "variant": VARIANT,
        "index": INDEX,
        "date": date,
        "left": trial.left.value,
        "requests": trial.requests,
    }
