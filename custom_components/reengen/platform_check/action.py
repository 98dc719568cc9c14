"""The action that checks the platform at once."""

from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.reengen.const import LOGGER

from .checker import PlatformChecker
from .evidence import ACTIVE
from .texts import async_sentences
from .writing import INDEX, VARIANT, Left, WriteTrial


async def async_handle_check_platform(
    hass: HomeAssistant, checker: PlatformChecker, test_point: str | None
) -> dict[str, Any]:
    """Return what the check found, probe by probe, and how many requests it took.

    `test_point` is the code of a point that is free for tests: then a row is written there too, and deleted again.
    """
    trial = None if test_point is None else await checker.async_try_writing(test_point)
    check = await checker.async_check(() if trial is None else (trial.verdict,))
    texts = await async_sentences(hass, check.verdicts)
    rows = [
        {
            "probe": verdict.probe,
            "outcome": verdict.outcome.value,
            "what": verdict.what,
            "text": text,
            "figures": dict(verdict.figures),
        }
        for verdict, text in zip(check.verdicts, texts, strict=True)
    ]
    written = {} if trial is None or test_point is None else {"test_row": _test_row(checker, test_point, trial)}
    return {"data": rows, "requests": check.requests, **written}


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
