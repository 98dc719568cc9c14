"""The action that checks the platform at once."""

from typing import Any

from homeassistant.core import HomeAssistant

from .checker import PlatformChecker
from .texts import async_sentences


async def async_handle_check_platform(hass: HomeAssistant, checker: PlatformChecker) -> dict[str, Any]:
    """Return what the check found, probe by probe, and how many requests it took."""
    check = await checker.async_check()
    texts = await async_sentences(hass, check.verdicts)
    return {
        "data": [
            {
                "probe": verdict.probe,
                "outcome": verdict.outcome.value,
                "what": verdict.what,
                "text": text,
                "figures": dict(verdict.figures),
            }
            for verdict, text in zip(check.verdicts, texts, strict=True)
        ],
        "requests": check.requests,
    }
