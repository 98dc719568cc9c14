"""Verdicts as sentences in the language of Home Assistant."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from custom_components.reengen.const import DOMAIN
from custom_components.reengen.measurements import written

from .verdicts import Outcome, Verdict

_TEXTS: Final = f"component.{DOMAIN}.selector.platform_check.options."


async def async_sentences(hass: HomeAssistant, verdicts: Iterable[Verdict]) -> list[str]:
    """Return a sentence for each verdict."""
    texts = await _async_texts(hass)
    return [texts[verdict.text_key].format_map(_shown(verdict.figures, hass.config.language)) for verdict in verdicts]


async def async_summary(hass: HomeAssistant, verdicts: Iterable[Verdict]) -> str:
    """Return how many probes came out in which way; without any check, that there was none."""
    texts, counts = await _async_texts(hass), Counter(verdict.outcome for verdict in verdicts)
    return texts["summary" if counts else "summary_none"].format(**{outcome: counts[outcome] for outcome in Outcome})


async def _async_texts(hass: HomeAssistant) -> dict[str, str]:
    found = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    return {key.removeprefix(_TEXTS): text for key, text in found.items() if key.startswith(_TEXTS)}


def _shown(figures: Mapping[str, float | str], language: str) -> dict[str, str]:
    """Return the figures as a person writes them."""
    return {key: value if isinstance(value, str) else written(f"{value:g}", language) for key, value in figures.items()}
