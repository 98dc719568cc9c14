"""The selectors of the forms: lists that stand open, lists that drop down, fields for numbers; the texts of options."""

from typing import Unpack

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations

from custom_components.reengen.const import DOMAIN


def open_list(**config: Unpack[SelectSelectorConfig]) -> SelectSelector:
    """Return a choice whose options all stand in the form."""
    return SelectSelector({**config, "mode": SelectSelectorMode.LIST})


def drop_down(**config: Unpack[SelectSelectorConfig]) -> SelectSelector:
    """Return a choice that drops down; the frontend lets a person search a single one only with `custom_value`."""
    return SelectSelector({**config, "mode": SelectSelectorMode.DROPDOWN})


def number_box(**config: Unpack[NumberSelectorConfig]) -> NumberSelector:
    """Return a field for a number."""
    return NumberSelector({**config, "mode": NumberSelectorMode.BOX})


async def async_option_texts(hass: HomeAssistant, selector: str) -> dict[str, str]:
    """Return what the options of a selector (its translation key) are called in the language of Home Assistant."""
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    start = f"component.{DOMAIN}.selector.{selector}.options."
    return {key.removeprefix(start): text for key, text in texts.items() if key.startswith(start)}
