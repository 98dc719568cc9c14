"""Verdicts as sentences in the language of Home Assistant."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from homeassistant.core import HomeAssistant

from custom_components.reengen.account import async_option_texts
from custom_components.reengen.measurements import written

from .verdicts import Outcome, Verdict

_SELECTOR: Final = "platform_check"


async def async_sentences(hass: HomeAssistant, verdicts: Iterable[Verdict]) -> list[str]:
    """Return a sentence for each verdict."""
    texts = await async_option_texts(hass, _SELECTOR)
    return [texts[verdict.text_key].format_map(_shown(verdict.figures, hass.config.language)) for verdict in verdicts]


async def async_summary(hass: HomeAssistant, verdicts: Iterable[Verdict]) -> str:
    """Return how many probes came out in which way; without any check, that there was none."""
    texts, counts = await async_option_texts(hass, _SELECTOR), Counter(verdict.outcome for verdict in verdicts)
    return texts["summary" if counts else "summary_none"].format(**{outcome: counts[outcome] for outcome in Outcome})


def _shown(figures: Mapping[str, float | str], language: str) -> dict[str, str]:
    """Return the figures as a person writes them."""
    return {key: value if isinstance(value, str) else written(f"{value:g}", language) for key, value in figures.items()}
