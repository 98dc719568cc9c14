"""The forms of the user's own measurements: what they ask for, and what a person's answers come to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from homeassistant.const import CONF_DEVICE_CLASS, CONF_NAME
from homeassistant.helpers.selector import SelectOptionDict, TextSelector
import voluptuous as vol

from custom_components.reengen.account import FormError, drop_down, number_box, open_list
from custom_components.reengen.api import Aggregation, MeasurementSeries
from custom_components.reengen.const import (
    CONF_CHANGE,
    CONF_DECIMALS,
    CONF_DEFINITION,
    CONF_FUNCTION,
    CONF_KEY,
    CONF_UNIT,
    CONF_VARIANT,
)
from custom_components.reengen.measurements import Measurement, home_unit, stored_series

CHANGE_EDIT: Final = "edit"
CHANGE_REMOVE: Final = "remove"

# What the API document names as commonly used (GetData, criteria of series); the platform knows more.
_DEFINITIONS: Final = [
    "activeEnergy",
    "reactiveEnergy",
    "capacitiveEnergy",
    "inductiveReactiveEnergy",
    "activePower",
    "voltage",
    "current",
]
_VARIANTS: Final = ["import", "export", "produced", "phase"]
_UNITS: Final = ["kWh", "Wh", "V", "A", "kvarh", "VArh"]

# Requests ask for six digits, so more of them would be zeros.
_MOST_DECIMALS: Final = 6
_USUAL_DECIMALS: Final = 2

_DECIMALS: Final = number_box(min=0, max=_MOST_DECIMALS, step=1)


CUSTOM_ADD_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_DEFINITION): drop_down(options=_DEFINITIONS, custom_value=True),
        vol.Required(CONF_VARIANT): drop_down(options=_VARIANTS, custom_value=True),
        vol.Required(CONF_FUNCTION, default=Aggregation.SUM.value): open_list(
            options=[function.value for function in Aggregation], translation_key="x_function"
        ),
        vol.Required(CONF_UNIT): drop_down(options=_UNITS, custom_value=True),
        vol.Required(CONF_DECIMALS, default=_USUAL_DECIMALS): _DECIMALS,
    }
)


def device_class_schema(options: Sequence[SelectOptionDict]) -> vol.Schema:
    """Return the choice of a device class, or none."""
    return vol.Schema({vol.Optional(CONF_DEVICE_CLASS): drop_down(options=options)})


def custom_change_schema(options: Sequence[SelectOptionDict]) -> vol.Schema:
    """Return the choice of a measurement, and of what to do with it."""
    return vol.Schema(
        {
            vol.Required(CONF_KEY): drop_down(options=options),
            vol.Required(CONF_CHANGE, default=CHANGE_EDIT): open_list(
                options=[CHANGE_EDIT, CHANGE_REMOVE], translation_key="custom_change"
            ),
        }
    )


def custom_edit_schema(options: Sequence[SelectOptionDict]) -> vol.Schema:
    """Return the fields of a measurement that may change later; `options` are device classes, if there are any."""
    fields: dict[vol.Marker, object] = {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_DECIMALS): _DECIMALS,
    }
    return vol.Schema(fields).extend(device_class_schema(options).schema if options else {})


def typed_measurement(user_input: Mapping[str, Any], existing: Iterable[Measurement]) -> dict[str, Any]:
    """Return the fields of a new measurement as the options keep them, still without key. Raises: FormError."""
    stored = {field: user_input[field].strip() for field in (CONF_NAME, CONF_DEFINITION, CONF_VARIANT, CONF_UNIT)}
    if empty := next((field for field, text in stored.items() if not text), None):
        raise FormError("text_required", field=empty)
    stored[CONF_FUNCTION] = user_input[CONF_FUNCTION]
    asked = stored_series(stored)
    if same := next((row for row in existing if _is_same(row, asked)), None):
        raise FormError("measurement_exists", detail=same.name or described(same.series))
    return {**stored, CONF_DECIMALS: int(user_input[CONF_DECIMALS])}


def edited_measurement(stored: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with those that were typed; what the statistics are made of stays. Raises: FormError."""
    if not (name := user_input[CONF_NAME].strip()):
        raise FormError("text_required", field=CONF_NAME)
    kept = {field: value for field, value in stored.items() if field != CONF_DEVICE_CLASS}
    return {**kept, **user_input, CONF_NAME: name, CONF_DECIMALS: int(user_input[CONF_DECIMALS])}


def described(series: MeasurementSeries) -> str:
    """Return what a person recognises a series by, in the platform's words."""
    return f"{series.definition} / {series.variant}, {series.function}, {series.unit}"


def _is_same(row: Measurement, series: MeasurementSeries) -> bool:
    return row.unit == home_unit(series.unit) and (
        (row.series.definition, row.series.variant, row.series.function)
        == (series.definition, series.variant, series.function)
    )
