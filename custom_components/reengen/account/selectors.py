"""The selectors of the forms: lists that stand open, lists that drop down, fields for numbers."""

from typing import Unpack

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)


def open_list(**config: Unpack[SelectSelectorConfig]) -> SelectSelector:
    """Return a choice whose options all stand in the form."""
    return SelectSelector({**config, "mode": SelectSelectorMode.LIST})


def drop_down(**config: Unpack[SelectSelectorConfig]) -> SelectSelector:
    """Return a choice that drops down; the frontend lets a person search a single one only with `custom_value`."""
    return SelectSelector({**config, "mode": SelectSelectorMode.DROPDOWN})


def number_box(**config: Unpack[NumberSelectorConfig]) -> NumberSelector:
    """Return a field for a number."""
    return NumberSelector({**config, "mode": NumberSelectorMode.BOX})
